"""A line that leads somewhere or does something, within a card."""

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import text
from mobile.widgets.control import Control

__all__ = ["MenuRow", "text"]

load_kv(__file__)


class MenuRow(Control, BoxLayout):
    """Icon, title, subtitle and, where it leads on, a chevron; for a flush `Card`. `on_release` tells of a tap."""

    icon = StringProperty()
    tone = StringProperty("neutral")  # of the icon and the title
    title = StringProperty()
    subtitle = StringProperty()
    chevron = BooleanProperty(True)
