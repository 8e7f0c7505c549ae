"""Which unit can roll now: the rules, as one statement that looks at all units, or at some, and writes what changed."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from backend.assets import (
    AssetChanged,
    DocumentDropped,
    DocumentKept,
    FaultMoved,
    FaultOpened,
    KitChanged,
    ModelChanged,
)
from backend.checks import due, queries
from backend.checks.due import DUE, Turns
from backend.checks.events import CheckOverdue, UnitMoved
from backend.core import prepared
from backend.core.actor import Actor
from backend.core.clock import now
from backend.core.feed import THINGS, things, touch
from backend.core.ledger import Event, EventRow, record_all
from shared_models.checks import Level
from shared_models.wire import instant_text

BATTERY_LOW = 30
"""Percent of charge below which a thing whose model says nothing else makes its unit amber."""
BATTERY_WEAK = 70
"""Percent of what a battery held when new below which it makes its unit amber."""
WARNED = timedelta(days=30)
"""So long before a certificate or an inspection ends, its unit is amber. [?] No city rule is known."""

# The rules. A slot that is required, or what carries the kit, makes a unit red where it can't roll without it; any other
# slot makes it amber. What is personal comes with whoever works the shift, and is no unit's. A fault that was mended
# and that nobody has confirmed is amber. What was found missing counts until another thing is in its slot.
_RECOMPUTE = text(f"""
    WITH unit AS (
        SELECT * FROM kit WHERE CAST(:kits AS uuid[]) IS NULL OR id = ANY(CAST(:kits AS uuid[]))
    ), slot AS (
        SELECT unit.id AS kit_id, CAST(slot ->> 'id' AS uuid) AS slot_id, slot ->> 'name' AS name,
               CAST(slot ->> 'asset_id' AS uuid) AS asset_id, CAST(slot ->> 'required' AS boolean) AS required
        FROM unit, jsonb_array_elements(unit.slots) AS slot
        WHERE NOT unit.retired AND NOT CAST(slot ->> 'personal' AS boolean)
        UNION ALL
        SELECT unit.id, NULL, '', unit.asset_id, true FROM unit WHERE NOT unit.retired AND unit.asset_id IS NOT NULL
    ), meant AS (
        SELECT DISTINCT asset_id AS id FROM slot WHERE asset_id IS NOT NULL
    ), {DUE}, held AS (
        SELECT slot.kit_id, slot.name, slot.required, asset.id AS asset_id, asset.state, asset.battery,
               asset.battery_health, asset.seen_at, asset.updated_at, asset.fields ->> 'inspected_until_on' AS inspected,
               coalesce(model.issue_battery, :battery_low) AS least
        FROM slot JOIN asset ON asset.id = slot.asset_id LEFT JOIN asset_model AS model ON model.id = asset.model_id
    ), reason AS (
        SELECT held.kit_id,
               CASE WHEN fault.state = 'fixed' THEN 'unconfirmed' ELSE fault.severity || '-fault' END AS code,
               CASE WHEN fault.state <> 'fixed' AND fault.severity = 'critical' AND required THEN 'red' ELSE 'amber' END
                   AS level,
               held.asset_id, held.name, fault.line AS detail, fault.id AS fault_id, fault.reported_at AS since_at
        FROM held JOIN fault ON fault.asset_id = held.asset_id AND fault.closed_at IS NULL AND fault.severity <> 'minor'
        UNION ALL
        SELECT kit_id, 'missing', 'red', NULL, name, '', NULL, :now FROM slot WHERE asset_id IS NULL AND required
        UNION ALL
        SELECT slot.kit_id, 'missing', CASE WHEN required THEN 'red' ELSE 'amber' END, slot.asset_id, slot.name, '',
               NULL, slot_seen.seen_at
        FROM slot JOIN slot_seen USING (kit_id, slot_id)
        WHERE slot_seen.outcome = 'missing' AND coalesce(slot_seen.asset_id, slot.asset_id) = slot.asset_id
        UNION ALL
        SELECT kit_id, 'not-in-service', CASE WHEN required THEN 'red' ELSE 'amber' END, asset_id, name, state, NULL,
               updated_at
        FROM held WHERE state NOT IN ('in-use', 'stock')
        UNION ALL
        SELECT due.kit_id, CASE WHEN last_at IS NULL THEN 'never-checked' ELSE 'overdue' END, 'amber', due.asset_id,
               coalesce(nullif(held.name, ''), due.tag), due.template || ':' || due.cadence, NULL,
               CASE WHEN last_at IS NULL THEN due.made_at ELSE due.late_since END
        FROM due JOIN held ON held.kit_id = due.kit_id AND held.asset_id = due.asset_id
        WHERE due.overdue OR (last_at IS NULL AND due.cadence IN ('shift-start', 'daily'))
        UNION ALL
        SELECT kit_id, 'battery-low', 'amber', asset_id, name, CAST(battery AS text), NULL, coalesce(seen_at, :now)
        FROM held WHERE battery < least
        UNION ALL
        SELECT kit_id, 'battery-weak', 'amber', asset_id, name, CAST(battery_health AS text), NULL,
               coalesce(seen_at, :now)
        FROM held WHERE battery_health < :battery_weak
        UNION ALL
        SELECT held.kit_id, 'certificate', CASE WHEN ends < :today AND required THEN 'red' ELSE 'amber' END,
               held.asset_id, held.name, ends, NULL, :now
        FROM held JOIN (
            SELECT asset_id, CAST(valid_until_on AS text) AS ends FROM asset_document WHERE valid_until_on IS NOT NULL
            UNION SELECT asset_id, inspected FROM held WHERE inspected <> ''
        ) AS paper USING (asset_id)
        WHERE ends < :warned
    ), before AS (
        SELECT readiness.id AS kit_id, old.*
        FROM readiness JOIN unit ON unit.id = readiness.id, jsonb_to_recordset(readiness.reasons) AS old(
            code text, asset_id uuid, name text, detail text, fault_id uuid, since_at text
        )
    ), kept AS (
        SELECT DISTINCT ON (reason.kit_id, rank, reason.code, reason.name, reason.asset_id, fault_id, told_detail)
               reason.*, coalesce(
                   before.since_at, to_char(reason.since_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
               ) AS since
        FROM (
            SELECT *, CASE level WHEN 'red' THEN 0 ELSE 1 END AS rank,
                   CASE WHEN code IN ('overdue', 'never-checked', 'certificate') THEN detail ELSE '' END AS told_detail
            FROM reason
        ) AS reason
        LEFT JOIN before ON before.kit_id = reason.kit_id AND before.code = reason.code AND before.name = reason.name
            AND before.asset_id IS NOT DISTINCT FROM reason.asset_id
            AND before.fault_id IS NOT DISTINCT FROM reason.fault_id
            AND (told_detail = '' OR before.detail = told_detail)
    ), told AS (
        SELECT kit_id, min(rank) AS rank, jsonb_agg(jsonb_build_object(
            'code', code, 'level', level, 'asset_id', asset_id, 'name', name, 'detail', detail, 'fault_id', fault_id,
            'since_at', since
        ) ORDER BY rank, code, name, asset_id, fault_id, detail) AS reasons
        FROM kept GROUP BY kit_id
    ), late AS (
        SELECT kit_id, max(late_since) AS late_at FROM due WHERE overdue GROUP BY kit_id
    ), seen AS (
        SELECT unit.id, unit.code AS unit, unit.name, unit.department,
               CASE told.rank WHEN 0 THEN 'red' WHEN 1 THEN 'amber' ELSE 'green' END AS level,
               coalesce(told.reasons, '[]') AS reasons, last.finished_at AS checked_at,
               coalesce(last.by, '') AS checked_by, greatest(old.overdue_at, late.late_at) AS overdue_at,
               old.id IS NOT NULL AS there, old.level AS level_before, old.department AS department_before,
               old.since_at AS since_before, old.overdue_at AS overdue_before,
               (old.unit, old.name, old.department, old.level, old.reasons, old.checked_at, old.checked_by) AS told_before
        FROM unit
        LEFT JOIN told ON told.kit_id = unit.id LEFT JOIN late ON late.kit_id = unit.id
        LEFT JOIN readiness AS old ON old.id = unit.id
        LEFT JOIN LATERAL (
            SELECT finished_at, by FROM "check" WHERE kit_id = unit.id ORDER BY finished_at DESC LIMIT 1
        ) AS last ON true
        WHERE NOT unit.retired
    ), fresh AS (
        SELECT *, told_before IS DISTINCT FROM
            (unit, name, department, level, reasons, checked_at, checked_by) AS differs
        FROM seen
    ), changed AS (
        SELECT * FROM fresh WHERE NOT there OR differs OR overdue_at IS DISTINCT FROM overdue_before
    ), gone AS (
        DELETE FROM readiness USING unit WHERE readiness.id = unit.id AND unit.retired
        RETURNING readiness.id, readiness.department
    ), written AS (
        INSERT INTO readiness (
            id, unit, name, department, level, reasons, since_at, checked_at, checked_by, overdue_at, updated_at
        )
        SELECT id, unit, name, department, level, reasons,
               CASE WHEN level = level_before THEN since_before ELSE :now END, checked_at, checked_by, overdue_at, :now
        FROM changed ORDER BY id
        ON CONFLICT (id) DO UPDATE SET
            unit = excluded.unit, name = excluded.name, department = excluded.department, level = excluded.level,
            reasons = excluded.reasons, since_at = excluded.since_at, checked_at = excluded.checked_at,
            checked_by = excluded.checked_by, overdue_at = excluded.overdue_at, updated_at = excluded.updated_at
    )
    SELECT id, department, department_before, level, NOT there OR differs AS shown, level <> level_before AS moved,
           overdue_at IS DISTINCT FROM overdue_before AS late
    FROM changed
    UNION ALL SELECT id, department, NULL, NULL, true, false, false FROM gone
    ORDER BY id
""")  # noqa: S608 - a constant


def recompute(
    kits: Collection[UUID] | None = None, turns: Turns | None = None, *, with_it: Sequence[Event] = ()
) -> int:
    """Look at these units, or at all, anew; gives how many changed. Whoever holds them on a phone is told.

    A unit that became overdue, or whose level moved, is announced, once; after what is told with it.
    """
    if kits is not None and not kits:
        record_all(with_it)
        return 0
    moment, turns = now(), turns or due.turns()
    today = turns.today(moment)
    changed = prepared.run_here(
        _RECOMPUTE,
        **turns.windows(moment),
        kits=None if kits is None else list(kits),
        now=moment,
        today=today.isoformat(),
        warned=(today + WARNED).isoformat(),
        battery_low=BATTERY_LOW,
        battery_weak=BATTERY_WEAK,
    )
    told: list[Event] = [*with_it]
    for id_, department, before, level, shown, moved, late in changed:
        if shown:
            places = {department, before} - {None}
            touch({THINGS, *(things(code) for code in places)}, "readiness", id_)
        if moved:
            told.append(UnitMoved(kit_id=id_, department=department, level=Level(level)))
        if late:
            told.append(CheckOverdue(kit_id=id_, department=department))
    record_all(told)
    return len(changed)


def recompute_all() -> None:
    """A chore: what time alone changes, and whatever else nobody told us of."""
    recompute()


Happened = AssetChanged | FaultOpened | FaultMoved | DocumentKept | DocumentDropped


def hear(event: Happened, _row: EventRow) -> None:
    """Something happened to a thing: look at the units that it belongs to. What was done of it moves with it."""
    found = prepared.run_here(_UNITS_OF, asset_id=event.asset_id)
    recompute([id_ for kind, id_, *_ in found if kind == "kit"])
    for kind, id_, before, after in found:
        if kind == "check_done":
            touch({things(before), things(after)}, "check_done", id_)


# A thing that left a kit is in none by now: what its change log says of that, and the board that still names it, are
# asked as well.
_UNITS_OF = text("""
    WITH moved AS (
        UPDATE check_done AS done SET department = asset.department
        FROM asset, check_done AS old
        WHERE done.asset_id = :asset_id AND asset.id = :asset_id AND old.id = done.id
          AND done.department <> asset.department
        RETURNING done.id, old.department AS before, done.department AS after
    )
    SELECT 'kit', kit.id, '', '' FROM kit WHERE kit.asset_id = :asset_id
    UNION SELECT 'kit', kit_id, '', '' FROM asset WHERE id = :asset_id AND kit_id IS NOT NULL
    UNION SELECT 'kit', id, '', '' FROM readiness
        WHERE reasons @> jsonb_build_array(jsonb_build_object('asset_id', CAST(:asset_id AS text)))
    UNION SELECT 'kit', kit_id, '', '' FROM (
        SELECT CAST(before ->> 'kit_id' AS uuid) AS kit_id FROM asset_change
        WHERE asset_id = :asset_id ORDER BY at DESC LIMIT 5
    ) AS log WHERE kit_id IS NOT NULL
    UNION SELECT 'check_done', id, before, after FROM moved
""")


def hear_kit(event: KitChanged, _row: EventRow) -> None:
    """A unit was made or is made up otherwise: look at it."""
    recompute([event.kit_id])


def hear_model(event: ModelChanged, _row: EventRow) -> None:
    """What a model says of its things may be otherwise, its battery threshold say: look at the units that have one."""
    recompute([id_ for (id_,) in prepared.run_here(_UNITS_WITH, model_id=event.model_id)])


_UNITS_WITH = text("""
    SELECT kit_id FROM asset WHERE model_id = :model_id AND kit_id IS NOT NULL
    UNION SELECT kit.id FROM kit JOIN asset ON asset.id = kit.asset_id WHERE asset.model_id = :model_id
""")


def board(actor: Actor, department: str | None) -> tuple[str, bytes]:
    """(version, ``Board`` as JSON): the version changes with what is shown, not with the time."""
    units, counts = queries.board_text(actor, department)
    version = hashlib.sha256(f"{actor.id}{units}".encode()).hexdigest()[:16]
    return version, f'{{"items":{units},{counts},"made_at":"{instant_text(now())}"}}'.encode()
