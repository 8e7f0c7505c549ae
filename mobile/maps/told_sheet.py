"""The sheet that tells of a feature or of a place: what is known of it, and what else is there."""

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import button, card, text, when
from mobile.widgets.menu import MenuRow
from mobile.widgets.sheet import Sheet

__all__ = ["ToldFact", "ToldSheet", "button", "card", "text", "when"]

load_kv(__file__)


class ToldFact(BoxLayout):
    """What something is, small, over how it is said."""

    title = StringProperty()
    value = StringProperty()


class ToldSheet(Sheet):
    """Tells `facts` (title, value); a tap on one of `lines` (as of a `LinesSheet`) dispatches `on_pick(key)` and closes it."""

    __events__ = ("on_pick",)

    facts = ListProperty()
    lines = ListProperty()
    note = StringProperty()
    invented = BooleanProperty(False)

    def on_kv_post(self, _: Any) -> None:
        """Make the facts and the lines."""
        for title, value in self.facts:
            self.ids.facts.add_widget(ToldFact(title=title, value=value))
        for one in self.lines:
            line = MenuRow(icon=one["icon"], title=one["title"], subtitle=one["subtitle"])
            line.bind(on_release=lambda _, key=one["key"]: self._picked(key))
            self.ids.lines.add_widget(line)

    def on_pick(self, key: int) -> None:
        """This one is to be told of."""

    def _picked(self, key: int) -> None:
        self.dismiss()
        self.dispatch("on_pick", key)
