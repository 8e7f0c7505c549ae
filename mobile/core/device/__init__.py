"""What the phone can do besides drawing: each thing a small interface, its Android form, its desktop stand-in."""
