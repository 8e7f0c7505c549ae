"""The code that moves this phone's reports to another phone."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.identity.elsewhere_model import MoveCode
from mobile.widgets import appbar, banner, button, card, page

__all__ = ["MoveScreen", "appbar", "banner", "button", "card", "page"]

load_kv(__file__)


class MoveScreen(Screen):
    """Shows a code that is good once."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = MoveCode()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def on_enter(self, **_args: Any) -> None:
        """Show no code of before: it may have ended."""
        self.model.forget()

    def reload(self) -> None:
        """It shows nothing of the store."""
