package android.view;

public class Display { public int getRotation() { return 0; } }
