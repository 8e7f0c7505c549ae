"""The register as a list to take away, CSV or XLSX: what is imported again unchanged changes nothing."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import Select

from backend.assets.tables import AssetRow, ModelRow
from backend.core.actor import context, db
from backend.core.paper import guarded
from backend.core.problems import ProblemError
from shared_models.papers import MOST_EXPORTED

LEFT = ("tag", "kind", "make", "model", "serial", "name", "department", "state")
RIGHT = (
    "data_class", "pool", "place", "lat", "lon", "battery", "battery_health", "firmware", "patched_on", "support_until_on",
    "note", "holder", "unit",
)  # fmt: skip
"""``holder`` and ``unit`` are told, and passed over by the import: who has a thing is custody's to say."""


def listed(found: Select[AssetRow]) -> tuple[list[str], list[list[Any]]]:
    """The header and the lines of these things, by their tags: what all say, then typed fields that one of them has.

    Raises ProblemError("too-large") for more than may leave at once.
    """
    things = list(db().scalars(found.order_by(AssetRow.tag).limit(MOST_EXPORTED + 1)))
    if len(things) > MOST_EXPORTED:
        raise ProblemError("too-large", f"At most {MOST_EXPORTED:,} things leave at once: filter them.")
    context().found = len(things)
    models = {row.id: row for row in db().query(ModelRow)}
    codes = list(dict.fromkeys(code for row in things for code in sorted(row.fields)))
    header = [*LEFT, *(f"fields.{code}" for code in codes), *RIGHT]
    return header, [line(row, models, codes) for row in things]


def line(row: AssetRow, models: dict[Any, ModelRow], codes: list[str]) -> list[Any]:
    """One thing."""
    model = models.get(row.model_id)
    said: dict[str, Any] = {
        "make": model.make if model else "",
        "model": model.name if model else "",
        "lat": row.where.lat if row.where else None,
        "lon": row.where.lon if row.where else None,
    }
    own = [said[name] if name in said else getattr(row, name) for name in LEFT]
    more = [said[name] if name in said else getattr(row, name) for name in RIGHT]
    return [plain(value) for value in (*own, *(row.fields.get(code) for code in codes), *more)]


def plain(value: Any) -> Any:
    """A value as a cell holds it: words that no spreadsheet runs, numbers as they are, the rest as the wire writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    return guarded(str(value))


def as_csv(found: Select[AssetRow]) -> bytes:
    """The list as CSV in UTF-8, with the mark by which spreadsheets know it."""
    header, lines = listed(found)
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *lines])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(found: Select[AssetRow]) -> bytes:
    """The list as a workbook, its header kept in sight."""
    header, lines = listed(found)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Things")
    sheet.freeze_panes = "B2"
    for cells in (header, *lines):
        sheet.append(list(in_cells(sheet, cells)))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def in_cells(sheet: Any, values: list[Any]) -> Iterator[Any]:
    """The cells of a line: a text stays one, whatever it looks like."""
    for value in values:
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, str):
            cell.data_type = "s"
            cell.number_format = "@"
        yield cell
