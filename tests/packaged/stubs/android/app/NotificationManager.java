package android.app;

import java.util.HashSet;
import java.util.Set;

/** Prints what it shows; a channel that is not there shows nothing, as on a phone. */
public class NotificationManager {
    public static final int IMPORTANCE_DEFAULT = 3, IMPORTANCE_HIGH = 4;
    private final Set<String> channels = new HashSet<String>();
    public void createNotificationChannel(NotificationChannel channel) { channels.add(channel.id); }
    public void notify(String tag, int id, Notification shown) {
        if (channels.contains(shown.channel)) {
            System.out.println("shown tag=" + tag + " channel=" + shown.channel + " title=" + shown.title);
        }
    }
}
