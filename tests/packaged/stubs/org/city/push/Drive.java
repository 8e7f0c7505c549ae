package org.city.push;

import android.content.Context;
import com.google.firebase.messaging.RemoteMessage;
import java.util.LinkedHashSet;

/** Plays Firebase: Python does not run at first, then it does; each message is sent twice. */
public class Drive {
    public static void main(String[] arguments) {
        CityMessagingService service = new CityMessagingService();
        send(service, "mid", "m0");
        CityMessagingService.listener = new CityMessagingService.Listener() {
            public void onPush(String what, String value) { System.out.println("heard " + what + " " + value); }
        };
        send(service, "mid", "m1", "title", "Closed");
        send(service, "mid", "m2", "title", "Flood", "channel", "alerts", "collapse", "request-7");
        send(service, "mid", "m3", "title", "Far", "channel", "alerts", "area", "0,0 0,1 1,1 1,0");
        service.getSharedPreferences("city_push", Context.MODE_PRIVATE).edit().putString("home", "29.717800,-95.431700").apply();
        send(service, "mid", "m4", "title", "Far again", "channel", "alerts", "area", "0,0 0,1 1,1 1,0");
        send(service, "mid", "m5", "title", "Near", "channel", "alerts", "area", "29.71,-95.44 29.71,-95.42 29.73,-95.42 29.73,-95.44");
        send(service, "mid", "m6", "title", "News", "channel", "news");
        send(service, "mid", "m7", "title", "Two", "channel", "alerts", "id", "a", "revision", "2", "area", "29.71,-95.44 29.71,-95.42 29.73,-95.42 29.73,-95.44");
        send(service, "mid", "m8", "title", "One, late", "channel", "alerts", "id", "a", "revision", "1");
        send(service, "mid", "m9", "title", "Three, moved away", "channel", "alerts", "id", "a", "revision", "3", "area", "0,0 0,1 1,1 1,0");
        CityMessagingService.makeChannels(service);
        service.onNewToken("fresh");
        service.onDeletedMessages();
        System.out.println("kept " + service.getSharedPreferences("city_push", Context.MODE_PRIVATE)
                .getStringSet("waiting", new LinkedHashSet<String>()).size());
    }

    private static void send(CityMessagingService service, String... words) {
        for (int times = 0; times < 2; times++) {
            RemoteMessage message = new RemoteMessage();
            for (int i = 0; i < words.length; i += 2) {
                message.data.put(words[i], words[i + 1]);
            }
            service.onMessageReceived(message);
        }
    }
}
