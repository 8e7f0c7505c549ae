package android.content;

import java.util.LinkedHashMap;
import java.util.Map;

public class Intent {
    public static final int FLAG_ACTIVITY_SINGLE_TOP = 1, FLAG_ACTIVITY_CLEAR_TOP = 2;
    public final Map<String, String> extras = new LinkedHashMap<String, String>();
    public Intent putExtra(String name, String value) { extras.put(name, value); return this; }
    public Intent setFlags(int flags) { return this; }
}
