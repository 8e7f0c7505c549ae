"""A sheet to choose one of several from."""

from typing import Any

from kivy.properties import ListProperty, ObjectProperty

from mobile.core.kv import load_kv
from mobile.widgets import button, choice
from mobile.widgets.sheet import Sheet

__all__ = ["WhoseSheet", "button", "choice"]

load_kv(__file__)


class WhoseSheet(Sheet):
    """Shows `options` (as a `ChoiceList` does) with `value` marked; a tap dispatches `on_pick(key)` and closes it."""

    __events__ = ("on_pick",)

    options = ListProperty()
    value = ObjectProperty(None, allownone=True)

    def on_pick(self, key: Any) -> None:
        """This one was picked."""

    def picked(self, key: Any) -> None:
        """Take the tap."""
        self.dismiss()
        self.dispatch("on_pick", key)
