"""A program of its own (``process.py`` starts it): it imports nothing of the house, so that it is there at once."""
