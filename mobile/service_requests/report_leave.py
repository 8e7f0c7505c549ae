"""The question on the way out of a report."""

from mobile.core.kv import load_kv
from mobile.widgets.sheet import Sheet

load_kv(__file__)


class LeaveSheet(Sheet):
    """Keep what was entered for later, or throw it away: `on_answer(keep)`; a tap beside it stays."""

    __events__ = ("on_answer",)

    def on_answer(self, keep: bool) -> None:
        """It is wanted later, or not."""

    def answer(self, *, keep: bool) -> None:
        """Take this answer."""
        self.dismiss()
        self.dispatch("on_answer", keep)
