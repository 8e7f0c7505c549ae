"""Faults: what is broken, from the first word to the next user's."""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm.attributes import flag_modified, set_committed_value

from backend.assets import fitness, handling
from backend.assets.actions import locked, state_of, write_down_all
from backend.assets.chain import leave_slot, linked, locked_kits
from backend.assets.events import FaultMoved, FaultOpened
from backend.assets.tables import AssetPhotoRow, AssetRow, FaultRow, FaultStepRow
from backend.core import photos, prepared
from backend.core.actor import asking, db, me
from backend.core.clock import now
from backend.core.database import insert_all
from backend.core.feed import THINGS, person, things, touch
from backend.core.ledger import Event
from backend.core.problems import Forbidden, NotFound, Refused
from shared_models.assets import ENDED, AssetState, Severity
from shared_models.custody import Act, CustodyEntry
from shared_models.faults import CLOSED, LEADS, Fault, FaultState, ReportFault, Step, TakeStep

WORST = (Severity.CRITICAL, Severity.MAJOR, Severity.MINOR)
"""The worst first."""

# ── opened ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class FaultFound:
    """Something that somebody found broken."""

    id: UUID
    """Of the fault that it becomes; chosen by whoever found it."""
    asset_id: UUID
    severity: Severity
    words: str
    line: str = ""
    """The line of the check that failed: ``template:line``."""
    check_id: UUID | None = None
    kit_id: UUID | None = None
    """The unit that was checked, where the thing itself belongs in none."""
    photos: tuple[UUID, ...] = ()


def open_faults(found: Sequence[FaultFound]) -> list[UUID]:
    """Open a fault for each of these, in the transaction of whoever found them, who has seen that they may.

    Gives the id under which each was taken. The same again changes nothing. What a check found under an id that something
    else has gets one of its own instead. A thing that has an open fault of the same line gets no second one: that one is
    noted, and as bad as it is now; or rejected, where it was said to be mended and somebody else finds it so. As many
    statements for all as for one, and one more for each that has photos. Raises Refused("photo-missing"),
    Refused("already-there").
    """
    if not found:
        return []
    rows = {row.id: row for row in db().scalars(handling.locked_in_order({one.asset_id for one in found}))}
    return _open(found, rows, now())[1]


def report(wish: ReportFault) -> FaultRow | Fault:
    """Say that a thing is broken. The same id and words from the same person again are the same fault."""
    moment = fitness.moment_done(wish.done_at, now())
    fitness.refuse_bare_fault(wish)
    row = locked(wish.asset_id)
    if row.state in ENDED:
        raise Refused("state-not-next", "It is no longer in use.", ids=[row.id])
    one = FaultFound(wish.id, row.id, wish.severity, wish.words, photos=wish.photos)
    for made in _open([one], {row.id: row}, moment)[0]:
        return made
    known = db().get_one(FaultRow, wish.id)
    if known.reporter_id != me().id:
        raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
    return known


def _open(
    found: Sequence[FaultFound], rows: Mapping[UUID, AssetRow], moment: datetime
) -> tuple[list[Fault], list[UUID]]:
    """The same with the things locked; gives those that are new, and the id of each that was found."""
    known: dict[UUID, FaultRow | FaultFound] = {}
    open_: list[FaultRow] = []
    for fault, its in db().execute(handling.faults_of(rows, [id_ for one in found for id_ in _ids(one)])):
        known |= dict.fromkeys(its or (), fault)
        open_ += [fault] if fault.closed_at is None and fault.asset_id in rows else []
    standing = {(fault.asset_id, fault.line): fault for fault in open_ if fault.line}
    opened: list[FaultFound] = []
    again: list[tuple[FaultRow, FaultFound]] = []
    ids = []
    for said in found:
        id_ = _id_of(said, known)
        ids.append(id_)
        if id_ not in known:
            known[id_] = one = replace(said, id=id_)
            if stands := standing.get((one.asset_id, one.line)):
                again.append((stands, one))
            else:
                opened.append(one)
    before = {row.id: state_of(row) for row in rows.values()}
    made = _write(rows, opened, moment)
    told: list[Event] = [*(_told_opened(fault) for fault in made), *_found_again(again)]
    standing_now: list[FaultRow | FaultFound] = [*open_, *opened]
    for row in rows.values():
        count_faults(row, [each for each in standing_now if each.asset_id == row.id])
    write_down_all("fault-opened", [(row, before[row.id], ()) for row in rows.values()], *told)
    return made, ids


def _ids(one: FaultFound) -> list[UUID]:
    """The ids that it may have: the chosen one; and where a check found it, one that nothing else has."""
    return [one.id, uuid.uuid5(one.check_id, f"{one.asset_id}:{one.line}")] if one.check_id else [one.id]


def _id_of(one: FaultFound, known: Mapping[UUID, FaultRow | FaultFound]) -> UUID:
    """The first of its ids that is free, or by which it is known. Raises Refused("already-there")."""
    for id_ in _ids(one):
        if id_ not in known or _same(known[id_], id_, one):
            return id_
    raise Refused("already-there", "Choose a new id.", at="/id", ids=[one.id])


def _same(known: FaultRow | FaultFound, id_: UUID, one: FaultFound) -> bool:
    """Whether what has this id is what was found: the fault itself, or one that stands and was noted so by this id."""
    if (known.asset_id, known.line) != (one.asset_id, one.line):
        return False
    if not one.line:
        return (known.id, known.severity, known.words) == (id_, one.severity, one.words)
    if isinstance(known, FaultRow) and known.id != id_:
        return known.closed_at is None and WORST.index(known.severity) <= WORST.index(one.severity)
    return known.check_id == one.check_id


def _write(rows: Mapping[UUID, AssetRow], opened: Sequence[FaultFound], moment: datetime) -> list[Fault]:
    """Write new faults with their first steps and their photos."""
    if not opened:
        return []
    actor = asking()
    by = (actor.id, actor.name) if actor else (None, "")
    made = []
    for one in opened:
        row = rows[one.asset_id]
        made.append(
            Fault(
                id=one.id, number="", asset_id=row.id, tag=row.tag, department=row.department,
                kit_id=row.kit_id or one.kit_id, unit=row.unit, severity=one.severity, state=FaultState.OPEN,
                words=one.words, line=one.line, check_id=one.check_id, photos=tuple(dict.fromkeys(one.photos)),
                reported_at=moment, reporter_id=by[0], reporter=by[1], worker_id=None, worker="", replacement_id=None,
                approved=False, sanitised=False, vendor="", rejected=0, updated_at=now(), closed_at=None, version=1,
            )
        )  # fmt: skip
    written = json.dumps([fault.dump() for fault in made])
    numbers = dict(prepared.run_here(_OPEN, faults=written, year=f"{moment:%y}"))
    for fault in made:
        hold_photos(fault.photos, fault_id=fault.id, step_id=fault.id)
        touch(audiences(fault.department, fault.reporter_id), "fault", fault.id)
    return [Fault(**{**vars(fault), "number": numbers[fault.id]}) for fault in made]


# The first step has the id of its fault.
_OPEN = text("""
    WITH said AS (
        SELECT *, CAST(nextval('fault_number') AS text) AS count
        FROM jsonb_populate_recordset(CAST(NULL AS fault), CAST(:faults AS jsonb))
    ), opened AS (
        INSERT INTO fault (
            id, number, asset_id, tag, department, kit_id, unit, severity, state, words, line, check_id, reported_at,
            reporter_id, reporter, worker, approved, sanitised, vendor, rejected, updated_at, version
        )
        SELECT id, 'F' || :year || '-' || lpad(count, greatest(length(count), 6), '0'), asset_id, tag, department,
            kit_id, unit, severity, state, words, line, check_id, reported_at, reporter_id, reporter, worker, approved,
            sanitised, vendor, rejected, updated_at, version
        FROM said RETURNING id, number, words, reported_at, reporter_id, reporter
    ), stepped AS (
        INSERT INTO fault_step (id, fault_id, step, at, by_id, by, words)
        SELECT id, id, 'reported', reported_at, reporter_id, reporter, words FROM opened
    )
    SELECT id, number FROM opened
""")


def _told_opened(fault: Fault) -> FaultOpened:
    return FaultOpened(
        fault_id=fault.id,
        asset_id=fault.asset_id,
        severity=fault.severity,
        department=fault.department,
        kit_id=fault.kit_id,
    )


def _found_again(again: Iterable[tuple[FaultRow, FaultFound]]) -> list[FaultMoved]:
    """Note at faults that stand already that they were found again; what was said to be mended is not."""
    actor = asking()
    steps, told = [], []
    for fault, one in again:
        fault.severity = min(fault.severity, one.severity, key=WORST.index)
        mended = fault.state is FaultState.FIXED and actor is not None and actor.id != fault.worker_id
        steps.append(stepped(fault, Step.REJECTED if mended else Step.NOTE, one.id, one.words))
        told.append(moved(fault, steps[-1].step))
    insert_all(steps)
    for (_, one), step in zip(again, steps, strict=True):
        hold_photos(one.photos, fault_id=step.fault_id, step_id=step.id)
    return told


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────


def take_step(id_: UUID, wish: TakeStep) -> FaultStepRow:
    """Take a step with a fault. The same id from the same person again is the same step.

    Raises NotFound, Forbidden, Invalid, Refused("state-not-next"), Refused("already-there").
    """
    moment = fitness.moment_done(wish.done_at, now())
    fitness.refuse_unsaid(wish)
    row = db().scalars(handling.thing_of_fault(me(), id_)).one_or_none()
    if row is None:
        raise NotFound
    found = db().execute(handling.faults_of([row.id], [wish.id])).all()
    if any(known for _, known in found):
        return mine_again(id_, wish)
    open_ = [fault for fault, _ in found]
    fault = next((each for each in open_ if each.id == id_), None)
    if not me().may_in(fitness.STEP_RIGHTS[wish.step], row.department) and not fitness.is_theirs(
        wish.step, row, me()
    ):
        raise Forbidden(f"This needs the right {fitness.STEP_RIGHTS[wish.step].value}.")
    if fault is None or wish.step not in LEADS[fault.state]:
        raise Refused("state-not-next", "That does not follow from how far it has come.", ids=[id_])
    fitness.refuse_step(fault, row, wish.step, me().id)
    before, had = state_of(row), row.holder_id
    # What it looks for in the database comes first: nothing half changed is written on the way.
    entry = EFFECTS[wish.step](fault, row, wish) if wish.step in EFFECTS else None
    line = stepped(fault, wish.step, wish.id, wish.words, moment)
    lines, told = [line], [moved(fault, wish.step)]
    if wish.step is Step.WRITTEN_OFF:  # what is retired has nothing left to mend
        for other in [each for each in open_ if each is not fault]:
            lines.append(stepped(other, wish.step, uuid.uuid5(wish.id, str(other.id)), wish.words, moment))
            told.append(moved(other, wish.step))
    if fault.closed_at:
        open_ = [each for each in open_ if not each.closed_at]
        count_faults(row, open_)
    if wish.step in fitness.MENDS and row.state is AssetState.OUT_OF_SERVICE:
        fitness.back_to_stock(row, open_)
    entries = [entry] if entry else []
    write_down_all(f"fault-{wish.step.value}", [(row, before, (had,))], *told, entries=entries, steps=lines)
    hold_photos(wish.photos, fault_id=id_, step_id=wish.id)
    set_committed_value(line, "photos", list(dict.fromkeys(wish.photos)))
    return line


def mine_again(id_: UUID, wish: TakeStep) -> FaultStepRow:
    """The step that has this id already, if the same person said the same."""
    known = db().get_one(FaultStepRow, wish.id)
    if (known.fault_id, known.step, known.by_id, known.words) != (id_, wish.step, me().id, wish.words):
        raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
    return known


def _begun(fault: FaultRow, _row: AssetRow, _wish: TakeStep) -> None:
    fault.worker_id, fault.worker = me().id, me().name


def _approved(fault: FaultRow, _row: AssetRow, _wish: TakeStep) -> None:
    fault.approved, fault.approved_by_id = True, me().id


def _sanitised(fault: FaultRow, _row: AssetRow, _wish: TakeStep) -> None:
    fault.sanitised, fault.sanitised_by_id = True, me().id


def _sent_away(fault: FaultRow, row: AssetRow, wish: TakeStep) -> CustodyEntry:
    said: dict[str, Any] = {"from_id": row.holder_id, "from_name": row.holder, "unit": row.unit}
    leave_slot(row, locked_kits(row.kit_id))
    fault.vendor, row.state, row.holder_id, row.holder = wish.vendor, AssetState.REPAIR, None, ""
    said |= {"condition": wish.words[:1000], "place": wish.vendor, "fault_id": fault.id}
    return linked(row, Act.SENT_TO_REPAIR, done_at=fitness.moment_done(wish.done_at, now()), **said)


def _back(fault: FaultRow, row: AssetRow, wish: TakeStep) -> CustodyEntry:
    # Whoever sends it away a second time asks a second time.
    fault.approved, fault.approved_by_id, fault.sanitised, fault.sanitised_by_id = False, None, False, None
    row.state = AssetState.OUT_OF_SERVICE
    said: dict[str, Any] = {"condition": wish.words[:1000], "fault_id": fault.id}
    return linked(row, Act.BACK_FROM_REPAIR, done_at=fitness.moment_done(wish.done_at, now()), **said)


def _written_off(fault: FaultRow, row: AssetRow, wish: TakeStep) -> CustodyEntry:
    leave_slot(row, locked_kits(row.kit_id))
    db().execute(handling.lives_no_more(row.id))
    row.state, row.pool = AssetState.RETIRED, False
    words = f"{row.state.value}: {wish.words[:900]}"
    moment = fitness.moment_done(wish.done_at, now())
    return linked(row, Act.MOVED, done_at=moment, condition=words, fault_id=fault.id)


EFFECTS: dict[Step, Callable[[FaultRow, AssetRow, TakeStep], CustodyEntry | None]] = {
    Step.BEGUN: _begun,
    Step.APPROVED: _approved,
    Step.SANITISED: _sanitised,
    Step.SENT_AWAY: _sent_away,
    Step.BACK: _back,
    Step.FIXED: _begun,
    Step.WRITTEN_OFF: _written_off,
}
"""What a step does beyond leading on; it gives the entry of custody that it is, if it is one."""


def count_faults(row: AssetRow, open_: Sequence[FaultRow | FaultFound]) -> None:
    """Let a thing say how many of its faults are open, and which is the worst."""
    severities = {fault.severity for fault in open_}
    row.faults, row.worst_fault = len(open_), next((each for each in WORST if each in severities), None)
    # Said whether it changed or not: things that are written alike are written in one statement.
    flag_modified(row, "faults")
    flag_modified(row, "worst_fault")


def stepped(
    fault: FaultRow, step: Step, id_: UUID, words: str = "", at: datetime | None = None
) -> FaultStepRow:
    """Take a step that may be taken with a locked fault: the line of its history, to be written by the caller.

    Whatever its state, a fault is written off with its thing.
    """
    actor, moment = asking(), now()
    fault.state = FaultState.WRITTEN_OFF if step is Step.WRITTEN_OFF else LEADS[fault.state][step]
    fault.updated_at, fault.version = moment, fault.version + 1
    fault.closed_at = moment if fault.state in CLOSED else None
    if step is Step.REJECTED:
        fault.rejected += 1
    touch(audiences(fault.department, fault.reporter_id), "fault", fault.id)
    return FaultStepRow(
        id=id_,
        fault_id=fault.id,
        step=step,
        at=at or moment,
        by_id=actor.id if actor else None,
        by=actor.name if actor else "",
        words=words,
    )


def moved(fault: FaultRow, step: Step) -> FaultMoved:
    """What is told of a step that was taken."""
    return FaultMoved(
        fault_id=fault.id,
        asset_id=fault.asset_id,
        severity=fault.severity,
        department=fault.department,
        step=step,
        state=fault.state,
        reporter_id=fault.reporter_id,
        worker_id=fault.worker_id,
    )


def audiences(department: str, reporter_id: UUID | None) -> set[str]:
    """Whose phones hold a fault: those within whose reach its thing is, and whoever reported it."""
    return {THINGS, things(department), *([person(reporter_id)] if reporter_id else ())}


def hold_photos(ids: tuple[UUID, ...], **its: UUID) -> None:
    """Let a step, or a sighting, hold these photos. Refuses one that another thing holds."""
    if ids:
        wanted = tuple(dict.fromkeys(ids))
        kept = photos.hold(wanted, AssetPhotoRow, **its)
        if taken := [id_ for id_ in wanted if id_ not in kept]:
            raise Refused("already-there", "This photo belongs to another report.", at="/photos", ids=taken)
