"""The work list's screen."""

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.service_requests import work_lookup
from mobile.service_requests.work_model import OLDER, WorkList
from mobile.widgets import appbar, chip, choice, empty, field, page, room, rowlist, skeleton, when
from mobile.widgets.picksheet import PickSheet
from mobile.widgets.words import words

__all__ = [
    "WorkListScreen",
    "appbar",
    "chip",
    "choice",
    "empty",
    "field",
    "page",
    "room",
    "rowlist",
    "skeleton",
    "when",
]

load_kv(__file__)


class WorkListScreen(Screen):
    """What there is to do, and how to find it."""

    model = ObjectProperty(rebind=True)
    roomy = BooleanProperty(
        True
    )  # else the choice of which requests opens a sheet: the list wants the height

    def __init__(self, **kwargs: Any) -> None:
        self.model = WorkList()
        super().__init__(**kwargs)
        words.bind(language=self._say_again)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)
        self.nav.bind(on_move=lambda *_: self._mark())

    def on_enter(self, **_: Any) -> None:
        """Show what is on the phone."""
        self.model.load()
        work_lookup.refresh_colleagues(self.model.parts, self.model.load)

    def _say_again(self, *_: object) -> None:
        if self.model.loaded:
            self.model.load()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def pick(self, key: str) -> None:
        """A row was tapped."""
        if key == OLDER:
            self.model.search_older()
        else:
            self.nav.go("work_item", id=key)

    def pick_scope(self) -> None:
        """Ask which requests to show."""
        options = [{"key": one["key"], "title": one["text"]} for one in self.model.scopes]
        self._ask("work.scope.label", options, "scope")

    def pick_department(self) -> None:
        """Ask whose requests to show."""
        self._ask("work.department", self.model.departments, "department")

    def pick_kind(self) -> None:
        """Ask what sort of requests to show."""
        self._ask("work.type", self.model.kinds, "kind")

    def _ask(self, title: str, options: list[dict[str, str]], what: str) -> None:
        sheet = PickSheet(title=words.t(title), options=options, value=getattr(self.model, what))
        sheet.bind(on_pick=lambda _, key: setattr(self.model, what, key))
        sheet.open()

    def _mark(self) -> None:
        shown = (pane.args.get("id", "") for pane in self.nav.children if pane.name == "work_item")
        self.model.chosen = str(next(shown, "")) if self.nav.wide else ""
