package android.content.res;

public class Resources {
    public int getIdentifier(String name, String kind, String owner) { return 1; }
}
