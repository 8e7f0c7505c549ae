package android.app;

/** As much of Android's as the service uses; it only remembers. */
public class Notification {
    public String channel;
    public CharSequence title;

    public abstract static class Style {}

    public static class BigTextStyle extends Style {
        public BigTextStyle bigText(CharSequence text) { return this; }
    }

    public static class Builder {
        private final Notification made = new Notification();
        public Builder(android.content.Context context, String channel) { made.channel = channel; }
        public Builder setSmallIcon(int icon) { return this; }
        public Builder setContentTitle(CharSequence title) { made.title = title; return this; }
        public Builder setContentText(CharSequence text) { return this; }
        public Builder setStyle(Style style) { return this; }
        public Builder setAutoCancel(boolean cancel) { return this; }
        public Builder setContentIntent(PendingIntent intent) { return this; }
        public Notification build() { return made; }
    }
}
