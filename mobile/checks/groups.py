"""Sections with rows, from (title, rows): a check that was done, a template."""

from kivy.properties import ListProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.checks.rows import RowBox
from mobile.core.kv import load_kv
from mobile.widgets import card

__all__ = ["Groups", "card"]

load_kv(__file__)


class Groups(BoxLayout):
    """One section below the other."""

    groups = ListProperty()

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.bind(groups=self._show)
        self._show()

    def _show(self, *_: object) -> None:
        self.clear_widgets()
        for title, rows in self.groups:
            section = card.Section(title=title)
            section.add_widget(RowBox(rows=rows))
            self.add_widget(section)
