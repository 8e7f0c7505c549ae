package android.view;

import android.content.Context;

public class SurfaceView extends View {
    public SurfaceView(Context context) {}
    public SurfaceHolder getHolder() { return new SurfaceHolder(); }
}
