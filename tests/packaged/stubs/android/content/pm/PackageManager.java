package android.content.pm;

public class PackageManager {
    public android.content.Intent getLaunchIntentForPackage(String name) { return new android.content.Intent(); }
}
