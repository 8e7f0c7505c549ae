"""Changing the password."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.identity.forms import PasswordForm
from mobile.widgets import appbar, banner, button, field, page

__all__ = ["PasswordScreen", "appbar", "banner", "button", "field", "page"]

load_kv(__file__)


class PasswordScreen(Screen):
    """The password until now, and the one to follow."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = PasswordForm()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def on_enter(self, **_args: Any) -> None:
        """Begin with empty fields: nothing secret stays on a screen that was left."""
        self.model.clear()
        self._empty()

    def on_leave(self) -> None:
        """Leave no secret behind."""
        self._empty()

    def _empty(self) -> None:
        for field_ in (self.ids.old, self.ids.new):
            field_.text = ""
            field_.shown = False

    def reload(self) -> None:
        """A form holds what is being written, and nothing of the store."""

    def submit(self) -> None:
        """Change it."""
        self.model.submit(self.ids.old.text, self.ids.new.text)
