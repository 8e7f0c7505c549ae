"""One template, to read."""

from typing import Any
from uuid import UUID

from kivy.properties import ObjectProperty

from mobile.checks import groups
from mobile.checks.template_model import TemplateView
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, empty, page, room
from mobile.widgets.words import words

__all__ = ["TemplateScreen", "appbar", "empty", "groups", "page", "room"]

load_kv(__file__)


class TemplateScreen(Screen):
    """Its lines, by how often they are looked at."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = TemplateView()
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
