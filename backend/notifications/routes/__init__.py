"""Notifications over HTTP: what people are told here, what other systems are told in a file of its own."""

from backend.notifications.routes.inbox import blp
from backend.notifications.routes.webhooks import blp as webhooks

__all__ = ["blp", "webhooks"]
