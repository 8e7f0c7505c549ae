"""One alert, whole."""

from typing import Any

from mobile.content.model import AlertView
from mobile.content.one import OneAlertScreen
from mobile.core.kv import load_kv
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


class AlertScreen(OneAlertScreen):
    """What happens, where, until when and what to do; opened from the home screen, the inbox or a push."""

    def __init__(self, **kwargs: Any) -> None:
        self.model = AlertView()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)
