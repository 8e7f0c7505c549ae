"""A file as rows of words, whichever way it was written; and what is refused before a cell is looked at."""

from typing import NamedTuple, NoReturn

from backend.core.problems import Invalid, ProblemError
from shared_models.papers import MOST_ROWS
from shared_models.problems import FieldError

MOST_COLUMNS = 100
MOST_LINES = 100_000
"""Lines of a sheet, empty ones too: something that stands further down is no list of things."""
MOST_CELL = 5000
"""Signs of a cell."""


class Row(NamedTuple):
    """One line: its number as a spreadsheet counts, its cells as words, and what is odd in some of them by their place."""

    number: int
    cells: list[str]
    odd: dict[int, str]


class Table(NamedTuple):
    """A file as it was understood."""

    read_as: str
    header: list[str]
    rows: list[Row]


def refuse(reason: str) -> NoReturn:
    """Refuse the file as a whole."""
    raise Invalid(FieldError(pointer="/", detail=reason))


NOTHING = Table("", [], [])


def refuse_empty(table: Table) -> None:
    """Refuse a file of no bytes: only now, for whatever else is wrong with the request is told first."""
    if table is NOTHING:
        refuse("The file is empty.")


def too_large(reason: str) -> NoReturn:
    """Refuse a file that is longer than it may be."""
    raise ProblemError("too-large", reason)


def table_of(read_as: str, lines: list[Row]) -> Table:
    """The first line with words in it is the header; empty lines are passed over.

    Columns without a header are named by their letter; of two with the same name the second is numbered.
    """
    full = [line for line in lines if line.odd or any(line.cells)]
    if not full:
        refuse("There is nothing in this file.")
    head, *rows = full
    if len(rows) > MOST_ROWS:
        too_large(f"A file holds at most {MOST_ROWS:,} things; this one has {len(rows):,}.")
    wide = max(len(line.cells) for line in full)
    if wide > MOST_COLUMNS:
        too_large(f"A file has at most {MOST_COLUMNS} columns.")
    header: list[str] = []
    for place in range(wide):
        name = (head.cells[place][:120] if place < len(head.cells) else "") or f"({letters(place)})"
        same = sum(name in (other, other.rpartition(" (")[0]) for other in header)
        header.append(f"{name} ({same + 1})" if same else name)
    for line in rows:
        line.cells.extend([""] * (wide - len(line.cells)))
        for place, words in enumerate(line.cells):
            if len(words) > MOST_CELL:
                line.odd[place] = f"Longer than {MOST_CELL:,} signs."
                line.cells[place] = ""
    return Table(read_as, header, rows)


def letters(place: int) -> str:
    """A column's letters, as spreadsheets name them: A, B, … Z, AA."""
    found, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(65 + rest) + found
    return found
