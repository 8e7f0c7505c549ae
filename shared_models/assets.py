"""Assets: what the city owns and has to account for, from a radio to a licence, and the kits that they make up."""

import re
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from shared_models.basics import Code, PageWanted, Point
from shared_models.wire import Length, Range, Regexp, Wire, WireEnum

TAG = Regexp(re.compile(r"^[A-Z0-9][A-Z0-9-]{1,23}$"), error="2 to 24 capital letters, digits and hyphens.")
Tag = Annotated[str, TAG, "What stands on the label; unique in the city."]
Short = Annotated[str, Length(max=120)]
Fields = Annotated[dict[str, Any], "The typed fields of its kind and model (`asset_fields`), by their codes."]


class AssetKind(WireEnum):
    """What sort of thing it is. Each has typed fields of its own (``asset_fields.FIELDS``)."""

    MDT = "mdt"
    PORTABLE_RADIO = "portable-radio"
    MOBILE_RADIO = "mobile-radio"
    BODY_CAMERA = "body-camera"
    DASH_CAMERA = "dash-camera"
    DOCK = "dock"
    BATTERY = "battery"
    VEHICLE = "vehicle"
    COMPUTER = "computer"
    SERVER = "server"
    NETWORK = "network"
    PHONE = "phone"
    TABLET = "tablet"
    DOOR_READER = "door-reader"
    SURVEILLANCE_CAMERA = "surveillance-camera"
    PANIC_BUTTON = "panic-button"
    UPS = "ups"
    SOFTWARE = "software"
    OTHER = "other"
    NEWER = "newer"


class AssetState(WireEnum):
    """Where a thing is in its life."""

    ORDERED = "ordered"
    STOCK = "stock"
    IN_USE = "in-use"
    OUT_OF_SERVICE = "out-of-service"
    REPAIR = "repair"
    LOST = "lost"
    RETIRED = "retired"
    DISPOSED = "disposed"
    NEWER = "newer"


NEXT_STATE: dict[AssetState, frozenset[AssetState]] = {
    AssetState.ORDERED: frozenset({AssetState.STOCK, AssetState.RETIRED}),
    AssetState.STOCK: frozenset(
        {
            AssetState.IN_USE,
            AssetState.OUT_OF_SERVICE,
            AssetState.REPAIR,
            AssetState.LOST,
            AssetState.RETIRED,
        }
    ),
    AssetState.IN_USE: frozenset(
        {AssetState.STOCK, AssetState.OUT_OF_SERVICE, AssetState.REPAIR, AssetState.LOST}
    ),
    AssetState.OUT_OF_SERVICE: frozenset(
        {AssetState.STOCK, AssetState.REPAIR, AssetState.LOST, AssetState.RETIRED}
    ),
    AssetState.REPAIR: frozenset({AssetState.STOCK, AssetState.OUT_OF_SERVICE, AssetState.RETIRED}),
    AssetState.LOST: frozenset({AssetState.STOCK, AssetState.OUT_OF_SERVICE, AssetState.RETIRED}),
    AssetState.RETIRED: frozenset({AssetState.STOCK, AssetState.DISPOSED}),
    AssetState.DISPOSED: frozenset(),
    AssetState.NEWER: frozenset(),
}
"""Which state may follow which. To and from ``in-use`` lead only the verbs of custody."""

ENDED = frozenset({AssetState.RETIRED, AssetState.DISPOSED})
"""A thing that is no longer on anybody's phone."""


class DataClass(WireEnum):
    """What may lie on a thing, or pass through it. ``cji``: criminal justice information (CJIS Security Policy)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CJI = "cji"
    NEWER = "newer"


class Severity(WireEnum):
    """How bad it is that a line fails, or that a thing is broken."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    NEWER = "newer"


class FieldType(WireEnum):
    """What a typed field holds. On the wire: a text, a number, a day as ``YYYY-MM-DD``, true or false."""

    TEXT = "text"
    NUMBER = "number"
    PERCENT = "percent"
    DATE = "date"
    FLAG = "flag"
    CHOICE = "choice"
    MAC = "mac"
    IMEI = "imei"
    IP = "ip"
    NEWER = "newer"


class FieldSpec(Wire):
    """One typed field of a kind or a model."""

    code: Annotated[str, Length(1, 40), Regexp(re.compile(r"^[a-z][a-z0-9_]*$"), error="As `radio_id`.")]
    label_en: Annotated[str, Length(1, 80)]
    label_es: Annotated[str, Length(1, 80)]
    type: FieldType
    required: bool = False
    choices: Annotated[tuple[str, ...], Length(max=60)] = ()
    unit: Annotated[str, Length(max=16)] = ""
    identifies: Annotated[bool, "No two things that live have the same; a scan finds the thing by it."] = (
        False
    )
    searched: Annotated[bool, "Words of it are found by search."] = False


# ── told ─────────────────────────────────────────────────────────────────────────────────────────────────


class AssetModel(Wire):
    """A make and model: what things of it have in common, and what must be so before one is handed out."""

    id: UUID
    kind: AssetKind
    make: str
    name: str
    fields: Annotated[tuple[FieldSpec, ...], "More than those of the kind."]
    issue_battery: Annotated[int | None, "Percent; nothing below it is handed out."]
    approved_firmware: str
    patch_days: Annotated[int | None, "Patched longer ago than that, it is not handed out."]
    support_until_on: Annotated[date | None, "After this day its maker no longer mends it."]
    note: str
    updated_at: datetime
    version: int


class Asset(Wire):
    """A thing, as those see it who may know of it."""

    id: UUID
    tag: str
    kind: AssetKind
    model_id: UUID | None
    serial: str
    name: Annotated[str, "What it is called: a radio's alias, a host name, a car's call sign."]
    department: Code
    state: AssetState
    data_class: DataClass
    fields: Fields
    pool: Annotated[bool, "It is a spare: swaps take from here."]
    holder_id: UUID | None
    holder: Annotated[str, "Who has it; empty for nobody."]
    kit_id: UUID | None
    unit: Annotated[str, "The code of the kit that it belongs in; empty for none."]
    place: Annotated[str, "Where it stands or is kept."]
    where: Point | None
    seen_at: datetime | None
    battery: Annotated[int | None, "Charge in percent, as last seen."]
    battery_health: Annotated[int | None, "Percent of what it held when new, as last seen."]
    firmware: str
    patched_on: date | None
    support_until_on: Annotated[date | None, "Of this one, or of its model."]
    worst_fault: Annotated[Severity | None, "Of its faults that are not closed."]
    faults: Annotated[int, "How many are not closed."]
    note: str
    made_at: datetime
    updated_at: datetime
    version: Annotated[int, "Raised at each change; also its ETag."]


class AssetChange(Wire):
    """One line of a thing's change log."""

    id: UUID
    asset_id: UUID
    at: datetime
    by_id: UUID | None
    by: str
    what: Annotated[str, "The verb: `registered`, `changed`, `handed-out`, …"]
    before: Annotated[dict[str, Any], "The fields that changed, as they were."]
    after: Annotated[dict[str, Any], "As they are since."]
    version: int


class Document(Wire):
    """A file that belongs to a thing or a model: a manual, a certificate, an invoice."""

    id: UUID
    asset_id: UUID
    name: str
    media_type: str
    bytes: int
    sha256: str
    valid_until_on: Annotated[date | None, "A certificate's end: readiness warns before it."]
    sent_at: datetime


class SavedFilter(Wire):
    """A filter with a name, for its owner or for all who may read assets."""

    id: UUID
    name: str
    query: Annotated[str, "As in the address: `kind=mdt&state=stock`."]
    shared: bool
    mine: bool
    updated_at: datetime


class TagTold(Wire):
    """What a stranger is told who scans a label."""

    tag: str
    kind: AssetKind
    city: str
    telephone: Annotated[str, "Whom to call; empty where the city says none."]


class Assets(Wire):
    """Things, newest change first."""

    items: tuple[Asset, ...]
    next: str | None


class AssetModels(Wire):
    """Models, newest change first."""

    items: tuple[AssetModel, ...]
    next: str | None


class AssetChanges(Wire):
    """A thing's change log, newest first."""

    items: tuple[AssetChange, ...]
    next: str | None


class Documents(Wire):
    """The files of a thing."""

    items: tuple[Document, ...]


class SavedFilters(Wire):
    """Filters that were kept."""

    items: tuple[SavedFilter, ...]


# ── asked ────────────────────────────────────────────────────────────────────────────────────────────────


class WriteAsset(Wire):
    """What a thing is; where it is and who has it are custody's to say."""

    tag: Tag
    kind: AssetKind
    model_id: UUID | None = None
    serial: Short = ""
    name: Short = ""
    department: Annotated[str, Length(1, 40)]
    data_class: DataClass = DataClass.INTERNAL
    fields: Annotated[dict[str, Any] | None, "As of `Asset`; null for none."] = None
    pool: bool = False
    place: Annotated[str, Length(max=200)] = ""
    where: Point | None = None
    battery: Annotated[int | None, Range(0, 100)] = None
    battery_health: Annotated[int | None, Range(0, 100)] = None
    firmware: Short = ""
    patched_on: date | None = None
    support_until_on: date | None = None
    note: Annotated[str, Length(max=2000)] = ""


class RegisterAsset(WriteAsset):
    """Register a thing. It begins in stock, or on order."""

    id: Annotated[UUID, "Chosen by whoever asks."]
    state: AssetState = AssetState.STOCK


class ChangeAsset(Wire):
    """What is to be so from now on. What is not said stays as it is; null where nothing can be empty says nothing.

    ``fields`` are merged: of those named here null takes one away, those not named stay.
    """

    tag: Tag | None = None
    kind: AssetKind | None = None
    model_id: UUID | None = None
    serial: Short | None = None
    name: Short | None = None
    department: Annotated[str | None, Length(1, 40)] = None
    data_class: DataClass | None = None
    fields: Annotated[dict[str, Any] | None, "As of `Asset`."] = None
    pool: bool | None = None
    place: Annotated[str | None, Length(max=200)] = None
    where: Point | None = None
    battery: Annotated[int | None, Range(0, 100)] = None
    battery_health: Annotated[int | None, Range(0, 100)] = None
    firmware: Short | None = None
    patched_on: date | None = None
    support_until_on: date | None = None
    note: Annotated[str | None, Length(max=2000)] = None


class MoveAsset(Wire):
    """Say where a thing is in its life now. Needs words where it ends or was lost."""

    state: AssetState
    words: Annotated[str, Length(max=1000)] = ""


class SaveFilter(Wire):
    """Keep a filter under a name."""

    name: Annotated[str, Length(1, 80)]
    query: Annotated[str, Length(max=2000)]
    shared: bool = False


class LookUp(Wire):
    """Look things up as somebody types or scans."""

    q: Annotated[
        str, Length(1, 200), "Any words of tag, serial, name, radio ID, MAC, IMEI, holder, unit, place."
    ]
    limit: Annotated[int, Range(1, 50)] = 20


class Scanned(Wire):
    """What a scanner read: a label of ours (its tag or its address) or any code of the thing itself."""

    code: Annotated[str, Length(1, 300)]


class Found(Wire):
    """What a scan or a look-up found, the best first."""

    items: tuple[Asset, ...]


class AssetFilter(PageWanted):
    """Which things, and which of their fields."""

    q: Annotated[str, Length(max=200), "Words that all have to stand in it, or in its model's name."] = ""
    fields: Annotated[
        str,
        Length(max=800),
        "Names of the fields that are told, with commas; `id` and `updated_at` always are.",
    ] = ""


def tag_of(code: str) -> str:
    """The tag that a scanned text stands for: of a label's address (``…/t/WU-00123``) its last part."""
    words = code.strip()
    if "/t/" in words:
        words = words.rsplit("/t/", 1)[1].split("?")[0].split("#")[0].strip("/")
    return words.upper()


def plain_code(code: str) -> str:
    """A code as it is compared: capital letters and digits alone, so that 00:1b-44 is 001B44."""
    return re.sub(r"[^0-9A-Z]", "", code.upper())
