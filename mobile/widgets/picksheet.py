"""Sheets to pick from: one of several that is marked, or a line that leads on."""

from typing import Any

from kivy.properties import ListProperty, ObjectProperty

from mobile.core.kv import load_kv
from mobile.widgets import button, card, choice
from mobile.widgets.menu import MenuRow
from mobile.widgets.sheet import Sheet

__all__ = ["LinesSheet", "PickSheet", "button", "card", "choice"]

load_kv(__file__)


class PickSheet(Sheet):
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


class LinesSheet(Sheet):
    """One line for each of `lines` (dicts of key, title, subtitle, icon): a tap dispatches `on_pick(key)`."""

    __events__ = ("on_pick",)

    lines = ListProperty()

    def on_kv_post(self, _: Any) -> None:
        """Make the lines."""
        for one in self.lines:
            line = MenuRow(icon=one["icon"], title=one["title"], subtitle=one["subtitle"])
            line.bind(on_release=lambda _, key=one["key"]: self._picked(key))
            self.ids.lines.add_widget(line)

    def on_pick(self, key: str) -> None:
        """This one was picked."""

    def _picked(self, key: str) -> None:
        self.dismiss()
        self.dispatch("on_pick", key)
