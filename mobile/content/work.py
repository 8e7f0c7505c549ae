"""The city's alerts, for whoever writes them."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.content.work_model import AlertList
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, button, empty, page, room, rowlist

__all__ = ["AlertsScreen", "appbar", "button", "empty", "page", "room", "rowlist"]

load_kv(__file__)


class AlertsScreen(Screen):
    """What is being written, what is out, what is over; and a button to begin."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = AlertList()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def on_enter(self, **_: Any) -> None:
        """Show what is on the phone."""
        self.reload()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()
