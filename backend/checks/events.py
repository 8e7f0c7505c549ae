"""What happens around checks. Ids, codes and states only."""

from typing import ClassVar
from uuid import UUID

from backend.core.ledger import Event
from shared_models.assets import Severity
from shared_models.basics import Code
from shared_models.checks import Level
from shared_models.templates import Cadence, TemplateState


class TemplateWritten(Event):
    """A version of a template was written, changed, or put in force."""

    subject: ClassVar[str] = "template_id"
    for_the_record: ClassVar[bool] = True
    template_id: UUID
    code: Code
    version: int
    state: TemplateState


class ScheduleWritten(Event):
    """Something is due from now on, or otherwise, or no longer."""

    subject: ClassVar[str] = "schedule_id"
    for_the_record: ClassVar[bool] = True
    schedule_id: UUID
    template: Code
    cadence: Cadence
    active: bool


class ShiftWritten(Event):
    """A shift of a department begins at another time from now on, or there is one more, or one less."""

    subject: ClassVar[str] = "shift_id"
    for_the_record: ClassVar[bool] = True
    shift_id: UUID
    department: Code
    ended: bool


class CheckFinished(Event):
    """A check was done and taken in."""

    subject: ClassVar[str] = "check_id"
    for_the_record: ClassVar[bool] = True
    check_id: UUID
    kit_id: UUID | None
    department: Code
    worst: Severity | None
    failed: int
    faults: int


class CheckOverdue(Event):
    """A unit was not looked at in time: said once for each unit and period."""

    subject: ClassVar[str] = "kit_id"
    kit_id: UUID
    department: Code


class UnitMoved(Event):
    """A unit can roll again, can't any more, or can with something to be seen to."""

    subject: ClassVar[str] = "kit_id"
    for_the_record: ClassVar[bool] = True
    kit_id: UUID
    department: Code
    level: Level
