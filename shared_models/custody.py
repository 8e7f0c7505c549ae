"""Custody: who has a thing, since when, by whose hand; a chain of entries that proves itself."""

import hashlib
import json
import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from shared_models.assets import DataClass
from shared_models.basics import PageWanted, Point
from shared_models.wire import Length, Range, Regexp, Wire, WireEnum

Signature = Annotated[
    str,
    Length(max=12000),
    Regexp(
        re.compile(r"^(M[0-9]{1,4} [0-9]{1,4}(L[0-9]{1,4} [0-9]{1,4})*)*$"),
        error="SVG path data: M x y L x y …",
    ),
    "The strokes of a signature as SVG path data, whole numbers in a box of 1000 by 400; empty for none.",
]
Words = Annotated[str, Length(max=1000)]


class Act(WireEnum):
    """What happened to a thing's custody."""

    REGISTERED = "registered"
    HANDED_OUT = "handed-out"
    TAKEN_BACK = "taken-back"
    PASSED_ON = "passed-on"
    SWAPPED_OUT = "swapped-out"
    SWAPPED_IN = "swapped-in"
    PLACED = "placed"
    ATTESTED = "attested"
    SENT_TO_REPAIR = "sent-to-repair"
    BACK_FROM_REPAIR = "back-from-repair"
    COUNTED = "counted"
    MOVED = "moved"
    NEWER = "newer"


SIGNED = frozenset({Act.HANDED_OUT, Act.TAKEN_BACK, Act.PASSED_ON, Act.SWAPPED_OUT, Act.SWAPPED_IN})
"""What is signed for: at out *and* at in."""


class CustodyEntry(Wire):
    """One link of a thing's custody chain. Never changed, never removed."""

    id: UUID
    asset_id: UUID
    n: Annotated[int, "1, 2, 3, … of this thing."]
    act: Act
    done_at: Annotated[datetime, "When it was done, by the clock of whoever did it."]
    taken_at: Annotated[datetime, "When the server took it in."]
    by_id: UUID | None
    by: str
    from_id: UUID | None
    from_name: str
    to_id: UUID | None
    to_name: str
    unit: str
    place: str
    condition: str
    signature: Signature
    override: Annotated[str, "The reason that was given for handing it out although a rule says no."]
    fault_id: UUID | None
    previous: Annotated[str, "The hash of the entry before; 64 zeros for the first."]
    hash: Annotated[str, "SHA-256, hexadecimal, over `previous` and all other fields (see `link`)."]


FIRST = "0" * 64


def link(entry: dict[str, Any]) -> str:
    """The hash of an entry in its wire form: SHA-256 of its JSON without ``hash``, names sorted, no spaces (RFC 8785)."""
    return _sealed(entry, "hash")


def digest_of(record: dict[str, Any]) -> str:
    """The digest of a record in its wire form: of everything but itself, written as for ``link``."""
    return _sealed(record, "digest")


def _sealed(told: dict[str, Any], seal: str) -> str:
    plain = {name: value for name, value in told.items() if name != seal}
    words = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()


def broken_at(entries: list[dict[str, Any]]) -> int | None:
    """The number of the first entry that does not follow from what stands before it; None: the chain is whole."""
    previous = FIRST
    for n, entry in enumerate(entries, start=1):
        if entry.get("n") != n or entry.get("previous") != previous or entry.get("hash") != link(entry):
            return n
        previous = entry["hash"]
    return None


class CustodyPage(Wire):
    """The entries of a thing, the newest first."""

    items: tuple[CustodyEntry, ...]
    next: str | None


class CustodyRecord(Wire):
    """A thing's whole chain, to be kept or handed on: `westu custody verify FILE` tells whether a byte was altered."""

    tag: str
    serial: str
    made_at: datetime
    entries: tuple[CustodyEntry, ...]
    digest: Annotated[str, "SHA-256, hexadecimal, over all the rest (see `digest_of`)."] = ""


class Reservation(Wire):
    """A thing promised to somebody for a time."""

    id: UUID
    asset_id: UUID
    person_id: UUID
    person: str
    from_at: datetime
    until_at: datetime
    note: str
    ended_at: datetime | None
    version: int


class Reservations(Wire):
    """Reservations, newest first."""

    items: tuple[Reservation, ...]
    next: str | None


class CountOutcome(WireEnum):
    """What a stocktake says of a thing."""

    EXPECTED = "expected"
    FOUND = "found"
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    NEWER = "newer"


class Stocktake(Wire):
    """A count of what should be in a department, at a place or in a kit. Who counts is not the ledger's audit."""

    id: UUID
    name: str
    department: str | None
    place: str | None
    kit_id: UUID | None
    begun_at: datetime
    begun_by: str
    closed_at: datetime | None
    expected: int
    found: int
    missing: int
    unexpected: int
    version: int


class StocktakeLine(Wire):
    """One thing of a stocktake."""

    id: UUID
    stocktake_id: UUID
    asset_id: UUID
    tag: str
    outcome: CountOutcome
    counted_at: datetime | None
    counted_by: str
    place: str


class Stocktakes(Wire):
    """Stocktakes, newest first."""

    items: tuple[Stocktake, ...]
    next: str | None


class StocktakeLines(Wire):
    """The things of a stocktake."""

    items: tuple[StocktakeLine, ...]
    next: str | None


# ── asked ────────────────────────────────────────────────────────────────────────────────────────────────


class Signed(Wire):
    """What every change of hands says."""

    id: Annotated[UUID, "Of the entry that it becomes; chosen by whoever asks."]
    done_at: Annotated[datetime | None, "When it was done, where that was without signal."] = None
    condition: Words = ""
    signature: Signature = ""
    battery: Annotated[int | None, Range(0, 100), "Charge in percent, as seen at the hand-over."] = None


class HandOut(Signed):
    """Give a thing to a person, or put it into a kit's slot or at a place: exactly one of them."""

    to_id: UUID | None = None
    kit_id: UUID | None = None
    slot_id: UUID | None = None
    place: Annotated[str, Length(max=200)] = ""
    override: Annotated[str, Length(max=500), "Why, although a rule says no."] = ""


class TakeBack(Signed):
    """Take a thing back into stock."""

    place: Annotated[str, Length(max=200)] = ""
    pool: Annotated[bool | None, "Whether it is a spare from now on; null leaves it."] = None


class PassOn(Signed):
    """At relief: whoever has it passes it on; who takes it signs."""

    to_id: UUID
    override: Annotated[str, Length(max=500)] = ""


class Swap(Signed):
    """Put another thing where this one is: in its holder's hands, in its kit's slot. The broken one goes to stock, or to repair."""

    replacement_id: UUID
    replacement_entry_id: Annotated[UUID, "Of the entry of what is put in."]
    fault_id: UUID | None = None
    override: Annotated[str, Length(max=500)] = ""


class Attest(Wire):
    """Say of things that I have them, each by its tag."""

    id: UUID
    tags: Annotated[tuple[str, ...], Length(1, 100)]
    done_at: datetime | None = None


class Attested(Wire):
    """What came of it: which are mine, which I hold without the record saying so, which were not named."""

    held: tuple[str, ...]
    not_mine: tuple[str, ...]
    unnamed: tuple[str, ...]


class Reserve(Wire):
    """Promise a thing to somebody (to me, where no one is named) for a time."""

    id: UUID
    asset_id: UUID
    person_id: UUID | None = None
    from_at: datetime
    until_at: datetime
    note: Words = ""


class HolderFilter(Wire):
    """Whom a department's things can be handed to."""

    department: Annotated[str, Length(1, 40)]


class ReservationFilter(PageWanted):
    """Which reservations."""

    asset_id: UUID | None = None
    open: bool = False


class BeginStocktake(Wire):
    """Count what should be in a department, at a place, or in a kit: exactly one of them."""

    id: UUID
    name: Annotated[str, Length(1, 120)]
    department: Annotated[str | None, Length(1, 40)] = None
    place: Annotated[str | None, Length(1, 200)] = None
    kit_id: UUID | None = None


class Counted(Wire):
    """One scan of a stocktake."""

    code: Annotated[str, Length(1, 300)]
    done_at: datetime | None = None
    where: Point | None = None


class CountThings(Wire):
    """Scans of a stocktake, in one go or one by one: the same again changes nothing. What is unknown goes to the inbox."""

    scans: Annotated[tuple[Counted, ...], Length(1, 500)]
    place: Annotated[str, Length(max=200)] = ""


class StocktakeFilter(PageWanted):
    """Which stocktakes."""

    open: bool = False


class LineFilter(PageWanted):
    """Which lines of a stocktake."""

    outcome: CountOutcome | None = None


# ── what forbids handing out ─────────────────────────────────────────────────────────────────────────────


class Bar(WireEnum):
    """Why a thing is not to be handed out. Only an override with a reason passes; a second holder never does."""

    BATTERY = "battery"
    FAULT = "fault"
    UNPATCHED = "unpatched"
    FIRMWARE = "firmware"
    RESERVED = "reserved"
    HELD = "held"
    STATE = "state"
    NEWER = "newer"


NO_OVERRIDE = frozenset({Bar.HELD, Bar.STATE})


class Bars(Wire):
    """What stands against handing a thing out now; empty: nothing."""

    items: tuple[Bar, ...]


STAYS_INSIDE = DataClass.CJI
"""A thing of this class leaves the building for repair only approved and sanitised (CJIS MA-2, MP-6)."""
