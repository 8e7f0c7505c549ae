package com.google.zxing.common;

import com.google.zxing.Binarizer;
import com.google.zxing.LuminanceSource;

public class HybridBinarizer extends Binarizer {
    public HybridBinarizer(LuminanceSource source) { super(source); }
}
