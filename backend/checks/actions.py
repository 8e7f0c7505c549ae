"""Verbs of checks: finish one."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from backend import assets
from backend.assets import FaultFound, Reading
from backend.checks import due, queries, readiness, rules, slots, templates
from backend.checks.events import CheckFinished
from backend.checks.rules import Asked, Judged
from backend.checks.tables import CheckPhotoRow, CheckRow
from backend.core import feed, photos, prepared
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.database import one
from backend.core.feed import THINGS, person, things, touch
from backend.core.problems import Invalid, Refused
from shared_models.assets import ENDED
from shared_models.basics import Language
from shared_models.checks import Check, FinishCheck, SlotFound, SlotOutcome, done_id
from shared_models.custody import link
from shared_models.permissions import Permission
from shared_models.problems import FieldError
from shared_models.verdicts import worst
from shared_models.wire import instant_text


def finish_check(wish: FinishCheck) -> CheckRow | Check:
    """Take a check in, whole: what failed becomes faults, readings go to their things, the unit is looked at anew.

    The same id and words from the same person again are the same check, and change nothing. What was done without
    signal comes late, and never takes the place of what was done since; what is so old that it is on no phone any more
    says nothing of how its things are now.

    Raises Invalid with the place of each answer that is missing or wrong, Refused("template-unknown"),
    Refused("photo-missing"), Refused("already-there").
    """
    said = wish.dump()
    hash_, moment = link(said), now()
    at = min(wish.finished_at, moment)
    known = _what_it_is_about(wish)
    if known.check is not None:
        return _mine_again(wish, known.check)
    rules.refuse_odd_check(wish)
    asked = _asked(wish, known)
    judged = rules.judge(wish, asked, latest=known.turns.today(at) + rules.A_DAY)
    fresh = at >= moment - queries.KEPT
    if fresh:  # before all else: it locks all things of the check, in their order
        assets.take_readings(_readings(wish, judged, at))
    faults = _faults(wish, judged)
    under = iter(assets.open_faults(faults))
    kit_id, unit, department = known.unit(wish)
    failed = [each for each in judged if each.severity]
    worst_of_all = worst(each.severity for each in failed)
    row = {
        "id": str(wish.id),
        "kit_id": str(kit_id) if kit_id else None,
        "unit": unit,
        "department": department,
        "parts": said["parts"],
        "slots": [_slot(found, known.slots) for found in wish.slots],
        "started_at": instant_text(min(wish.started_at, at)),
        "finished_at": instant_text(at),
        "taken_at": instant_text(moment),
        "by_id": str(me().id),
        "by": known.name,
        "signature": wish.signature,
        "app": wish.app,
        "worst": worst_of_all.value if worst_of_all else None,
        "failed": len(failed),
        "hash": hash_,
    }
    written = prepared.run_here(
        _WRITE,
        row=json.dumps(row),
        place=f"SRID=4326;POINT({wish.where.lon:.6f} {wish.where.lat:.6f})" if wish.where else None,
        answers=json.dumps(
            [_answer(wish, each, at, next(under) if each.severity else None) for each in judged]
        ),
        done=json.dumps(_done(wish, known, kit_id, at) if fresh else []),
        fresh=fresh,
    )
    if not written:  # the same came twice at once: the first has it
        return _mine_again(wish, (me().id, hash_))
    _hold(wish, faults)
    slots.correct(wish, unit, known.slots, at)
    finished = CheckFinished(
        check_id=wish.id,
        kit_id=kit_id,
        department=department,
        worst=worst_of_all,
        failed=len(failed),
        faults=len(faults),
    )
    readiness.recompute([kit_id] if kit_id else [], known.turns, with_it=[finished])
    touch({THINGS, things(department), person(me().id)}, "check", wish.id)
    for [_, id_, place] in written:
        if id_:
            touch({THINGS, things(place)}, "check_done", id_)
    return Check.read({**row, "where": said["where"]})


# What a check says, when its things were last looked at, and the newest word of each slot of its unit: nothing of it
# where the check is there already, and no earlier look over a later one.
_WRITE = text("""
    WITH said AS (
        INSERT INTO "check" (
            id, kit_id, unit, department, parts, slots, started_at, finished_at, taken_at, by_id, by, "where", signature,
            app, worst, failed, hash
        )
        SELECT id, kit_id, unit, department, parts, slots, started_at, finished_at, taken_at, by_id, by,
               CAST(:place AS geometry), signature, app, worst, failed, hash
        FROM jsonb_populate_record(CAST(NULL AS "check"), CAST(:row AS jsonb))
        ON CONFLICT (id) DO NOTHING RETURNING id, kit_id, slots, finished_at
    ), answered AS (
        INSERT INTO check_answer (check_id, asset_id, line, at, value, number, severity, fault_id)
        SELECT said.id, answer.asset_id, answer.line, answer.at, answer.value, answer.number, answer.severity, fault.id
        FROM said, jsonb_populate_recordset(CAST(NULL AS check_answer), CAST(:answers AS jsonb)) AS answer
        LEFT JOIN fault ON fault.id = answer.fault_id
    ), done AS (
        INSERT INTO check_done (id, kit_id, asset_id, template, cadence, department, done_at, by)
        SELECT done.id, done.kit_id, asset_id, template, cadence, done.department, done_at, done.by
        FROM said, jsonb_populate_recordset(CAST(NULL AS check_done), CAST(:done AS jsonb)) AS done ORDER BY done.id
        ON CONFLICT (id) DO UPDATE SET
            kit_id = excluded.kit_id, department = excluded.department, done_at = excluded.done_at, by = excluded.by
        WHERE check_done.done_at < excluded.done_at
        RETURNING id, department
    ), seen AS (
        INSERT INTO slot_seen (kit_id, slot_id, outcome, asset_id, seen_at)
        SELECT said.kit_id, found.slot_id, found.outcome, found.asset_id, said.finished_at
        FROM said, jsonb_populate_recordset(CAST(NULL AS slot_seen), said.slots) AS found
        WHERE :fresh AND said.kit_id IS NOT NULL ORDER BY found.slot_id
        ON CONFLICT (kit_id, slot_id) DO UPDATE SET
            outcome = excluded.outcome, asset_id = excluded.asset_id, seen_at = excluded.seen_at
        WHERE slot_seen.seen_at < excluded.seen_at
    )
    SELECT said.id, done.id, done.department FROM said LEFT JOIN done ON true
""")


class Known:
    """What one statement tells of everything that a check is about."""

    def __init__(self, rows: Sequence[Any]) -> None:
        by_kind: dict[str, list[Any]] = {}
        for kind, value in rows:
            by_kind.setdefault(kind, []).append(value)
        self.check = next(((UUID(each["by_id"]), each["hash"]) for each in by_kind.get("check", ())), None)
        self.kit = next(iter(by_kind.get("kit", ())), None)
        self.things: dict[UUID, dict[str, Any]] = {
            UUID(each["id"]): each for each in by_kind.get("thing", ())
        }
        self.templates = {(each["code"], each["version"]): each for each in by_kind.get("template", ())}
        self.name = str(by_kind["name"][0])
        self.turns = due.turns_of(
            [
                *((zone, None) for zone in by_kind.get("zone", ())),
                *((None, s) for s in by_kind.get("shift", ())),
            ]
        )
        self.slots = {UUID(slot["id"]): slot for slot in (self.kit or {}).get("slots", ())}

    def unit(self, wish: FinishCheck) -> tuple[UUID | None, str, str]:
        """(kit, what it is called, whose department it is): where no kit was named, the department of the first thing."""
        if self.kit is not None:
            return wish.kit_id, self.kit["code"], self.kit["department"]
        return None, "", self.things[wish.parts[0].asset_id]["department"]


def _what_it_is_about(wish: FinishCheck) -> Known:
    actor = me()
    rows = prepared.run_here(
        _ABOUT,
        id=wish.id,
        kit_id=wish.kit_id,
        at=wish.finished_at,
        things=[part.asset_id for part in wish.parts],
        codes=[part.template for part in wish.parts],
        everywhere=actor.may_everywhere(Permission.CHECK_DO),
        reach=actor.departments(Permission.CHECK_DO),
        me=actor.id,
    )
    return Known(rows)


_ENDED = ", ".join(f"'{state}'" for state in sorted(ENDED))
# A thing that left the unit by the record while the check was still on a phone was in it; one that was retired meanwhile
# was still there to be looked at.
_ABOUT = text(f"""
    SELECT 'check', jsonb_build_object('by_id', by_id, 'hash', hash) FROM "check" WHERE id = :id
    UNION ALL SELECT 'name', to_jsonb(name) FROM person WHERE id = :me
    UNION ALL SELECT 'kit', jsonb_build_object(
            'code', code, 'department', department, 'asset_id', asset_id, 'slots', slots
        ) FROM kit
        WHERE id = :kit_id AND NOT retired AND (:everywhere OR department = ANY(CAST(:reach AS text[])))
    UNION ALL SELECT 'thing', jsonb_build_object(
            'id', id, 'tag', tag, 'serial', serial, 'kind', kind, 'department', department, 'fields', fields,
            'data_class', data_class, 'holder_id', holder_id, 'pool', pool,
            'in_unit', kit_id = :kit_id OR EXISTS (
                SELECT FROM asset_change AS log
                WHERE log.asset_id = asset.id AND log.before ->> 'kit_id' = CAST(:kit_id AS text)
            ),
            'ended', state IN ({_ENDED}) AND NOT EXISTS (
                SELECT FROM asset_change AS log WHERE log.asset_id = asset.id AND log.at > :at
                    AND log.before ->> 'state' NOT IN ({_ENDED})
            )
        ) FROM asset
        WHERE id = ANY(CAST(:things AS uuid[]))
          AND (:everywhere OR department = ANY(CAST(:reach AS text[])) OR holder_id = :me)
    UNION ALL SELECT 'template', jsonb_build_object('code', code, 'version', version, 'kind', kind, 'lines', lines)
        FROM check_template WHERE code = ANY(CAST(:codes AS text[])) AND state <> 'draft'
    UNION ALL SELECT 'zone', to_jsonb(zone) FROM check_clock
    UNION ALL SELECT 'shift', {due.SHIFT_JSON} FROM shift
""")  # noqa: S608 - a constant


def _mine_again(wish: FinishCheck, known: tuple[UUID, str]) -> CheckRow:
    """The check that has this id already, if it is the asking person's own and says the same."""
    if known != (me().id, link(wish.dump())):
        raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
    row = one(queries.visible_to(me()).where(CheckRow.id == wish.id))
    if row.by_id != me().id or row.hash != known[1]:
        raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
    return row


def _asked(wish: FinishCheck, known: Known) -> list[Asked]:
    """Of each part its thing and its lines. Raises Invalid, Refused("template-unknown")."""
    if wish.kit_id and known.kit is None:
        raise Invalid(FieldError(pointer="/kit_id", detail="There is no such unit, or you may not see it."))
    errors, found = [], []
    for number, part in enumerate(wish.parts):
        thing = known.things.get(part.asset_id)
        if thing is None:
            words = "There is no such thing, or you may not see it."
            errors.append(FieldError(pointer=f"/parts/{number}/asset_id", detail=words))
            continue
        template = known.templates.get((part.template, part.template_version))
        if template is None:
            raise Refused(
                "template-unknown", "Pull the templates anew.", at=f"/parts/{number}/template_version"
            )
        if odd := rules.odd_thing(wish, thing, known.kit, me().id):
            errors.append(FieldError(pointer=f"/parts/{number}/asset_id", detail=odd))
            continue
        if template["kind"] != thing["kind"]:
            words = "This template is for things of another kind."
            errors.append(FieldError(pointer=f"/parts/{number}/template", detail=words))
            continue
        found.append(Asked(thing, templates.lines_of(template["lines"])))
    for number, slot in enumerate(wish.slots):
        if slot.slot_id not in known.slots:
            words = "The unit has no such slot."
            errors.append(FieldError(pointer=f"/slots/{number}/slot_id", detail=words))
    if errors:
        raise Invalid(*errors)
    return found


def _faults(wish: FinishCheck, judged: Sequence[Judged]) -> list[FaultFound]:
    """A fault for each answer that fails; its id is the phone's choice, or follows from the check."""
    return [
        FaultFound(
            id=each.fault_id(wish.id, wish.parts[each.part].asset_id),
            asset_id=wish.parts[each.part].asset_id,
            severity=each.severity,
            words=rules.fault_words(each, spanish=me().language is Language.ES),
            line=each.name(wish.parts[each.part]),
            check_id=wish.id,
            kit_id=wish.kit_id,
            photos=tuple(dict.fromkeys(each.answer.photos)),
        )
        for each in judged
        if each.severity
    ]


def _answer(wish: FinishCheck, each: Judged, at: datetime, fault_id: UUID | None) -> dict[str, Any]:
    part = wish.parts[each.part]
    return {
        "asset_id": str(part.asset_id),
        "line": each.name(part),
        "at": at.isoformat(),
        "value": each.answer.value,
        "number": each.number,
        "severity": each.severity,
        "fault_id": str(fault_id) if fault_id else None,
    }


def _done(wish: FinishCheck, known: Known, kit_id: UUID | None, at: datetime) -> list[dict[str, Any]]:
    found = {}
    for part in wish.parts:
        for cadence in part.cadences:
            id_ = done_id(part.asset_id, part.template, cadence)
            found[id_] = {
                "id": str(id_),
                "kit_id": str(kit_id) if kit_id else None,
                "asset_id": str(part.asset_id),
                "template": part.template,
                "cadence": cadence.value,
                "department": known.things[part.asset_id]["department"],
                "done_at": at.isoformat(),
                "by": known.name,
            }
    return list(found.values())


def _slot(found: SlotFound, known: dict[UUID, dict[str, Any]]) -> dict[str, Any]:
    """What was found in a slot; what is missing is said by its id, so that another thing in its place ends that."""
    told = found.dump()
    if found.outcome is SlotOutcome.MISSING and found.asset_id is None:
        told["asset_id"] = known[found.slot_id]["asset_id"]
    return told


def _hold(wish: FinishCheck, faults: Sequence[FaultFound]) -> None:
    """Let the check hold its photos, but for those that its faults hold."""
    theirs = {photo for fault in faults for photo in fault.photos}
    sent = (photo for part in wish.parts for answer in part.answers for photo in answer.photos)
    ids = tuple(dict.fromkeys(photo for photo in sent if photo not in theirs))
    if ids:
        kept = photos.hold(ids, CheckPhotoRow, check_id=wish.id)
        if taken := [id_ for id_ in ids if id_ not in kept]:
            raise Refused("already-there", "This photo belongs to another check.", at="/photos", ids=taken)


def _readings(wish: FinishCheck, judged: Sequence[Judged], at: datetime) -> list[Reading]:
    """What the answers say of each thing itself: charge, health, firmware, patch; and that it was seen, and where."""
    found: dict[UUID, dict[str, Any]] = {part.asset_id: {} for part in wish.parts}
    for each in judged:
        if (field := rules.reading_of(each.line)) and each.answer.value:
            value = round(each.number) if each.number is not None else each.answer.value
            found[wish.parts[each.part].asset_id][field] = value
    return [Reading(asset_id=id_, at=at, where=wish.where, **said) for id_, said in found.items()]


def leave_phones() -> None:
    """A chore: checks that are older than phones keep them leave them."""
    moment = now()
    for row in db().scalars(queries.leaving(moment)):
        touch({THINGS, things(row.department), person(row.by_id)}, "check", row.id)
    feed.forget("check", queries.long_gone(moment))
