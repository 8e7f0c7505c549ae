"""A filter in a pill: what it narrows to, or what it could."""

from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.stacklayout import StackLayout

from mobile.core.kv import load_kv
from mobile.widgets import text
from mobile.widgets.control import Control

__all__ = ["Chip", "Chips", "text"]

load_kv(__file__)


class Chip(Control, BoxLayout):
    """A word to tap; `on` fills it. `icon` stands before the word, `opens` adds the arrow of what opens a choice."""

    text = StringProperty()
    icon = StringProperty()
    on = BooleanProperty(False)
    opens = BooleanProperty(False)
    most = NumericProperty(10_000)  # widest that it may be; longer words wrap


class Chips(StackLayout):
    """Chips side by side, in as many lines as they need."""
