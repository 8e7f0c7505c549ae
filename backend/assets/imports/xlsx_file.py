"""XLSX: the first visible sheet of a workbook. What could be hostile in one is looked at before anything is unpacked."""

import io
import re
import threading
import warnings
import zipfile
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

from backend.assets.imports.tables import MOST_COLUMNS, MOST_LINES, Row, Table, refuse, table_of, too_large
from backend.core.problems import ProblemError, TooMany

MOST_UNPACKED = 60_000_000
"""Bytes of all parts, unpacked: several times what 5,000 things need."""
MOST_PARTS = 1000
EXACT = 1e15
"""Below it, each whole number is told from the next by what a workbook keeps."""
MOST_MERGED = 10_000
DOCTYPE = tuple(
    mark.encode(codec) for mark in ("<!DOCTYPE", "<!ENTITY") for codec in ("ascii", "utf-16-le", "utf-16-be")
)
"""No part of a workbook has one (ECMA-376 part 2, §8.1.1); with them a small file unfolds into a huge one."""
MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})["']"""
)
NO_VALUE = "A formula whose value is not in the file: open it in a spreadsheet and save it again."

_reading = threading.BoundedSemaphore(1)
"""One workbook is read at a time: it takes some seconds of a processor, and some memory."""


def read_xlsx(data: bytes) -> Table:
    """The table in these bytes. Raises Invalid, ProblemError("too-large"), TooMany with the reason."""
    if not _reading.acquire(timeout=20):
        raise TooMany(5)
    try:
        look_at_parts(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl passes over: colours, rules, pictures
            return _read(data)
    except ProblemError:
        raise
    except Exception:  # noqa: BLE001 - hostile bytes make a reader raise anything: KeyError, ValueError, ParseError
        refuse("This workbook can't be read. Save it again as XLSX, or as CSV.")
    finally:
        _reading.release()


def look_at_parts(data: bytes) -> None:
    """Refuse an archive that unfolds into more than it may, or holds what a list of things has no use for."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = packed.infolist()
        # Python's zipfile never unpacks more of a part than is said of it here.
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            too_large("This workbook unfolds into more than 60 MB.")
        if len({part.filename for part in parts}) < len(parts):
            refuse("A part of this workbook stands in it twice.")
        for part in parts:
            if part.flag_bits & 1:
                refuse("This workbook has a password. Save it without.")
            if part.filename.lower().endswith("vbaproject.bin"):
                refuse("This workbook has macros. Save it as XLSX without.")
            if part.filename.lower().endswith((".xml", ".rels")):
                content = packed.read(part)
                if any(mark in content for mark in DOCTYPE):
                    refuse("There is a document type in this workbook, which no spreadsheet writes.")


def _read(data: bytes) -> Table:
    values = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    said = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        name = next((sheet.title for sheet in values.worksheets if sheet.sheet_state == "visible"), None)
        if name is None:
            refuse("This workbook has no sheet with cells.")
        lines = list(_lines(values[name], said[name]))
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            path = values[name]._worksheet_path  # noqa: SLF001 - it tells no other way where the sheet lies
            spread(lines, packed.read(path.lstrip("/")))
        return table_of(f"xlsx, {name}", lines)
    finally:
        values.close()
        said.close()


def _lines(values: Any, said: Any) -> Any:
    """The lines of a sheet: of a formula the value that it had when the file was saved."""
    for sheet in (values, said):
        sheet.reset_dimensions()  # what a file says of its own size is not to be relied on
    most = {"max_col": MOST_COLUMNS + 1}
    last: Any = None
    for number, (cells, formulas) in enumerate(
        zip(values.iter_rows(**most), said.iter_rows(**most), strict=True), start=1
    ):
        if number > MOST_LINES:
            too_large(f"A sheet has at most {MOST_LINES:,} lines.")
        if cells is last:  # lines that are not in the file come as one and the same: there may be very many
            continue
        last = cells
        row = Row(number, [], {})
        for place, (cell, formula) in enumerate(zip(cells, formulas, strict=True)):
            row.cells.append(in_words(cell.value))
            if cell.data_type == "e":
                row.cells[place] = ""
                row.odd[place] = f"The spreadsheet says {str(cell.value)[:12]} here."
            elif formula.data_type == "f" and cell.value is None:
                row.odd[place] = NO_VALUE
        while row.cells and not row.cells[-1] and len(row.cells) - 1 not in row.odd:
            row.cells.pop()
        yield row


def in_words(value: Any) -> str:
    """A cell's value as somebody would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == time()
            else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    return str(value).strip()


def spread(lines: list[Row], sheet: bytes) -> None:
    """Cells that are merged downwards say the same in each line; merged sideways they are the left one's."""
    found = MERGED.findall(sheet)
    if len(found) > MOST_MERGED:
        too_large(f"A sheet has at most {MOST_MERGED:,} merged cells.")
    by_number = {line.number: line for line in lines}
    for ref in found:
        left, top, _, bottom = range_boundaries(ref.decode())
        first = by_number.get(top)
        if first is None or len(first.cells) < left or not first.cells[left - 1]:
            continue
        for number in range(top + 1, min(bottom, top + MOST_LINES) + 1):
            if line := by_number.get(number):
                line.cells.extend([""] * (left - len(line.cells)))
                line.cells[left - 1] = line.cells[left - 1] or first.cells[left - 1]
