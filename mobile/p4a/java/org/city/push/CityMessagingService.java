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
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.json.JSONObject;

/**
 * Firebase's messages, also while Python does not run: the app was swiped away, or the phone has just woken.
 *
 * A message with a title is shown. Each is kept in the preferences "city_push" until Python takes it
 * (mobile/core/device/push.py), and handed to "listener" at once where Python is up. A message that comes twice is
 * dropped: the sender tries again until it hears that it was heard.
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
        if (data.containsKey("title")) {
            show(this, mid, data);
        }
        String text = new JSONObject(data).toString();
        keep(this, text);
        tell("message", text);
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

    /** The channel's id; it is there when this returns. A channel that we don't know becomes "status". */
    private static String channel(Context context, NotificationManager manager, String wanted) {
        String id = "alerts".equals(wanted) || "waste".equals(wanted) ? wanted : "status";
        int importance = "alerts".equals(id) ? NotificationManager.IMPORTANCE_HIGH : NotificationManager.IMPORTANCE_DEFAULT;
        String name = context.getString(resource(context, "channel_" + id, "string"));
        manager.createNotificationChannel(new NotificationChannel(id, name, importance));
        return id;
    }

    /** By name: the class R is in the package of the app, which is not ours to know. */
    private static int resource(Context context, String name, String kind) {
        return context.getResources().getIdentifier(name, kind, context.getPackageName());
    }
}
