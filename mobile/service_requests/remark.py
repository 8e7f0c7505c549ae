"""Quiet remarks: an icon and a line of the city's words."""

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import text

__all__ = ["Remark", "text"]

load_kv(__file__)


class Remark(BoxLayout):
    """Small words behind an icon, in a `tone`; no height without words."""

    icon = StringProperty("info")
    text = StringProperty()
    tone = StringProperty("neutral")
