"""The sheet that hands a request back."""

from kivy.properties import StringProperty

from mobile.core.kv import load_kv
from mobile.widgets import button, field
from mobile.widgets.sheet import Sheet

__all__ = ["HandBackSheet", "button", "field"]

load_kv(__file__)


class HandBackSheet(Sheet):
    """Perhaps a word for whoever reported it: `on_hand_back(words)`."""

    __events__ = ("on_hand_back",)

    text = StringProperty()

    def save(self) -> None:
        """Hand it back."""
        self.dismiss()
        self.dispatch("on_hand_back", self.text.strip())

    def on_hand_back(self, text: str) -> None:
        """It is to be handed back."""
