package com.google.zxing;

import java.util.Arrays;
import java.util.Map;

/** Finds a code in a picture that begins with 1, and says how the picture lies. */
public class MultiFormatReader {
    public void setHints(Map<DecodeHintType, ?> hints) { System.out.println("looks for " + hints.get(DecodeHintType.POSSIBLE_FORMATS)); }
    public void reset() {}
    public Result decodeWithState(BinaryBitmap image) throws NotFoundException {
        byte[] bright = image.binarizer.source.getMatrix();
        System.out.println("sees " + Arrays.toString(bright));
        if (bright[0] != 1) {
            throw new NotFoundException();
        }
        return new Result("WU-0042");
    }
}
