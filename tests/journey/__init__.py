"""The journey on the real screens: a robot plays it against a running server and keeps its pictures."""
