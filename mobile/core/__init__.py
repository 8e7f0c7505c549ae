"""What the app is made of below its screens. Most of it knows no toolkit and runs in tests and services alike."""
