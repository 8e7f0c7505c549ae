"""Places to measure from: a feature, or what was drawn; and the area of all that lies so near to one."""

import json
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, literal_column, select

from backend.core.actor import Actor, db
from backend.core.database import WGS84
from backend.core.problems import Invalid, NotFound
from backend.maps import queries, sources
from backend.maps.sources import Source
from shared_models.basics import Point
from shared_models.content import MOST_CORNERS
from shared_models.layers import Geometry
from shared_models.problems import FieldError
from shared_models.reports import Around

LEAST = {Geometry.POINT: 1, Geometry.LINE: 2, Geometry.AREA: 3}
"""How many corners what is drawn must have."""
WIDEST, FARTHEST_NORTH, FARTHEST_EAST = 5.0, 85.0, 179.0
"""Degrees across that a place to measure from may be, and where it may lie: an edge from pole to pole has no distance."""
SIMPLER = (0.5, 1.0, 1.5, 2.0, 2.5)
"""Metres by which the edge of a saved area may be told shorter, until it has few enough corners."""

NOWHERE = "There is no such feature, or it has no place."
SHORTEST_DEGREE, LONGEST_DEGREE = 110_000.0, 111_700.0
"""Metres: no degree of latitude is shorter than the one, and no degree longer than the other."""
QUARTER: ColumnElement[str] = literal_column("'quad_segs=16'")
"""Sides of a quarter of a circle: 300 m away it is true to 0.4 m."""


def source_of(actor: Actor | None, name: str | None, at: str) -> Source:
    """The layer of this name. Raises Invalid naming the field: the one that is missing, or that there is not."""
    try:
        return sources.source(actor, name or "")
    except NotFound:
        raise Invalid(FieldError(pointer=at, detail="There is no such layer.")) from None


def shape_of(actor: Actor | None, around: Around, at: str = "/around") -> Select[Any]:
    """The place as one row with one column, ``shape``. Raises Invalid."""
    if (around.layer is None) == (around.kind is None) or (around.layer is None) != (around.feature is None):
        words = "Say a feature with its layer, or the kind and corners of what was drawn."
        raise Invalid(FieldError(pointer=at, detail=words))
    if around.layer is not None:
        source = source_of(actor, around.layer, f"{at}/layer")
        found = source.rows.c.geom
        place = select(found.label("shape")).where(
            cast(source.rows.c.id, Text) == around.feature, measurable(found)
        )
        if not db().scalar(select(place.exists())):
            raise Invalid(FieldError(pointer=at, detail=NOWHERE))
        return place
    return select(drawn(around, at).label("shape"))


def measurable(shape: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether distances from a shape can be told: it is there, of a region's size, and not at a pole or where days begin."""
    wide, high = func.ST_XMax(shape) - func.ST_XMin(shape), func.ST_YMax(shape) - func.ST_YMin(shape)
    frame = func.ST_MakeEnvelope(-FARTHEST_EAST, -FARTHEST_NORTH, FARTHEST_EAST, FARTHEST_NORTH, WGS84)
    return and_(wide <= WIDEST, high <= WIDEST, shape.op("@")(frame))


def drawn(around: Around, at: str) -> ColumnElement[Any]:
    """What was drawn, in SQL. Raises Invalid: too few corners, too many of a point, an edge that crosses itself."""
    kind, corners = around.kind, around.corners
    if kind not in LEAST or len(corners) < LEAST[kind] or (kind is Geometry.POINT and len(corners) > 1):
        words = "A point has one corner, a line at least two, an area at least three."
        raise Invalid(FieldError(pointer=f"{at}/corners", detail=words))
    lats, lons = [corner.lat for corner in corners], [corner.lon for corner in corners]
    wide, high = max(lons) - min(lons), max(lats) - min(lats)
    if (
        max(wide, high) > WIDEST
        or max(map(abs, lats)) > FARTHEST_NORTH
        or max(map(abs, lons)) > FARTHEST_EAST
    ):
        words = f"It must lie within {WIDEST:g} degrees, and not at a pole or where days begin."
        raise Invalid(FieldError(pointer=f"{at}/corners", detail=words))
    if kind is Geometry.AREA:
        shape = queries.polygon(corners)
        if not db().scalar(select(func.ST_IsValid(shape) & (func.ST_Area(shape) > 0))):
            words = "Its edge crosses itself, or encloses nothing."
            raise Invalid(FieldError(pointer=f"{at}/corners", detail=words))
        return shape
    said = ",".join(f"{corner.lon:.6f} {corner.lat:.6f}" for corner in corners)
    return func.ST_GeomFromText(f"{'POINT' if kind is Geometry.POINT else 'LINESTRING'}({said})", WGS84)


def degrees_of(shape: ColumnElement[Any], metres: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """How many degrees, east or west and north or south, hold at least so many metres around a shape that is at no pole."""
    degrees = metres / SHORTEST_DEGREE
    lat = func.greatest(func.abs(func.ST_YMin(shape)), func.abs(func.ST_YMax(shape)))
    return degrees / func.cos(func.radians(func.least(lat + degrees, 89.0))), degrees


def reach(shape: ColumnElement[Any], metres: Any) -> ColumnElement[Any]:
    """A box, in degrees, that holds at least everything so near to a shape that does not lie at a pole."""
    return func.ST_Expand(func.Box2D(shape), *degrees_of(shape, metres))


def metres_between(shape: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """How far two shapes of a region lie apart, on the ellipsoid, at the cost of a distance in the plane.

    An edge is a straight line in degrees (RFC 7946 §3.1.1). Where two shapes are nearest to each other is looked for in a
    plane on which a degree is as long both ways about the second; how far that is, is told on the ellipsoid.
    """
    wide = func.cos(func.radians((func.ST_YMin(other) + func.ST_YMax(other)) / 2))
    line = func.ST_ShortestLine(func.ST_Scale(shape, wide, 1.0), func.ST_Scale(other, wide, 1.0))
    found: ColumnElement[Any] = func.ST_Length(func.geography(func.ST_Scale(line, 1.0 / wide, 1.0)))
    return found


def corners_around(actor: Actor, around: Around, metres: float) -> tuple[Point, ...]:
    """The outline of all that lies so near to a place, in few enough corners for a push.

    It never leaves out anybody who lies within: where it is told with fewer corners it is drawn so much wider. Raises
    Invalid: nothing is there, its parts lie apart, or it has a hole or too many bends.
    """
    place = shape_of(actor, around).cte("measured_from")
    for slack in SIMPLER:
        whole = func.geometry(func.ST_Buffer(func.geography(place.c.shape), metres + slack, QUARTER))
        # A degree is nowhere longer than this: told shorter, the edge moves by less than the slack that was added.
        simple = func.ST_SimplifyPreserveTopology(whole, slack * 0.9 / LONGEST_DEGREE)
        told = db().scalar(select(func.ST_AsGeoJSON(simple, 7)).select_from(place))
        if told is None:
            raise Invalid(FieldError(pointer="/around", detail=NOWHERE))
        shape = json.loads(told)
        if shape["type"] != "Polygon" or len(shape["coordinates"]) > 1:
            words = "What lies so near is in several parts, or has a hole. Take a greater distance, or one part at a time."
            raise Invalid(FieldError(pointer="/around", detail=words))
        ring = shape["coordinates"][0][:-1]
        if len(ring) <= MOST_CORNERS:
            return tuple(Point(lat=round(lat, 6), lon=round(lon, 6)) for lon, lat in ring)
    raise Invalid(
        FieldError(pointer="/around", detail="Its edge has too many bends. Take a greater distance.")
    )
