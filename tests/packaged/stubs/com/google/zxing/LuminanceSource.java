package com.google.zxing;

public abstract class LuminanceSource { public abstract byte[] getMatrix(); }
