"""The screen that looks things up."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.assets.things_model import Things
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, card, chip, empty, page, room, rowlist, scanfield, skeleton, when
from mobile.widgets.picksheet import LinesSheet, PickSheet
from mobile.widgets.words import words

__all__ = [
    "ThingsScreen", "appbar", "card", "chip", "empty", "page", "room", "rowlist", "scanfield", "skeleton", "when",
]  # fmt: skip

load_kv(__file__)

ELSEWHERE = (
    ("hand", "hand", "may_hand"),
    ("faults", "tools", ""),
    ("attest", "attest", "mine"),
    ("reservations", "calendar", ""),
    ("stocktakes", "count", "may_count"),
    ("inbox_things", "inbox", "may_settle"),
)
"""Where else one can go from here: the screen, its icon, and what of the model must be so."""


class ThingsScreen(Screen):
    """A field to scan or type into, and the things below it."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Things()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.ids.scan.scanner = parts.scanner
        self.nav.bind(on_move=lambda *_: self._mark())

    def on_enter(self, **_: Any) -> None:
        """Show what is on the phone."""
        self.model.notice = ""
        self.reload()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def scanned(self, code: str) -> None:
        """A code was read, or Enter ended what was typed."""
        id_ = self.model.scanned(code)
        if id_ is not None:
            self.model.query = ""
            self.nav.go("thing", id=str(id_))
        elif self.model.query:
            self.ids.scan.text = self.model.query

    def all_again(self) -> None:
        """Show the list again."""
        self.model.notice = self.ids.scan.text = ""

    def pick_kind(self) -> None:
        """Ask what sort of things to show."""
        self._ask("things.kind", self.model.kinds, "kind")

    def pick_state(self) -> None:
        """Ask in which state they are to be."""
        self._ask("things.state", self.model.states, "state")

    def _ask(self, title: str, options: list[dict[str, str]], what: str) -> None:
        sheet = PickSheet(title=words.t(title), options=options, value=getattr(self.model, what))
        sheet.bind(on_pick=lambda _, key: setattr(self.model, what, key))
        sheet.open()

    def more(self) -> None:
        """Offer where else one can go from here."""
        lines = [
            {
                "key": name,
                "icon": icon,
                "title": words.t(f"things.go.{name}.title"),
                "subtitle": words.t(f"things.go.{name}.text"),
            }
            for name, icon, needs in ELSEWHERE
            if not needs or getattr(self.model, needs)
        ]
        sheet = LinesSheet(title=words.t("things.go.title"), lines=lines)
        sheet.bind(on_pick=lambda _, key: self.nav.go(key))
        sheet.open()

    def _mark(self) -> None:
        shown = (pane.args.get("id", "") for pane in self.nav.children if pane.name == "thing")
        self.model.chosen = str(next(shown, "")) if self.nav.wide else ""
