package android.hardware;

import android.view.SurfaceHolder;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** A camera that shows what it is told to, and prints what is asked of it. */
public class Camera {
    public interface PreviewCallback { void onPreviewFrame(byte[] data, Camera camera); }
    public static class Size { public int width, height; }
    public static class CameraInfo { public int orientation; }

    public static class Parameters {
        public static final String FLASH_MODE_TORCH = "torch", FLASH_MODE_OFF = "off";
        public static final String FOCUS_MODE_CONTINUOUS_PICTURE = "continuous-picture";
        public List<String> getSupportedFlashModes() { return Arrays.asList(FLASH_MODE_OFF, FLASH_MODE_TORCH); }
        public List<String> getSupportedFocusModes() { return Arrays.asList(FOCUS_MODE_CONTINUOUS_PICTURE); }
        public void setFlashMode(String mode) { System.out.println("light " + mode); }
        public void setFocusMode(String mode) { System.out.println("focus " + mode); }
        public Size getPreviewSize() {
            Size size = new Size();
            size.width = 3;
            size.height = 2;
            return size;
        }
    }

    public static Camera one = new Camera();
    public static boolean allowed = true;
    public PreviewCallback asked;

    public static Camera open() {
        if (!allowed) {
            throw new RuntimeException("not allowed");
        }
        return one;
    }
    public static void getCameraInfo(int number, CameraInfo info) { info.orientation = 90; }
    public Parameters getParameters() { return new Parameters(); }
    public void setParameters(Parameters parameters) {}
    public final void setDisplayOrientation(int degrees) { System.out.println("turned " + degrees); }
    public final void setPreviewDisplay(SurfaceHolder holder) throws IOException {}
    public final void startPreview() { System.out.println("started"); }
    public final void stopPreview() { System.out.println("stopped"); }
    public final void release() { System.out.println("released"); }
    public final void setOneShotPreviewCallback(PreviewCallback callback) { asked = callback; }
}
