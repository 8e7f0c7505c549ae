"""The first step: is all of it here?"""

from mobile.checks import complaint, rows
from mobile.checks.run_step import Step
from mobile.checks.slot_sheet import SlotSheet
from mobile.core.kv import load_kv
from mobile.widgets import button, page, scanfield

__all__ = ["AuditStep", "button", "complaint", "page", "rows", "scanfield"]

load_kv(__file__)


class AuditStep(Step):
    """One tap says that everything is here; only exceptions are tapped one by one."""

    def pick(self, key: str) -> None:
        """A slot was tapped: something is not as expected."""
        slot = self.model.slot_of(key)
        if slot is None:
            return
        row = next(row for row in self.model.rows if row["key"] == key)
        known = bool(row["subtitle"]) and slot.asset_id is not None
        sheet = SlotSheet(
            title=slot.name,
            words=row["subtitle"],
            expected=known or row["badge_icon"] == "choice",
            scanner=self.model.parts.scanner,
        )
        sheet.bind(
            on_there=lambda *_: self.model.slot_there(slot),
            on_missing=lambda *_: self.model.slot_missing(slot),
            on_code=lambda _, code: self.model.fill_slot(slot, code),
        )
        sheet.open()
