"""The sheet that offers the other steps."""

from typing import Any

from kivy.properties import ListProperty

from mobile.core.kv import load_kv
from mobile.widgets import card
from mobile.widgets.menu import MenuRow
from mobile.widgets.sheet import Sheet

__all__ = ["StepsSheet", "card"]

load_kv(__file__)


class StepsSheet(Sheet):
    """One line for each of `steps` (dicts of key, title, subtitle, icon): a tap dispatches `on_step(key)`."""

    __events__ = ("on_step",)

    steps = ListProperty()

    def on_kv_post(self, _: Any) -> None:
        """Make the lines."""
        for step in self.steps:
            line = MenuRow(icon=step["icon"], title=step["title"], subtitle=step["subtitle"])
            line.bind(on_release=lambda _, key=step["key"]: self._picked(key))
            self.ids.lines.add_widget(line)

    def on_step(self, key: str) -> None:
        """This step is wanted."""

    def _picked(self, key: str) -> None:
        self.dismiss()
        self.dispatch("on_step", key)
