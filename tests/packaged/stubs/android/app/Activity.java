package android.app;

import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import android.view.View;
import android.view.WindowManager;

/** Prints what it hands back. */
public class Activity extends Context {
    public static final int RESULT_OK = -1;
    protected void onCreate(Bundle kept) {}
    protected void onDestroy() {}
    public void setContentView(View view) {}
    public WindowManager getWindowManager() { return new WindowManager(); }
    public final void runOnUiThread(Runnable what) { what.run(); }
    public final void setResult(int result, Intent data) { System.out.println("result " + result + " " + data.extras); }
    public void finish() { System.out.println("finished"); }
}
