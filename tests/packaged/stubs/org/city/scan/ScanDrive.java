package org.city.scan;

import android.hardware.Camera;
import android.view.SurfaceHolder;
import java.util.concurrent.TimeUnit;

/** Plays Android: the camera sees nothing, then a code; then it is not allowed. */
public class ScanDrive {
    public static void main(String[] arguments) throws Exception {
        ScanActivity activity = new ScanActivity();
        activity.onCreate(null);
        activity.surfaceCreated(new SurfaceHolder());
        activity.onClick(null);
        activity.onClick(null);
        show(new byte[] {1, 2, 3, 4, 5, 6, 99});
        show(new byte[] {7, 2, 3, 4, 5, 6, 99});
        show(new byte[] {9, 2, 3, 1, 5, 6, 99});
        System.out.println("asks on " + (Camera.one.asked != null));
        activity.surfaceDestroyed(new SurfaceHolder());
        activity.onDestroy();

        Camera.allowed = false;
        new ScanActivity().surfaceCreated(new SurfaceHolder());
    }

    private static void show(byte[] picture) throws Exception {
        Camera.PreviewCallback asked = Camera.one.asked;
        Camera.one.asked = null;
        asked.onPreviewFrame(picture, Camera.one);
        for (int waits = 0; waits < 200 && Camera.one.asked == null; waits++) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }
}
