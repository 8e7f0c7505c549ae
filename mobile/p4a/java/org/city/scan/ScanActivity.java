package org.city.scan;

import android.app.Activity;
import android.content.Intent;
import android.hardware.Camera;
import android.os.Bundle;
import android.view.Gravity;
import android.view.Surface;
import android.view.SurfaceHolder;
import android.view.SurfaceView;
import android.view.View;
import android.widget.FrameLayout;
import android.widget.TextView;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The camera until it sees a code, which it hands back as the extra "code"; a tap turns the light on and off.
 *
 * Python starts it and hears its result (mobile/core/device/scanner.py). Nothing that it sees is kept. It uses the older of
 * Android's cameras, which each phone has and which needs no more libraries.
 */
@SuppressWarnings("deprecation")
public class ScanActivity extends Activity
        implements SurfaceHolder.Callback, Camera.PreviewCallback, View.OnClickListener {
    private final Codes codes = new Codes();
    private final ExecutorService reading = Executors.newSingleThreadExecutor();
    private Camera camera;
    private boolean lit;
    private boolean done;

    @Override
    protected void onCreate(Bundle kept) {
        super.onCreate(kept);
        SurfaceView shown = new SurfaceView(this);
        shown.getHolder().addCallback(this);
        shown.setOnClickListener(this);
        TextView words = new TextView(this);
        words.setText(getString(getResources().getIdentifier("scan_hint", "string", getPackageName())));
        words.setTextSize(20);
        words.setTextColor(0xFFFFFFFF);
        words.setBackgroundColor(0xB0000000);
        words.setPadding(32, 32, 32, 32);
        FrameLayout frame = new FrameLayout(this);
        frame.addView(shown);
        frame.addView(words, new FrameLayout.LayoutParams(
                FrameLayout.LayoutParams.MATCH_PARENT, FrameLayout.LayoutParams.WRAP_CONTENT, Gravity.BOTTOM));
        setContentView(frame);
    }

    @Override
    public void surfaceCreated(SurfaceHolder holder) {
        try {
            camera = Camera.open();
            if (camera == null) {  // there is none at the back
                finish();
                return;
            }
            Camera.Parameters wanted = camera.getParameters();
            focus(wanted);
            camera.setParameters(wanted);
            camera.setDisplayOrientation(turn());
            camera.setPreviewDisplay(holder);
            camera.startPreview();
            camera.setOneShotPreviewCallback(this);
        } catch (IOException | RuntimeException away) {  // another app has it, or it was not allowed
            finish();
        }
    }

    @Override
    public void surfaceChanged(SurfaceHolder holder, int format, int width, int height) {
        if (camera != null) {
            camera.setDisplayOrientation(turn());
        }
    }

    @Override
    public void surfaceDestroyed(SurfaceHolder holder) {
        Camera ended = camera;
        camera = null;
        if (ended != null) {
            ended.setOneShotPreviewCallback(null);
            ended.stopPreview();
            ended.release();
        }
    }

    @Override
    protected void onDestroy() {
        reading.shutdown();
        super.onDestroy();
    }

    /** One picture at a time: the next is asked for when this one was looked at. */
    @Override
    public void onPreviewFrame(final byte[] picture, Camera from) {
        final Camera.Size size = from.getParameters().getPreviewSize();
        reading.execute(new Runnable() {
            @Override
            public void run() {
                final String code = codes.read(picture, size.width, size.height);
                runOnUiThread(new Runnable() {
                    @Override
                    public void run() {
                        looked(code);
                    }
                });
            }
        });
    }

    private void looked(String code) {
        if (done) {
            return;
        }
        if (code == null) {
            if (camera != null) {
                camera.setOneShotPreviewCallback(this);
            }
            return;
        }
        done = true;
        setResult(RESULT_OK, new Intent().putExtra("code", code));
        finish();
    }

    @Override
    public void onClick(View touched) {
        if (camera == null) {
            return;
        }
        Camera.Parameters wanted = camera.getParameters();
        List<String> lights = wanted.getSupportedFlashModes();
        if (lights != null && lights.contains(Camera.Parameters.FLASH_MODE_TORCH)) {
            lit = !lit;
            wanted.setFlashMode(lit ? Camera.Parameters.FLASH_MODE_TORCH : Camera.Parameters.FLASH_MODE_OFF);
            camera.setParameters(wanted);
        }
    }

    private static void focus(Camera.Parameters wanted) {
        List<String> ways = wanted.getSupportedFocusModes();
        if (ways != null && ways.contains(Camera.Parameters.FOCUS_MODE_CONTINUOUS_PICTURE)) {
            wanted.setFocusMode(Camera.Parameters.FOCUS_MODE_CONTINUOUS_PICTURE);
        }
    }

    /** By how much the picture is turned so that up is up (Android's documentation of setDisplayOrientation). */
    private int turn() {
        Camera.CameraInfo told = new Camera.CameraInfo();
        Camera.getCameraInfo(0, told);
        int held = getWindowManager().getDefaultDisplay().getRotation();
        int degrees = held == Surface.ROTATION_90 ? 90 : held == Surface.ROTATION_180 ? 180 : held == Surface.ROTATION_270 ? 270 : 0;
        return (told.orientation - degrees + 360) % 360;
    }
}
