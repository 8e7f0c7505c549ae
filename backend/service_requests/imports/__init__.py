"""Taking in a city's history: one file, one transaction, one event, and each concerned feed begins anew once.

The file's rows are copied into a table of this transaction's own and joined to the requests there, so the same
file again changes nothing, and a newer one changes what differs. What staff have worked on here since is theirs:
history does not overwrite it.

``column_map`` is what a city's file looks like, ``csv_rows`` reads it, ``kinds`` are its types, ``staging`` the SQL.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from backend.core.actor import db
from backend.core.ledger import record
from backend.service_requests.events import RequestsImported
from backend.service_requests.imports import staging
from backend.service_requests.imports.column_map import ImportStopped, read_column_map
from backend.service_requests.imports.csv_rows import Refusal, Row, Source, read_rows
from backend.service_requests.imports.kinds import Kinds

__all__ = ["ImportStopped", "Imported", "Refusal", "import_file"]

EVERY = 500
"""Rows between two reports of progress."""

Progress = Callable[[int, int, int], object]
"""Told of bytes read, bytes in all, and rows so far."""


@dataclass
class Imported:
    """What became of a file's rows."""

    sha256: str = ""
    taken: int = 0
    changed: int = 0
    same: int = 0
    worked_on: int = 0
    """Differ from the file, but staff have worked on them here: left as they are."""
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By column and reason."""


def import_file(
    file: Path, map_file: Path, *, refuse: Callable[[Refusal], object], progress: Progress
) -> Imported:
    """Take in a CSV file of history, as the column map says, in the transaction of whoever calls.

    Args:
        file: The export. It is read once, and in the same memory however long it is.
        map_file: The TOML file of the column map.
        refuse: Told of each row that is not taken, in the file's order; of doubles and places outside at the end.
        progress: Told every now and then, and at the end.

    Raises:
        ImportStopped: The map, the file or its header can't be used.
    """
    plan = read_column_map(map_file)
    kinds = Kinds(plan)
    told = Imported()

    def count(refusal: Refusal) -> None:
        told.refused[refusal.column, refusal.reason] += 1
        refuse(refusal)

    # Two imports of one name at a time would each find the other's rows missing.
    db().execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"import:{plan.name}"})
    source = Source(file)
    with source, source.text(plan.encoding) as lines:
        staging.stage(watched(read_rows(lines, plan), source, progress), kinds, count)
    told.sha256 = source.sha256.hexdigest()
    for refusal in staging.refused_together(plan):
        count(refusal)
    kinds.save()
    steps = staging.settle(plan.name)
    told.taken, told.changed = steps["new"], steps["changed"]
    told.same, told.worked_on = steps["same"], steps["worked"]
    if told.taken or told.changed:
        staging.write_requests(plan.name)
        staging.write_history()
    record(
        RequestsImported(
            name=plan.name,
            count=told.taken,
            changed=told.changed,
            refused=told.refused.total(),
            file_sha256=told.sha256,
        )
    )
    staging.restart_feeds()
    return told


def watched(rows: Iterable[Row | Refusal], source: Source, progress: Progress) -> Iterable[Row | Refusal]:
    """The same rows, with progress told."""
    count = 0
    for count, row in enumerate(rows, start=1):
        if count % EVERY == 0:
            progress(source.done, source.size, count)
        yield row
    progress(source.size, source.size, count)
