"""The screen on which things are counted."""

from typing import Any
from uuid import UUID

from kivy.clock import Clock
from kivy.properties import ObjectProperty

from mobile.assets import refused_part
from mobile.assets.stocktake_model import Count
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, badge, button, card, chip, empty, page, scanfield, when
from mobile.widgets.sheet import confirm
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = [
    "StocktakeScreen", "appbar", "badge", "button", "card", "chip", "empty", "page", "refused_part", "scanfield", "when",
]  # fmt: skip

load_kv(__file__)

POLL_S = 15.0
"""How often what others have scanned is asked for, as the sync asks for the rest where no stream tells."""


class StocktakeScreen(Screen):
    """Scan, scan, scan: what came of the last one, how many are found and missing, what still waits."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Count()
        self._clock: Any = None
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.ids.scan.scanner = parts.scanner

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Show this count, and ask now and then what others have scanned."""
        self.model.show(UUID(str(id)))
        self._clock = self._clock or Clock.schedule_interval(lambda _: self.model.refresh(), POLL_S)

    def on_leave(self) -> None:
        """Nobody looks."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def close(self) -> None:
        """Ask before it is over: what is missing then is told as missing."""
        confirm(
            words.t("stocktake.close_title"),
            words.t("stocktake.close_words", count=int(self.model.missing)),
            words.t("stocktake.close"),
            self._close,
        )

    def _close(self) -> None:
        if self.model.close():
            snack(words.t("stocktake.closed"))
            self.nav.back()
