"""The screen on which a thing is promised for a time."""

from typing import Any
from uuid import UUID

from mobile.assets import hand
from mobile.assets.hand import WhomSheet
from mobile.assets.reserve_model import Reserving
from mobile.core.kv import load_kv
from mobile.widgets import appbar, button, card, field, menu, page, when
from mobile.widgets.modelscreen import ModelScreen
from mobile.widgets.picksheet import PickSheet
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = ["ReserveScreen", "appbar", "button", "card", "field", "hand", "menu", "page", "when"]

load_kv(__file__)


class ReserveScreen(ModelScreen):
    """Which thing, for whom, from when, until when."""

    MODEL = Reserving

    def show(self, id: Any = "", **_: Any) -> None:
        """Begin with this thing."""
        self.ids.page.scroll_y = 1
        self.ids.note.text = ""
        self.model.start(UUID(str(id)))

    def pick_whom(self) -> None:
        """Ask for whom."""
        sheet = WhomSheet(title=words.t("reserve.whom"), people=self.model.people)
        sheet.bind(on_pick=lambda _, id_: self.model.choose(id_))
        sheet.open()

    def pick_begin(self) -> None:
        """Ask from when."""
        self._pick("begin", self.model.begin_options())

    def pick_end(self) -> None:
        """Ask until when."""
        self._pick("end", self.model.end_options())

    def _pick(self, name: str, options: list[dict[str, str]]) -> None:
        sheet = PickSheet(title=words.t(f"reserve.{name}"), options=options, value=getattr(self.model, name))
        sheet.bind(on_pick=lambda _, key: setattr(self.model, name, key))
        sheet.open()

    def do(self) -> None:
        """Promise it, and go back."""
        said = self.model.do()
        if said:
            snack(said)
            self.nav.back()
