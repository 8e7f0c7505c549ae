"""The app: screens over models over a store and one way out."""

__version__ = "0.1.0"
