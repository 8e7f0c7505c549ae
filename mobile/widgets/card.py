"""Grouping: a card, a section with its heading, and lines of facts."""

from typing import Any

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import button, text

__all__ = ["Card", "KeyValue", "Section", "Toned", "button", "text"]

load_kv(__file__)


class Card(BoxLayout):
    """A raised sheet of surface for things that belong together; what is put in runs down.

    `flush` leaves no edge, for rows and toggles that bring their own.
    """

    flush = BooleanProperty(False)


class Toned(BoxLayout):
    """A sheet in a tone, with an edge: what must not be missed. What is put in says in words what the tone says."""

    tone = StringProperty("neutral")


class Section(BoxLayout):
    """A heading, perhaps with one action at its end (`action_text`, `on_action`), and what kv puts below it."""

    __events__ = ("on_action",)

    title = StringProperty()
    action_text = StringProperty()
    stacked = BooleanProperty(False)  # the action stands below the heading: both do not fit on a line

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Take its own parts, then what it holds."""
        content = self.ids.get("content")
        (content.add_widget if content else super().add_widget)(widget, *args, **kwargs)

    def on_action(self) -> None:
        """The action in the heading was tapped."""


class KeyValue(BoxLayout):
    """A name and its value, with an icon if wanted: one fact on a detail."""

    icon = StringProperty()
    key = StringProperty()
    value = StringProperty()
