"""Lists of things from other systems, as CSV or XLSX: looked at, matched to what we know, taken over whole or not at all.

``csv_file`` and ``xlsx_file`` read a file to a table of words; ``columns`` says what each column holds; ``cells`` reads a
cell; ``taking`` goes line by line and has the register do it; ``exporting`` writes what can be taken back in.
"""

from datetime import timedelta

from backend.assets.imports.columns import targets, told
from backend.assets.imports.csv_file import read_csv
from backend.assets.imports.exporting import as_csv, as_xlsx
from backend.assets.imports.tables import NOTHING, Table, refuse, refuse_empty
from backend.assets.imports.taking import model_fields, models_here, take
from backend.assets.imports.xlsx_file import read_xlsx
from backend.core.actor import me
from backend.core.bodies import caller_address, whole_body
from backend.core.house import house
from backend.core.limits import Limit, count_tries
from shared_models.papers import ImportColumns

PER_HOUR = 120
"""Files that one person may send in an hour: each takes a processor for a while."""
XLSX, OLD_OFFICE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"

__all__ = ["as_csv", "as_xlsx", "columns_of", "read_body", "take"]


def read_body() -> Table:
    """Before any transaction: count the try, read the body, make a table of it. Raises what names the fault."""
    count_tries(house().database, Limit("import", str(me().id), PER_HOUR, timedelta(hours=1)))
    return table_in(whole_body(caller_address()))


def table_in(data: bytes) -> Table:
    """The table in a file, whichever it is by its first bytes. Raises Invalid, ProblemError("too-large")."""
    if not data:
        return NOTHING
    if data.startswith(XLSX):
        return read_xlsx(data)
    if data.startswith((OLD_OFFICE, PDF)):
        refuse("Save it as XLSX or CSV: this is an older workbook, or one with a password, or no table.")
    return read_csv(data)


def columns_of(table: Table) -> ImportColumns:
    """A file's columns, with samples, and what each seems to hold."""
    refuse_empty(table)
    more = model_fields(models_here().values())
    return ImportColumns(
        rows=len(table.rows), read_as=table.read_as, columns=told(table, more), targets=tuple(targets(more))
    )
