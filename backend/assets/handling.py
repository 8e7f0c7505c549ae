"""Which entries, promises, faults, counts and sightings, and who may see them: what is done with things.

(Which things, kits and models: ``queries.py``.)
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    Update,
    Uuid,
    and_,
    any_,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from backend.assets.queries import faults_visible_to, kits_visible_to, likes, visible_to, within_reach
from backend.assets.tables import (
    AssetPhotoRow,
    AssetRow,
    CustodyRow,
    FaultRow,
    FaultStepRow,
    IdentifierRow,
    KitRow,
    ModelRow,
    ReservationRow,
    SightingRow,
    StocktakeLineRow,
    StocktakeRow,
)
from backend.core.actor import Actor
from backend.core.clock import now
from backend.core.database import one
from backend.core.ready import list_text
from shared_models.assets import ENDED, AssetState, Severity
from shared_models.custody import (
    STAYS_INSIDE,
    CountOutcome,
    CustodyEntry,
    LineFilter,
    ReservationFilter,
    StocktakeFilter,
    digest_of,
)
from shared_models.faults import FaultFilter, FaultState, SightingFilter
from shared_models.permissions import Permission
from shared_models.wire import instant_text


def photos_visible_to(actor: Actor) -> Select[UUID]:
    """The photos of things, faults and of the inbox that this person may see."""
    things = visible_to(actor).with_only_columns(AssetRow.id)
    faults = faults_visible_to(actor).with_only_columns(FaultRow.id)
    inbox = sightings_visible_to(actor).with_only_columns(SightingRow.id)
    return select(AssetPhotoRow.photo_id).where(
        or_(
            AssetPhotoRow.asset_id.in_(things),
            AssetPhotoRow.fault_id.in_(faults),
            AssetPhotoRow.sighting_id.in_(inbox),
        )
    )


def locked_in_order(ids: Collection[UUID]) -> Select[AssetRow]:
    """These things as they are now, each locked, in the order in which everybody locks them."""
    return (
        select(AssetRow)
        .where(AssetRow.id == any_(literal(list(ids), ARRAY(Uuid))))
        .order_by(AssetRow.id)
        .with_for_update(of=AssetRow)
        .execution_options(populate_existing=True)
    )


def faults_of(asset_ids: Collection[UUID], ids: Collection[UUID] = ()) -> Select[FaultRow, list[UUID] | None]:
    """The faults of these things that are not closed, and any that know one of these ids; with those that each knows.

    A fault knows the ids of its steps; that of its first is its own.
    """
    known = FaultStepRow.id == any_(literal(list(ids), ARRAY(Uuid)))
    its = select(func.array_agg(FaultStepRow.id)).where(known, FaultStepRow.fault_id == FaultRow.id)
    theirs = select(FaultStepRow.fault_id).where(known)
    mine = FaultRow.asset_id == any_(literal(list(asset_ids), ARRAY(Uuid)))
    return select(FaultRow, its.correlate(FaultRow).scalar_subquery()).where(
        or_(
            and_(mine, FaultRow.closed_at.is_(None)),
            FaultRow.id == any_(func.array(theirs.scalar_subquery())),
        )
    )


# ── custody ──────────────────────────────────────────────────────────────────────────────────────────────


def handing(row: AssetRow, entry_id: UUID, moment: datetime, kits: Collection[UUID] = ()) -> Select[Any]:
    """What has to be known, once a thing is locked, before it changes hands; in one row, or in one for each of these kits.

    The entry that has this id already, the thing's model, who has it reserved now, and whether it is broken: whether it
    has a critical fault that nobody has mended. One that only waits for the next user's word does not stand against them.
    The kits are locked: after their things, in the order in which everybody locks them.
    """
    promised = select(func.array_agg(ReservationRow.person_id)).where(
        ReservationRow.asset_id == row.id,
        ReservationRow.ended_at.is_(None),
        ReservationRow.from_at <= moment,
        ReservationRow.until_at > moment,
    )
    broken = select(FaultRow.id).where(
        FaultRow.asset_id == row.id,
        FaultRow.closed_at.is_(None),
        FaultRow.severity == Severity.CRITICAL,
        FaultRow.state != FaultState.FIXED,
    )
    base: Any = KitRow if kits else select(literal(1).label("one")).subquery()
    kit: Any = KitRow if kits else literal(None)
    found = (
        select(CustodyRow, ModelRow, promised.scalar_subquery(), broken.exists(), kit)
        .select_from(base)
        .outerjoin(CustodyRow, CustodyRow.id == entry_id)
        .outerjoin(ModelRow, ModelRow.id == row.model_id)
    )
    if not kits:
        return found
    wanted = KitRow.id == any_(literal(list(kits), ARRAY(Uuid)))
    return found.where(wanted).order_by(KitRow.id).with_for_update(of=KitRow)


def kits_locked(ids: Collection[UUID]) -> Select[KitRow]:
    """These kits, each locked, in the order in which everybody locks them; after the things, where both are."""
    wanted = KitRow.id == any_(literal(list(ids), ARRAY(Uuid)))
    return select(KitRow).where(wanted).order_by(KitRow.id).with_for_update()


def entries_of(actor: Actor, asset_id: UUID) -> Select[CustodyRow]:
    """The custody chain of a thing that this person may know of."""
    things = visible_to(actor).with_only_columns(AssetRow.id)
    return select(CustodyRow).where(CustodyRow.asset_id == asset_id, CustodyRow.asset_id.in_(things))


def reservations_visible_to(actor: Actor) -> Select[ReservationRow]:
    """The reservations of things that this person may know of, and their own."""
    things = visible_to(actor).with_only_columns(AssetRow.id)
    return select(ReservationRow).where(
        or_(ReservationRow.asset_id.in_(things), ReservationRow.person_id == actor.id)
    )


def reservations_on_phones(actor: Actor) -> Select[ReservationRow]:
    """Those that are still to come, or run."""
    return reservations_visible_to(actor).where(overlaps(now(), None))


def reservations(actor: Actor, wanted: ReservationFilter) -> Select[ReservationRow]:
    """Those of them that are wanted."""
    found = reservations_visible_to(actor)
    if wanted.asset_id:
        found = found.where(ReservationRow.asset_id == wanted.asset_id)
    return found.where(overlaps(now(), None)) if wanted.open else found


def promised(asset_id: UUID, from_at: datetime, until_at: datetime) -> Select[UUID]:
    """The reservations of a thing that take any of this time."""
    return select(ReservationRow.id).where(ReservationRow.asset_id == asset_id, overlaps(from_at, until_at))


def promised_to(person_id: UUID, moment: datetime) -> Select[UUID]:
    """The reservations of a person that have not ended yet."""
    return select(ReservationRow.id).where(ReservationRow.person_id == person_id, overlaps(moment, None))


def overlaps(from_at: datetime, until_at: datetime | None) -> ColumnElement[bool]:
    """Whether a reservation that has not ended takes any of this time."""
    later = ReservationRow.from_at < until_at if until_at else true()
    return and_(ReservationRow.ended_at.is_(None), ReservationRow.until_at > from_at, later)


def record_text(actor: Actor, asset_id: UUID) -> str:
    """The JSON text of a thing's whole chain, from the first entry on."""
    row = one(visible_to(actor).where(AssetRow.id == asset_id))
    entries = list_text(entries_of(actor, asset_id).order_by(CustodyRow.n), CustodyEntry)
    head = {"tag": row.tag, "serial": row.serial, "made_at": instant_text(now())}
    digest = digest_of({**head, "entries": json.loads(entries)})
    return f'{json.dumps(head, ensure_ascii=False)[:-1]},"entries":{entries},"digest":"{digest}"}}'


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────


def thing_of_fault(actor: Actor, fault_id: UUID) -> Select[AssetRow]:
    """The thing of a fault that this person may see, locked: whoever changes a fault locks its thing first."""
    seen = faults_visible_to(actor).where(FaultRow.id == fault_id).with_only_columns(FaultRow.asset_id)
    held = select(FaultRow.asset_id).where(FaultRow.id == fault_id)
    mine = and_(AssetRow.holder_id == actor.id, AssetRow.id.in_(held))
    return select(AssetRow).where(or_(AssetRow.id.in_(seen), mine)).with_for_update(of=AssetRow)


def faults(actor: Actor, wanted: FaultFilter) -> Select[FaultRow]:
    """Those of the faults that this person may see."""
    equal = {
        FaultRow.asset_id: wanted.asset_id,
        FaultRow.kit_id: wanted.kit_id,
        FaultRow.state: wanted.state,
        FaultRow.severity: wanted.severity,
        FaultRow.department: wanted.department,
    }
    where: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value]
    if wanted.open:
        where.append(FaultRow.closed_at.is_(None))
    said = func.lower(func.concat_ws(" ", FaultRow.number, FaultRow.tag, FaultRow.unit, FaultRow.words))
    where += [said.like(like, escape="\\") for like in likes(wanted.q)]
    found = faults_visible_to(actor).where(*where)
    return found.execution_options(plan_anew=True) if wanted.q else found


def to_mend(actor: Actor) -> Select[FaultRow]:
    """The faults that this person may work on and that are not mended yet."""
    found = faults_visible_to(actor).where(FaultRow.closed_at.is_(None), FaultRow.state != FaultState.FIXED)
    return found.where(within_reach(actor, FaultRow.department, Permission.FAULT_WORK))


def to_approve(actor: Actor) -> Select[FaultRow]:
    """The faults in repair of things that must not leave the building before somebody like this person approves."""
    inside = select(AssetRow.id).where(AssetRow.data_class == STAYS_INSIDE)
    waits = and_(FaultRow.state == FaultState.IN_REPAIR, FaultRow.approved.is_(False))
    found = faults_visible_to(actor).where(waits, FaultRow.asset_id.in_(inside))
    return found.where(within_reach(actor, FaultRow.department, Permission.REPAIR_APPROVE))


def steps_of(actor: Actor, fault_id: UUID) -> Select[FaultStepRow]:
    """The history of a fault that this person may see."""
    seen = faults_visible_to(actor).with_only_columns(FaultRow.id)
    return select(FaultStepRow).where(FaultStepRow.fault_id == fault_id, FaultStepRow.fault_id.in_(seen))


def lives_no_more(asset_id: UUID) -> Update:
    """Let others have the identifiers of a thing that is retired."""
    return update(IdentifierRow).where(IdentifierRow.asset_id == asset_id).values(lives=False)


# ── counting and the inbox ───────────────────────────────────────────────────────────────────────────────


def stocktakes_visible_to(actor: Actor) -> Select[StocktakeRow]:
    """The stocktakes of departments and units within this person's reach, and those of places that they began.

    Of a place whoever reaches all departments sees all: things of any may stand there.
    """
    kits = kits_visible_to(actor).with_only_columns(KitRow.id)
    department: Any = StocktakeRow.department
    everywhere = actor.may_everywhere(Permission.ASSET_READ)
    mine = or_(
        true() if everywhere else StocktakeRow.begun_by_id == actor.id,
        within_reach(actor, department),
        StocktakeRow.kit_id.in_(kits),
    )
    return select(StocktakeRow).where(mine if actor.may(Permission.STOCKTAKE_DO) else false())


def stocktakes(actor: Actor, wanted: StocktakeFilter) -> Select[StocktakeRow]:
    """Those of them that are wanted."""
    found = stocktakes_visible_to(actor)
    return found.where(StocktakeRow.closed_at.is_(None)) if wanted.open else found


def kit_seen(actor: Actor, kit_id: UUID) -> Select[UUID]:
    """The kit with this id, if it is within this person's reach."""
    return kits_visible_to(actor).where(KitRow.id == kit_id).with_only_columns(KitRow.id)


def expected_lines(actor: Actor, row: StocktakeRow) -> ReturningInsert[UUID]:
    """Write a line for each thing that a stocktake has to find: all that should be there, away for repair or lost excepted."""
    away = sorted(ENDED | {AssetState.ORDERED, AssetState.REPAIR, AssetState.LOST})
    things = visible_to(actor).where(AssetRow.state.not_in(away))
    if row.department:
        things = things.where(AssetRow.department == row.department)
    elif row.kit_id:
        things = things.where(AssetRow.kit_id == row.kit_id)
    else:
        things = things.where(AssetRow.place == row.place)
    line = StocktakeLineRow
    values = {
        line.id: func.gen_random_uuid(),
        line.stocktake_id: literal(row.id, Uuid),
        line.asset_id: AssetRow.id,
        line.tag: AssetRow.tag,
        line.outcome: literal(CountOutcome.EXPECTED.value, Text),
        line.counted_by: literal("", Text),
        line.place: AssetRow.place,
        line.changed_at: literal(row.begun_at),
    }
    made = insert(line).from_select([*values], things.with_only_columns(*values.values()))
    return made.returning(line.id)


def lines_of(actor: Actor, stocktake_id: UUID, wanted: LineFilter) -> Select[StocktakeLineRow]:
    """The lines of a stocktake about things that this person may know of."""
    things = visible_to(actor).with_only_columns(AssetRow.id)
    line = StocktakeLineRow
    found = select(StocktakeLineRow).where(line.stocktake_id == stocktake_id, line.asset_id.in_(things))
    return found.where(line.outcome == wanted.outcome) if wanted.outcome else found


def counted(stocktake_id: UUID) -> Select[AssetRow, StocktakeLineRow]:
    """The things that a stocktake found, each locked, with their lines."""
    return (
        select(AssetRow, StocktakeLineRow)
        .join(StocktakeLineRow, StocktakeLineRow.asset_id == AssetRow.id)
        .where(StocktakeLineRow.stocktake_id == stocktake_id, StocktakeLineRow.counted_at.is_not(None))
        .order_by(AssetRow.id)
        .with_for_update(of=AssetRow)
    )


def scanned(things: Select[AssetRow], codes: Collection[str]) -> Select[AssetRow, str, str]:
    """Those of these things that one of these codes stands for; by what, and which."""
    return (
        things.join(IdentifierRow, IdentifierRow.asset_id == AssetRow.id)
        .where(IdentifierRow.lives, IdentifierRow.code == any_(literal(sorted(codes), ARRAY(Text))))
        .with_only_columns(AssetRow, IdentifierRow.kind, IdentifierRow.code)
    )


def labelled(code: str) -> Select[UUID]:
    """The thing whose label this is, for whoever scans it: of what it is they are told nothing by this."""
    return select(IdentifierRow.asset_id).where(
        IdentifierRow.kind == "tag", IdentifierRow.code == code, IdentifierRow.lives
    )


def held_by(person_id: UUID) -> Select[AssetRow]:
    """What a person has by the record, locked."""
    return select(AssetRow).where(AssetRow.holder_id == person_id).order_by(AssetRow.id).with_for_update()


def entries_known(ids: Iterable[UUID]) -> Select[UUID]:
    """Those of these entries that are there."""
    return select(CustodyRow.id).where(CustodyRow.id == any_(literal(list(ids), ARRAY(Uuid))))


def sightings_visible_to(actor: Actor) -> Select[SightingRow]:
    """The inbox of those who keep the register: of things within their reach, and of what nobody knows."""
    things = visible_to(actor).with_only_columns(AssetRow.id)
    seen = or_(SightingRow.asset_id.is_(None), SightingRow.asset_id.in_(things))
    return select(SightingRow).where(seen if actor.may(Permission.ASSET_WRITE) else false())


def sightings(actor: Actor, wanted: SightingFilter) -> Select[SightingRow]:
    """Those of the inbox that are wanted."""
    found = sightings_visible_to(actor)
    if wanted.kind:
        found = found.where(SightingRow.kind == wanted.kind)
    return found.where(SightingRow.settled_at.is_(None)) if wanted.open else found
