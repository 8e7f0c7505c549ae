"""The phone: the city in a pocket, with signal or without."""
