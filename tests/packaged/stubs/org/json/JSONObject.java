package org.json;

import java.util.Map;

public class JSONObject {
    private final Map<String, String> data;
    public JSONObject(Map<String, String> data) { this.data = data; }
    @Override public String toString() { return data.toString(); }
}
