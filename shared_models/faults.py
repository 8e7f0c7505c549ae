"""Faults: what is broken, who mends it, and whether the next user says that it works again."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.assets import Severity
from shared_models.basics import PageWanted, Point
from shared_models.wire import Length, Wire, WireEnum

Words = Annotated[str, Length(1, 2000)]
Photos = Annotated[tuple[UUID, ...], Length(max=6), "Photos that were sent before, at most six."]


class FaultState(WireEnum):
    """How far a fault has come. Only the next user's word closes one that was mended."""

    OPEN = "open"
    IN_REPAIR = "in-repair"
    AWAY = "away"
    FIXED = "fixed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    WRITTEN_OFF = "written-off"
    NEWER = "newer"


class Step(WireEnum):
    """A step of a fault."""

    REPORTED = "reported"
    SWAPPED = "swapped"
    BEGUN = "begun"
    APPROVED = "approved"
    SANITISED = "sanitised"
    SENT_AWAY = "sent-away"
    BACK = "back"
    FIXED = "fixed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    DISMISSED = "dismissed"
    WRITTEN_OFF = "written-off"
    NOTE = "note"
    NEWER = "newer"


LEADS: dict[FaultState, dict[Step, FaultState]] = {
    FaultState.OPEN: {
        Step.SWAPPED: FaultState.OPEN,
        Step.NOTE: FaultState.OPEN,
        Step.BEGUN: FaultState.IN_REPAIR,
        Step.FIXED: FaultState.FIXED,
        Step.DISMISSED: FaultState.DISMISSED,
        Step.WRITTEN_OFF: FaultState.WRITTEN_OFF,
    },
    FaultState.IN_REPAIR: {
        Step.SWAPPED: FaultState.IN_REPAIR,
        Step.NOTE: FaultState.IN_REPAIR,
        Step.APPROVED: FaultState.IN_REPAIR,
        Step.SANITISED: FaultState.IN_REPAIR,
        Step.SENT_AWAY: FaultState.AWAY,
        Step.FIXED: FaultState.FIXED,
        Step.DISMISSED: FaultState.DISMISSED,
        Step.WRITTEN_OFF: FaultState.WRITTEN_OFF,
    },
    FaultState.AWAY: {
        Step.SWAPPED: FaultState.AWAY,
        Step.NOTE: FaultState.AWAY,
        Step.BACK: FaultState.IN_REPAIR,
        Step.WRITTEN_OFF: FaultState.WRITTEN_OFF,
    },
    FaultState.FIXED: {
        Step.NOTE: FaultState.FIXED,
        Step.CONFIRMED: FaultState.CONFIRMED,
        Step.REJECTED: FaultState.IN_REPAIR,
    },
    FaultState.CONFIRMED: {},
    FaultState.DISMISSED: {},
    FaultState.WRITTEN_OFF: {},
    FaultState.NEWER: {},
}
"""Which step leads where. The one state machine of faults: server, phone and tests read it here."""

CLOSED = frozenset({FaultState.CONFIRMED, FaultState.DISMISSED, FaultState.WRITTEN_OFF})

PHOTO_NEEDED = frozenset({Severity.CRITICAL})
"""A fault of this severity needs a photo, or words that say why there is none."""

WINDOW_DAYS = 90


class Fault(Wire):
    """Something that is broken: the ticket."""

    id: UUID
    number: str
    asset_id: UUID
    tag: str
    department: str
    kit_id: UUID | None
    unit: str
    severity: Severity
    state: FaultState
    words: str
    line: Annotated[str, "The line of the check that failed: `template:line`; empty where none did."]
    check_id: UUID | None
    photos: tuple[UUID, ...]
    reported_at: datetime
    reporter_id: UUID | None
    reporter: str
    worker_id: UUID | None
    worker: str
    replacement_id: Annotated[UUID | None, "What was put in its place."]
    approved: Annotated[bool, "It may leave the building for repair."]
    sanitised: Annotated[bool, "Nothing of the city's is left on it."]
    vendor: str
    rejected: Annotated[int, "How often the next user said that it was not mended."]
    updated_at: datetime
    closed_at: datetime | None
    version: int


class FaultStep(Wire):
    """One line of a fault's history."""

    id: UUID
    fault_id: UUID
    step: Step
    at: datetime
    by_id: UUID | None
    by: str
    words: str
    photos: tuple[UUID, ...]


class Faults(Wire):
    """Faults, newest first."""

    items: tuple[Fault, ...]
    next: str | None


class FaultSteps(Wire):
    """The history of a fault, newest first."""

    items: tuple[FaultStep, ...]
    next: str | None


class ReportFault(Wire):
    """Say that a thing is broken."""

    id: Annotated[UUID, "Chosen by the phone."]
    asset_id: UUID
    severity: Severity
    words: Words
    photos: Photos = ()
    done_at: datetime | None = None


class TakeStep(Wire):
    """Take a step with a fault. ``sanitised``, ``fixed``, ``rejected``, ``dismissed`` and ``written-off`` need words."""

    id: Annotated[UUID, "Of the step; chosen by whoever asks: the same again changes nothing."]
    step: Step
    words: Annotated[str, Length(max=2000)] = ""
    photos: Photos = ()
    vendor: Annotated[str, Length(max=120), "Where it is sent; only with `sent-away`."] = ""
    done_at: datetime | None = None


class FaultFilter(PageWanted):
    """Which faults."""

    asset_id: UUID | None = None
    kit_id: UUID | None = None
    state: FaultState | None = None
    severity: Severity | None = None
    department: Annotated[str | None, Length(1, 40)] = None
    open: bool = False
    q: Annotated[str, Length(max=200)] = ""


# ── the inbox: what somebody scanned, found or saw broken ────────────────────────────────────────────────


class SightingKind(WireEnum):
    """What somebody says of a label."""

    UNKNOWN = "unknown"
    FOUND = "found"
    BROKEN = "broken"
    NEWER = "newer"


class Sighting(Wire):
    """A scan that matched nothing, or a finder's word; it stays until somebody settles it."""

    id: UUID
    kind: SightingKind
    code: str
    asset_id: UUID | None
    words: str
    contact: Annotated[str, "How the finder can be reached, where they said so; private."]
    where: Point | None
    photos: tuple[UUID, ...]
    at: datetime
    by_staff: bool
    settled_at: datetime | None
    settled_by: str
    outcome: str
    version: int


class Sightings(Wire):
    """The inbox, newest first."""

    items: tuple[Sighting, ...]
    next: str | None


class Sight(Wire):
    """Report a label: it fits nothing that we know, was found, or hangs on something broken. Needs no account."""

    id: UUID
    kind: SightingKind
    code: Annotated[str, Length(1, 300)]
    words: Annotated[str, Length(max=2000)] = ""
    contact: Annotated[str, Length(max=200)] = ""
    where: Point | None = None
    photos: Photos = ()
    done_at: datetime | None = None


class SightTaken(Wire):
    """It was taken in."""

    id: UUID
    at: datetime


class SettleSighting(Wire):
    """Say what came of it: which thing it is, whether a fault is opened of it, or that there is nothing to do."""

    asset_id: UUID | None = None
    fault_id: Annotated[UUID | None, "Opens a fault of this id on the thing."] = None
    severity: Severity | None = None
    words: Annotated[str, Length(1, 1000)]


class SightingFilter(PageWanted):
    """Which of the inbox."""

    open: bool = False
    kind: SightingKind | None = None
