"""The checks of a unit, or of all."""

from typing import Any
from uuid import UUID

from kivy.properties import ObjectProperty

from mobile.checks.history_model import History
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, empty, page, room, rowlist
from mobile.widgets.words import words

__all__ = ["ChecksScreen", "appbar", "empty", "page", "room", "rowlist"]

load_kv(__file__)


class ChecksScreen(Screen):
    """The newest first."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = History()
        self._entered = False
        super().__init__(**kwargs)
        words.bind(language=lambda *_: self.reload())

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts

    def on_enter(self, kit: object = None, **_: Any) -> None:
        """Show what is on the phone."""
        self._entered = True
        self.model.show(UUID(str(kit)) if kit else None)

    def reload(self) -> None:
        """Something in the store may be new."""
        if self._entered:
            self.model.load()
