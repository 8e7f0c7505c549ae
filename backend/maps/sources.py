"""Where features come from: a layer of the city's own, or one that another domain hands down; both are read alike.

Everything that shows features asks here (``/ogc``, tiles, packs, exports, search, reports), so who may see what is
said once.
"""

import uuid
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, DateTime, Select, Text, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.types import BigInteger, Boolean, TypeEngine

from backend.core.actor import Actor, context, db
from backend.core.clock import now
from backend.core.database import one
from backend.core.http import house
from backend.core.maplayer import MapLayer
from backend.core.prepared import rows_of
from backend.core.problems import NotFound
from backend.maps.tables import FeatureRow, LayerRow
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


@dataclass(frozen=True)
class Source:
    """A layer, and the features of it that somebody may see."""

    layer: Layer
    rows: Any
    """A subquery: ``id``, ``geom`` (WGS 84), ``changed_at``, ``version`` (of the feature), and ``props`` or the fields."""
    given: bool
    """Another domain's: its fields are columns, its ids are that domain's, nothing of it is kept or tagged."""

    @property
    def fields(self) -> dict[str, LayerField]:
        """Its fields by name."""
        return {field.name: field for field in self.layer.fields}

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
    may = [whom == Whom.PUBLIC]
    if actor is not None and actor.may(Permission.MAP_READ):
        may.append(whom == Whom.STAFF)
        theirs = whom == Whom.DEPARTMENT
        if not actor.may_everywhere(Permission.MAP_READ):
            theirs = and_(theirs, department.in_(actor.departments(Permission.MAP_READ)))
        may.append(theirs)
    return or_(*may)


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
    given = house().layers.get(name)
    if given is not None:
        return handed_down(actor, given)
    query = visible_to(actor).where(LayerRow.name == name)
    found = rows_of(
        [query],
        ("source",),
        lambda: query.with_only_columns(LayerRow.id, LayerRow.version, LayerRow.edition_id),
    )
    if not found:
        raise NotFound
    [(id_, version, edition_id)] = found
    rows = select(
        FeatureRow.id, FeatureRow.geom, FeatureRow.props, FeatureRow.version, FeatureRow.changed_at
    ).where(FeatureRow.edition_id == edition_id)
    return Source(_kept_layer(id_, version), rows.subquery("feature"), given=False)


_layers: dict[tuple[object, UUID], Layer] = {}


def _kept_layer(id_: UUID, version: int) -> Layer:
    """What is told of a layer, kept in this process for as long as its version stays."""
    key = (context().connection.engine.url, id_)
    kept = _layers.get(key)
    if kept is None or kept.version != version:
        kept = _layers[key] = told(one(select(LayerRow).where(LayerRow.id == id_)))
    return kept


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
        changed_at=now(),
    )
    return Source(layer, given.select(actor).subquery("feature"), given=True)


def may_see(actor: Actor | None, given: MapLayer) -> bool:
    """Whether a domain's layer is for this person at all; which things of it, its own query says."""
    return given.seen_by is Whom.PUBLIC or (actor is not None and actor.may(Permission.MAP_READ))


def all_of(actor: Actor | None) -> list[Layer]:
    """What is told of each layer that this person may see, by its title."""
    own = [told(row) for row in db().scalars(visible_to(actor))]
    given = [handed_down(actor, each).layer for each in house().layers.values() if may_see(actor, each)]
    return sorted(own + given, key=lambda layer: (layer.title_en.lower(), layer.name))
