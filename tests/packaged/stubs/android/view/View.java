package android.view;

public class View {
    public interface OnClickListener { void onClick(View view); }
    public void setOnClickListener(OnClickListener listener) {}
    public void setBackgroundColor(int colour) {}
    public void setPadding(int left, int top, int right, int bottom) {}
}
