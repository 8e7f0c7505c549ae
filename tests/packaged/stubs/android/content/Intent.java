package android.content;

public class Intent {
    public static final int FLAG_ACTIVITY_SINGLE_TOP = 1, FLAG_ACTIVITY_CLEAR_TOP = 2;
    public Intent putExtra(String name, String value) { return this; }
    public Intent setFlags(int flags) { return this; }
}
