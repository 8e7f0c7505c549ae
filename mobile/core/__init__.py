"""Machinery of the phone: it knows no domain and no screen."""
