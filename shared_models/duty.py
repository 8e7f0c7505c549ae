"""What is to be checked now: the same rule on the phone, with no signal, as in the server's one statement. Pure, no clock."""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from uuid import UUID

from shared_models.assets import Asset, AssetKind, AssetState
from shared_models.checks import Done, Due, Schedule, Shift, done_id
from shared_models.kits import Kit
from shared_models.templates import Cadence, CheckTemplate
from shared_models.verdicts import SHIFTS, Window, week_of, window

IN_A_KIT = frozenset({AssetState.IN_USE, AssetState.STOCK})
"""A member of a kit is checked while it is one of these; any other thing while it is in use."""


def due_of(
    schedules: Iterable[Schedule],
    templates: Mapping[str, CheckTemplate],
    kits: Iterable[Kit],
    things: Iterable[Asset],
    done: Iterable[Done],
    shifts: Iterable[Shift],
    zone: tzinfo,
    moment: datetime,
) -> tuple[Due, ...]:
    """What is due at a moment, and what of it was done in its period; the most urgent first.

    ``templates`` are those in force, by code. A schedule of kits means the members of kits, what carries a kit, and what
    people hold of a kind for which a kit of the thing's department has a personal slot; otherwise it means all things of
    the template's kind that are in use. What is due yearly is spread over the weeks of the year (`verdicts.week_of`).
    """
    live = {kit.id: kit for kit in kits if not kit.retired}
    carried = {kit.asset_id: kit for kit in live.values() if kit.asset_id}
    personal = {(kit.department, slot.kind) for kit in live.values() for slot in kit.slots if slot.personal}
    of_kind: dict[AssetKind, list[Asset]] = {}
    for thing in things:
        of_kind.setdefault(thing.kind, []).append(thing)
    turns: dict[str, list[Shift]] = {}
    for shift in shifts:
        turns.setdefault(shift.department, []).append(shift)
    last = {each.id: each.done_at for each in done}
    windows: dict[tuple[Cadence, str, int], Window] = {}
    found: dict[UUID, Due] = {}
    for schedule in schedules:
        template = templates.get(schedule.template)
        if template is None or not schedule.active:
            continue
        for thing in of_kind.get(template.kind, ()):
            kit = live.get(thing.kit_id) if thing.kit_id else carried.get(thing.id)
            if not _meant(schedule, thing, kit, personal):
                continue
            week = week_of(thing.id) if schedule.cadence is Cadence.YEARLY else 0
            key = schedule.cadence, thing.department if schedule.cadence in SHIFTS else "", week
            if key not in windows:
                windows[key] = window(schedule.cadence, moment, zone, turns.get(thing.department, ()), week)
            id_ = done_id(thing.id, template.code, schedule.cadence)
            found[id_] = _due(schedule, thing, kit, windows[key], last.get(id_))
    return tuple(sorted(found.values(), key=urgency))


def urgency(due: Due) -> tuple[object, ...]:
    """What is overdue first, then what is still to do, by when it has to be."""
    return (
        not due.overdue,
        due.done_at is not None,
        due.until_at,
        due.unit,
        due.tag,
        due.template,
        due.cadence.value,
    )


def _meant(schedule: Schedule, thing: Asset, kit: Kit | None, personal: set[tuple[str, AssetKind]]) -> bool:
    if schedule.department not in {None, thing.department}:
        return False
    if not schedule.kits:
        return thing.state is AssetState.IN_USE
    if kit is not None:
        return thing.state in IN_A_KIT
    return (
        thing.state is AssetState.IN_USE
        and thing.holder_id is not None
        and (thing.department, thing.kind) in personal
    )


def _due(schedule: Schedule, thing: Asset, kit: Kit | None, when: Window, last: datetime | None) -> Due:
    return Due(
        kit_id=kit.id if kit else None,
        unit=kit.code if kit else "",
        asset_id=thing.id,
        tag=thing.tag,
        template=schedule.template,
        cadence=schedule.cadence,
        from_at=when.from_at,
        until_at=when.until_at,
        done_at=last if last is not None and last >= when.from_at else None,
        overdue=(last or thing.made_at) < when.late_before,
    )
