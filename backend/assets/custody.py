"""Who has a thing: the chain of its custody, the verbs by which it changes hands, and whom it is promised to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import identity
from backend.assets import faults, fitness, handling, queries
from backend.assets.actions import audiences, locked, state_of, write_down_all
from backend.assets.chain import leave_slot, linked, recarry, reslot
from backend.assets.events import ReservationEnded, RuleOverridden, ThingReserved
from backend.assets.tables import AssetRow, CustodyRow, FaultRow, KitRow, ModelRow, ReservationRow
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.database import insert, one
from backend.core.feed import touch
from backend.core.ledger import Event, record
from backend.core.problems import Forbidden, Invalid, NotFound, Refused
from shared_models.assets import AssetKind, AssetState
from shared_models.custody import (
    NO_OVERRIDE,
    SIGNED,
    Act,
    Bar,
    Bars,
    CustodyEntry,
    CustodyPage,
    HandOut,
    PassOn,
    Reserve,
    Signed,
    Swap,
    TakeBack,
)
from shared_models.faults import LEADS, Step
from shared_models.permissions import Permission
from shared_models.problems import FieldError
from shared_models.wire import wire_fields

Entry = CustodyRow | CustodyEntry
"""An entry as it was found, or as it was just made: both are told alike."""

# ── changing hands ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Facing:
    """A thing that is to change hands: locked, and what has to be known of it."""

    row: AssetRow
    model: ModelRow | None
    promised: Collection[UUID]
    broken: bool
    before: dict[str, Any]
    moment: datetime
    """When it changes hands, by the clock of whoever does it."""
    kits: Mapping[UUID, KitRow]
    """The unit in whose slot it is, and the one that it goes to: locked after it."""


def hand_out(id_: UUID, wish: HandOut) -> Entry:
    """Give a thing to a person, put it into a unit's slot or at a place."""
    fitness.refuse_unclear(wish)
    act = Act.HANDED_OUT if wish.to_id else Act.PLACED
    found = face(id_, wish, act, wish.kit_id)
    if not isinstance(found, Facing):
        return found
    row, mine = found.row, wish.to_id == me().id
    bars = bars_of(found, wish.to_id, wish.battery)
    if wish.place:  # on a shelf nobody relies on it
        bars = [bar for bar in bars if bar in NO_OVERRIDE]
    if not NO_OVERRIDE & set(bars) and not (mine and row.state is AssetState.STOCK) and not gives(row):
        words = "Only who answers for these things may give them to others."
        raise Refused("not-to-be-handed-out", words, ids=[row.id])
    told = refuse_barred(row, bars, wish)
    name = holder_name(row, wish.to_id) if wish.to_id else ""
    leave_slot(row, found.kits)
    if wish.kit_id:
        enter_slot(row, found.kits.get(wish.kit_id), wish.slot_id)
    row.holder_id, row.holder, row.state = wish.to_id, name, AssetState.IN_USE
    row.place = wish.place or row.place
    went = {"to_id": wish.to_id, "to_name": name, "override": wish.override}
    return changed(found, wish, act, "handed-out", *told, **went)


def take_back(id_: UUID, wish: TakeBack) -> Entry:
    """Take a thing back into stock: whoever has it gives it back, or who answers for it takes it."""
    found = face(id_, wish, Act.TAKEN_BACK)
    if not isinstance(found, Facing):
        return found
    row = found.row
    if row.state is not AssetState.IN_USE or not (row.holder_id == me().id or gives(row)):
        raise Refused("not-in-hand", "You don't have this, so you can't give it back.", ids=[row.id])
    had = {"from_id": row.holder_id, "from_name": row.holder}
    leave_slot(row, found.kits)
    row.holder_id, row.holder, row.state = None, "", AssetState.STOCK
    row.place = wish.place or row.place
    row.pool = row.pool if wish.pool is None else wish.pool
    return changed(found, wish, Act.TAKEN_BACK, "taken-back", **had)


def pass_on(id_: UUID, wish: PassOn) -> Entry:
    """At relief: let somebody else have a thing, without it coming back in between."""
    found = face(id_, wish, Act.PASSED_ON)
    if not isinstance(found, Facing):
        return found
    row = found.row
    if row.holder_id is None or not (row.holder_id == me().id or gives(row)):
        raise Refused("not-in-hand", "You don't have this, so you can't pass it on.", ids=[row.id])
    if wish.to_id == row.holder_id:
        raise Invalid(FieldError(pointer="/to_id", detail="They have it already."))
    had = {"from_id": row.holder_id, "from_name": row.holder}
    name = holder_name(row, wish.to_id)
    bars = [bar for bar in bars_of(found, wish.to_id, wish.battery) if bar is not Bar.HELD]
    told = refuse_barred(row, bars, wish)
    row.holder_id, row.holder = wish.to_id, name
    had |= {"to_id": wish.to_id, "to_name": name, "override": wish.override}
    return changed(found, wish, Act.PASSED_ON, "passed-on", *told, **had)


def face(
    id_: UUID, wish: Signed, act: Act, kit_id: UUID | None = None, row: AssetRow | None = None
) -> Facing | CustodyRow:
    """The thing, locked, before it changes hands by this act; or the entry that this wish became when it came first.

    ``row``: the thing, where it is locked already. Raises NotFound, Refused("already-there").
    """
    moment = fitness.moment_done(wish.done_at, now())
    try:
        row = row or locked(id_)
    except NotFound:  # somebody who gave it away may not know of it any more; what they did stays done
        known = db().get(CustodyRow, wish.id)
        if known and (known.asset_id, known.by_id) == (id_, me().id):
            return mine_again(known, id_, act, wish)
        raise
    kits = {each for each in (row.kit_id, kit_id) if each}
    found = db().execute(handling.handing(row, wish.id, now(), kits)).all()
    if not found:
        raise Invalid(FieldError(pointer="/kit_id", detail="There is no such unit."))
    known, model, promised, broken, _ = found[0]
    if known is not None:
        return mine_again(known, id_, act, wish)
    slots = {kit.id: kit for *_, kit in found if kit}
    return Facing(row, model, promised or (), broken, state_of(row), moment, slots)


SAID = frozenset({"to_id", "condition", "signature", "override"})
"""What an entry keeps as the wish said it; its place only where one was said."""


def mine_again(known: CustodyRow, asset_id: UUID, act: Act, wish: Signed) -> CustodyRow:
    """An entry that is there already, if whoever asks did and said the same with this thing."""
    said = {name: value for name, value in vars(wish).items() if name in SAID or (name == "place" and value)}
    wanted = {"asset_id": asset_id, "act": act, "by_id": me().id, **said}
    if any(getattr(known, name) != value for name, value in wanted.items()):
        raise Refused("already-there", "Choose a new id.", at="/id", ids=[known.id])
    return known


def gives(row: AssetRow) -> bool:
    """Whether the asking person may hand this thing to others, and take it from them."""
    return me().may_in(Permission.CUSTODY_GIVE, row.department)


def refuse_beyond_reach(department: str) -> None:
    """Refuse to tell of the people of a department whose things are not within reach. Raises Invalid."""
    if not me().may_in(Permission.ASSET_READ, department):
        raise Invalid(
            FieldError(pointer="?department", detail="You don't work with that department's things.")
        )


def holder_name(row: AssetRow, to_id: UUID) -> str:
    """What the person is called whom this thing goes to. Raises Invalid for one who can't have it."""
    name = identity.holder(to_id, row.department)
    if name is None:
        raise Invalid(FieldError(pointer="/to_id", detail="This is nobody whom it can be handed to."))
    return name


def bars_of(found: Facing, to: UUID | None, battery: int | None = None) -> list[Bar]:
    """What stands against handing this thing to this person now."""
    return fitness.bars_of(
        found.row,
        found.model,
        battery=battery,
        broken=found.broken,
        promised=found.promised,
        to=to,
        moment=now(),
    )


def refuse_barred(row: AssetRow, bars: Sequence[Bar], wish: HandOut | PassOn | Swap) -> list[Event]:
    """Refuse what a rule forbids, unless who may says why it has to be; then there is that to be told."""
    if not bars:
        return []
    if NO_OVERRIDE & set(bars) or not wish.override:
        errors = [FieldError(pointer="/override", detail=bar.value) for bar in bars]
        raise Refused("not-to-be-handed-out", ", ".join(bars), errors=errors, ids=[row.id])
    if not gives(row):
        raise Forbidden("Only who answers for these things may hand one out although a rule says no.")
    return [RuleOverridden(asset_id=row.id, entry_id=wish.id, bars=tuple(bars))]


def changed(found: Facing, wish: Signed, act: Act, what: str, *told: Event, **said: Any) -> CustodyEntry:
    """Link the entry of what was done, write all of it down, and give the entry. Raises Invalid without a signature."""
    entry = noted(found, wish, act, id_=wish.id, **said)
    write_down_all(what, [(found.row, found.before, (said.get("from_id"),))], *told, entries=[entry])
    return entry


def noted(found: Facing, wish: Signed, act: Act, **said: Any) -> CustodyEntry:
    """Keep what was seen of a thing at its hand-over, and link the entry."""
    if act in SIGNED and not wish.signature:
        raise Invalid(FieldError(pointer="/signature", detail="Sign for it."))
    row, moment = found.row, found.moment
    row.battery = row.battery if wish.battery is None else wish.battery
    row.seen_at = max(moment, row.seen_at or moment)
    return linked(row, act, done_at=moment, condition=wish.condition, signature=wish.signature, **said)


# ── units and their slots ────────────────────────────────────────────────────────────────────────────────


def enter_slot(row: AssetRow, kit: KitRow | None, slot_id: UUID | None) -> None:
    """Put a thing into a slot of a kit: this one, or the first that is free for its kind."""
    if kit is None or kit.retired or not me().may_in(Permission.ASSET_READ, kit.department):
        raise Invalid(FieldError(pointer="/kit_id", detail="There is no such unit."))
    fits = [
        slot
        for slot in kit.slots
        if (slot["id"] == str(slot_id) if slot_id else not slot["asset_id"] and not slot["personal"])
        and slot["kind"] in {row.kind, AssetKind.OTHER}
    ]
    if not fits:
        raise Invalid(FieldError(pointer="/slot_id", detail="It has no such slot for a thing of this kind."))
    if held := fits[0]["asset_id"]:
        raise Refused(
            "already-there", "Something else is in that slot: swap it.", at="/slot_id", ids=[UUID(held)]
        )
    reslot(kit, {fits[0]["id"]: str(row.id)})
    row.kit_id, row.unit = kit.id, kit.code


# ── swaps ────────────────────────────────────────────────────────────────────────────────────────────────


def swap(id_: UUID, wish: Swap) -> CustodyPage:
    """Put a spare where a thing is: in its holder's hands, in its unit's slot. The thing takes the spare's place.

    Gives the entry of what was taken out, and that of what was put in.

    What is broken is out of service until somebody has mended it. Raises Invalid, Forbidden, Refused("not-in-hand",
    "not-to-be-handed-out", "state-not-next").
    """
    if wish.replacement_id == id_ or wish.replacement_entry_id == wish.id:
        raise Invalid(FieldError(pointer="/replacement_id", detail="That is the same one."))
    # Both at once, in the order in which everybody locks: two swaps across each other can't wait for each other for ever.
    both = queries.these(queries.visible_to(me()), {id_, wish.replacement_id})
    rows = {row.id: row for row in db().scalars(queries.locking(both))}
    # The condition is that of what was taken out, the charge that of what was put in.
    left = Signed(id=wish.id, done_at=wish.done_at, condition=wish.condition, signature=wish.signature)
    put_in = Signed(
        id=wish.replacement_entry_id, done_at=wish.done_at, battery=wish.battery, signature=wish.signature
    )
    old = face(id_, left, Act.SWAPPED_OUT, row=rows.get(id_))
    if not isinstance(old, Facing):
        put = db().get(CustodyRow, put_in.id)
        said = (wish.replacement_id, wish.fault_id, wish.override)
        if put is None or (put.asset_id, put.fault_id, put.override) != said:
            raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
        return CustodyPage(items=(as_entry(old), as_entry(put)), next=None)
    new = face(wish.replacement_id, put_in, Act.SWAPPED_IN, row=rows.get(wish.replacement_id))
    if not isinstance(new, Facing):
        raise Refused("already-there", "Choose a new id.", at="/replacement_entry_id", ids=[new.id])
    out, in_ = old.row, new.row
    if out.state is not AssetState.IN_USE or not (out.holder_id in {None, me().id} or gives(out)):
        raise Refused("not-in-hand", "Somebody else has this, or nobody.", ids=[out.id])
    if in_.kind is not out.kind or not in_.pool or in_.state is not AssetState.STOCK:
        raise Invalid(
            FieldError(pointer="/replacement_id", detail="Only a spare of the same kind, from stock.")
        )
    told = refuse_barred(in_, bars_of(new, out.holder_id, wish.battery), wish)
    fault = broken_one(out, wish.fault_id)
    if out.kit_id and (kit := old.kits.get(out.kit_id)):
        reslot(kit, {slot["id"]: str(in_.id) for slot in kit.slots if slot["asset_id"] == str(out.id)})
        recarry(kit, out.id, in_.id)
    in_.holder_id, in_.holder, in_.kit_id, in_.unit = out.holder_id, out.holder, out.kit_id, out.unit
    in_.state, in_.place = AssetState.IN_USE, out.place
    had_by, had = out.holder_id, {"from_id": out.holder_id, "from_name": out.holder, "unit": out.unit}
    out.holder_id, out.holder, out.kit_id, out.unit = None, "", None, ""
    out.state = AssetState.OUT_OF_SERVICE if out.faults else AssetState.STOCK
    in_.pool, out.pool = False, True  # they change places: what was taken out is a spare once it is mended
    gone = noted(old, left, Act.SWAPPED_OUT, id_=left.id, fault_id=wish.fault_id, **had)
    come = noted(
        new, put_in, Act.SWAPPED_IN, id_=put_in.id, to_id=in_.holder_id, to_name=in_.holder, fault_id=wish.fault_id,
        override=wish.override,
    )  # fmt: skip
    steps = []
    if fault:
        fault.replacement_id = in_.id
        steps = [faults.stepped(fault, Step.SWAPPED, wish.id, wish.condition)]
        told = [*told, faults.moved(fault, Step.SWAPPED)]
    changes = [(out, old.before, (had_by,)), (in_, new.before, ())]
    write_down_all("swapped", changes, *told, entries=[gone, come], steps=steps)
    return CustodyPage(items=(gone, come), next=None)


def as_entry(row: CustodyRow) -> CustodyEntry:
    """An entry of before as it was told then."""
    return CustodyEntry(**{name: getattr(row, name) for name in wire_fields(CustodyEntry)})


def broken_one(row: AssetRow, fault_id: UUID | None) -> FaultRow | None:
    """The fault for which a thing is swapped. Raises Invalid, Refused("state-not-next")."""
    if fault_id is None:
        return None
    found = [fault for fault, _ in db().execute(handling.faults_of([row.id])) if fault.id == fault_id]
    if not found:
        raise Invalid(FieldError(pointer="/fault_id", detail="It has no such fault that is open."))
    if Step.SWAPPED not in LEADS[found[0].state]:
        raise Refused("state-not-next", "It was mended: the next user has to say so.", ids=[fault_id])
    return found[0]


def bars(id_: UUID) -> Bars:
    """What stands against the asking person's taking a thing now."""
    row = one(queries.visible_to(me()).where(AssetRow.id == id_))
    _, model, promised, broken, _ = db().execute(handling.handing(row, row.id, now())).one()
    return Bars(items=tuple(bars_of(Facing(row, model, promised or (), broken, {}, now(), {}), me().id)))


# ── promises ─────────────────────────────────────────────────────────────────────────────────────────────


def reserve(wish: Reserve) -> ReservationRow:
    """Promise a thing to somebody for a time. The same id again is the same promise."""
    row = locked(wish.asset_id)
    person = wish.person_id or me().id
    if known := db().get(ReservationRow, wish.id):
        if (known.asset_id, known.person_id, known.from_at, known.until_at) != (
            row.id, person, wish.from_at, wish.until_at,
        ):  # fmt: skip
            raise Refused("already-there", "Choose a new id.", at="/id", ids=[known.id])
        return known
    if person != me().id and not gives(row):
        raise Forbidden("Only who answers for these things may promise one to others.")
    fitness.refuse_odd_time(wish, now())
    if not gives(row):
        open_ = db().scalars(handling.promised_to(me().id, now())).all()
        fitness.refuse_hoarding(wish, open_)
    name = identity.holder(person, row.department)
    if name is None:
        raise Invalid(FieldError(pointer="/person_id", detail="This is nobody whom it can be handed to."))
    taken = db().scalars(handling.promised(row.id, wish.from_at, wish.until_at)).all()
    if taken:
        raise Refused("already-there", "It is promised to somebody then.", at="/from_at", ids=taken)
    made = ReservationRow(
        id=wish.id, asset_id=row.id, person_id=person, person=name, from_at=wish.from_at, until_at=wish.until_at,
        note=wish.note,
    )  # fmt: skip
    insert(made)
    touch(audiences(row, person), "reservation", made.id)
    record(ThingReserved(reservation_id=made.id, asset_id=row.id, person_id=person))
    return made


def end_reservation(id_: UUID) -> ReservationRow:
    """A promise is no longer needed. Ended already, it stays as it is."""
    made = one(handling.reservations_visible_to(me()).where(ReservationRow.id == id_).with_for_update())
    row = db().get_one(AssetRow, made.asset_id)
    if made.person_id != me().id and not gives(row):
        words = "Only who answers for these things may take back what others were promised."
        raise Refused("not-in-hand", words, ids=[made.id])
    if made.ended_at is None:
        made.ended_at, made.version = now(), made.version + 1
        touch(audiences(row, made.person_id), "reservation", made.id)
        record(ReservationEnded(reservation_id=made.id, asset_id=row.id))
    return made
