"""Templates of checks, to read."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.checks.template_model import TemplateList
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, empty, page, room, rowlist
from mobile.widgets.words import words

__all__ = ["TemplatesScreen", "appbar", "empty", "page", "room", "rowlist"]

load_kv(__file__)


class TemplatesScreen(Screen):
    """What is looked at on each kind of thing."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = TemplateList()
        self._entered = False
        super().__init__(**kwargs)
        words.bind(language=lambda *_: self.reload())

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts

    def on_enter(self, **_: Any) -> None:
        """Show what is on the phone."""
        self._entered = True
        self.model.load()

    def reload(self) -> None:
        """Something in the store may be new."""
        if self._entered:
            self.model.load()
