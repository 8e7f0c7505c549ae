"""What happens to things. Ids, codes and states only."""

import re
from typing import Annotated, ClassVar
from uuid import UUID

from backend.core.ledger import Event
from shared_models.assets import AssetKind, Severity
from shared_models.basics import Code
from shared_models.custody import Bar
from shared_models.faults import FaultState, SightingKind, Step
from shared_models.wire import Regexp

HASH = Regexp(re.compile(r"^([0-9a-f]{64})?$"), error="A SHA-256 in hexadecimal, or nothing.")


class AssetChanged(Event):
    """A thing was registered or changed; what exactly stands in its change log."""

    subject: ClassVar[str] = "asset_id"
    asset_id: UUID
    what: Code
    department: Code
    version: int
    chain: Annotated[
        str, HASH, "The hash of its newest custody entry: so the sealed ledger pins that chain too."
    ] = ""


class ModelChanged(Event):
    """A make and model was registered or changed."""

    subject: ClassVar[str] = "model_id"
    model_id: UUID
    of: AssetKind
    version: int


class KitChanged(Event):
    """A kit was made or changed."""

    subject: ClassVar[str] = "kit_id"
    kit_id: UUID
    department: Code
    version: int


class FaultOpened(Event):
    """A thing is broken."""

    subject: ClassVar[str] = "fault_id"
    fault_id: UUID
    asset_id: UUID
    severity: Severity
    department: Code
    kit_id: UUID | None


class FaultMoved(Event):
    """A step was taken with a fault."""

    subject: ClassVar[str] = "fault_id"
    fault_id: UUID
    asset_id: UUID
    severity: Severity
    department: Code
    step: Step
    state: FaultState
    reporter_id: UUID | None
    worker_id: UUID | None


class RuleOverridden(Event):
    """A thing was handed out although a rule said no; why stands in its custody chain."""

    subject: ClassVar[str] = "asset_id"
    for_the_record: ClassVar[bool] = True
    asset_id: UUID
    entry_id: UUID
    bars: tuple[Bar, ...]


class ThingReserved(Event):
    """A thing was promised to somebody for a time."""

    subject: ClassVar[str] = "reservation_id"
    for_the_record: ClassVar[bool] = True
    reservation_id: UUID
    asset_id: UUID
    person_id: UUID


class ReservationEnded(Event):
    """A thing is no longer promised."""

    subject: ClassVar[str] = "reservation_id"
    for_the_record: ClassVar[bool] = True
    reservation_id: UUID
    asset_id: UUID


class StocktakeBegun(Event):
    """Somebody began to count."""

    subject: ClassVar[str] = "stocktake_id"
    for_the_record: ClassVar[bool] = True
    stocktake_id: UUID
    expected: int


class StocktakeCounted(Event):
    """Things of a stocktake were counted; unknown are the scans that went to the inbox."""

    subject: ClassVar[str] = "stocktake_id"
    for_the_record: ClassVar[bool] = True
    stocktake_id: UUID
    count: int
    unknown: int


class StocktakeClosed(Event):
    """A stocktake ended."""

    subject: ClassVar[str] = "stocktake_id"
    for_the_record: ClassVar[bool] = True
    stocktake_id: UUID
    found: int
    missing: int
    unexpected: int


class SightingTaken(Event):
    """Somebody reported a label."""

    subject: ClassVar[str] = "sighting_id"
    for_the_record: ClassVar[bool] = True
    sighting_id: UUID
    sighting: SightingKind
    asset_id: UUID | None


class SightingSettled(Event):
    """Somebody said what came of it."""

    subject: ClassVar[str] = "sighting_id"
    for_the_record: ClassVar[bool] = True
    sighting_id: UUID
    asset_id: UUID | None
    fault_id: UUID | None


class DocumentKept(Event):
    """A file of a thing was kept, or is called otherwise, or valid until another day."""

    subject: ClassVar[str] = "asset_id"
    asset_id: UUID
    document_id: UUID
    bytes: int


class DocumentDropped(Event):
    """A file of a thing was dropped."""

    subject: ClassVar[str] = "asset_id"
    asset_id: UUID
    document_id: UUID
