"""Rows of a city's CSV export, one at a time: each is a request as the column map reads it, or refused for a reason.

A file of any length is read in the same memory. A reason never repeats what a cell says: reports are passed around.
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize
from zoneinfo import ZoneInfo

from backend.core.clock import now
from backend.service_requests.imports.column_map import (
    IN_BRACES,
    ISO,
    ColumnMap,
    ImportStopped,
    needed_columns,
)
from shared_models.basics import Point
from shared_models.service_requests import CloseReason, Status

MOST_LINE = 1024 * 1024
"""Letters of a line that are looked at; the rest of a longer one is passed over."""
MOST_CELL, MOST_NAME, MOST_ADDRESS, MOST_DESCRIPTION = 20_000, 100, 200, 4000
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
UNDECODED = re.compile("[\ud800-\udfff]")
"""What is not in the file's encoding is decoded to these, so that it costs one row and not the file."""


class Row(NamedTuple):
    """A request as the file tells it. Times are UTC; ``status_said`` and ``type`` are the file's own words."""

    line: int
    key: str
    type: str
    status: Status
    close_reason: CloseReason | None
    status_said: str
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    description: str
    address: str
    where: Point | None


class Refusal(NamedTuple):
    """Why a row was not taken: the line of the file on which it begins, the column if it is one cell's fault."""

    line: int
    column: str
    reason: str


class WrongCellError(ValueError):
    """A cell can't be read."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


class LineTooLongError(Exception):
    """A line goes on for more than ``MOST_LINE`` letters; ``start`` is what was looked at."""

    def __init__(self, start: str) -> None:
        super().__init__()
        self.start = start


class Source(io.RawIOBase):
    """A file's bytes, hashed and counted as they are read. Raises ImportStopped where it can't be opened."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        try:
            self._file = file.open("rb", buffering=0)
        except OSError as error:
            raise ImportStopped(f"{file}: cannot be opened: {error.strerror}") from None
        self.size = file.stat().st_size
        self.done = 0
        self.sha256 = sha256()

    def readable(self) -> bool:
        """As every file that is read."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read some bytes, and keep count."""
        got = self._file.readinto(buffer)
        self.sha256.update(memoryview(buffer)[:got])
        self.done += got
        return got

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()

    def text(self, encoding: str) -> io.TextIOWrapper:
        """The same as text, with the line ends that the CSV reader wants to see."""
        return io.TextIOWrapper(io.BufferedReader(self), encoding, errors="surrogateescape", newline="")


class Lines:
    """The lines of a text, numbered. One that is too long raises LineTooLongError; the next call gives the next."""

    def __init__(self, text: io.TextIOBase) -> None:
        self.text, self.number = text, 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self.text.readline(MOST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == MOST_LINE and not ends(line):
            while (more := self.text.readline(MOST_LINE)) and not ends(more):
                pass
            raise LineTooLongError(line)
        return line


def ends(line: str) -> bool:
    """Whether a piece of text goes to the end of its line."""
    return line.endswith(("\n", "\r"))


def read_rows(text: io.TextIOBase, plan: ColumnMap) -> Iterator[Row | Refusal]:
    """The rows of a file, in its order. Raises ImportStopped if its header is not the one that the map is for."""
    csv.field_size_limit(MOST_LINE)
    lines = Lines(text)
    reader = csv.reader(lines, delimiter=plan.delimiter)
    header = read_header(reader, plan)
    clock = Clock(plan)
    while True:
        begins = lines.number + 1
        try:
            cells = next(reader)
            if not cells:
                continue
            if len(cells) != len(header):
                yield Refusal(begins, "", "has more or fewer cells than the header")
                continue
            yield read_row(begins, dict(zip(header, cells, strict=True)), plan, clock)
        except StopIteration:
            return
        except LineTooLongError as error:
            yield Refusal(begins, column_at_end(error.start, header, plan), "is too long")
        except csv.Error:
            yield Refusal(begins, "", "never ends: is a quotation mark missing?")
        except WrongCellError as error:
            yield Refusal(begins, error.column, error.reason)


def read_header(reader: Iterator[list[str]], plan: ColumnMap) -> list[str]:
    """The names of the columns, once sure that all are there that the map names, and each once."""
    try:
        header = [normalize("NFC", name.strip()) for name in next(reader)]
    except StopIteration:
        raise ImportStopped("The file is empty.") from None
    except (csv.Error, LineTooLongError):
        raise ImportStopped("The file's first line is no header: this is not CSV.") from None
    if any(UNREADABLE.search(name) or UNDECODED.search(name) for name in header):
        raise ImportStopped(f"The file's first line is no text in {plan.encoding}: this is not CSV.")
    wrong = [
        f"{field}: the file has {'no' if name not in header else 'more than one'} column {name!r}."
        for name, field in needed_columns(plan).items()
        if header.count(name) != 1
    ]
    if wrong:
        raise ImportStopped("\n".join([*wrong, f"Its header is: {plan.delimiter.join(header)[:500]}"]))
    return header


def column_at_end(start: str, header: list[str], plan: ColumnMap) -> str:
    """The column of the cell in which this beginning of a line breaks off, if it can be told."""
    cells = next(csv.reader([start], delimiter=plan.delimiter), [])
    return header[len(cells) - 1] if 0 < len(cells) <= len(header) else ""


def read_row(line: int, cells: Mapping[str, str], plan: ColumnMap, clock: "Clock") -> Row:
    """One request. Raises WrongCellError for the first cell that can't be read."""
    columns = plan.columns
    said = needed(cells, columns.status)
    status = plan.statuses.get(said)
    if status is None:
        raise WrongCellError(columns.status, "is a status that the map does not name")
    opened = clock.read(columns.opened, needed(cells, columns.opened))
    updated = clock.read_later(columns.updated, clean(cells, columns.updated), None)
    closed = None  # also where it is open again, whatever the file still says of an earlier end
    if status.status is Status.CLOSED:
        closed = clock.read_later(columns.closed, clean(cells, columns.closed), opened)
        # Some systems close without saying when: the last change is the nearest to it.
        closed = closed or max(updated or opened, opened)
    return Row(
        line=line,
        key=needed(cells, columns.key),
        type=needed(cells, columns.type),
        status=status.status,
        close_reason=status.reason,
        status_said=said,
        opened_at=opened,
        updated_at=max(moment for moment in (opened, closed, updated) if moment),
        closed_at=closed,
        description=described(cells, columns.description),
        address=clean(cells, columns.address, MOST_ADDRESS),
        where=place(cells, plan),
    )


def clean(cells: Mapping[str, str], column: str | None, most: int = MOST_CELL) -> str:
    """The words of a cell, as people's are taken everywhere (NFC, trimmed); empty for a column that is not read."""
    if column is None:
        return ""
    words = cells[column]
    if UNREADABLE.search(words):
        raise WrongCellError(column, "holds a control character")
    if UNDECODED.search(words):
        raise WrongCellError(column, "is not in the file's encoding")
    if len(words) > most:
        raise WrongCellError(column, "is too long")
    return normalize("NFC", words).strip()


def needed(cells: Mapping[str, str], column: str) -> str:
    """The words of a cell that may not be empty."""
    words = clean(cells, column, MOST_NAME)
    if not words:
        raise WrongCellError(column, "is empty")
    return words


def described(cells: Mapping[str, str], template: str) -> str:
    """The description that the map's template makes of a row."""
    words = IN_BRACES.sub(lambda match: clean(cells, match[1]), template).strip()
    if len(words) > MOST_DESCRIPTION:
        raise WrongCellError(IN_BRACES.findall(template)[-1], "makes the description too long")
    return words


def place(cells: Mapping[str, str], plan: ColumnMap) -> Point | None:
    """Where it is; None where the file does not say, be it by empty cells or, as some systems do, by 0, 0."""
    lat_column, lon_column = plan.columns.latitude, plan.columns.longitude
    if lat_column is None or lon_column is None:
        return None
    lat, lon = degrees(cells, lat_column), degrees(cells, lon_column)
    if (lat, lon) in {(None, None), (0, 0)}:
        return None
    if lat is None or lon is None:
        raise WrongCellError(
            lat_column if lat is None else lon_column, "is empty, and the other half of the place is not"
        )
    if on_earth(lat, lon, plan):
        return Point(lat=lat, lon=lon)
    column = lat_column if not -90 <= lat <= 90 else lon_column  # noqa: PLR2004 - the poles
    if on_earth(lon, lat, plan):
        raise WrongCellError(column, "is off the map: latitude and longitude seem to be swapped")
    if on_earth(lat, lon, None):
        raise WrongCellError(column, "lies outside the map's area")
    raise WrongCellError(column, "lies off Earth")


def on_earth(lat: float, lon: float, plan: ColumnMap | None) -> bool:
    """Whether there is such a place on Earth; and in the map's area, if there is one."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004 - what a circle has
        return False
    return plan is None or plan.area is None or plan.area.holds(lat, lon)


def degrees(cells: Mapping[str, str], column: str) -> float | None:
    """A number of degrees, or None for an empty cell."""
    words = clean(cells, column, MOST_NAME)
    if not words:
        return None
    try:
        number = float(words)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in words:
        raise WrongCellError(column, "is no number of degrees")
    return number


class Clock:
    """Reads the times of one file: UTC, from local times of the map's zone where they have no offset.

    Clocks that change leave two kinds of local time without one meaning. A time that was skipped in spring is
    read by the clock before the change, so that 2:30 is what then was 3:30. A time that came twice in autumn is the first of the
    two, unless something would then have ended before it began: then it is the second.
    """

    def __init__(self, plan: ColumnMap) -> None:
        self.dates, self.zone = plan.dates, ZoneInfo(plan.zone)
        self.latest = now() + timedelta(days=1)
        self.plain = lru_cache(maxsize=4096)(self._plain)

    def read(self, column: str, words: str, fold: int = 0) -> datetime:
        """The moment that a cell tells."""
        try:
            moment = self.plain(words)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=self.zone, fold=fold)).astimezone(
                UTC
            )
        except (ValueError, OverflowError):
            raise WrongCellError(column, "is no time in a format of the map") from None
        if moment < EARLIEST:
            raise WrongCellError(column, "lies before 1900")
        if moment > self.latest:
            raise WrongCellError(column, "lies in the future")
        return moment

    def read_later(self, column: str | None, words: str, after: datetime | None) -> datetime | None:
        """The moment that a cell tells, if any. Refuses one before ``after``."""
        if column is None or not words:
            return None
        moment = self.read(column, words)
        if after is not None and moment < after:
            moment = self.read(column, words, fold=1)
            if moment < after:
                raise WrongCellError(column, "lies before the request was opened")
        return moment

    def _plain(self, words: str) -> datetime:
        for form in self.dates:
            try:
                return datetime.fromisoformat(words) if form == ISO else datetime.strptime(words, form)  # noqa: DTZ007
            except ValueError:
                continue
        raise ValueError(words)
