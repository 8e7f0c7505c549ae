"""The kit: what every screen is made of. Each widget is a .py with its .kv; tokens stand in `theme`."""
