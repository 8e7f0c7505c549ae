package android.view;

public class Surface {
    public static final int ROTATION_90 = 1, ROTATION_180 = 2, ROTATION_270 = 3;
}
