"""The last step: how it came out, then a signature."""

from typing import Any

from mobile.checks import complaint, rows
from mobile.checks.run_step import Step
from mobile.core.kv import load_kv
from mobile.widgets import badge, page, signpad
from shared_models.basics import Point

__all__ = ["SignStep", "badge", "complaint", "page", "rows", "signpad"]

load_kv(__file__)


class SignStep(Step):
    """Sign, and it is done."""

    def pick(self, key: str) -> None:
        """Look at this thing again."""
        if key:
            self.model.open_part(key)

    def __init__(self, **kwargs: Any) -> None:
        self._at: Point | None = None
        super().__init__(**kwargs)
        parts = self.model.parts
        # Nobody waits for it: where the phone does not know by the time that it is signed, no place is told.
        parts.location.once(lambda fix: parts.tasks.on_main(self._found, fix))

    def _found(self, fix: tuple[float, float, float] | None) -> None:
        self._at = Point(lat=round(fix[0], 6), lon=round(fix[1], 6)) if fix else None

    def finish(self) -> None:
        """Put it into the outbox."""
        self.model.finish(self._at)
