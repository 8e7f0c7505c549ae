"""Asks what becomes of a check that was begun."""

from mobile.core.kv import load_kv
from mobile.widgets import button
from mobile.widgets.sheet import Sheet

__all__ = ["LeaveCheckSheet", "button"]

load_kv(__file__)


class LeaveCheckSheet(Sheet):
    """Keep it, stay, or throw it away: `on_answer(keep)`."""

    __events__ = ("on_answer",)

    def answer(self, *, keep: bool) -> None:
        """Leave."""
        self.dismiss()
        self.dispatch("on_answer", keep)

    def on_answer(self, keep: bool) -> None:
        """It was decided."""
