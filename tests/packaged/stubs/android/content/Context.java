package android.content;

import android.app.NotificationManager;
import android.content.pm.PackageManager;
import android.content.res.Resources;

/** One phone: its preferences and notifications are the same for everybody on it. */
public class Context {
    public static final int MODE_PRIVATE = 0;
    public static final String NOTIFICATION_SERVICE = "notification";
    private static final NotificationManager MANAGER = new NotificationManager();
    private static final SharedPreferences KEPT = new SharedPreferences.InMemory();
    public SharedPreferences getSharedPreferences(String name, int mode) { return KEPT; }
    public PackageManager getPackageManager() { return new PackageManager(); }
    public String getPackageName() { return "org.city.westu"; }
    public Object getSystemService(String name) { return MANAGER; }
    public Resources getResources() { return new Resources(); }
    public String getString(int id) { return "a name"; }
}
