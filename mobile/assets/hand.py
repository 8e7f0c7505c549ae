"""The screen on which a thing changes hands."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kivy.clock import Clock
from kivy.properties import ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.assets.hand_model import Hand
from mobile.assets.lines import plain
from mobile.assets.rules import Deed
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import (
    appbar,
    bigchoice,
    button,
    card,
    choice,
    field,
    menu,
    page,
    row,
    scanfield,
    signpad,
    toggle,
    when,
)
from mobile.widgets.picksheet import PickSheet
from mobile.widgets.sheet import Sheet
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = [
    "HandScreen", "OneRow", "WhomSheet", "appbar", "bigchoice", "button", "card", "choice", "field", "menu", "page", "scanfield",
    "signpad", "toggle", "when",
]  # fmt: skip

load_kv(__file__)

PLACES = {"thing": "scan", "whom": "target", "place": "place", "why": "why", "sign": "sign"}
"""What lacks → the widget that it is about."""
SHOWN = 20
"""So many people are listed at once; more are found by typing."""


class LoneRow(row.Row):
    """A row on a card: the card is its paper."""

    def _put_paper(self, left: float) -> None:
        super()._put_paper(left)
        self._sheet.size = self._line.size = (0, 0)


class OneRow(BoxLayout):
    """One thing as a list shows it, outside of a list: `told` are a row's properties."""

    told = ObjectProperty(None, allownone=True)

    def on_told(self, *_: object) -> None:
        """Show it."""
        self.clear_widgets()
        if self.told:
            shown = {name: value for name, value in self.told.items() if name != "key"}
            self.add_widget(LoneRow(is_focusable=False, disabled=True, **shown))


class WhomSheet(Sheet):
    """Who gets it: `people` are (id, name); a tap dispatches `on_pick(id)`."""

    __events__ = ("on_pick",)

    people = ObjectProperty(())
    options = ListProperty()
    query = StringProperty()

    def on_kv_post(self, _: Any) -> None:
        """List the first."""
        self.on_query()

    def on_query(self, *_: object) -> None:
        """List those whose names have these words."""
        wanted = plain(self.query).split()
        fit = [(id_, name) for id_, name in self.people if all(word in plain(name) for word in wanted)]
        self.options = [{"key": id_, "title": name, "icon": "account"} for id_, name in fit[:SHOWN]]

    def picked(self, id_: UUID) -> None:
        """Take the tap."""
        self.dismiss()
        self.dispatch("on_pick", id_)

    def on_pick(self, id_: UUID) -> None:
        """This person."""


def reveal(screen: Screen, errors: Mapping[str, str], places: Mapping[str, str]) -> None:
    """Scroll the page to the first thing that is wrong: error → id of the widget that it is about."""
    first = next((place for name, place in places.items() if name in errors), None)
    if first is not None:
        Clock.schedule_once(lambda _: screen.ids.page.scroll_to(screen.ids[first], animate=False))


class HandScreen(Screen):
    """Which thing, to whom, how it is, what stands against it, and the signature; then the next one."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Hand()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.ids.scan.scanner = parts.scanner

    def on_enter(self, id: Any = "", mode: str = Deed.HAND_OUT.value, **_: Any) -> None:
        """Begin."""
        self._clear()
        self.ids.place.text = ""
        self.model.begin(mode, UUID(str(id)) if id else None)

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def pick_whom(self) -> None:
        """Ask who gets it."""
        sheet = WhomSheet(title=words.t("hand.whom"), people=self.model.people)
        sheet.bind(on_pick=lambda _, id_: self.model.choose(id_))
        sheet.open()

    def pick_slot(self) -> None:
        """Ask into which slot of which unit it goes."""
        sheet = PickSheet(title=words.t("hand.slot"), options=list(self.model.slots), value=self.model.slot)
        sheet.bind(on_pick=lambda _, key: self.model.choose_slot(key))
        sheet.open()

    def do(self) -> None:
        """Sign, and be done; or go on with the next one."""
        said = self.model.do()
        if not said:
            reveal(self, self.model.errors, PLACES)
            return
        snack(said)
        if self.model.series:
            self._clear()
            self.ids.scan.take_focus()
        else:
            self.nav.back()

    def _clear(self) -> None:
        self.ids.page.scroll_y = 1
        self.ids.sign.clear()
        for name in ("condition", "why"):
            self.ids[name].text = ""
