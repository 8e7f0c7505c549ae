"""The inbox: what the city said, newest first."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.core import strings
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.notifications.model import Inbox
from mobile.widgets import appbar, button, empty, page, room, rowlist
from mobile.widgets.snackbar import snack

__all__ = ["InboxScreen", "appbar", "button", "empty", "page", "room", "rowlist"]

load_kv(__file__)


class InboxScreen(Screen):
    """Notifications by day; a tap opens what one is about."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Inbox()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def on_enter(self, **_args: Any) -> None:
        """Show what is in the store."""
        self.reload()

    def reload(self) -> None:
        """Show what is in the store now."""
        self.model.load()
        self.model.tell_seen()

    def read_all(self) -> None:
        """Mark all as read, and say so."""
        self.model.read_all()
        snack(strings.t("inbox.all_read"))
