package android.view;

public class Gravity { public static final int BOTTOM = 80; }
