"""The app: screens over models over a store and one way out."""
