"""Notifications: what people are told, and how it reaches them."""
