"""A filter in a pill: what it narrows to, or what it could."""

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.stacklayout import StackLayout

from mobile.core.kv import load_kv
from mobile.widgets import text
from mobile.widgets.control import Control

__all__ = ["Chip", "ChipStrip", "Chips", "text"]

load_kv(__file__)


class Chip(Control, BoxLayout):
    """A word to tap; `on` fills it. `icon` stands before the word, `opens` adds the arrow of what opens a choice."""

    text = StringProperty()
    icon = StringProperty()
    on = BooleanProperty(False)
    opens = BooleanProperty(False)
    least = NumericProperty(0)  # how high it is at least: for gloves
    most = NumericProperty(10_000)  # widest that it may be; longer words wrap


class ChipStrip(ScrollView):
    """Chips on one line, that scrolls sideways where they are too many."""

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Take its own line, then the chips on it."""
        line = self.ids.get("line")
        (line.add_widget if line else super().add_widget)(widget, *args, **kwargs)


class Chips(StackLayout):
    """Chips side by side, in as many lines as they need."""
