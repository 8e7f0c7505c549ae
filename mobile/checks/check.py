"""A check that was done: sealed, to be read."""

from typing import Any
from uuid import UUID

from kivy.properties import ObjectProperty

from mobile.checks import facts, groups
from mobile.checks.history_model import OneCheck
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, badge, button, card, empty, page, room, when
from mobile.widgets.words import words

__all__ = [
    "CheckScreen",
    "appbar",
    "badge",
    "button",
    "card",
    "empty",
    "facts",
    "groups",
    "page",
    "room",
    "when",
]

load_kv(__file__)


class CheckScreen(Screen):
    """What was found of each thing, by whom, and the signature below it."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = OneCheck()
        self._entered = False
        super().__init__(**kwargs)
        words.bind(language=lambda *_: self.reload())

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts

    def on_enter(self, id: object = None, **_: Any) -> None:
        """Show what is on the phone."""
        self._entered = True
        self.model.show(UUID(str(id)))

    def reload(self) -> None:
        """Something in the store may be new."""
        if self._entered:
            self.model.load()
