"""Where features come from: a layer of the city's own, or one that another domain hands down; both are read alike.

Everything that shows features asks here (``/ogc``, tiles, packs, exports, search, reports), so who may see what is
said once.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION
from sqlalchemy.types import BigInteger, Boolean, TypeEngine

from backend.core.actor import Actor, context, db
from backend.core.house import house
from backend.core.maplayer import MapLayer
from backend.core.prepared import run_presumed
from backend.core.problems import NotFound
from backend.maps.tables import FeatureRow, LayerRow
from shared_models.basics import CODE
from shared_models.layers import FieldKind, Layer, LayerField, LayerStyle, Part, Whom
from shared_models.permissions import Permission
from shared_models.wire import wire_fields

SQL: dict[FieldKind, TypeEngine[Any]] = {
    FieldKind.TEXT: Text(),
    FieldKind.NUMBER: DOUBLE_PRECISION(),
    FieldKind.INTEGER: BigInteger(),
    FieldKind.BOOLEAN: Boolean(),
    FieldKind.DATE: Date(),
    FieldKind.INSTANT: DateTime(timezone=True),
}
"""What each kind of field is in a filter."""
HANDED_DOWN = uuid.UUID("7e0c3a58-6a2d-5f0e-9c4e-2f1d6b0a9d11")
"""The namespace (RFC 9562 §5.5) of the ids of layers that domains hand down: they have no row."""

NOT_KNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""When a layer that a domain hands down changed last: the same each time, so that whoever has the list is told so."""


@dataclass(frozen=True)
class Source:
    """A layer, and the features of it that somebody may see."""

    layer: Layer
    select: Callable[[], Select[Any]]
    """Makes the query of its features: not before it is needed, for a tile that is kept needs none."""
    given: bool
    """Another domain's: its fields are columns, its ids are that domain's, nothing of it is kept or tagged."""
    edition_id: int | None = None
    """The edition of a layer of the city's own whose features these are."""

    @cached_property
    def rows(self) -> Any:
        """A subquery: ``id``, ``geom`` (WGS 84), ``changed_at``, ``version`` (of the feature), and ``props`` or the fields."""
        return self.select().subquery("feature")

    @cached_property
    def fields(self) -> dict[str, LayerField]:
        """Its fields by name."""
        return {field.name: field for field in self.layer.fields}

    def open(self, parameter: str = "edition") -> "Source":
        """A layer of the city's own whose edition is a value of the statement: so that one is written for all of them.

        To build a query for each call, only to find the SQL that was written for another like it, costs as much as the SQL.
        """
        return replace(self, select=lambda: _of_any_edition(parameter))

    def column(self, name: str) -> ColumnElement[Any]:
        """One field in SQL, of the type of its kind. Raises KeyError for a field that it has not."""
        kind = self.fields[name].kind
        if self.given:
            found: ColumnElement[Any] = self.rows.c[name]
            return found
        words: ColumnElement[Any] = self.rows.c.props.op("->>", return_type=Text())(name)
        return words if kind is FieldKind.TEXT else cast(words, SQL[kind])

    @property
    def properties(self) -> ColumnElement[Any]:
        """All fields of a feature as one JSON object."""
        if not self.given:
            found: ColumnElement[Any] = self.rows.c.props
            return found
        pairs = [part for name in self.fields for part in (literal(name, Text()), self.rows.c[name])]
        return func.json_build_object(*pairs)


def seen_by(actor: Actor | None, whom: Any, department: Any) -> ColumnElement[bool]:
    """Whether a layer for these is one for this person; ``whom`` and ``department`` in SQL."""
    staff, own = reach(actor)
    return _seen_by(whom, department, staff=staff, own=None if own is None else array_of(own))


def reach(actor: Actor | None) -> tuple[bool, list[str] | None]:
    """Whether somebody works for the city, as to its map, and in which departments; None: in all."""
    if actor is None or not actor.may(Permission.MAP_READ):
        return False, None
    everywhere = actor.may_everywhere(Permission.MAP_READ)
    return True, None if everywhere else actor.departments(Permission.MAP_READ)


def _seen_by(whom: Any, department: Any, *, staff: bool, own: Any) -> ColumnElement[bool]:
    if not staff:
        found: ColumnElement[bool] = whom == Whom.PUBLIC
        return found
    theirs = whom == Whom.DEPARTMENT
    if own is not None:
        theirs = and_(theirs, department == any_(own))
    return or_(whom == Whom.PUBLIC, whom == Whom.STAFF, theirs)


def visible_to(actor: Actor | None) -> Select[LayerRow]:
    """The layers of the city's own that this person (None: anybody) may see."""
    return select(LayerRow).where(seen_by(actor, LayerRow.seen_by, LayerRow.department))


def layer_of(actor: Actor | None, id_: UUID) -> Select[LayerRow]:
    """One of them."""
    return visible_to(actor).where(LayerRow.id == id_)


def source(actor: Actor | None, name: str) -> Source:
    """The layer of this name, with the features of it that this person may see. Raises NotFound.

    One small statement; what is told of a layer is read only when it has changed.
    """
    found = several(actor, [name])
    if not found:
        raise NotFound
    return found[0]


LONGEST_NAME = 40
"""Of a layer (``Code``)."""


def several(actor: Actor | None, names: Sequence[str]) -> list[Source]:
    """Those of these layers that this person may see, in this order; by one small statement."""
    handed = house().layers
    sources = {
        name: handed_down(actor, handed[name])
        for name in names
        if name in handed and may_see(actor, handed[name])
    }
    asked = [
        name
        for name in names
        if name not in handed and len(name) <= LONGEST_NAME and CODE.regex.fullmatch(name)
    ]
    if asked:
        staff, own = reach(actor)
        found = run_presumed(_shown(staff, everywhere=own is None, on=False), names=asked, departments=own)
        sources |= _kept_sources({id_: (version, edition_id) for _, id_, version, edition_id in found})
    return [sources[name] for name in names if name in sources]


@cache
def _shown(staff: bool, *, everywhere: bool, on: bool) -> Select[Any]:
    """The layers of these names, or those that are on, that somebody of this reach may see, as they are now.

    Made once, for each tile asks it.
    """
    own = None if everywhere else bindparam("departments", type_=ARRAY(Text()), required=True)
    names = bindparam("names", type_=ARRAY(Text()), required=True)
    shown: tuple[Any, ...] = (LayerRow.name, LayerRow.id, LayerRow.version, LayerRow.edition_id)
    return (
        select(*shown)
        .where(
            _seen_by(LayerRow.seen_by, LayerRow.department, staff=staff, own=own),
            LayerRow.on if on else LayerRow.name == any_(names),
        )
        .order_by(LayerRow.name)
    )


def array_of(names: Sequence[str]) -> ColumnElement[Any]:
    """Words, as one array in SQL: a statement with it has the same text for any number of them."""
    return literal(list(names), ARRAY(Text))


def own_source(layer: Layer, edition_id: int | None) -> Source:
    """One of the city's own layers, with the features of this edition."""
    return Source(
        layer,
        lambda: select(*_SHOWN).where(FeatureRow.edition_id == edition_id),
        given=False,
        edition_id=edition_id,
    )


_SHOWN = (FeatureRow.id, FeatureRow.geom, FeatureRow.props, FeatureRow.version, FeatureRow.changed_at)


@cache
def _of_any_edition(parameter: str) -> Select[Any]:
    """The features of the edition that this value of the statement says."""
    return select(*_SHOWN).where(
        FeatureRow.edition_id == bindparam(parameter, type_=Integer(), required=True)
    )


def switched_on(actor: Actor | None) -> list[Source]:
    """The layers that the map shows until somebody turns them off, by their title."""
    staff, theirs = reach(actor)
    found = run_presumed(_shown(staff, everywhere=theirs is None, on=True), departments=theirs)
    own = list(_kept_sources({id_: (version, edition_id) for _, id_, version, edition_id in found}).values())
    given = [handed_down(actor, each) for each in house().layers.values() if each.on and may_see(actor, each)]
    return sorted(own + given, key=lambda source: (source.layer.title_en.lower(), source.layer.name))


def source_of(actor: Actor | None, id_: UUID) -> Source:
    """The same by the id that is told of the layer. Raises NotFound."""
    name = db().scalar(layer_of(actor, id_).with_only_columns(LayerRow.name))
    given = (each for each in house().layers if uuid.uuid5(HANDED_DOWN, each) == id_)
    return source(actor, name or next(given, ""))


_kept: dict[tuple[object, UUID], Source] = {}


def _kept_sources(states: Mapping[UUID, tuple[int, int | None]]) -> dict[str, Source]:
    """Layers by name, in these states (version, edition); kept in this process for as long as that stays.

    One statement for all that are not.
    """
    database = house().database
    kept = ((id_, _kept.get((database, id_))) for id_ in states)
    found = {
        source.layer.name: source
        for id_, source in kept
        if source and (source.layer.version, source.edition_id) == states[id_]
    }
    if missing := states.keys() - {source.layer.id for source in found.values()}:
        asked = literal(list(missing), ARRAY(Uuid))
        for row in db().scalars(select(LayerRow).where(LayerRow.id == any_(asked))):
            found[row.name] = own_source(told(row), row.edition_id)
            if context().connection.engine is not database.write:
                # (what a transaction changes may be rolled back, and its number come again for something else)
                _kept[database, row.id] = found[row.name]
    return found


def told(row: LayerRow) -> Layer:
    """A layer of the city's own, as callers are told."""
    values = {name: getattr(row, name) for name in wire_fields(Layer)}
    values["fields"] = tuple(LayerField.read(field) for field in row.fields)
    values["style"] = LayerStyle.read(row.style)
    values["bounds"] = tuple(row.bounds)
    return Layer(**values)


def handed_down(actor: Actor | None, given: MapLayer) -> Source:
    """A domain's layer, for this person. Raises NotFound where it is not for them at all."""
    if not may_see(actor, given):
        raise NotFound
    layer = Layer(
        id=uuid.uuid5(HANDED_DOWN, given.name),
        name=given.name,
        title_en=given.title_en,
        title_es=given.title_es,
        about_en="",
        about_es="",
        geometry=given.geometry,
        fields=given.fields,
        seen_by=given.seen_by,
        edited_by=Whom.NOBODY,
        department=None,
        title_field=given.title_field,
        time_field=given.time_field,
        part=Part.NONE,
        part_fields={},
        style=given.style,
        on=given.on,
        illustration=False,
        attribution="",
        count=0,
        bounds=(),
        edition=0,
        version=0,
        changed_at=NOT_KNOWN,
    )
    return Source(layer, lambda: given.select(actor), given=True)


def may_see(actor: Actor | None, given: MapLayer) -> bool:
    """Whether a domain's layer is for this person at all; which things of it, its own query says."""
    return given.seen_by is Whom.PUBLIC or (actor is not None and actor.may(Permission.MAP_READ))


def all_of(actor: Actor | None) -> list[Layer]:
    """What is told of each layer that this person may see, by its title."""
    own = [told(row) for row in db().scalars(visible_to(actor))]
    given = [handed_down(actor, each).layer for each in house().layers.values() if may_see(actor, each)]
    return sorted(own + given, key=lambda layer: (layer.title_en.lower(), layer.name))


def own_layers() -> list[Layer]:
    """All layers of the city's own, whoever may see them, by their name: for the shell."""
    return [told(row) for row in db().scalars(select(LayerRow).order_by(LayerRow.name))]
