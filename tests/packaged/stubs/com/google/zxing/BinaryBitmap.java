package com.google.zxing;

public class BinaryBitmap {
    final Binarizer binarizer;
    public BinaryBitmap(Binarizer binarizer) { this.binarizer = binarizer; }
}
