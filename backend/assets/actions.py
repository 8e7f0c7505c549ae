"""What every verb of assets does: lock the thing, write down what changed, let the phones know."""

import dataclasses
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, inspect, literal

from backend import identity
from backend.assets import queries, rules
from backend.assets.chain import append
from backend.assets.events import AssetChanged, KitChanged, ModelChanged
from backend.assets.tables import (
    AssetRow,
    FaultStepRow,
    KitRow,
    ModelRow,
    SavedFilterRow,
)
from backend.core.actor import asking, db, me
from backend.core.clock import now
from backend.core.database import ANY, insert, one, told
from backend.core.feed import THINGS, person, things, touch
from backend.core.ledger import Event, record, record_all
from backend.core.problems import Forbidden, Invalid, Refused
from shared_models.assets import Asset, AssetKind, FieldSpec, SaveFilter
from shared_models.custody import CustodyEntry
from shared_models.kits import KitSlot, MakeKit, WriteKit
from shared_models.permissions import Permission
from shared_models.plain import told_as
from shared_models.problems import FieldError
from shared_models.register import RegisterModel, WriteModel
from shared_models.wire import Wire, unwrap, wire_fields

Wrong = list[FieldError]
TAKEN = "Another thing has this already."
LOGGED = tuple(name for name in wire_fields(Asset) if name not in {"id", "made_at", "updated_at", "version"})
"""The fields of a thing whose changes its change log keeps."""


def locked(id_: UUID, version: int | None = None) -> AssetRow:
    """A thing that the asking person may know of, locked for a change of what was read as this version.

    Raises NotFound, Refused("version-differs").
    """
    row = one(queries.visible_to(me()).where(AssetRow.id == id_).with_for_update(of=AssetRow))
    if version is not None and version != row.version:
        raise Refused("version-differs", "Look at it again first.", ids=[row.id])
    return row


def refuse_keeping(department: str) -> None:
    """Refuse who may know of a thing of this department, and does not keep its register."""
    if not me().may_in(Permission.ASSET_WRITE, department):
        raise Forbidden("You do not keep that department's things.")


def odd_department(code: str, known: Collection[str]) -> Wrong:
    """What is wrong with something being this department's, of those that the city has."""
    if code in known and me().may_in(Permission.ASSET_WRITE, code):
        return []
    words = "You do not keep that department's things." if code in known else "There is no such department."
    return [FieldError(pointer="/department", detail=words)]


def models_of(ids: Iterable[UUID | None]) -> dict[UUID, ModelRow]:
    """The models with these ids."""
    wanted = sorted({id_ for id_ in ids if id_})
    if not wanted:
        return {}
    found = queries.models_visible_to(me()).where(ModelRow.id == any_(literal(wanted, ARRAY(Uuid))))
    return {row.id: row for row in db().scalars(found)}


def model_for(
    id_: UUID | None, kind: AssetKind, models: Mapping[UUID, ModelRow]
) -> tuple[ModelRow | None, Wrong]:
    """The model of a thing of this kind, and what is wrong with it."""
    if id_ is None:
        return None, []
    model = models.get(id_)
    if model is None or model.kind is not kind:
        words = "There is no such model." if model is None else f"That is a model of {model.kind}."
        return None, [FieldError(pointer="/model_id", detail=words)]
    return model, []


def specs_of(model: ModelRow | None) -> tuple[FieldSpec, ...]:
    """The fields that a model adds to those of its kind."""
    return tuple(FieldSpec.read(spec) for spec in model.fields) if model else ()


def state_of(row: AssetRow) -> dict[str, Any]:
    """The logged fields of a thing in their wire form: taken before a change, it is what ``write_down`` compares with."""
    told = told_as(Asset, row)
    return {name: told[name] for name in LOGGED}


def write_down(row: AssetRow, what: str, before: Mapping[str, Any], *also: UUID | None) -> None:
    """After a change: count the version, keep before and after, tell the ledger and the phones.

    ``before`` is what ``state_of`` gave; empty for a new thing. ``also``: people who held it until now. A change that
    changed nothing is none.
    """
    write_down_all(what, [(row, before, also)])


Changed = tuple[AssetRow, Mapping[str, Any], Collection[UUID | None]]
"""A thing, what it was before, and who held it until then."""


def write_down_all(
    what: str,
    changes: Iterable[Changed],
    *events: Event,
    entries: Sequence[CustodyEntry] = (),
    steps: Sequence[FaultStepRow] = (),
) -> None:
    """The same for many things in as many statements as for one, with these events, custody entries and steps of faults."""
    lines: list[dict[str, Any]] = []
    told: list[Event] = []
    moved: dict[UUID, set[str]] = {}
    for row, before, also in changes:
        line = log_line(row, what, before, moment := now())
        if line is None:
            continue
        row.words, row.updated_at = rules.words_of(row), moment
        if inspect(row).persistent:
            row.version += 1
        line["version"] = row.version
        lines.append(line)
        told.append(happened(row, what))
        touch(audiences(row, *also) | _had(before), "asset", row.id)
        if before and before["department"] != row.department:
            moved[row.id] = audiences(row) | _had(before)
    for id_, person_id, asset_id in queries.promises_of(moved) if moved else ():
        touch(moved[asset_id] | {person(person_id)}, "reservation", id_)
    append(entries, lines, steps)
    record_all([*told, *events])


def log_line(row: AssetRow, what: str, before: Mapping[str, Any], at: datetime) -> dict[str, Any] | None:
    """An ``AssetChangeRow`` as JSON, for ``append``: how a thing differs from before; None if it does not."""
    after = state_of(row)
    changed = [name for name in LOGGED if before.get(name) != after[name]]
    if before and not changed:
        return None
    actor = asking()
    return {
        "id": str(uuid.uuid4()),
        "asset_id": str(row.id),
        "at": at.isoformat(),
        "by_id": str(actor.id) if actor else None,
        "by": actor.name if actor else "",
        "what": what,
        "before": {name: before[name] for name in changed if name in before},
        "after": {name: after[name] for name in changed},
        "version": row.version,
    }


def happened(row: AssetRow, what: str) -> AssetChanged:
    """What the ledger is told of a thing that changed."""
    return AssetChanged(
        asset_id=row.id, what=what, department=row.department, version=row.version, chain=row.chain
    )


def _had(before: Mapping[str, Any]) -> set[str]:
    """The phones of the department that had it before: they forget it, if it is another's now."""
    return {things(before["department"])} if before else set()


def audiences(row: AssetRow, *also: UUID | None) -> set[str]:
    """Whose phones hold this thing: those within whose reach it is, who holds it, and ``also``."""
    return {THINGS, things(row.department), *(person(id_) for id_ in (row.holder_id, *also) if id_)}


def said_of(row: Any, wanted: type[Wire], said: Mapping[str, Any]) -> None:
    """Let a row say what is said of it; null where nothing can be empty says nothing.

    ``wanted``: the wire class of a whole wish, which knows what may be empty.
    """
    for name, hint in wire_fields(wanted).items():
        if name in said and (said[name] is not None or unwrap(hint)[1]):
            setattr(row, name, said[name])


# ── models ───────────────────────────────────────────────────────────────────────────────────────────────


def register_model(wish: RegisterModel) -> ModelRow:
    """Register a make and model. The same id with the same name again is the same model, and changes nothing.

    Raises Invalid, Refused("already-there").
    """
    _refuse_specs(wish.kind, wish.fields)
    row = ModelRow(id=wish.id, updated_at=now(), version=1)
    said_of(row, WriteModel, {name: getattr(wish, name) for name in wire_fields(WriteModel)})
    row.fields = [spec.dump() for spec in wish.fields]
    if not insert(row, unless_there=ANY):
        known = db().scalar(queries.models_visible_to(me()).where(ModelRow.id == wish.id))
        if known and (known.kind, known.make, known.name) == (wish.kind, wish.make, wish.name):
            return known
        raise Refused("already-there", TAKEN, at="/id" if known else "/name")
    _model_changed(row)
    return row


def change_model(id_: UUID, said: Mapping[str, Any], version: int) -> ModelRow:
    """Change a model that was seen in this version; things that had its end of support have the new one.

    ``said``: fields of ``ChangeModel``, those that were said. Raises NotFound, Invalid,
    Refused("version-differs", "already-there").
    """
    row = seen(one(queries.models_visible_to(me()).where(ModelRow.id == id_).with_for_update()), version)
    had, until = specs_of(row), row.support_until_on
    before = told(row)
    said_of(row, WriteModel, said)
    if said.get("fields") is not None:
        row.fields = [spec.dump() for spec in said["fields"]]
        _refuse_specs(row.kind, said["fields"])
        _refuse_lost_specs(row, had)
    if told(row) == before:
        return row
    with db().no_autoflush:
        if db().scalar(queries.namesakes(row)):
            raise Refused("already-there", TAKEN, at="/name")
    row.version, row.updated_at = row.version + 1, now()
    if row.support_until_on != until:
        _hand_down(row, until)
    _model_changed(row)
    return row


def _refuse_specs(kind: AssetKind, specs: Sequence[FieldSpec]) -> None:
    if wrong := rules.odd_specs(kind, specs):
        raise Invalid(*wrong)


def _refuse_lost_specs(row: ModelRow, had: Sequence[FieldSpec]) -> None:
    """Refuse what would leave things with values that mean nothing any more, or that no scan finds."""
    now_has = {spec.code: spec for spec in specs_of(row)}
    gone = [
        spec.code
        for spec in had
        if spec.code not in now_has
        or (now_has[spec.code].type, now_has[spec.code].identifies) != (spec.type, spec.identifies)
    ]
    with db().no_autoflush:
        if gone and db().scalar(queries.saying(row.id, gone)):
            words = f"Things say this already, so it stays as it is: {', '.join(gone)}."
            raise Invalid(FieldError(pointer="/fields", detail=words))


def _hand_down(row: ModelRow, until: date | None) -> None:
    """Let the things that had the model's end of support have the new one."""
    found = db().scalars(queries.locking(queries.supported_until(row.id, until))).all()
    changes = [(each, state_of(each), ()) for each in found]
    for each in found:
        each.support_until_on = row.support_until_on
    write_down_all("model-changed", changes)


def _model_changed(row: ModelRow) -> None:
    """Tell the ledger, and the phones of all who may know of things."""
    record(ModelChanged(model_id=row.id, of=row.kind, version=row.version))
    touch({THINGS, *map(things, identity.departments())}, "asset_model", row.id)


Versioned = TypeVar("Versioned", ModelRow, KitRow)


def seen(row: Versioned, version: int) -> Versioned:
    """The row, which was seen in this version. Raises Refused("version-differs")."""
    if version != row.version:
        raise Refused("version-differs", "Look at it again first.", ids=[row.id])
    return row


# ── kits ─────────────────────────────────────────────────────────────────────────────────────────────────


def make_kit(wish: MakeKit) -> KitRow:
    """Make a kit. The same id with the same code again is the same kit, and changes nothing.

    Raises Invalid, Refused("already-there").
    """
    said = {name: getattr(wish, name) for name in wire_fields(WriteKit)}
    row = KitRow(
        id=wish.id, code=wish.code, name=wish.name, department=wish.department, asset_id=None, slots=[],
        retired=False, updated_at=now(), version=1,
    )  # fmt: skip
    if wrong := odd_department(wish.department, identity.departments()):
        raise Invalid(*wrong)
    if not insert(row, unless_there=ANY):
        known = db().scalar(queries.kits_visible_to(me()).where(KitRow.id == wish.id))
        if known and known.code == wish.code:
            return known
        raise Refused("already-there", "Another kit has this already.", at="/id" if known else "/code")
    carrier, slots = _wished(row, said)
    _fit(row, carrier, slots, _members(row.id, carrier, slots))
    row.name, row.retired = wish.name, wish.retired
    _kit_changed(row)
    return row


def change_kit(id_: UUID, said: Mapping[str, Any], version: int) -> KitRow:
    """Change a kit that was seen in this version; what comes into it and what leaves it is told so.

    ``said``: fields of ``ChangeKit``, those that were said. Raises NotFound, Forbidden, Invalid,
    Refused("version-differs", "already-there").
    """
    wanted = queries.kits_visible_to(me()).where(KitRow.id == id_)
    row = seen(one(wanted), version)
    refuse_keeping(row.department)
    department = said.get("department") or row.department
    if department != row.department and (wrong := odd_department(department, identity.departments())):
        raise Invalid(*wrong)
    if said.get("code") and db().scalar(queries.other_kit(row.id, said["code"])):
        raise Refused("already-there", "Another kit has this already.", at="/code")
    carrier, slots = _wished(row, said)
    found = _members(row.id, carrier, slots)
    # Things before kits: so everybody locks them. Whatever came into it or left it meanwhile raised its version.
    seen(one(wanted.with_for_update().execution_options(populate_existing=True)), version)
    before, was = told(row), row.department
    said_of(row, WriteKit, {name: value for name, value in said.items() if name not in {"slots", "asset_id"}})
    _fit(row, carrier, slots, found)
    if told(row) != before:
        row.version, row.updated_at = row.version + 1, now()
        _kit_changed(row, was)
    return row


def _wished(row: KitRow, said: Mapping[str, Any]) -> tuple[UUID | None, tuple[KitSlot, ...]]:
    """What is to carry a kit, and its slots; nothing is in one that is retired."""
    slots = said.get("slots")
    slots = tuple(KitSlot.read(slot) for slot in row.slots) if slots is None else slots
    retired = row.retired if said.get("retired") is None else said["retired"]
    if retired:
        return None, tuple(dataclasses.replace(slot, asset_id=None) for slot in slots)
    return said.get("asset_id", row.asset_id), slots


def _members(kit_id: UUID, carrier: UUID | None, slots: Iterable[KitSlot]) -> dict[UUID, AssetRow]:
    """The things that are in a kit, and those that are to be in it, locked."""
    wanted = queries.in_or_for(kit_id, rules.members(carrier, slots))
    return {row.id: row for row in db().scalars(queries.locking(wanted))}


def _fit(
    row: KitRow, carrier: UUID | None, slots: tuple[KitSlot, ...], found: Mapping[UUID, AssetRow]
) -> None:
    """Let these things be in a kit, and know that they are. A thing is in one slot of one kit."""
    places = rules.members(carrier, slots)
    wrong = rules.odd_slots(carrier, slots)
    for id_, (pointer, kind) in places.items():
        wrong += rules.odd_member(found.get(id_), pointer, kind, row.id)
        if id_ in found and not me().may_in(Permission.ASSET_WRITE, found[id_].department):
            wrong.append(FieldError(pointer=pointer, detail="There is no such thing."))
    if wrong:
        raise Invalid(*wrong)
    changes = [(each, state_of(each), ()) for each in found.values()]
    for each in found.values():
        each.kit_id, each.unit = (row.id, row.code) if each.id in places else (None, "")
    row.asset_id, row.slots = carrier, [slot.dump() for slot in slots]
    write_down_all("fitted", changes)


def _kit_changed(row: KitRow, was: str = "") -> None:
    """Tell the ledger, and the phones of the department that has it, and of the one that had it."""
    record(KitChanged(kit_id=row.id, department=row.department, version=row.version))
    touch({THINGS, things(row.department), *([things(was)] if was else [])}, "kit", row.id)


# ── filters that are kept ────────────────────────────────────────────────────────────────────────────────

MOST_FILTERS = 100
"""That one person keeps."""


def save_filter(wish: SaveFilter) -> SavedFilterRow:
    """Keep a filter under a name, in place of one of mine that has it."""
    mine = db().scalars(queries.filters_of(me())).all()
    row = next((each for each in mine if each.name == wish.name), None)
    if row is None:
        if len(mine) >= MOST_FILTERS:
            raise Refused("already-there", f"You keep {MOST_FILTERS} filters: let one go first.")
        row = SavedFilterRow(id=uuid.uuid4(), owner_id=me().id, name=wish.name)
        db().add(row)
    row.query, row.shared, row.updated_at = wish.query, wish.shared, now()
    return row


def drop_filter(id_: UUID) -> None:
    """Let go of a filter of mine. Raises NotFound."""
    db().delete(one(queries.filters_of(me()).where(SavedFilterRow.id == id_)))
