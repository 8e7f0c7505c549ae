"""Papers of things: labels, imports and exports, their files and photos."""

from datetime import date
from typing import Annotated
from uuid import UUID

from shared_models.assets import Tag
from shared_models.wire import Length, Range, Verbatim, Wire, WireEnum

MOST_LABELS = 600
MOST_ROWS = 5000
MOST_EXPORTED = 20_000
MOST_IMPORT_BYTES = 5_000_000
MOST_DOCUMENT_BYTES = 20_000_000


class LabelSheet(WireEnum):
    """What labels are printed on: sheets by Avery's numbers, or a roll 62 mm wide that is cut after each 29 mm."""

    AVERY_5160 = "avery-5160"
    AVERY_5163 = "avery-5163"
    L7160 = "l7160"
    ROLL_62MM = "roll-62mm"


class PrintLabels(Wire):
    """Print labels of things, in this order: exactly one of ``ids`` and ``tags``."""

    ids: Annotated[tuple[UUID, ...], Length(max=MOST_LABELS)] = ()
    tags: Annotated[tuple[Tag, ...], Length(max=MOST_LABELS)] = ()
    sheet: LabelSheet = LabelSheet.AVERY_5160
    skip: Annotated[int, Range(0, 29), "So many places of the first sheet are used already."] = 0


# ── imports ──────────────────────────────────────────────────────────────────────────────────────────────


class ImportWanted(Wire):
    """How a file is to be taken in."""

    dry_run: Annotated[bool, "Only say what would come of it."] = False
    mapping: Annotated[
        str,
        Length(max=8000),
        Verbatim,
        'What each column holds, as JSON: `{"Asset Tag": "tag", "Radio ID": "fields.radio_id"}`; without it as guessed.',
    ] = ""


class ImportColumn(Wire):
    """One column of a file."""

    name: Annotated[
        str, "As its header says; one without is named by its letter, a second of the same name numbered."
    ]
    samples: Annotated[tuple[str, ...], "The first values that stand in it, at most five."]
    guess: Annotated[str, "What it seems to hold, as a mapping says it; empty for nothing that we know."]


class ImportColumns(Wire):
    """A file as it was understood, and what may be in one."""

    rows: int
    read_as: Annotated[str, "As `csv, utf-8, ;` or `xlsx, Sheet1`."]
    columns: tuple[ImportColumn, ...]
    targets: Annotated[tuple[str, ...], "What a column may hold."]


class RefusedLine(Wire):
    """A line that can't be taken."""

    row: Annotated[int, "As a spreadsheet counts: the header is row 1."]
    column: Annotated[str, "The column's name; empty where it is the line as a whole."]
    reason: str


class ImportReport(Wire):
    """What came, or would come, of a file."""

    dry_run: bool
    created: int
    changed: int
    same: Annotated[int, "Lines that say what stands in the register already."]
    refused: tuple[RefusedLine, ...]


# ── files and photos of a thing ──────────────────────────────────────────────────────────────────────────


class SendDocument(Wire):
    """The id of a file, what it is called, and until when it is valid."""

    document_id: Annotated[UUID, "Chosen by whoever sends it: the same file again is no second one."]
    name: Annotated[str, Length(1, 200)]
    valid_until_on: Annotated[date | None, "A certificate's last day."] = None


class AddPhotos(Wire):
    """Photos, sent before, that show a thing."""

    photos: Annotated[tuple[UUID, ...], Length(max=20)]


class ThingPhotos(Wire):
    """The photos of a thing, in the order in which they came."""

    photos: tuple[UUID, ...]
