package com.google.zxing;

public abstract class Binarizer {
    final LuminanceSource source;
    protected Binarizer(LuminanceSource source) { this.source = source; }
}
