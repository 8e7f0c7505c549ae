"""Vector tiles (MVT 2.1) in SQL: where a tile lies, and one statement that makes it of whatever layers somebody may see."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Double,
    Executable,
    LargeBinary,
    ScalarSelect,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import BIT

from backend.core.database import WGS84
from backend.core.prepared import BINARY, rows_of
from backend.core.problems import NotFound
from backend.maps.sources import Source, array_of
from shared_models.layers import FieldKind, Geometry
from shared_models.tiles import NEAREST_TILES

EXTENT, BUFFER = 4096, 64
"""Units of a tile's side, and how far beyond it things are drawn, so that lines and edges meet in the next tile."""
MERCATOR = 3857
"""Numbers, never names of reference systems: PostGIS looks a name up for each row, a thousand times as slow."""
HALF_WORLD = math.pi * 6378137
"""Metres from the middle of the map to its edge (EPSG:3857)."""
FARTHEST_NORTH = 85.06
"""Degrees: the map ends at 85.0511; what reaches beyond has no place on it that could be computed."""
BEND = 1 / 6
"""Of a unit: how far from its place a corner may be put for not being projected (see ``Place.flat``)."""
TYPED = frozenset({FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.BOOLEAN})
"""What a tile can say as itself; all else is words (MVT 2.1 §4.1)."""
AREAS = 3
"""PostGIS's number of them, where a shape is of several sorts."""


class Place(NamedTuple):
    """Which tile: row 0 is the northernmost."""

    zoom: int
    row: int
    column: int

    def box(self, buffer: float = 0.0) -> tuple[float, float, float, float]:
        """West, south, east, north in metres of EPSG:3857, with so many units of the tile more on each side."""
        side = 2 * HALF_WORLD / 2**self.zoom
        more = side * buffer / EXTENT
        west, north = self.column * side - HALF_WORLD, HALF_WORLD - self.row * side
        return west - more, north - side - more, west + side + more, north + more

    @property
    def flat(self) -> bool:
        """Whether each place in it lies within a sixth of a unit of where it lies if degrees are stretched over the tile.

        From zoom 14 on it does in a city of Texas. To project each corner takes longer than all the rest of the work;
        and a side between two corners is then straight in degrees, as GeoJSON has it (RFC 7946 §3.1.1). Where tiles are
        projected it is straight in metres: a side of 20 km may lie some metres beside itself at the next zoom.
        """
        _, south, _, north = (math.radians(edge) for edge in degrees(self.box()))
        farthest = max(abs(south), abs(north))
        # A curve is nowhere farther from its chord than an eighth of its greatest second derivative times the square of
        # the chord's length.
        bend = math.tan(farthest) / math.cos(farthest) * (north - south) ** 2 / 8
        return bend <= BEND * math.tau / EXTENT / float(2**self.zoom)

    def values(self) -> dict[str, float]:
        """The tile's box, in degrees if it is flat and in metres if not; and what reaches into it, in degrees."""
        west, south, east, north = degrees(self.box()) if self.flat else self.box()
        around = degrees(self.box(BUFFER))
        return {
            "west": west, "south": south, "east": east, "north": north,
            "right": EXTENT / (east - west), "down": EXTENT / (south - north),
            "lon_from": max(-180.0, around[0]), "lat_from": around[1],
            "lon_to": min(180.0, around[2]), "lat_to": around[3],
        }  # fmt: skip


def degrees(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """A box of EPSG:3857 in degrees."""
    west, south, east, north = box
    return west / HALF_WORLD * 180, latitude(south), east / HALF_WORLD * 180, latitude(north)


def latitude(metres: float) -> float:
    """Degrees of a northing in EPSG:3857."""
    return on_map(math.degrees(math.atan(math.sinh(metres / HALF_WORLD * math.pi))))


def on_map(lat: float) -> float:
    """The latitude, or the map's edge where it lies beyond."""
    return max(-FARTHEST_NORTH, min(FARTHEST_NORTH, lat))


def at(lat: float, lon: float, zoom: int) -> Place:
    """The tile that holds a point."""
    side = 2**zoom
    column = int((lon + 180) / 360 * side)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)
    return Place(zoom, min(max(row, 0), side - 1), min(max(column, 0), side - 1))


def place(zoom: int, row: int, column: int) -> Place:
    """The same, as somebody asks for it. Raises NotFound beyond the map."""
    if zoom > NEAREST_TILES or row >= 2**zoom or column >= 2**zoom:
        raise NotFound
    return Place(zoom, row, column)


# ── what is in it ────────────────────────────────────────────────────────────────────────────────────────────


def wants_all(source: Source, names: Sequence[str]) -> bool:
    """Whether these are all fields of a layer of the city's own."""
    return not source.given and set(names) == source.fields.keys()


def told(source: Source, names: Sequence[str]) -> list[ColumnElement[Any]]:
    """These fields of a feature as a tile tells them.

    All of a layer's own go as the one value that holds them, which PostGIS takes apart itself, in less time; but for
    its numbers, of which it would tell no millionths.
    """
    if not wants_all(source, names):
        return [value(source, name).label(name) for name in names]
    numbers = [name for name in names if source.fields[name].kind is FieldKind.NUMBER]
    whole: ColumnElement[Any] = source.rows.c.props
    if numbers:
        whole = whole.op("-")(array_of(numbers))
    # No field of a layer can begin with an underscore.
    return [whole.label("_fields"), *(value(source, name).label(name) for name in numbers)]


def value(source: Source, name: str) -> ColumnElement[Any]:
    """A field as a tile tells it."""
    kind = source.fields[name].kind
    if kind in TYPED:
        return source.column(name)
    if not source.given:
        words: ColumnElement[Any] = source.rows.c.props.op("->>", return_type=Text())(name)
        return words
    column = source.column(name)
    if kind is FieldKind.INSTANT:
        return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    return cast(column, Text())


def number(source: Source) -> ColumnElement[Any]:
    """The number of a feature: a tile takes no other ids. Of ids that are none, 52 bits made of them, which JavaScript holds."""
    if not source.given:
        found: ColumnElement[Any] = source.rows.c.id
        return found
    digits = func.left(func.md5(cast(source.rows.c.id, Text())), 13)
    return cast(cast(func.concat("x", digits), BIT(52)), BigInteger())


def layer_bytes(source: Source, names: Sequence[str], *, flat: bool) -> ScalarSelect[bytes]:
    """One layer of a tile with these fields, in SQL. A domain's features say their own id too, as the field ``id``."""
    geom = source.rows.c.geom
    reach = func.ST_MakeEnvelope(*map(float_, ("lon_from", "lat_from", "lon_to", "lat_to")), WGS84)
    fields = told(source, names)
    if source.given and "id" not in names:
        fields.append(cast(source.rows.c.id, Text()).label("id"))
    areas = source.layer.geometry is Geometry.AREA
    laid = geom if flat else mercator(geom)
    # The offsets keep PostgreSQL from writing a whole expression out wherever it is used.
    rows = (
        select(number(source).label("_id"), *fields, (corners if areas else shape)(laid).label("_shape"))
        .where(geom.op("&&")(reach))
        .order_by(source.rows.c.id)
        .offset(0)
    )
    if areas:
        moved = rows.subquery("moved")
        rows = select(
            *(column for column in moved.c if column.key != "_shape"),
            cut(moved.c["_shape"], WGS84 if flat else MERCATOR).label("_shape"),
        ).offset(0)
    found = rows.subquery("told")
    row: ColumnElement[Any] = literal_column("told")
    return (
        select(func.ST_AsMVT(row, source.layer.name, EXTENT, "_shape", "_id", type_=LargeBinary()))
        .select_from(found)
        .where(~func.ST_IsEmpty(found.c["_shape"]))
        .scalar_subquery()
    )


def mercator(geom: ColumnElement[Any]) -> ColumnElement[Any]:
    """A shape in metres, without what of it lies beyond the map."""
    world = func.ST_MakeEnvelope(-180, -FARTHEST_NORTH, 180, FARTHEST_NORTH, WGS84)
    return func.ST_Transform(
        case((geom.op("@")(world), geom), else_=func.ST_ClipByBox2D(geom, world)), MERCATOR
    )


def shape(laid: ColumnElement[Any]) -> ColumnElement[Any]:
    """A shape as it stands in the tile."""
    box = func.ST_MakeEnvelope(*map(float_, ("west", "south", "east", "north")))
    return func.ST_AsMVTGeom(laid, box, EXTENT, BUFFER, True)


def corners(laid: ColumnElement[Any]) -> ColumnElement[Any]:
    """An area in units of the tile, its corners each on the nearest whole one: a corner of two areas stays one corner.

    ``ST_AsMVTGeom`` simplifies each area for itself, so that the ground shows through between two that adjoin; and it
    takes a third longer.
    """
    west, north = -float_("west"), -float_("north")
    return func.ST_SnapToGrid(func.ST_TransScale(laid, west, north, float_("right"), float_("down")), 1)


def cut(whole: ColumnElement[Any], plane: int) -> ColumnElement[Any]:
    """What of it lies in the tile and its buffer; ``plane``: the reference system that it says it is in."""
    frame = func.ST_MakeEnvelope(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER, plane)
    inside = func.ST_SnapToGrid(func.ST_ClipByBox2D(whole, frame), 1)
    return func.ST_ForcePolygonCCW(
        func.ST_CollectionExtract(case((whole.op("@")(frame), whole), else_=inside), AREAS)
    )


def float_(name: str) -> BindParameter[float]:
    """A number that the statement is given."""
    return bindparam(name, type_=Double(), required=True)


def made(found: Sequence[Source], fields: Sequence[Sequence[str]], where: Place) -> bytes:
    """A tile of these layers with these fields of each, by one statement; empty where nothing lies."""
    form = [
        (
            source.layer.name,
            source.layer.geometry,
            tuple((name, source.fields[name].kind) for name in names),
            wants_all(source, names),
            source.given,
        )
        for source, names in zip(found, fields, strict=True)
    ]
    opened = [each if each.given else each.open(f"edition{n}") for n, each in enumerate(found)]
    flat = where.flat

    def build() -> Executable:
        all_ = select(*(layer_bytes(*each, flat=flat) for each in zip(opened, fields, strict=True)))
        return all_.execution_options(**{BINARY: True})

    given = [source.rows.element for source in found if source.given]
    editions = {f"edition{n}": each.edition_id for n, each in enumerate(found) if not each.given}
    [layers] = rows_of(given, ("tile", flat, *form), build, **where.values(), **editions)
    return b"".join(bytes(layer) for layer in layers if layer)
