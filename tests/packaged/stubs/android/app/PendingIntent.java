package android.app;

public class PendingIntent {
    public static final int FLAG_UPDATE_CURRENT = 1, FLAG_IMMUTABLE = 2;
    public static PendingIntent getActivity(android.content.Context context, int code, android.content.Intent intent, int flags) {
        return new PendingIntent();
    }
}
