package org.city.push;

import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.content.Context;
import android.content.Intent;
import android.content.SharedPreferences;
import com.google.firebase.messaging.FirebaseMessagingService;
import com.google.firebase.messaging.RemoteMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.json.JSONObject;

/**
 * Firebase's messages, also while Python does not run: the app was swiped away, or the phone has just woken.
 *
 * A message with a title is shown. Each is kept in the preferences "city_push" until Python takes it
 * (mobile/core/device/push.py), and handed to "listener" at once where Python is up. A message that comes twice is
 * dropped: the sender tries again until it hears that it was heard. An alert for an area is shown only if the home, which
 * Python leaves in "home" and which never leaves this phone, lies in it, or none is known.
 */
public class CityMessagingService extends FirebaseMessagingService {
    /** Python's ear. "what" is "message", "token" or "sync". */
    public interface Listener {
        void onPush(String what, String value);
    }

    /** Set from Python; null while it does not run. */
    public static volatile Listener listener;

    private static final String KEPT = "city_push";
    private static final int MOST = 300;
    private static final int LEAST = 3;
    /** One for each kind of news, so that the phone's own settings tell them apart. */
    private static final Set<String> CHANNELS = new LinkedHashSet<String>(
            Arrays.asList("alerts", "fault", "status", "assignment", "reminder", "news", "waste"));

    @Override
    public void onNewToken(String token) {
        tell("token", token);
    }

    /** Firebase gave up on more than a hundred messages that it kept for us: what was missed is pulled. */
    @Override
    public void onDeletedMessages() {
        tell("sync", "{}");
    }

    @Override
    public void onMessageReceived(RemoteMessage message) {
        Map<String, String> data = message.getData();
        String mid = data.containsKey("mid") ? data.get("mid") : message.getMessageId();
        if (!first(this, mid)) {
            return;
        }
        // Of an alert a newer revision may have come first; and who was shown one hears the rest, wherever its area moves.
        int revision = number(data.get("revision"));
        int shown = kept(this).getInt("revision-" + data.get("id"), 0);
        boolean forUs = shown > 0 || concerns(data.get("area"), kept(this).getString("home", ""));
        if (data.containsKey("title") && revision >= shown && forUs) {
            show(this, mid, data);
            if (revision > 0) {
                kept(this).edit().putInt("revision-" + data.get("id"), revision).apply();
            }
        }
        String text = new JSONObject(data).toString();
        keep(this, text);
        tell("message", text);
    }

    private static int number(String text) {
        return text != null && text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
    }

    private static void tell(String what, String value) {
        Listener ear = listener;
        if (ear != null) {
            ear.onPush(what, value);
        }
    }

    private static SharedPreferences kept(Context context) {
        return context.getSharedPreferences(KEPT, Context.MODE_PRIVATE);
    }

    private static synchronized void keep(Context context, String text) {
        // a copy: what getStringSet gives must not be changed
        Set<String> waiting = new LinkedHashSet<String>(kept(context).getStringSet("waiting", new LinkedHashSet<String>()));
        waiting.add(text);
        kept(context).edit().putStringSet("waiting", waiting).apply();
    }

    /** Whether this id comes for the first time, as far as the last MOST ids tell. */
    private static synchronized boolean first(Context context, String mid) {
        Set<String> seen = new LinkedHashSet<String>(Arrays.asList(kept(context).getString("seen", "").split(",")));
        seen.remove("");
        if (!seen.add(mid)) {
            return false;
        }
        while (seen.size() > MOST) {
            seen.remove(seen.iterator().next());
        }
        StringBuilder text = new StringBuilder();
        for (String one : seen) {
            text.append(text.length() > 0 ? "," : "").append(one);
        }
        kept(context).edit().putString("seen", text.toString()).apply();
        return true;
    }

    /** Whether a message for this area ("lat,lon lat,lon …") is for whoever lives there; for all where it names none. */
    static boolean concerns(String area, String home) {
        List<long[]> corners = corners(area == null ? "" : area);
        List<long[]> at = corners(home);
        return corners.size() < LEAST || at.isEmpty() || inside(at.get(0), corners);
    }

    /** As mobile/core/area.py has it: whole millionths of a degree, so that the edge is exact, and within. */
    static boolean inside(long[] at, List<long[]> corners) {
        boolean within = false;
        for (int n = 0; n < corners.size(); n++) {
            long[] a = corners.get(n);
            long[] b = corners.get((n + 1) % corners.size());
            long side = (b[1] - a[1]) * (at[0] - a[0]) - (b[0] - a[0]) * (at[1] - a[1]);
            if (side == 0 && between(at[0], a[0], b[0]) && between(at[1], a[1], b[1])) {
                return true;
            }
            if ((a[0] > at[0]) != (b[0] > at[0]) && (side > 0) == (b[0] > a[0])) {
                within = !within;
            }
        }
        return within && corners.size() >= LEAST;
    }

    private static boolean between(long at, long a, long b) {
        return Math.min(a, b) <= at && at <= Math.max(a, b);
    }

    /** The places that can be read, each {latitude, longitude}. */
    static List<long[]> corners(String text) {
        List<long[]> found = new ArrayList<long[]>();
        for (String one : text.trim().split("\\s+")) {
            String[] parts = one.split(",");
            try {
                if (parts.length == 2) {
                    found.add(new long[] {whole(parts[0]), whole(parts[1])});
                }
            } catch (NumberFormatException broken) {
                continue; // a place that can't be read is none
            }
        }
        return found;
    }

    private static long whole(String degrees) {
        return Math.round(Double.parseDouble(degrees) * 1e6);
    }

    private static void show(Context context, String mid, Map<String, String> data) {
        NotificationManager manager = (NotificationManager) context.getSystemService(Context.NOTIFICATION_SERVICE);
        String channel = channel(context, manager, data.get("channel"));
        Intent open = context.getPackageManager().getLaunchIntentForPackage(context.getPackageName());
        open.putExtra("push", new JSONObject(data).toString());
        open.setFlags(Intent.FLAG_ACTIVITY_SINGLE_TOP | Intent.FLAG_ACTIVITY_CLEAR_TOP);
        PendingIntent tap = PendingIntent.getActivity(context, mid.hashCode(), open,
                PendingIntent.FLAG_UPDATE_CURRENT | PendingIntent.FLAG_IMMUTABLE);
        Notification shown = new Notification.Builder(context, channel)
                .setSmallIcon(resource(context, "ic_notification", "drawable"))
                .setContentTitle(data.get("title"))
                .setContentText(data.get("body"))
                .setStyle(new Notification.BigTextStyle().bigText(data.get("body")))
                .setAutoCancel(true)
                .setContentIntent(tap)
                .build();
        // the same tag replaces: a request that moves on twice is one line
        manager.notify(data.containsKey("collapse") ? data.get("collapse") : mid, 0, shown);
    }

    /** Make all channels, so that the phone's settings name them before the first message. Called from Python. */
    public static void makeChannels(Context context) {
        NotificationManager manager = (NotificationManager) context.getSystemService(Context.NOTIFICATION_SERVICE);
        for (String id : CHANNELS) {
            channel(context, manager, id);
        }
    }

    /** The channel's id; it is there when this returns. A channel that we don't know becomes "status". */
    private static String channel(Context context, NotificationManager manager, String wanted) {
        String id = CHANNELS.contains(wanted) ? wanted : "status";
        int importance = "alerts".equals(id) || "fault".equals(id) ? NotificationManager.IMPORTANCE_HIGH : NotificationManager.IMPORTANCE_DEFAULT;
        String name = context.getString(resource(context, "channel_" + id, "string"));
        manager.createNotificationChannel(new NotificationChannel(id, name, importance));
        return id;
    }

    /** By name: the class R is in the package of the app, which is not ours to know. */
    private static int resource(Context context, String name, String kind) {
        return context.getResources().getIdentifier(name, kind, context.getPackageName());
    }
}
