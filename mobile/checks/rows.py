"""Rows outside of a list, large enough for gloves; some with values below them to tap."""

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import follow, load_kv
from mobile.widgets import bigchoice, card, row
from mobile.widgets.bigchoice import QuickPercent
from mobile.widgets.row import SHOWN, Row
from mobile.widgets.words import words

__all__ = ["LineBox", "PickRow", "RowBox", "bigchoice", "card", "row"]

load_kv(__file__)

OTHER = "other"


class PickRow(Row):
    """A row that tells whoever holds it: `on_pick(key)`."""

    __events__ = ("on_pick",)

    def on_release(self) -> None:
        """It was tapped."""
        super().on_release()
        self.dispatch("on_pick", self.key)

    def on_pick(self, key: Any) -> None:
        """This one was tapped."""


class Quick(QuickPercent):
    """One value to tap."""

    key = StringProperty()


class LineBox(BoxLayout):
    """One row, and the values that answer it at one tap: `on_pick(key)`, `on_value(key, value)`."""

    __events__ = ("on_pick", "on_value")

    key = StringProperty()
    with_values = BooleanProperty(False)

    def __init__(self, data: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.key = data["key"]
        self._row = PickRow()
        self._row.bind(on_pick=lambda _, key: self.dispatch("on_pick", key))
        self.add_widget(self._row, index=1)
        self._made: dict[str, Quick] = {}
        self.take(data)

    def take(self, data: dict[str, Any]) -> None:
        """Show this of it."""
        for name, nothing in SHOWN.items():
            setattr(self._row, name, data.get(name, nothing))
        values = [*data.get("values", ())]
        self.with_values = bool(values)
        wanted = [*values, OTHER] if values else []
        if list(self._made) != wanted:
            self.ids.quick.clear_widgets()
            self._made = {value: self._quick(value, data) for value in wanted}
            for made in self._made.values():
                self.ids.quick.add_widget(made)
        said = data.get("value", "")
        for value, made in self._made.items():
            made.on = value == said or (value == OTHER and bool(said) and said not in values)
            made.tone = data.get("tone", "neutral") if made.on else "neutral"

    def _quick(self, value: str, data: dict[str, Any]) -> Quick:
        text = words.t("checks.run.other_value") if value == OTHER else value
        made = Quick(key=value, text=text, label=f"{data['title']}: {text}")
        made.bind(on_release=lambda pressed: self._pressed(pressed.key))
        return made

    def _pressed(self, value: str) -> None:
        if value == OTHER:
            self.dispatch("on_pick", self.key)
        else:
            self.dispatch("on_value", self.key, value)

    def on_pick(self, key: str) -> None:
        """It is to be answered otherwise."""

    def on_value(self, key: str, value: str) -> None:
        """This value was tapped."""


class RowBox(BoxLayout):
    """Rows on one sheet, from dicts as a `RowList` has them; `values` of a dict stand below its row.

    Where the same rows are shown anew they stay what they are: no finger meets one that moves.
    """

    __events__ = ("on_pick", "on_value")

    rows = ListProperty()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(rows=self._show)
        follow(words, self._forget, "language")
        self._show()

    def on_pick(self, key: str) -> None:
        """This row was tapped."""

    def on_value(self, key: str, value: str) -> None:
        """This value of this row was tapped."""

    def _forget(self, *_: object) -> None:
        self.clear_widgets()

    def _show(self, *_: object) -> None:
        made = {box.key: box for box in reversed(self.children)}
        if list(made) != [data["key"] for data in self.rows] or len(made) != len(self.rows):
            self.clear_widgets()
            for data in self.rows:
                box = LineBox(data)
                box.bind(on_pick=lambda _, key: self.dispatch("on_pick", key))
                box.bind(on_value=lambda _, key, value: self.dispatch("on_value", key, value))
                self.add_widget(box)
        else:
            for data in self.rows:
                made[data["key"]].take(data)
