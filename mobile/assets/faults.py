"""The screen of faults."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.assets.faults_model import FaultList
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, button, chip, choice, empty, page, room, rowlist
from mobile.widgets.picksheet import PickSheet
from mobile.widgets.words import words
from shared_models.permissions import Permission

__all__ = ["FaultsScreen", "appbar", "button", "chip", "choice", "empty", "page", "room", "rowlist"]

load_kv(__file__)


class FaultsScreen(Screen):
    """What is broken, by unit; and a button to report something."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = FaultList()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.nav.bind(on_move=lambda *_: self._mark())

    def on_enter(self, **_: Any) -> None:
        """Show what is on the phone."""
        self.reload()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()
        self.ids.report.disabled = not self.model.parts.may(Permission.FAULT_REPORT)

    def pick_scope(self) -> None:
        """Ask which faults to show."""
        options = [{"key": one["key"], "title": one["text"]} for one in self.model.scopes]
        sheet = PickSheet(title=words.t("faults.title"), options=options, value=self.model.scope)
        sheet.bind(on_pick=lambda _, key: setattr(self.model, "scope", key))
        sheet.open()

    def pick_unit(self) -> None:
        """Ask of which unit."""
        sheet = PickSheet(title=words.t("faults.unit"), options=self.model.units, value=self.model.unit)
        sheet.bind(on_pick=lambda _, key: setattr(self.model, "unit", key))
        sheet.open()

    def _mark(self) -> None:
        shown = (pane.args.get("id", "") for pane in self.nav.children if pane.name == "fault")
        self.model.chosen = str(next(shown, "")) if self.nav.wide else ""
