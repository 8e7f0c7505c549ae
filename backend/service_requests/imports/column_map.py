"""The column map: how to read one city's export of service requests, as a TOML file says it.

``backend/city/imports`` holds an example. What the map does not name is not read: a column with names of
reporters stays in the file.
"""

import re
import tomllib
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from unicodedata import normalize
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from backend.core.problems import field_errors
from shared_models.basics import CODE, Code
from shared_models.service_requests import CloseReason, Status
from shared_models.wire import Length, Range, Verbatim, Wire

ISO = "iso"
"""Stands among ``dates`` for anything that ISO 8601 allows."""

MOST_NAME = 24
"""Letters of an import's name: made codes begin with it, and a code has 40."""

IN_BRACES = re.compile(r"\{([^{}]+)\}")

Column = Annotated[str, Length(1, 200)]
ColumnOrNone = Annotated[str | None, Length(1, 200)]


class ImportStopped(Exception):
    """The import can't begin, or can't go on: nothing of it was taken. The words name the file and the field."""


class Columns(Wire):
    """Which column of the file holds what, by its name in the header."""

    key: Annotated[Column, "The export's own number of a request: what makes the import repeatable."]
    type: Column
    status: Column
    opened: Column
    closed: ColumnOrNone = None
    updated: ColumnOrNone = None
    address: ColumnOrNone = None
    latitude: Annotated[ColumnOrNone, "Degrees, WGS 84. None or both of the two."] = None
    longitude: ColumnOrNone = None
    description: Annotated[
        str, Length(max=1000), "A text with columns in braces: ``{action}, SR {number}``."
    ] = ""


class ForeignStatus(Wire):
    """What a status of the file is called here; for ``closed`` perhaps why, where the file says so."""

    status: Status
    reason: CloseReason | None = None


class ForeignType(Wire):
    """What a type of the file is here: one of the city's own, or one made for the import in this department."""

    code: Code | None = None
    department: Code | None = None


class Area(Wire):
    """The box in which the file's places lie, WGS 84 degrees."""

    west: Annotated[float, Range(-180, 180)]
    south: Annotated[float, Range(-90, 90)]
    east: Annotated[float, Range(-180, 180)]
    north: Annotated[float, Range(-90, 90)]

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a place lies in it, or on its edge."""
        return self.south <= lat <= self.north and self.west <= lon <= self.east


class ColumnMap(Wire):
    """How to read one city's export."""

    name: Annotated[str, Length(1, MOST_NAME), CODE, "With the key it says which request a row is."]
    title: Annotated[str, Length(1, 100), "Whose history it is, for people."]
    zone: Annotated[str, Length(1, 60), "The time zone of times without an offset, as ``America/Chicago``."]
    dates: Annotated[
        tuple[str, ...], Length(1, 20), "Formats of strptime, or ``iso``; the first that fits counts."
    ]
    department: Annotated[Code, "Of types that the map does not name."]
    columns: Columns
    statuses: dict[str, ForeignStatus]
    types: Annotated[dict[str, ForeignType] | None, "Those not named here are made for the import."] = None
    encoding: Annotated[str, Length(1, 40)] = "utf-8-sig"
    delimiter: Annotated[str, Length(1, 1), Verbatim] = ","
    limits: Annotated[bool, "False: places outside the city's limits are taken as well."] = True
    area: Annotated[Area | None, "Places outside of it are refused: they are wrong, or swapped."] = None


def read_column_map(file: Path) -> ColumnMap:
    """The map in a TOML file. Raises ImportStopped, naming each wrong field."""
    try:
        found = ColumnMap.check(tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise ImportStopped(f"{file}: cannot be opened: {error.strerror}") from None
    except ValidationError as error:
        wrong = [(plain(e.pointer), e.detail) for e in field_errors(error.messages)]
    except ValueError as error:  # not UTF-8, or not TOML
        raise ImportStopped(f"{file}: cannot be read: {error}") from None
    else:
        wrong = list(contradictions(found))
    if wrong:
        raise ImportStopped("\n".join(f"{file}: {field}: {why}" for field, why in wrong))
    return found


def plain(pointer: str) -> str:
    """A JSON pointer as TOML writes it: ``columns.key``."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.strip("/").split("/")]
    if steps[0] in {"statuses", "types"}:
        del steps[2:3]  # marshmallow's own step: whether the key or the value of an entry is wrong
    return ".".join(steps)


def contradictions(read: ColumnMap) -> list[tuple[str, str]]:
    """What the types of the fields can't see: (field, what is wrong)."""
    found = []
    try:
        ZoneInfo(read.zone)
    except (ValueError, OSError, LookupError):
        found.append(("zone", f"{read.zone!r} is no time zone."))
    found += [
        ("dates", f"{form!r} does not tell a whole day.") for form in read.dates if not tells_a_day(form)
    ]
    try:
        "".encode(read.encoding)
    except LookupError:
        found.append(("encoding", f"{read.encoding!r} is no encoding of text."))
    if read.delimiter in '"\r\n':
        found.append(("delimiter", "A quotation mark or a line's end can't stand between cells."))
    if (read.columns.latitude is None) != (read.columns.longitude is None):
        found.append(("columns", "latitude and longitude go together."))
    if read.area and (read.area.west >= read.area.east or read.area.south >= read.area.north):
        found.append(("area", "It must run from west to east and from south to north."))
    if not read.statuses:
        found.append(("statuses", "At least one status of the file must be named."))
    found += [
        (f"statuses.{name}", "Only closed has a reason.")
        for name, status in read.statuses.items()
        if status.reason and status.status is not Status.CLOSED
    ]
    return found


def tells_a_day(form: str) -> bool:
    """Whether a format of strptime has year, month and day, and nothing that strptime does not know."""
    day = datetime(2001, 2, 3, 4, 5, 6)  # noqa: DTZ001 - never leaves this function
    if form == ISO:
        return True
    if not re.search("%[yYcxG]", form):  # strptime warns of these rather than refusing them
        return False
    try:
        return datetime.strptime(day.strftime(form), form).date() == day.date()  # noqa: DTZ007 - as above
    except ValueError:
        return False


def needed_columns(read: ColumnMap) -> dict[str, str]:
    """The columns that are read → the field of the map that asks for each."""
    columns = read.columns
    found = {
        getattr(columns, field): f"columns.{field}"
        for field in (
            "key",
            "type",
            "status",
            "opened",
            "closed",
            "updated",
            "address",
            "latitude",
            "longitude",
        )
        if getattr(columns, field) is not None
    }
    return dict.fromkeys(IN_BRACES.findall(columns.description), "columns.description") | found


def made_code(read: ColumnMap, foreign: str) -> str:
    """The code of the type made for a foreign one: ``la-myla311-bulky-items``.

    Names that differ only in letter case or punctuation are one type; one too long for a code ends in a hash.
    """
    ascii_text = normalize("NFKD", foreign).encode("ascii", "ignore").decode().lower()
    code = f"{read.name}-{re.sub('[^a-z0-9]+', '-', ascii_text).strip('-')}"
    if len(code) <= 40 and not code.endswith("-"):  # noqa: PLR2004 - as long as a Code
        return code
    return f"{code[:31].rstrip('-')}-{sha256(foreign.casefold().encode()).hexdigest()[:8]}"
