"""The screen of the counts that are under way."""

from typing import Any

from kivy.properties import ListProperty, ObjectProperty

from mobile.assets import thing
from mobile.assets.stocktake_model import Counts
from mobile.core.kv import load_kv
from mobile.widgets import appbar, button, card, choice, empty, field, page, when
from mobile.widgets.modelscreen import ModelScreen
from mobile.widgets.sheet import Sheet
from mobile.widgets.words import words

__all__ = [
    "BeginSheet", "StocktakesScreen", "appbar", "button", "card", "choice", "empty", "field", "page", "thing", "when",
]  # fmt: skip

load_kv(__file__)


class BeginSheet(Sheet):
    """What to count: `on_begin(name, what)`, where what is a department, a unit or a place."""

    __events__ = ("on_begin",)

    options = ListProperty()
    value = ObjectProperty(None, allownone=True)

    def save(self) -> None:
        """Begin; ask for what is missing."""
        place = self.ids.place.text.strip()
        if place:
            self._begin(place, {"place": place})
        elif self.value is not None:
            what, key = self.value
            title = next(one["title"] for one in self.options if one["key"] == self.value)
            self._begin(title, {what: key})
        else:
            self.ids.place.error = words.t("stocktakes.lacks")

    def _begin(self, name: str, what: dict[str, Any]) -> None:
        self.dismiss()
        self.dispatch("on_begin", name, what)

    def on_begin(self, name: str, what: dict[str, Any]) -> None:
        """This is to be counted."""


class StocktakesScreen(ModelScreen):
    """Go on with a count, or begin one."""

    MODEL = Counts

    def show(self, **_: Any) -> None:
        """Show what is known, and ask anew."""
        self.model.show()

    def begin(self) -> None:
        """Ask what to count."""
        sheet = BeginSheet(title=words.t("stocktakes.begin"), options=self.model.choices())
        sheet.bind(on_begin=lambda _, name, what: self._begun(name, what))
        sheet.open()

    def _begun(self, name: str, what: dict[str, Any]) -> None:
        id_ = self.model.begin(name, what)
        if id_ is not None:
            self.nav.go("stocktake", id=str(id_))
