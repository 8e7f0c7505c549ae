"""Bringing reports from another phone by its code."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.identity.forms import ClaimForm
from mobile.widgets import appbar, banner, button, field, page

__all__ = ["ClaimScreen", "appbar", "banner", "button", "field", "page"]

load_kv(__file__)


class ClaimScreen(Screen):
    """A code that another phone shows."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = ClaimForm()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def on_enter(self, **_args: Any) -> None:
        """Begin with empty fields: nothing secret stays on a screen that was left."""
        self.model.clear()
        self.ids.code.text = ""

    def on_leave(self) -> None:
        """Leave no secret behind."""
        self.ids.code.text = ""

    def reload(self) -> None:
        """A form holds what is being written, and nothing of the store."""

    def submit(self) -> None:
        """Bring them here."""
        self.model.submit(self.ids.code.text)
