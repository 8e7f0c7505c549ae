"""Counting: what is really there. Stocktakes by several people at once, and everybody's own word of what they have."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm.attributes import set_committed_value

from backend import identity
from backend.assets import fitness, handling, queries, sightings
from backend.assets.actions import state_of, write_down_all
from backend.assets.chain import linked
from backend.assets.events import StocktakeBegun, StocktakeClosed, StocktakeCounted
from backend.assets.tables import AssetRow, StocktakeRow
from backend.core import prepared
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.database import insert, one
from backend.core.ledger import record
from backend.core.problems import Invalid, Refused
from shared_models.assets import plain_code, tag_of
from shared_models.custody import Act, Attest, Attested, BeginStocktake, Counted, CountOutcome, CountThings
from shared_models.permissions import Permission
from shared_models.problems import FieldError


def begin(wish: BeginStocktake) -> StocktakeRow:
    """Begin a stocktake of what should be in a department, at a place or in a unit. The same id again is the same one."""
    if sum(1 for said in (wish.department, wish.place, wish.kit_id) if said) != 1:
        words = "Of a department, a place or a unit: one of them."
        raise Invalid(FieldError(pointer="/department", detail=words))
    if wish.department and not (
        me().may_in(Permission.STOCKTAKE_DO, wish.department) and identity.has_department(wish.department)
    ):
        raise Invalid(FieldError(pointer="/department", detail="You don't count that department's things."))
    if wish.kit_id and not db().scalar(handling.kit_seen(me(), wish.kit_id)):
        raise Invalid(FieldError(pointer="/kit_id", detail="There is no such unit."))
    row = StocktakeRow(
        id=wish.id,
        name=wish.name,
        department=wish.department,
        place=wish.place,
        kit_id=wish.kit_id,
        begun_at=now(),
        begun_by=me().name,
        begun_by_id=me().id,
    )
    if not insert(row, unless_there="id"):
        known = db().get_one(StocktakeRow, wish.id)
        said = (me().id, wish.name, wish.department, wish.place, wish.kit_id)
        if (known.begun_by_id, known.name, known.department, known.place, known.kit_id) != said:
            raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
        return known
    expected = len(db().scalars(handling.expected_lines(me(), row)).all())
    record(StocktakeBegun(stocktake_id=row.id, expected=expected))
    return told(row, expected=expected)


def told(row: StocktakeRow, **counts: int) -> StocktakeRow:
    """The stocktake with these counts, and none of the rest."""
    for name in ("expected", "found", "missing", "unexpected"):
        set_committed_value(row, name, counts.get(name, 0))
    return row


def count(id_: UUID, wish: CountThings) -> StocktakeRow:
    """Take in scans of a stocktake. What was counted already stays so; what nobody knows goes to the inbox."""
    moment = now()
    done = [
        fitness.moment_done(scan.done_at, moment, f"/scans/{number}/done_at")
        for number, scan in enumerate(wish.scans)
    ]
    row = one(handling.stocktakes_visible_to(me()).where(StocktakeRow.id == id_).with_for_update(read=True))
    if row.closed_at is not None:
        raise Refused("count-closed", "Begin another one.", ids=[row.id])
    found = things_scanned([scan.code for scan in wish.scans])
    lines: dict[UUID, dict[str, Any]] = {}
    unknown: dict[UUID, tuple[Counted, datetime]] = {}
    for scan, at in zip(wish.scans, done, strict=True):
        thing = found.get(scan.code)
        if thing is None:
            unknown.setdefault(uuid.uuid5(row.id, plain_code(scan.code) or scan.code), (scan, at))
        else:
            lines.setdefault(
                thing.id,
                {
                    "id": str(uuid.uuid4()),
                    "asset_id": str(thing.id),
                    "tag": thing.tag,
                    "counted_at": at.isoformat(),
                    "place": wish.place or thing.place,
                    "where": f"SRID=4326;POINT({scan.where.lon:.6f} {scan.where.lat:.6f})"
                    if scan.where
                    else None,
                },
            )
    fresh = prepared.run_here(_COUNT, id=row.id, lines=json.dumps([*lines.values()]), by=me().name, at=moment)
    sightings.unknown_scans(unknown)
    if fresh:
        record(StocktakeCounted(stocktake_id=row.id, count=len(fresh), unknown=len(unknown)))
    db().refresh(row)
    return row


# In the order of the things: two who count the same ones at once can't wait for each other for ever.
_COUNT = text("""
    INSERT INTO stocktake_line (
        id, stocktake_id, asset_id, tag, outcome, counted_at, counted_by, place, "where", changed_at
    )
    SELECT id, :id, asset_id, tag, 'unexpected', counted_at, :by, place, "where", :at
    FROM jsonb_populate_recordset(CAST(NULL AS stocktake_line), CAST(:lines AS jsonb)) ORDER BY asset_id
    ON CONFLICT (stocktake_id, asset_id) DO UPDATE SET
        outcome = 'found', counted_at = excluded.counted_at, counted_by = excluded.counted_by,
        place = excluded.place, "where" = excluded."where", changed_at = excluded.changed_at
    WHERE stocktake_line.counted_at IS NULL
    RETURNING asset_id
""")


def things_scanned(scans: Sequence[str]) -> Mapping[str, AssetRow]:
    """By scan, the things that they stand for and that the asking person may know of.

    A tag stands over what else identifies; a code that fits several things fits none.
    """
    forms = {scan: (plain_code(tag_of(scan)), plain_code(scan)) for scan in scans}
    codes = {code for both in forms.values() for code in both if code}
    by_tag: dict[str, AssetRow] = {}
    fits: dict[str, dict[UUID, AssetRow]] = {}
    for row, kind, code in db().execute(handling.scanned(queries.visible_to(me()), codes)):
        if kind == "tag":
            by_tag[code] = row
        fits.setdefault(code, {})[row.id] = row
    alone = {code: next(iter(rows.values())) for code, rows in fits.items() if len(rows) == 1}
    one = alone | by_tag
    return {scan: one[code] for scan, both in forms.items() for code in both[::-1] if code in one}


def close(id_: UUID) -> StocktakeRow:
    """End a stocktake: what was expected and not found is missing; where the rest was seen, it is from now on.

    Closed already, it stays as it is.
    """
    row = one(handling.stocktakes_visible_to(me()).where(StocktakeRow.id == id_).with_for_update())
    if row.closed_at is not None:
        return row
    changes, entries, outcomes = [], [], []
    for thing, line in db().execute(handling.counted(id_)):
        before = state_of(thing)
        thing.place = line.place or thing.place
        if thing.seen_at is None or (line.counted_at and line.counted_at > thing.seen_at):
            thing.seen_at, thing.where = line.counted_at, line.where or thing.where
        entries.append(linked(thing, Act.COUNTED, done_at=line.counted_at))
        outcomes.append(line.outcome)
        changes.append((thing, before, ()))
    missing = len(prepared.run_here(_CLOSE, id=id_, at=now()))
    row.closed_at, row.version = now(), row.version + 1
    counts = {
        "found": outcomes.count(CountOutcome.FOUND),
        "unexpected": outcomes.count(CountOutcome.UNEXPECTED),
        "missing": missing,
    }
    write_down_all("counted", changes, StocktakeClosed(stocktake_id=row.id, **counts), entries=entries)
    return told(row, **counts)


_CLOSE = text("""
    UPDATE stocktake_line SET outcome = 'missing', changed_at = :at
    WHERE stocktake_id = :id AND outcome = 'expected' RETURNING id
""")


def attest(wish: Attest) -> Attested:
    """Take somebody's word of what they have: written at each thing that they hold by the record.

    Told are those, those that they named and don't hold, and those that they hold and did not name. The same id again
    says the same.
    """
    moment = fitness.moment_done(wish.done_at, now())
    named = {tag_of(tag): tag for tag in wish.tags}
    mine = {row.tag: row for row in db().scalars(handling.held_by(me().id))}
    held = [row for tag, row in mine.items() if tag in named]
    ids = {row.id: uuid.uuid5(wish.id, str(row.id)) for row in held}
    known = set(db().scalars(handling.entries_known(ids.values())))
    fresh = [row for row in held if ids[row.id] not in known]
    changes = [(row, state_of(row), ()) for row in fresh]
    for row in fresh:
        row.seen_at = max(moment, row.seen_at or moment)
    entries = [
        linked(row, Act.ATTESTED, id_=ids[row.id], done_at=moment, to_id=row.holder_id, to_name=row.holder)
        for row in fresh
    ]
    write_down_all("attested", changes, entries=entries)
    return Attested(
        held=tuple(sorted(row.tag for row in held)),
        not_mine=tuple(sorted(said for tag, said in named.items() if tag not in mine)),
        unnamed=tuple(sorted(mine.keys() - named.keys())),
    )
