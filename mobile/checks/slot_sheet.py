"""One slot of a unit: it is there, it is missing, or another one is."""

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty

from mobile.checks import complaint
from mobile.core.kv import load_kv
from mobile.widgets import button, scanfield
from mobile.widgets.sheet import Sheet

__all__ = ["SlotSheet", "button", "complaint", "scanfield"]

load_kv(__file__)


class SlotSheet(Sheet):
    """`on_there`, `on_missing`, or `on_code(code)` of what is there instead."""

    __events__: Any = ("on_code", "on_missing", "on_there")

    expected = BooleanProperty(True)
    """It is known what belongs there."""
    scanner = ObjectProperty(None, allownone=True)

    def say(self, what: str) -> None:
        """Take this answer."""
        self.dismiss()
        self.dispatch(what)

    def read(self, code: str) -> None:
        """Another one was scanned."""
        self.dismiss()
        self.dispatch("on_code", code)

    def on_there(self) -> None:
        """What belongs there is there."""

    def on_missing(self) -> None:
        """Nothing is there."""

    def on_code(self, code: str) -> None:
        """This is there."""
