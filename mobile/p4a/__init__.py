"""What the packager of the Android app needs: its hook, the Java service, resources and pictures. Not in the app."""
