package com.google.zxing;

public class Result {
    private final String text;
    Result(String text) { this.text = text; }
    public String getText() { return text; }
}
