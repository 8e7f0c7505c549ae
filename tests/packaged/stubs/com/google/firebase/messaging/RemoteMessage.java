package com.google.firebase.messaging;

import java.util.LinkedHashMap;
import java.util.Map;

public class RemoteMessage {
    public final Map<String, String> data = new LinkedHashMap<String, String>();
    public Map<String, String> getData() { return data; }
    public String getMessageId() { return "of Google's"; }
}
