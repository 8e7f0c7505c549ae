"""What is to be checked now: one statement over schedules, things and what was done, by the rule of ``shared_models/duty.py``."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, DateTime, Select, Text, Uuid, select, text

from backend.checks.tables import ClockRow, ShiftRow
from backend.core import prepared
from backend.core.actor import Actor
from backend.core.clock import now
from backend.core.ready import ALL_TEXTS, BETWEEN, expression
from shared_models.checks import Due, DueWanted, Shift
from shared_models.permissions import Permission
from shared_models.templates import Cadence
from shared_models.verdicts import SHIFTS, WEEKS, Window, window
from shared_models.wire import instant_text

CADENCES = tuple(cadence for cadence in Cadence if cadence is not Cadence.NEWER)


class Turns:
    """The city's clock and the shifts of its departments: what every question about time needs."""

    def __init__(self, zone: str, shifts: Iterable[Shift]) -> None:
        self.zone = ZoneInfo(zone)
        self.shifts: dict[str, list[Shift]] = {}
        for shift in shifts:
            self.shifts.setdefault(shift.department, []).append(shift)

    def today(self, moment: datetime) -> date:
        """The day, by the city's clock."""
        return moment.astimezone(self.zone).date()

    def windows(self, moment: datetime) -> dict[str, list[Any]]:
        """The window of each cadence, for all departments and for each that has shifts, as parameters of ``DUE``."""
        found: list[tuple[Cadence, str | None, int, Window]] = years(self.today(moment), self.zone)[:]
        for cadence in CADENCES:
            if cadence is not Cadence.YEARLY:
                found.append((cadence, None, 0, window(cadence, moment, self.zone)))
            if cadence in SHIFTS:
                found += [
                    (cadence, department, 0, window(cadence, moment, self.zone, shifts))
                    for department, shifts in self.shifts.items()
                ]
        return {
            "cadences": [cadence.value for cadence, *_ in found],
            "departments": [department for _, department, *_ in found],
            "weeks": [week for *_, week, _ in found],
            **{
                name: [getattr(each, field) for *_, each in found]
                for name, field in (
                    ("froms", "from_at"),
                    ("untils", "until_at"),
                    ("late_befores", "late_before"),
                    ("late_sinces", "late_since"),
                )
            },
        }


@lru_cache(4)
def years(day: date, zone: ZoneInfo) -> list[tuple[Cadence, str | None, int, Window]]:
    """The windows of what is due yearly on a day, one for each week in which the year of a thing may begin."""
    noon = datetime.combine(day, time(12), zone)
    return [
        (Cadence.YEARLY, None, week, window(Cadence.YEARLY, noon, zone, week=week)) for week in range(WEEKS)
    ]


def turns() -> Turns:
    """The clock and the shifts as they are now. A city whose pack was not loaded goes by UTC."""
    return turns_of(prepared.run_here(_TURNS))


def turns_of(rows: Sequence[Any]) -> Turns:
    """The same of rows that a statement has read: the zone, then a shift of each department."""
    zone = next((row[0] for row in rows if row[0]), "UTC")
    return Turns(zone, (Shift.read(row[1]) for row in rows if row[1]))


SHIFT_JSON = """
    jsonb_build_object('id', shift.id, 'department', shift.department, 'code', shift.code, 'name_en', shift.name_en,
        'name_es', shift.name_es, 'starts', shift.starts, 'hours', shift.hours, 'updated_at', shift.updated_at)
"""
_TURNS = text(f"""
    SELECT zone, NULL FROM check_clock UNION ALL SELECT NULL, {SHIFT_JSON} FROM shift
""")  # noqa: S608 - a constant
assert ClockRow.__tablename__ == "check_clock"
assert ShiftRow.__tablename__ == "shift"


WEEK = f"CAST(CAST(CAST('x' || right(CAST(thing.id AS text), 8) AS bit(32)) AS bigint) % {WEEKS} AS integer)"
"""`verdicts.week_of`: the last 32 bits of an id."""
# Of which things something is due, and what. What stands before it says ``meant``: the ids of the things to look at.
DUE = f"""
    turn AS (
        SELECT * FROM unnest(
            CAST(:cadences AS text[]), CAST(:departments AS text[]), CAST(:weeks AS integer[]), CAST(:froms AS timestamptz[]),
            CAST(:untils AS timestamptz[]), CAST(:late_befores AS timestamptz[]), CAST(:late_sinces AS timestamptz[])
        ) AS turn(cadence, department, week, from_at, until_at, late_before, late_since)
    ), personal AS (
        SELECT DISTINCT kit.department, slot ->> 'kind' AS kind FROM kit, jsonb_array_elements(kit.slots) AS slot
        WHERE NOT kit.retired AND CAST(slot ->> 'personal' AS boolean)
    ), thing AS (
        SELECT asset.id, asset.tag, asset.kind, asset.department, asset.state, asset.holder_id, asset.made_at,
               coalesce(kit.id, carried.id) AS kit_id, coalesce(kit.code, carried.code, '') AS unit
        FROM asset JOIN meant ON meant.id = asset.id
        LEFT JOIN kit ON kit.id = asset.kit_id AND NOT kit.retired
        LEFT JOIN kit AS carried ON asset.kit_id IS NULL AND carried.asset_id = asset.id AND NOT carried.retired
        WHERE asset.state IN ('in-use', 'stock')
    ), wanted AS (
        SELECT DISTINCT thing.id AS asset_id, thing.tag, thing.kit_id, thing.unit, thing.department, thing.made_at,
               schedule.template, schedule.cadence, CASE WHEN schedule.cadence = 'yearly' THEN {WEEK} ELSE 0 END AS week
        FROM check_schedule AS schedule
        JOIN check_template AS template ON template.code = schedule.template AND template.state = 'in-force'
        JOIN thing ON thing.kind = template.kind AND coalesce(schedule.department, thing.department) = thing.department
        WHERE schedule.active AND CASE
            WHEN NOT schedule.kits THEN thing.state = 'in-use'
            WHEN thing.kit_id IS NOT NULL THEN true
            WHEN thing.state = 'in-use' AND thing.holder_id IS NOT NULL
                THEN (thing.department, thing.kind) IN (SELECT department, kind FROM personal)
            ELSE false
        END
    ), due AS (
        SELECT wanted.*, done.done_at AS last_at,
               coalesce(own.from_at, turn.from_at) AS from_at, coalesce(own.until_at, turn.until_at) AS until_at,
               coalesce(done.done_at, made_at) < coalesce(own.late_before, turn.late_before) AS overdue,
               coalesce(own.late_since, turn.late_since) AS late_since
        FROM wanted
        JOIN turn ON turn.cadence = wanted.cadence AND turn.department IS NULL AND turn.week = wanted.week
        LEFT JOIN turn AS own ON own.cadence = wanted.cadence AND own.department = wanted.department
        LEFT JOIN check_done AS done ON done.asset_id = wanted.asset_id AND done.template = wanted.template
            AND done.cadence = wanted.cadence
    )
"""  # noqa: S608 - a constant

_LIST = (
    text(f"""
    WITH meant AS (
        SELECT id FROM asset
        WHERE (:everywhere OR asset.department = ANY(CAST(:reach AS text[])) OR asset.holder_id = :me)
          AND asset.department = coalesce(CAST(:department AS text), asset.department)
          AND asset.id = coalesce(CAST(:asset_id AS uuid), asset.id)
          AND (CAST(:kit_id AS uuid) IS NULL OR asset.kit_id = :kit_id
               OR asset.id = (SELECT asset_id FROM kit WHERE id = :kit_id))
    ), {DUE}
    SELECT kit_id, unit, asset_id, tag, template, cadence, from_at, until_at,
           CASE WHEN last_at >= from_at THEN last_at END AS done_at, overdue
    FROM due WHERE CAST(:kit_id AS uuid) IS NULL OR kit_id = :kit_id
    ORDER BY NOT overdue, coalesce(last_at >= from_at, false), until_at, unit COLLATE "C", tag COLLATE "C",
             template COLLATE "C", cadence COLLATE "C"
    LIMIT :most
    """)  # noqa: S608 - a constant
    .columns(
        kit_id=Uuid, unit=Text, asset_id=Uuid, tag=Text, template=Text, cadence=Text,
        from_at=DateTime(timezone=True), until_at=DateTime(timezone=True), done_at=DateTime(timezone=True), overdue=Boolean,
    )
    .subquery("found")
)  # fmt: skip


def _due_texts() -> Select[str]:
    told = select(*expression(Due, _LIST.c)).subquery("_told")
    return select(ALL_TEXTS).select_from(told)


_DUE_TEXTS = _due_texts()


def due_text(actor: Actor, wanted: DueWanted) -> str:
    """The JSON text of ``DueList``: what is due of the things within this person's reach, and of what they hold."""
    moment = now()
    [(texts,)] = prepared.run_here(
        _DUE_TEXTS,
        **turns().windows(moment),
        everywhere=actor.may_everywhere(Permission.CHECK_READ),
        reach=actor.departments(Permission.CHECK_READ),
        me=actor.id,
        department=wanted.department,
        asset_id=wanted.asset_id,
        kit_id=wanted.kit_id,
        most=wanted.limit + 1,
    )
    items = texts.split(BETWEEN) if texts is not None else []
    more = "true" if len(items) > wanted.limit else "false"
    return f'{{"items":[{",".join(items[: wanted.limit])}],"made_at":"{instant_text(moment)}","more":{more}}}'
