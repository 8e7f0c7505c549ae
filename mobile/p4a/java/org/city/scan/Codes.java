package org.city.scan;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.MultiFormatReader;
import com.google.zxing.NotFoundException;
import com.google.zxing.PlanarYUVLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** Reads QR and Code 128 from what a camera shows. */
class Codes {
    private final MultiFormatReader reader = new MultiFormatReader();
    private boolean turned;

    Codes() {
        Map<DecodeHintType, Object> hints = new EnumMap<DecodeHintType, Object>(DecodeHintType.class);
        hints.put(DecodeHintType.POSSIBLE_FORMATS, Arrays.asList(BarcodeFormat.QR_CODE, BarcodeFormat.CODE_128));
        hints.put(DecodeHintType.TRY_HARDER, Boolean.TRUE);
        reader.setHints(hints);
    }

    /**
     * The code of a picture in NV21 (its brightness comes first, a byte for each pixel), or null.
     *
     * The camera lies across a phone that is held upright, and ZXing reads bars along the rows alone: so every second
     * picture is turned.
     */
    String read(byte[] picture, int width, int height) {
        turned = !turned;
        byte[] bright = turned ? turn(picture, width, height) : picture;
        int across = turned ? height : width;
        int down = turned ? width : height;
        try {
            return reader.decodeWithState(new BinaryBitmap(new HybridBinarizer(
                    new PlanarYUVLuminanceSource(bright, across, down, 0, 0, across, down, false)))).getText();
        } catch (NotFoundException none) {
            return null;
        } finally {
            reader.reset();
        }
    }

    /** Turned by a quarter, clockwise. */
    static byte[] turn(byte[] picture, int width, int height) {
        byte[] made = new byte[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                made[x * height + height - 1 - y] = picture[y * width + x];
            }
        }
        return made;
    }
}
