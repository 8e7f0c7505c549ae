package com.google.firebase.messaging;

public class FirebaseMessagingService extends android.content.Context {
    public void onNewToken(String token) {}
    public void onMessageReceived(RemoteMessage message) {}
    public void onDeletedMessages() {}
}
