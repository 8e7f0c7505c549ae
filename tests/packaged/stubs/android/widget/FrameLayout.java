package android.widget;

import android.content.Context;
import android.view.View;

public class FrameLayout extends View {
    public static class LayoutParams {
        public static final int MATCH_PARENT = -1, WRAP_CONTENT = -2;
        public LayoutParams(int width, int height, int gravity) {}
    }
    public FrameLayout(Context context) {}
    public void addView(View view) {}
    public void addView(View view, LayoutParams params) {}
}
