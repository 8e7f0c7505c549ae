"""What lies at a place, and what lies in a part of the map: of all layers in one statement, one lateral query for each.

(A query over several layers at once that sorts by nearness costs ten times as much: no index holds that order.)
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, any_, cast, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB, NUMERIC

from backend.core.actor import Actor, asking, db
from backend.core.database import WGS84
from backend.core.house import house
from backend.core.words import words
from backend.maps import queries, sources
from backend.maps.tables import FeatureRow, LayerRow
from shared_models.basics import Language, Point
from shared_models.maps import AskHere, FeatureHere, Here, Whose

FAR_AWAY = 65_000
"""Metres: beyond it a place is neither in the city around ours nor in our county, whose far ends lie so far away."""
OURS = "here."
"""Words of ours."""
LEAST_BOX = 1e-7
"""Degrees: a box without width is no valid area, and nothing meets it."""

Box = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""


class Found(NamedTuple):
    """A feature that was found."""

    layer: str
    id: str
    title: str
    metres: float
    lat: float
    lon: float
    properties: dict[str, Any]


class Looked(NamedTuple):
    """Where to look, in SQL over a geometry: which features, in which order, how far from the point that was asked about."""

    held: Any
    order: Any
    metres: Any


def here(wanted: AskHere) -> Here:
    """The answer to somebody who points at the map."""
    point = Point(lat=wanted.lat, lon=wanted.lon)
    named = None if wanted.layers is None else wanted.layers.split(",")
    found = around(asking(), point, wanted.within, named, wanted.limit)
    return Here(whose=whose(point), items=tuple(feature_here(each) for each in found))


def whose(point: Point) -> Whose:
    """Whose place this is; far from the city nobody's that we could name, so what is told of places around it is left out."""
    told = queries.told_whose(point)
    if told.ours or told.code != queries.ELSEWHERE or queries.near_ours(point, FAR_AWAY):
        return told
    city = queries.our_city().name
    advice = {language: words(language, f"{OURS}far", city=city) for language in (Language.EN, Language.ES)}
    return Whose(
        ours=False,
        code=told.code,
        name=told.name,
        advice_en=advice[Language.EN],
        advice_es=advice[Language.ES],
        contacts=(),
    )


def feature_here(found: Found) -> FeatureHere:
    """A feature, as callers are told."""
    return FeatureHere(
        layer=found.layer,
        id=found.id,
        title=found.title,
        where=Point(lat=found.lat, lon=found.lon),
        metres=found.metres,
        properties=found.properties,
    )


def around(
    actor: Actor | None, point: Point, metres: float, named: Collection[str] | None, most: int
) -> list[Found]:
    """The features within so many metres of a point, the nearest first; at most so many of each layer (None: of all)."""
    spot = func.ST_SetSRID(func.ST_MakePoint(point.lon, point.lat), WGS84)
    reach = func.ST_Buffer(cast_geography(spot), metres + 1)
    box = func.ST_Expand(func.geometry(reach), LEAST_BOX)

    def looked(shape: Any) -> Looked:
        away = func.ST_Distance(cast_geography(shape), cast_geography(spot))
        held = shape.op("&&")(box) & func.ST_DWithin(cast_geography(shape), cast_geography(spot), metres)
        return Looked(held, shape.op("<->")(spot), away)

    return sorted(rows(actor, named, looked, most), key=lambda each: (each.metres, each.layer, each.id))


def in_box(actor: Actor | None, box: Box, named: Collection[str] | None, most: int) -> list[Found]:
    """The features that meet a box, by layer and number; at most so many of each layer."""
    west, south, east, north = box
    area = func.ST_MakeEnvelope(
        west, south, max(east, west + LEAST_BOX), max(north, south + LEAST_BOX), WGS84
    )

    def looked(shape: Any) -> Looked:
        return Looked(shape.op("&&")(area) & func.ST_Intersects(shape, area), None, literal(0.0))

    return rows(actor, named, looked, most)


def cast_geography(shape: Any) -> ColumnElement[Any]:
    """A geometry on the ellipsoid: distances are metres."""
    found: ColumnElement[Any] = func.geography(shape)
    return found


def rows(actor: Actor | None, named: Collection[str] | None, looked: Any, most: int) -> list[Found]:
    """What is found of the layers of the city's own, and of those that domains hand down."""
    given = [
        sources.handed_down(actor, layer)
        for layer in house().layers.values()
        if sources.may_see(actor, layer) and (named is None or layer.name in named)
    ]
    statement = union_all(
        own(actor, named, looked, most), *(of_a_domain(each, looked, most) for each in given)
    )
    return [Found(*row) for row in db().execute(statement)]


def own(actor: Actor | None, named: Collection[str] | None, looked: Any, most: int) -> Select[Any]:
    """Of the city's own layers."""
    where = looked(FeatureRow.geom)
    one = (
        select(FeatureRow.id, FeatureRow.geom, FeatureRow.props, where.metres.label("metres"))
        .where(FeatureRow.edition_id == LayerRow.edition_id, where.held)
        .order_by(FeatureRow.id if where.order is None else where.order)
        .limit(most)
        .correlate(LayerRow)
        .lateral("found")
    )
    seen = sources.seen_by(actor, LayerRow.seen_by, LayerRow.department)
    chosen = true() if named is None else LayerRow.name == any_(literal(list(named), ARRAY(Text)))
    title = one.c.props.op("->>")(LayerRow.title_field)
    return (
        select(LayerRow.name, *told(one, title, one.c.props))
        .select_from(LayerRow)
        .join(one, true())
        .where(seen, chosen)
    )


def of_a_domain(source: sources.Source, looked: Any, most: int) -> Select[Any]:
    """Of one layer that a domain hands down."""
    where, row, layer = looked(source.rows.c.geom), source.rows.c, source.layer
    title = cast(row[layer.title_field], Text) if layer.title_field else literal("")
    one = (
        select(
            row.id,
            row.geom,
            where.metres.label("metres"),
            title.label("title"),
            cast(source.properties, JSONB).label("props"),
        )
        .where(where.held)
        .order_by(row.id if where.order is None else where.order)
        .limit(most)
        .subquery(f"found_{layer.name.replace('-', '_')}")
    )
    return select(literal(layer.name), *told(one, one.c.title, one.c.props))


def told(one: Any, title: Any, props: Any) -> Sequence[Any]:
    """The columns of ``Found`` after the layer's name."""
    point = func.ST_PointOnSurface(one.c.geom)
    metres = func.round(cast(one.c.metres, NUMERIC), 1)
    return (
        cast(one.c.id, Text),
        func.coalesce(title, ""),
        cast(metres, DOUBLE_PRECISION),
        func.ST_Y(point),
        func.ST_X(point),
        props,
    )
