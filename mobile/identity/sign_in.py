"""Signing in."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.identity.forms import SignInForm
from mobile.widgets import appbar, banner, button, field, page

__all__ = ["SignInScreen", "appbar", "banner", "button", "field", "page"]

load_kv(__file__)


class SignInScreen(Screen):
    """E-mail and password of an account."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = SignInForm()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def on_enter(self, **_args: Any) -> None:
        """Begin with empty fields: nothing secret stays on a screen that was left."""
        self.model.begin()
        self.ids.email.text = self.model.email
        self.ids.password.text = ""

    def on_leave(self) -> None:
        """Leave no secret behind."""
        self.ids.password.text = ""
        self.ids.password.shown = False

    def reload(self) -> None:
        """A form holds what is being written, and nothing of the store."""

    def submit(self) -> None:
        """Sign in."""
        self.model.submit(self.ids.email.text, self.ids.password.text)

    def sign_up(self) -> None:
        """Make an account instead; afterwards one is where one came from."""
        self.nav.back()
        self.nav.go("sign_up")
