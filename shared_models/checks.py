"""Checks: what is looked at before a shift, how it came out, and which unit can roll."""

import uuid
from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.assets import AssetKind, Severity
from shared_models.basics import Code, PageWanted, Point
from shared_models.custody import Signature
from shared_models.templates import MOST_LINES, READING, Cadence, Label
from shared_models.wire import Length, Range, Wire, WireEnum

# ── told ─────────────────────────────────────────────────────────────────────────────────────────────────


class Shift(Wire):
    """When a department's shifts begin, by the city's clock, and how long they last."""

    id: UUID
    department: Code
    code: Code
    name_en: Label
    name_es: Label
    starts: Annotated[str, "HH:MM, the city's time."]
    hours: Annotated[int, Range(1, 48)]
    updated_at: datetime


class Schedule(Wire):
    """Which lines of a template are due how often: of each member of this kind of the kits, or of each thing, of a department."""

    id: UUID
    template: Code
    cadence: Cadence
    department: Annotated[str | None, "Null: of all departments."]
    kits: Annotated[bool, "True: of members of kits; false: of all things of the template's kind."]
    active: bool
    updated_at: datetime


class Done(Wire):
    """When a thing was last looked at by these lines: with it, and the schedules, a phone knows what is due."""

    id: Annotated[UUID, "Made of thing, template and cadence (`done_id`)."]
    kit_id: UUID | None
    asset_id: UUID
    template: Code
    cadence: Cadence
    done_at: datetime
    by: str


class Due(Wire):
    """What is to be checked: of which thing, by which lines, until when."""

    kit_id: UUID | None
    unit: str
    asset_id: UUID | None
    tag: str
    template: Code
    cadence: Cadence
    from_at: datetime
    until_at: datetime
    done_at: Annotated[datetime | None, "In this period; null: still to do."]
    overdue: bool


class DueList(Wire):
    """What is due now, the most urgent first."""

    items: tuple[Due, ...]
    made_at: datetime
    more: Annotated[bool, "There is more than was told: ask for one department or unit."] = False


class Answer(Wire):
    """What was answered to one line."""

    line: Code
    value: Annotated[
        str,
        Length(max=2000),
        "pass, fail, na; a number; an option's code; a text; what was scanned; photo ids.",
    ]
    note: Annotated[str, Length(max=1000)] = ""
    photos: Annotated[tuple[UUID, ...], Length(max=6)] = ()
    fault_id: Annotated[
        UUID | None, "The fault that this opens, where it fails: its id is the phone's choice."
    ] = None


class CheckPart(Wire):
    """One thing of a check, by one template."""

    asset_id: UUID
    template: Code
    template_version: Annotated[int, Range(1)]
    cadences: Annotated[tuple[Cadence, ...], Length(1, 8)]
    answers: Annotated[tuple[Answer, ...], Length(1, MOST_LINES)]


class SlotOutcome(WireEnum):
    """What the kit audit found in a slot."""

    THERE = "there"
    MISSING = "missing"
    OTHER = "other"
    NEWER = "newer"


class SlotFound(Wire):
    """What was found in a slot of the kit: what belongs there, nothing, or another thing (then its code)."""

    slot_id: UUID
    outcome: SlotOutcome
    asset_id: UUID | None = None
    code: Annotated[str, Length(max=300)] = ""
    note: Annotated[str, Length(max=400)] = ""


class Check(Wire):
    """A check that was done: sealed, never changed."""

    id: UUID
    kit_id: UUID | None
    unit: str
    department: Code
    parts: tuple[CheckPart, ...]
    slots: tuple[SlotFound, ...]
    started_at: datetime
    finished_at: datetime
    taken_at: datetime
    by_id: UUID
    by: str
    where: Point | None
    signature: Signature
    app: str
    worst: Annotated[Severity | None, "Of what failed; null: all passed."]
    failed: int
    hash: Annotated[str, "SHA-256 over what was sent, as `custody.link` does."]


class Level(WireEnum):
    """Whether a unit can roll. Green: yes. Amber: yes, and something is to be seen to. Red: no."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    NEWER = "newer"


class ReasonCode(WireEnum):
    """Why a unit is not green."""

    CRITICAL_FAULT = "critical-fault"
    MAJOR_FAULT = "major-fault"
    MISSING = "missing"
    NOT_IN_SERVICE = "not-in-service"
    OVERDUE = "overdue"
    NEVER_CHECKED = "never-checked"
    BATTERY_LOW = "battery-low"
    BATTERY_WEAK = "battery-weak"
    CERTIFICATE = "certificate"
    UNCONFIRMED = "unconfirmed"
    NEWER = "newer"


class Reason(Wire):
    """One reason, of which thing, since when."""

    code: ReasonCode
    level: Level
    asset_id: UUID | None = None
    name: Annotated[str, "What the slot or the thing is called."] = ""
    detail: Annotated[str, "A number, a day, a line's code: what the words need."] = ""
    fault_id: UUID | None = None
    since_at: datetime


class Readiness(Wire):
    """Whether one unit can roll now, why not, and since when. Its id is the kit's."""

    id: UUID
    unit: str
    name: str
    department: Code
    level: Level
    reasons: tuple[Reason, ...]
    since_at: Annotated[datetime, "Since when it is at this level."]
    checked_at: datetime | None
    checked_by: str
    updated_at: datetime


class Board(Wire):
    """All units that one may see: what can roll now."""

    items: tuple[Readiness, ...]
    green: int
    amber: int
    red: int
    made_at: datetime


class TrendPoint(Wire):
    """One reading."""

    at: datetime
    value: Annotated[float, READING]


class Trend(Wire):
    """The readings of one line of one thing, the oldest first."""

    asset_id: UUID
    line: str
    points: tuple[TrendPoint, ...]
    slope: Annotated[float | None, READING, "Percent a week, by least squares; null with fewer than three."]


class Repeat(Wire):
    """How often things of a model failed within the days asked for."""

    model_id: UUID | None
    make: str
    model: str
    kind: AssetKind
    things: int
    faults: int
    repeated: Annotated[int, "Things with more than one."]


class Repeats(Wire):
    """Models by how often they fail, the worst first."""

    items: tuple[Repeat, ...]


class Checks(Wire):
    """Checks that were done, newest first."""

    items: tuple[Check, ...]
    next: str | None


class Schedules(Wire):
    """All schedules."""

    items: tuple[Schedule, ...]


class Shifts(Wire):
    """All shifts."""

    items: tuple[Shift, ...]


# ── asked ────────────────────────────────────────────────────────────────────────────────────────────────


class FinishCheck(Wire):
    """A check, whole, in one go."""

    id: Annotated[UUID, "Chosen by the phone."]
    kit_id: UUID | None = None
    parts: Annotated[tuple[CheckPart, ...], Length(1, 30)]
    slots: Annotated[tuple[SlotFound, ...], Length(max=60)] = ()
    started_at: datetime
    finished_at: datetime
    where: Point | None = None
    signature: Signature
    app: Annotated[str, Length(max=40)] = ""


class WriteSchedule(Wire):
    """When something is due."""

    template: Code
    cadence: Cadence
    department: Annotated[str | None, Length(1, 40)] = None
    kits: bool = True
    active: bool = True


class WriteShift(Wire):
    """When a shift begins and how long it lasts."""

    department: Annotated[str, Length(1, 40)]
    code: Code
    name_en: Label
    name_es: Label
    starts: Annotated[str, Length(5, 5)]
    hours: Annotated[int, Range(1, 48)]


class DueWanted(Wire):
    """Of which unit or thing what is due; without: of all that one may see."""

    kit_id: UUID | None = None
    asset_id: UUID | None = None
    department: Annotated[str | None, Length(1, 40)] = None
    limit: Annotated[int, Range(1, 2000)] = 500


class CheckFilter(PageWanted):
    """Which checks."""

    kit_id: UUID | None = None
    asset_id: UUID | None = None
    failed: bool = False


class BoardWanted(Wire):
    """Whose units."""

    department: Annotated[str | None, Length(1, 40)] = None


class TrendWanted(Wire):
    """Of which thing which line (``battery``, ``battery-health``, or a line's code) over how many days."""

    asset_id: UUID
    line: Annotated[str, Length(1, 80)] = "battery"
    days: Annotated[int, Range(1, 730)] = 90


class RepeatsWanted(Wire):
    """Over how many days."""

    days: Annotated[int, Range(1, 730)] = 90
    kind: AssetKind | None = None


def done_id(asset_id: UUID, template: str, cadence: Cadence) -> UUID:
    """The id of `Done`: phone and server name it alike (RFC 9562 §5.5)."""
    return uuid.uuid5(asset_id, f"{template}:{cadence.value}")
