"""One alert, whole."""

from typing import Any
from uuid import UUID

from kivy.properties import ObjectProperty

from mobile.content.model import AlertView
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, badge, button, card, empty, mapsnippet, page, room, skeleton, when

__all__ = [
    "AlertScreen",
    "appbar",
    "badge",
    "button",
    "card",
    "empty",
    "mapsnippet",
    "page",
    "room",
    "skeleton",
    "when",
]

load_kv(__file__)


class AlertScreen(Screen):
    """What happens, where, until when and what to do; opened from the home screen, the inbox or a push."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = AlertView()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Show this alert."""
        self.ids.page.scroll_y = 1
        self.model.open(UUID(str(id)) if id else None)
        self.ids.map.begin(self.model.parts.pack)

    def on_leave(self) -> None:
        """Let go of the map."""
        self.ids.map.end()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()
