"""The rows of one import in the database: copied into a table that ends with the transaction, then joined to ours."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, Select, column, delete, select, table, text

from backend import maps
from backend.core import feed
from backend.core.actor import db
from backend.core.clock import now
from backend.core.feed import EVERYWHERE, department
from backend.service_requests.imports.column_map import ColumnMap
from backend.service_requests.imports.csv_rows import Refusal, Row
from backend.service_requests.imports.kinds import Kinds
from backend.service_requests.tables import EntryRow
from shared_models.service_requests import WINDOW_DAYS, Channel, EntryKind, Status

STAGED = table(
    "staged_request",
    *(column(name) for name in ("line", "request_id", "step", "where", "department", "on_phones")),
)

CREATE = text("""
    CREATE TEMPORARY TABLE staged_request (
        line bigint, key text, type text, department text, status text, close_reason text, said text,
        opened_at timestamptz, updated_at timestamptz, closed_at timestamptz, description text, address text,
        "where" geometry(Point, 4326), on_phones boolean,
        request_id uuid DEFAULT gen_random_uuid(), step text DEFAULT 'new',
        was_department text, was_on_phones boolean DEFAULT false
    ) ON COMMIT DROP
""")

COPY = """
    COPY staged_request (
        line, key, type, department, status, close_reason, said, opened_at, updated_at, closed_at,
        description, address, "where", on_phones
    ) FROM STDIN
"""


def stage(rows: Iterable[Row | Refusal], kinds: Kinds, refuse: Callable[[Refusal], None]) -> None:
    """Copy the rows in as they come, and tell of those that are refused."""
    db().execute(CREATE)
    connection = db().connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    window = now() - timedelta(days=WINDOW_DAYS)
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            if isinstance(row, Refusal):
                refuse(row)
            else:
                copy.write_row((*copied(row, kinds), row.closed_at is None or row.closed_at >= window))
    # The planner knows nothing of either table's rows yet: with this, none of its guesses compares each with each.
    db().execute(text("CREATE INDEX ON staged_request (key)"))
    db().execute(text("ANALYZE staged_request"))


def copied(row: Row, kinds: Kinds) -> tuple[Any, ...]:
    """A row in the order of the COPY, but for whether phones hold it."""
    where = row.where and f"SRID=4326;POINT({row.where.lon:.6f} {row.where.lat:.6f})"
    reason = row.close_reason and row.close_reason.value
    times = row.opened_at, row.updated_at, row.closed_at
    about = row.description, row.address, where
    return row.line, row.key, *kinds.of(row.type), row.status.value, reason, row.status_said, *times, *about


DOUBLES = text("""
    DELETE FROM staged_request AS later USING (
        SELECT line, row_number() OVER (PARTITION BY key ORDER BY line) AS nth FROM staged_request
    ) AS seen
    WHERE seen.line = later.line AND nth > 1 RETURNING later.line
""")


def refused_together(plan: ColumnMap) -> Iterable[Refusal]:
    """Take out what only shows once all rows are there, or on the map: double keys, and places that are not ours."""
    for line in sorted(db().scalars(DOUBLES)):
        yield Refusal(line, plan.columns.key, "stands in an earlier row already")
    if plan.limits and plan.columns.latitude:
        outside = STAGED.c.where.is_not(None) & ~maps.in_limits(STAGED.c.where)
        for line in sorted(db().scalars(delete(STAGED).where(outside).returning(STAGED.c.line))):
            yield Refusal(line, plan.columns.latitude, "lies outside the city's limits")


TOLD = (
    "type", "department", "status", "close_reason", "opened_at", "updated_at", "closed_at", "description", "address",
    '"where"',
)  # fmt: skip
"""The columns of a request that the file tells."""


def told(of: str = "") -> str:
    """These columns as SQL lists them, perhaps of one table (``request.``)."""
    return ", ".join(of + name for name in TOLD)


SAME = "request.import_name = :name AND request.import_key = staged_request.key"
DIFFERS = f"({told('request.')}) IS DISTINCT FROM ({told('staged_request.')})"

# Held before it is decided, so that nobody begins to work on a request between the decision and the change.
HOLD = text(f"SELECT FROM request JOIN staged_request ON {SAME} WHERE {DIFFERS} FOR UPDATE OF request")

DECIDE = text(f"""
    UPDATE staged_request SET
        request_id = request.id, was_department = request.department, was_on_phones = request.on_phones,
        step = CASE
            WHEN NOT ({DIFFERS}) THEN 'same'
            WHEN EXISTS (SELECT FROM request_entry WHERE request_id = request.id AND author_id IS NOT NULL) THEN 'worked'
            ELSE 'changed'
        END
    FROM request WHERE {SAME}
""")  # noqa: S608 - our own words


def settle(name: str) -> Counter[str]:
    """Decide of each row whether it is new, changed, the same, or worked on here; and count these."""
    db().execute(HOLD, {"name": name})
    db().execute(DECIDE, {"name": name})
    db().execute(text("ANALYZE staged_request"))
    steps = db().execute(text("SELECT step, count(*) AS n FROM staged_request GROUP BY step"))
    return Counter({row.step: row.n for row in steps})


# The number is made as rules.number makes it.
INSERT = text(f"""
    INSERT INTO request (
        id, number, {told()}, by_account, channel, reopened, version, on_phones, import_name, import_key
    )
    SELECT
        request_id, to_char(timezone('UTC', opened_at), 'YY-') || lpad(n::text, greatest(6, length(n::text)), '0'),
        {told()}, false, :channel, 0, 1, on_phones, :name, key
    FROM (
        SELECT *, nextval('request_number') AS n
        FROM (SELECT * FROM staged_request WHERE step = 'new' ORDER BY line) AS fresh
    ) AS numbered
""")  # noqa: S608 - our own words

CHANGE = text(f"""
    UPDATE request SET ({told()}, version, on_phones) = ROW({told("fresh.")}, version + 1, fresh.on_phones)
    FROM staged_request AS fresh WHERE request.id = fresh.request_id AND fresh.step = 'changed'
""")  # noqa: S608 - our own words


def write_requests(name: str) -> None:
    """Insert what is new and change what differs."""
    db().execute(INSERT, {"name": name, "channel": Channel.IMPORT.value})
    db().execute(CHANGE)


HISTORY = text("""
    INSERT INTO request_entry (id, request_id, kind, at, words, status, department, close_reason, public, by_staff)
    SELECT
        gen_random_uuid(), request_id, line.kind, line.at, line.words, line.status, department, line.reason, true,
        line.by_staff
    FROM staged_request CROSS JOIN LATERAL (VALUES
        (:opened, opened_at, '', :received, NULL, false),
        (:closing, closed_at, said, :closed, close_reason, true)
    ) AS line (kind, at, words, status, reason, by_staff)
    WHERE step IN ('new', 'changed') AND line.at IS NOT NULL
""")


def write_history() -> None:
    """Two lines for each request: when it was opened, and when it was closed, in the file's own word for how."""
    changed = select(STAGED.c.request_id).where(STAGED.c.step == "changed")
    feed.forget("staff_entry", select(EntryRow.id).where(EntryRow.request_id.in_(changed)))
    db().execute(delete(EntryRow).where(EntryRow.request_id.in_(changed)))
    kinds = {"opened": EntryKind.OPENED.value, "closing": EntryKind.CLOSED.value}
    db().execute(HISTORY, {**kinds, "received": Status.RECEIVED.value, "closed": Status.CLOSED.value})


def on_phones(*more: ColumnElement[bool]) -> Select[UUID]:
    """Ids of the requests that this import made or changed and that phones hold."""
    return select(STAGED.c.request_id).where(STAGED.c.step.in_(["new", "changed"]), STAGED.c.on_phones, *more)


CONCERNED = text("""
    SELECT DISTINCT code
    FROM staged_request CROSS JOIN LATERAL (VALUES
        (was_department, was_on_phones), (department, on_phones)
    ) AS concerned (code, held)
    WHERE step IN ('new', 'changed') AND held
""")


def restart_feeds() -> None:
    """Begin anew the feeds of all who have something of this on their phones now, or had before. Nobody else's."""
    requests = {department(code): on_phones(STAGED.c.department == code) for code in db().scalars(CONCERNED)}
    if requests:
        requests[EVERYWHERE] = on_phones()
    for audience in sorted(requests):
        entries = select(EntryRow.id).where(EntryRow.request_id.in_(requests[audience]))
        feed.restart(audience, {"staff_request": requests[audience], "staff_entry": entries})
