"""The register: what the city owns. A thing is registered, changed, and moved through its life; alone or many at once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from backend import identity
from backend.assets import actions, chain, queries, rules
from backend.assets.actions import (
    TAKEN,
    Wrong,
    model_for,
    models_of,
    odd_department,
    refuse_keeping,
    said_of,
    specs_of,
    state_of,
)
from backend.assets.tables import AssetRow, ModelRow
from backend.core import prepared
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.database import unwatched
from backend.core.feed import touch
from backend.core.ledger import record_all
from backend.core.problems import Invalid, NotFound, Refused
from shared_models.asset_fields import fields_of
from shared_models.assets import (
    ENDED,
    AssetState,
    FieldSpec,
    MoveAsset,
    RegisterAsset,
    WriteAsset,
)
from shared_models.custody import Act
from shared_models.permissions import Permission
from shared_models.problems import FieldError
from shared_models.wire import wire_fields

Codes = dict[tuple[str, str], str]
"""(kind, code) of each identifier of a thing, with the place that says it."""
SAID = tuple(name for name in wire_fields(WriteAsset) if name != "fields")
"""What a wish says and a row keeps as it was said."""


@dataclass
class Line:
    """One of the things that are registered or changed together."""

    at: str
    """Where it was said: ``/items/3``; empty where there is one thing only."""
    row: AssetRow
    codes: Codes
    gone: Codes = field(default_factory=dict)
    """Identifiers that it had until now."""
    before: Mapping[str, Any] = field(default_factory=dict)


def register_asset(wish: RegisterAsset) -> AssetRow:
    """Register a thing. The same id with the same tag again is the same thing, and changes nothing.

    Raises Invalid, Refused("already-there") that names the field.
    """
    [row] = _register([wish], [""])
    return row


def register_all(wishes: Sequence[RegisterAsset]) -> list[AssetRow]:
    """Register many things, all of them or none, in as many statements as for one.

    Raises as ``register_asset``; each wrong line is told by its place, as ``/items/3/tag``.
    """
    return _register(wishes, places_of(wishes))


def places_of(items: Sequence[Any]) -> list[str]:
    """Where each of many things was said, as a JSON pointer."""
    return [f"/items/{number}" for number in range(len(items))]


def _register(wishes: Sequence[RegisterAsset], places: Sequence[str]) -> list[AssetRow]:
    models = models_of(wish.model_id for wish in wishes)
    known = identity.departments({wish.department for wish in wishes})
    wrong: Wrong = []
    lines: list[Line] = []
    seen: dict[str, str] = {}
    for wish, at in zip(wishes, places, strict=True):
        model, odd = model_for(wish.model_id, wish.kind, models)
        fields, odd_fields = rules.typed(wish.kind, specs_of(model), wish.fields or {})
        odd += [*odd_fields, *rules.lacking(wish.kind, specs_of(model), fields, odd_fields)]
        odd += odd_department(wish.department, known)
        if wish.state not in rules.BEGINS:
            odd.append(FieldError(pointer="/state", detail="It begins in stock, or on order."))
        for name, word in (("id", str(wish.id)), ("tag", wish.tag)):
            if seen.setdefault(word, at) != at:
                odd.append(FieldError(pointer=f"/{name}", detail="An earlier line says the same."))
        wrong += at_place(at, odd)
        if not odd:
            row = _begun(wish, fields, model)
            lines.append(Line(at, row, rules.identifiers_of(row, fields_of(row.kind, specs_of(model)))))
    if wrong:
        raise Invalid(*wrong)
    return _written(lines)


def _begun(wish: RegisterAsset, fields: dict[str, Any], model: ModelRow | None) -> AssetRow:
    """A thing as it begins: nobody has it, nothing is wrong with it."""
    said, moment = {name: getattr(wish, name) for name in SAID}, now()
    said["support_until_on"] = wish.support_until_on or (model and model.support_until_on)
    row = unwatched(
        AssetRow,
        id=wish.id, state=wish.state, fields=fields, holder_id=None, holder="", kit_id=None, unit="", seen_at=None,
        worst_fault=None, faults=0, links=0, chain="", made_at=moment, updated_at=moment, version=1, **said,
    )  # fmt: skip
    row.words = rules.words_of(row)
    return row


def _written(lines: Sequence[Line]) -> list[AssetRow]:
    """Write new things, their identifiers, the first lines of their change logs and of their custody: in one statement."""
    rows = [line.row for line in lines]
    entries = [chain.linked(row, Act.REGISTERED) for row in rows]
    done = prepared.run_here(
        _REGISTER,
        things=chain.rows_as_json(rows),
        codes=codes_json(lines),
        entries=chain.as_json(entries),
        changes=json.dumps([actions.log_line(row, "registered", {}, row.made_at) for row in rows]),
    )
    made = {id_ for id_, kind, _ in done if kind is None}
    again, taken = _known_already([line for line in lines if line.row.id not in made])
    taken += _taken([line for line in lines if line.row.id in made], done)
    if taken:
        raise Refused("already-there", taken[0].detail, errors=taken)
    fresh = [row for row in rows if row.id in made]
    for row in fresh:
        touch(actions.audiences(row), "asset", row.id)
    record_all([actions.happened(row, "registered") for row in fresh])
    return [again.get(row.id, row) for row in rows]


_REGISTER = text("""
    WITH thing AS (
        INSERT INTO asset SELECT * FROM jsonb_populate_recordset(NULL::asset, CAST(:things AS jsonb)) ORDER BY tag
        ON CONFLICT DO NOTHING RETURNING id
    ), named AS (
        INSERT INTO asset_identifier
        SELECT * FROM jsonb_populate_recordset(NULL::asset_identifier, CAST(:codes AS jsonb))
        WHERE asset_id IN (SELECT id FROM thing) ORDER BY kind, code
        ON CONFLICT DO NOTHING RETURNING asset_id, kind, code
    ), logged AS (
        INSERT INTO asset_change
        SELECT * FROM jsonb_populate_recordset(NULL::asset_change, CAST(:changes AS jsonb))
        WHERE asset_id IN (SELECT id FROM thing)
    ), chained AS (
        INSERT INTO custody_entry
        SELECT * FROM jsonb_populate_recordset(NULL::custody_entry, CAST(:entries AS jsonb))
        WHERE asset_id IN (SELECT id FROM thing)
    )
    SELECT id, NULL, NULL FROM thing UNION ALL SELECT asset_id, kind, code FROM named
""")


def _known_already(lines: Sequence[Line]) -> tuple[dict[UUID, AssetRow], Wrong]:
    """The things that were registered before with the same id and tag; and whose id or tag is another thing's."""
    if not lines:
        return {}, []
    wanted = queries.these(queries.visible_to(me()), [line.row.id for line in lines])
    found = {row.id: row for row in db().scalars(wanted)}
    taken = [
        FieldError(pointer=f"{line.at}/{'id' if line.row.id in found else 'tag'}", detail=TAKEN)
        for line in lines
        if line.row.id not in found or found[line.row.id].tag != line.row.tag
    ]
    return found, taken


def _taken(lines: Sequence[Line], done: Iterable[Sequence[Any]]) -> Wrong:
    """The places whose identifiers could not be written: another thing has them."""
    held = {(id_, kind, code) for id_, kind, code in done}
    return [
        FieldError(pointer=line.at + pointer, detail=TAKEN)
        for line in lines
        for (kind, code), pointer in line.codes.items()
        if (line.row.id, kind, code) not in held
    ]


# ── change ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Change:
    """What is to be different about a thing that was seen in this version."""

    id: UUID
    version: int
    said: Mapping[str, Any]
    """Fields of ``ChangeAsset``, those that were said and no others."""


def change_asset(id_: UUID, said: Mapping[str, Any], version: int) -> AssetRow:
    """Change what is said of a thing that was seen in this version.

    ``said``: fields of ``ChangeAsset``, those that are to be different. Raises NotFound, Forbidden, Invalid,
    Refused("version-differs", "already-there").
    """
    [row] = _change([Change(id_, version, said)], [""])
    return row


def change_all(changes: Sequence[Change]) -> list[AssetRow]:
    """Change many things, all of them or none. Raises as ``change_asset``, each wrong line told by its place."""
    return _change(changes, places_of(changes))


def _change(changes: Sequence[Change], places: Sequence[str]) -> list[AssetRow]:
    rows = _seen(changes, places)
    models = models_of(
        [*(row.model_id for row in rows.values()), *(each.said.get("model_id") for each in changes)]
    )
    known = identity.departments() if any(each.said.get("department") for each in changes) else frozenset()
    wrong: Wrong = []
    lines: list[Line] = []
    for each, at in zip(changes, places, strict=True):
        row = rows[each.id]
        model = models.get(row.model_id) if row.model_id else None
        before, gone = state_of(row), rules.identifiers_of(row, fields_of(row.kind, specs_of(model)))
        now_of, odd = _changed(row, each.said, model, models)
        if row.department != before["department"]:
            odd += odd_department(row.department, known)
        odd += rules.odd_lowering(
            row, before["data_class"], approves=me().may_in(Permission.REPAIR_APPROVE, row.department)
        )
        wrong += at_place(at, odd)
        lines.append(Line(at, row, rules.identifiers_of(row, fields_of(row.kind, now_of)), gone, before))
    if wrong:
        raise Invalid(*wrong)
    _refuse_tags(lines)
    actions.write_down_all("changed", [(line.row, line.before, ()) for line in lines])
    _name_anew([line for line in lines if line.codes.keys() != line.gone.keys()])
    return [rows[each.id] for each in changes]


def _seen(changes: Sequence[Change], places: Sequence[str]) -> dict[UUID, AssetRow]:
    """The things that are to change, locked in the order of their ids, as they were seen."""
    wanted = queries.these(queries.visible_to(me()), [each.id for each in changes])
    rows = {row.id: row for row in db().scalars(queries.locking(wanted))}
    if len(changes) == 1 and not rows:
        raise NotFound
    seen: set[UUID] = set()
    wrong, stale, ids = [], [], []
    for each, at in zip(changes, places, strict=True):
        if each.id in seen or each.id not in rows:
            words = "An earlier line says the same." if each.id in seen else "There is no such thing."
            wrong.append(FieldError(pointer=f"{at}/id", detail=words))
        elif rows[each.id].version != each.version:
            stale.append(FieldError(pointer=f"{at}/version", detail="Look at it again first."))
            ids.append(each.id)
        seen.add(each.id)
    if wrong:
        raise Invalid(*wrong)
    if stale:
        raise Refused("version-differs", "Look at it again first.", errors=stale, ids=ids)
    for row in rows.values():
        refuse_keeping(row.department)
    return rows


def _changed(
    row: AssetRow, said: Mapping[str, Any], model: ModelRow | None, models: Mapping[UUID, ModelRow]
) -> tuple[tuple[FieldSpec, ...], Wrong]:
    """Let a row be as it is said; gives the fields that its model adds from now on, and what is wrong."""
    kind, had = row.kind, model
    said_of(row, WriteAsset, {name: value for name, value in said.items() if name != "fields"})
    model, wrong = model_for(row.model_id, row.kind, models)
    specs = specs_of(model)
    another = row.kind is not kind or model is not had
    wanted = said.get("fields") or {}
    # What was fine when it was said stays: only a new kind or model asks for all of it again.
    fields, odd = rules.typed(row.kind, specs, (row.fields | wanted) if another else wanted)
    kept = {code: value for code, value in row.fields.items() if code not in wanted and not another}
    row.fields = kept | fields
    wrong += [*odd, *rules.lacking(row.kind, specs, row.fields, odd)]
    if row.support_until_on is None or (another and had and row.support_until_on == had.support_until_on):
        row.support_until_on = model.support_until_on if model else None
    return specs, wrong


def _refuse_tags(lines: Sequence[Line]) -> None:
    """Refuse a tag that another thing has or had: a label is for life."""
    new = {line.row.tag: line for line in lines if line.row.tag != line.before["tag"]}
    if not new:
        return
    with db().no_autoflush:
        found = {tag for id_, tag in db().execute(queries.with_tags(new)).all() if id_ != new[tag].row.id}
    doubles = [line for line in lines if line.row.tag in new and new[line.row.tag] is not line]
    taken = [
        FieldError(pointer=f"{each.at}/tag", detail=TAKEN) for each in (*(new[t] for t in found), *doubles)
    ]
    if taken:
        raise Refused("already-there", taken[0].detail, errors=taken)


def _name_anew(lines: Sequence[Line]) -> None:
    """Let scans find these things by what they say now. Refuses what another thing has."""
    if not lines:
        return
    prepared.run_here(_FORGET, ids=[line.row.id for line in lines])
    done = prepared.run_here(_NAME, codes=codes_json(lines))
    if taken := _taken(lines, done):
        raise Refused("already-there", taken[0].detail, errors=taken)


_FORGET = text("DELETE FROM asset_identifier WHERE asset_id = ANY(CAST(:ids AS uuid[])) RETURNING asset_id")
_NAME = text("""
    INSERT INTO asset_identifier
    SELECT * FROM jsonb_populate_recordset(NULL::asset_identifier, CAST(:codes AS jsonb)) ORDER BY kind, code
    ON CONFLICT DO NOTHING RETURNING asset_id, kind, code
""")


# ── move ─────────────────────────────────────────────────────────────────────────────────────────────────


def move_asset(id_: UUID, wish: MoveAsset) -> AssetRow:
    """Say where a thing is in its life now. Said again, it changes nothing.

    What ends sets its identifiers free: its radio ID may be given to another. Raises NotFound, Forbidden, Invalid,
    Refused("state-not-next", "already-there").
    """
    row = actions.locked(id_)
    refuse_keeping(row.department)
    if row.state is wish.state:
        return row
    rules.refuse_move(row, wish, approves=me().may_in(Permission.REPAIR_APPROVE, row.department))
    before, holder, ended = state_of(row), row.holder_id, row.state in ENDED
    chain.append([chain.linked(row, Act.MOVED, condition=rules.moved_words(wish))])
    row.state = wish.state
    if wish.state is not AssetState.LOST:  # whoever had it answers for it until it is found, or written off
        row.holder_id, row.holder = None, ""
    if wish.state in ENDED:
        row.pool = False
    actions.write_down(row, "moved", before, holder)
    if ended is not (row.state in ENDED):
        _let_live(row, lives=ended)
    return row


def _let_live(row: AssetRow, *, lives: bool) -> None:
    """Free the identifiers of a thing that ends, or take them back where nobody else has them by now."""
    left = prepared.run_here(_LIVE, id=row.id, lives=lives)
    if taken := [kind for kind, done in left if not done]:
        errors = [FieldError(pointer=f"/{kind}", detail=TAKEN) for kind in taken]
        raise Refused("already-there", f"{TAKEN} ({', '.join(taken)})", errors=errors, ids=[row.id])


_LIVE = text("""
    WITH done AS (
        UPDATE asset_identifier AS mine SET lives = :lives
        WHERE asset_id = :id AND NOT EXISTS (
            SELECT FROM asset_identifier AS other
            WHERE :lives AND other.lives AND other.asset_id <> mine.asset_id AND other.kind = mine.kind
                AND other.code = mine.code AND other.kind <> 'serial'
        )
        RETURNING kind, code
    )
    SELECT kind, EXISTS (SELECT FROM done WHERE done.kind = held.kind AND done.code = held.code)
    FROM asset_identifier AS held WHERE asset_id = :id
""")


def at_place(at: str, wrong: Iterable[FieldError]) -> Wrong:
    """The same errors, of a line at this place."""
    return [FieldError(pointer=at + error.pointer, detail=error.detail) for error in wrong]


def codes_json(lines: Iterable[Line]) -> str:
    """The identifiers of these things as one JSON array of rows; of what has ended they are free."""
    return json.dumps(
        [
            {"asset_id": str(line.row.id), "kind": kind, "code": code, "lives": line.row.state not in ENDED}
            for line in lines
            for kind, code in line.codes
        ]
    )
