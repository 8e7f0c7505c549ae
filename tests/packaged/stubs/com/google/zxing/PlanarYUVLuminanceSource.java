package com.google.zxing;

import java.util.Arrays;

public class PlanarYUVLuminanceSource extends LuminanceSource {
    private final byte[] bright;
    public PlanarYUVLuminanceSource(byte[] data, int dataWidth, int dataHeight, int left, int top, int width, int height, boolean mirrored) {
        bright = Arrays.copyOf(data, dataWidth * dataHeight);
    }
    public byte[] getMatrix() { return bright; }
}
