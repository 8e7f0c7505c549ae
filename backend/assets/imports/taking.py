"""A file of things, line by line: what it would make, change, leave as it is, and why a line can't be taken."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import ARRAY, Text, any_, literal, or_, select

from backend import identity
from backend.assets import actions, queries, register, rules
from backend.assets.imports import cells
from backend.assets.imports.columns import mapped, plain
from backend.assets.imports.tables import Row, Table, refuse_empty
from backend.assets.tables import AssetRow, IdentifierRow, ModelRow
from backend.core.actor import context, db, me
from backend.core.problems import ProblemError, Refused, field_errors
from shared_models.asset_fields import fields_of
from shared_models.assets import AssetKind, AssetState, ChangeAsset, FieldSpec, RegisterAsset, plain_code
from shared_models.basics import Point
from shared_models.papers import ImportReport, RefusedLine
from shared_models.permissions import Permission
from shared_models.problems import FieldError
from shared_models.wire import Wire

TOLD = 100
"""Lines of a refusal that its problem document names; a dry run names all."""
ROUNDS = 6
"""How often the rest is tried once lines were refused: the register tells one sort of fault at a time."""


@dataclass
class Known:
    """What the lines are looked up in, read once."""

    departments: Mapping[str, str]
    """Codes by what a department is called."""
    models: Mapping[UUID, ModelRow]
    by_tag: Mapping[str, AssetRow]
    by_serial: Mapping[str, Sequence[AssetRow]]


@dataclass
class Taking:
    """A file on its way in."""

    table: Table
    columns: Mapping[str, int]
    """Which column each target stands in."""
    known: Known
    refused: list[RefusedLine] = field(default_factory=list)
    new: dict[int, RegisterAsset] = field(default_factory=dict)
    changes: dict[int, register.Change] = field(default_factory=dict)
    same: int = 0
    seen: dict[UUID | str, int] = field(default_factory=dict)
    """In which line each thing stood first."""
    told: set[tuple[int, str]] = field(default_factory=set)
    """Of which cells there is a reason already."""
    wrong: set[int] = field(default_factory=set)
    """Lines that can't be taken."""

    def refuse(self, row: int, target: str, reason: str) -> None:
        """A line can't be taken."""
        place = self.columns.get(target)
        name = target if place is None else self.table.header[place]
        if (row, name) not in self.told:  # of one cell the first reason says enough
            self.told.add((row, name))
            self.wrong.add(row)
            self.refused.append(RefusedLine(row=row, column=name, reason=reason))


def take(table: Table, mapping: str, *, dry_run: bool) -> ImportReport:
    """Take over a file: all of it or nothing. A dry run does the same and leaves nothing behind.

    Raises Invalid for a mapping that is none, Refused("import-refused") that names the lines.
    """
    refuse_empty(table)
    models = models_here()
    columns = mapped(table, mapping, model_fields(models.values()))
    taking = Taking(table, columns, known(table, columns, models))
    for row in table.rows:
        read(taking, row)
    report = written(taking, dry_run=dry_run)
    if report.refused and not dry_run:
        raise Refused(
            "import-refused",
            f"{len({line.row for line in report.refused}):,} lines can't be taken.",
            errors=[
                FieldError(pointer=f"/rows/{line.row}/{rules.pointer_step(line.column)}", detail=line.reason)
                for line in report.refused[:TOLD]
            ],
        )
    return report


# ── what is there already ────────────────────────────────────────────────────────────────────────────────


def models_here() -> dict[UUID, ModelRow]:
    """All models."""
    return {row.id: row for row in db().scalars(queries.models_visible_to(me()))}


def model_fields(models: Any) -> dict[str, FieldSpec]:
    """The fields that models add, by their codes."""
    return {spec.code: spec for model in models for spec in actions.specs_of(model)}


def known(table: Table, columns: Mapping[str, int], models: Mapping[UUID, ModelRow]) -> Known:
    """What the register and the city have of what these lines name: two statements, however many they are."""
    departments = {
        plain(words): row.code
        for row in db().scalars(select(identity.DepartmentRow))
        for words in (row.name_es, row.name_en, row.code)
    }
    said: dict[str, set[str]] = {
        target: {cells.unguarded(row.cells[columns[target]]) for row in table.rows if target in columns}
        - {""}
        for target in ("tag", "serial")
    }
    tags = literal(sorted({tag.upper() for tag in said["tag"]}), ARRAY(Text))
    codes = literal(sorted({plain_code(serial) for serial in said["serial"]} - {""}), ARRAY(Text))
    alike = select(IdentifierRow.asset_id).where(
        IdentifierRow.kind == "serial", IdentifierRow.code == any_(codes)
    )
    found = db().scalars(
        queries.visible_to(me()).where(or_(AssetRow.tag == any_(tags), AssetRow.id.in_(alike)))
    )
    by_tag, by_serial = {}, defaultdict(list)
    for row in found:
        by_tag[row.tag] = row
        by_serial[plain_code(row.serial)].append(row)
    return Known(departments, models, by_tag, by_serial)


# ── one line ─────────────────────────────────────────────────────────────────────────────────────────────


def read(taking: Taking, row: Row) -> None:
    """Read a line: it makes a thing, changes one, says nothing new, or is refused."""
    said = said_in(taking, row)
    thing = thing_of(taking, row.number, said)
    kind = AssetKind(said["kind"]) if "kind" in said else thing.kind if thing else None
    if kind is None:
        if row.number not in taking.wrong:
            taking.refuse(row.number, "kind", "What kind of thing is it?")
        return
    wish, fields = wish_of(taking, row, said, thing, kind)
    if thing is None:
        begin(taking, row.number, wish, fields)
    else:
        change(taking, row.number, thing, wish, fields)


def said_in(taking: Taking, row: Row) -> dict[str, Any]:
    """What the line says of what all things have. An empty cell says nothing."""
    said = {}
    for target, place in taking.columns.items():
        if place in row.odd:
            taking.refuse(row.number, target, row.odd[place])
        elif target in cells.READ and (words := cells.unguarded(row.cells[place])):
            try:
                said[target] = cells.READ[target](words)
            except cells.OddCellError as odd:
                taking.refuse(row.number, target, str(odd))
    return said


def thing_of(taking: Taking, number: int, said: Mapping[str, Any]) -> AssetRow | None:
    """The thing that a line is about, by its tag; by its serial number where it says no tag. None: a new one."""
    serial = plain_code(said.get("serial", ""))
    alike = taking.known.by_serial.get(serial, ()) if serial else ()
    kind = said.get("kind")
    thing = None
    if tag := said.get("tag"):
        thing = taking.known.by_tag.get(tag)
        twin = next((row for row in alike if row.kind == kind), None)
        if thing is None and twin is not None:
            taking.refuse(
                number, "serial", f"{twin.tag} has this serial number. To change it, leave the tag empty."
            )
    elif len(alike) > 1:
        taking.refuse(number, "serial", "Several things have this serial number: say the tag.")
    elif alike:
        [thing] = alike
    else:
        taking.refuse(number, "tag", "A new thing needs a tag.")
    key = thing.id if thing else said.get("tag")
    if key and (first := taking.seen.setdefault(key, number)) != number:
        taking.refuse(number, "tag", f"Row {first} is about the same thing.")
    if thing and not me().may_in(Permission.ASSET_WRITE, thing.department):
        taking.refuse(number, "tag", "You do not keep that department's things.")
    return thing


def wish_of(
    taking: Taking, row: Row, said: Mapping[str, Any], thing: AssetRow | None, kind: AssetKind
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the line asks for, in the wire's form, and the typed fields in it."""
    wish = {name: value for name, value in said.items() if name not in {"make", "model", "lat", "lon"}}
    number = row.number
    model = (
        taking.known.models.get(thing.model_id) if thing and thing.model_id and kind is thing.kind else None
    )
    if "model" in said or "make" in said:
        model = model_named(taking, number, kind, said.get("make", ""), said.get("model", "")) or model
        wish["model_id"] = str(model.id) if model else None
    if "department" in said:
        code = taking.known.departments.get(plain(said["department"]))
        if code is None:
            taking.refuse(number, "department", "There is no such department.")
        wish["department"] = code
    elif thing is None:
        taking.refuse(number, "department", "Whose is it?")
    if ("lat" in said) is not ("lon" in said):
        taking.refuse(number, "lat" if "lon" in said else "lon", "A place has both, latitude and longitude.")
    elif "lat" in said:
        wish["where"] = {"lat": round(said["lat"], 6), "lon": round(said["lon"], 6)}
    return wish, typed(taking, row, kind, model)


def typed(taking: Taking, row: Row, kind: AssetKind, model: ModelRow | None) -> dict[str, Any]:
    """The typed fields that a line says, as they are kept."""
    more = actions.specs_of(model)
    specs, found = {spec.code: spec for spec in fields_of(kind, more)}, {}
    for target, place in taking.columns.items():
        if target.startswith("fields.") and (words := cells.unguarded(row.cells[place])):
            code = target.removeprefix("fields.")
            try:
                found[code] = cells.field(specs.get(code), words)
            except cells.OddCellError as odd:
                taking.refuse(row.number, target, str(odd))
    kept, wrong = rules.typed(kind, more, found)
    for error in wrong:
        taking.refuse(row.number, target_of(error.pointer), error.detail)
    return kept


def model_named(taking: Taking, number: int, kind: AssetKind, make: str, name: str) -> ModelRow | None:
    """The model of this make and name, or of this name alone where no other maker has one. Refuses none and several."""
    alike = [
        row
        for row in taking.known.models.values()
        if row.kind is kind
        and plain(name) in {plain(row.name), plain(row.make + row.name)}
        and (not make or plain(row.make) == plain(make))
    ]
    if len(alike) == 1:
        return alike[0]
    words = (
        "Several makers have a model of this name: say the make."
        if alike
        else "There is no such model yet: register it first."
    )
    taking.refuse(number, "model" if name else "make", words)
    return None


def begin(taking: Taking, number: int, wish: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    """A line that makes a thing."""
    if wish.get("state", AssetState.STOCK) not in rules.BEGINS:
        taking.refuse(number, "state", "A new thing begins in stock, or on order.")
    try:
        asked = schema(RegisterAsset).load({**wish, "id": str(uuid.uuid4()), "fields": fields})
        if number not in taking.wrong:
            taking.new[number] = asked
    except ValidationError as error:
        refuse_all(taking, number, field_errors(error.messages))


def change(
    taking: Taking, number: int, thing: AssetRow, wish: dict[str, Any], fields: Mapping[str, Any]
) -> None:
    """A line about a thing that is there: it changes what it says otherwise."""
    if wish.pop("state", thing.state) != thing.state:
        words = f"It is {thing.state.value} in the register: leave this column out, or move it there."
        taking.refuse(number, "state", words)
    try:
        asked = schema(ChangeAsset).load(wish)
    except ValidationError as error:
        refuse_all(taking, number, field_errors(error.messages))
    if number in taking.wrong:
        return
    said = {name: getattr(asked, name) for name in wish}
    other: dict[str, Any] = {
        name: value for name, value in said.items() if differs(getattr(thing, name), value)
    }
    if odd := {code: value for code, value in fields.items() if thing.fields.get(code) != value}:
        other["fields"] = odd
    if other:
        taking.changes[number] = register.Change(thing.id, thing.version, other)
    else:
        taking.same += 1


def differs(had: Any, said: Any) -> bool:
    """Whether a thing's value is another one than the file's; places are kept to six decimals."""
    if isinstance(had, Point) and isinstance(said, Point):
        return (round(had.lat, 6), round(had.lon, 6)) != (round(said.lat, 6), round(said.lon, 6))
    return bool(had != said)


@cache
def schema(wire: type[Wire]) -> Any:
    """The strict schema of a wire class: made once, for it is asked for each line."""
    return wire.Schema()


def refuse_all(taking: Taking, number: int, errors: Sequence[FieldError]) -> None:
    """Refuse a line for each of these."""
    for error in errors:
        taking.refuse(number, target_of(error.pointer), error.detail)


def target_of(pointer: str) -> str:
    """The target that a field of the wire comes from."""
    name, _, rest = pointer.strip("/").partition("/")
    if name == "fields" and rest:
        return f"fields.{rest}"
    return {"model_id": "model", "where": "lat"}.get(name, name)


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────


def written(taking: Taking, *, dry_run: bool) -> ImportReport:
    """Write what can be taken, by the register's own verbs; it stays if nothing was refused and this is no dry run."""
    created, changed = dict(taking.new), dict(taking.changes)
    for _ in range(ROUNDS):
        with point() as stays:
            wrong = tried(register.register_all, created) | tried(register.change_all, changed)
            if not wrong and not taking.refused and not dry_run:
                stays()
        for number, errors in wrong.items():
            refuse_all(taking, number, errors)
            created.pop(number, None)
            changed.pop(number, None)
        if not wrong:
            break
    return ImportReport(
        dry_run=dry_run,
        created=len(created),
        changed=len(changed),
        same=taking.same,
        refused=tuple(sorted(taking.refused, key=lambda line: line.row)),
    )


def tried(verb: Any, lines: Mapping[int, Any]) -> dict[int, list[FieldError]]:
    """Do it; gives what the register says against which lines."""
    if not lines:
        return {}
    try:
        with context().connection.begin_nested():
            verb(list(lines.values()))
    except ProblemError as problem:
        numbers, wrong = list(lines), defaultdict(list)
        for error in problem.errors:
            _, items, place, *rest = error.pointer.split("/")
            if items != "items":
                raise
            wrong[numbers[int(place)]].append(FieldError(pointer="/" + "/".join(rest), detail=error.detail))
        if not wrong:
            raise
        return dict(wrong)
    return {}


@contextmanager
def point() -> Any:
    """A point in the transaction to which everything goes back, phones' feeds included, unless it is said that it stays."""
    here, kept = context(), []
    touched, woken = dict(here.touched), set(here.woken)
    with here.connection.begin_nested() as nested:
        yield lambda: kept.append(True)
        if kept:
            here.flush()
        else:
            nested.rollback()
    if not kept:
        here.touched, here.woken = touched, woken
        db().expunge_all()
