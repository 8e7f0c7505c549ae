"""Vector tiles (MVT 2.1), each by one statement, of whatever layers somebody may see.

A tile is kept in the process under the versions of its layers. An edit raises the version in its own transaction, so
from its commit on nobody is given an older tile; what nobody asks for any more makes room for what is asked for.
"""

import gzip
import hashlib
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

from flask import Response, request
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

from backend.core.actor import Actor
from backend.core.database import WGS84
from backend.core.http import house
from backend.core.prepared import BINARY, rows_of
from backend.core.problems import NotFound, ProblemError
from backend.maps import sources
from backend.maps.sources import Source
from shared_models.layers import FieldKind, Geometry, Layer, Whom
from shared_models.problems import FieldError
from shared_models.tiles import NEAREST_TILES

MVT = "application/vnd.mapbox-vector-tile"
EXTENT, BUFFER = 4096, 64
"""Units of a tile's side, and how far beyond it things are drawn, so that lines and edges meet in the next tile."""
MERCATOR = 3857
"""Numbers, never names of reference systems: PostGIS looks a name up for each row, a thousand times as slow."""
HALF_WORLD = math.pi * 6378137
"""Metres from the middle of the map to its edge (EPSG:3857)."""
FARTHEST_NORTH = 85.06
"""Degrees: the map ends at 85.0511; what reaches beyond has no place on it that could be computed."""
MOST_BYTES = 64 * 1024 * 1024
"""Of tiles, in each process."""
MOST_TAGS = 1000
"""That are kept: a map asks for many tiles of the same layers."""
WORTH_PACKING = 1400
"""Bytes: what is shorter travels in one packet as it is."""
TYPED = frozenset({FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.BOOLEAN})
"""What a tile can say as itself; all else is words (MVT 2.1 §4.1)."""
ALL = "*"
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

    def values(self) -> dict[str, float]:
        """The tile's box in metres, and what reaches into it (with its buffer) in degrees, as the statement needs them."""
        west, south, east, north = self.box()
        around = self.box(BUFFER)
        return {
            "west": west, "south": south, "east": east, "north": north,
            "units_per_m": EXTENT / (east - west),
            "lon_from": max(-180.0, around[0] / HALF_WORLD * 180), "lat_from": latitude(around[1]),
            "lon_to": min(180.0, around[2] / HALF_WORLD * 180), "lat_to": latitude(around[3]),
        }  # fmt: skip


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


# ── what a tile tells of a feature ───────────────────────────────────────────────────────────────────────────


def drawn_by(layer: Layer) -> tuple[str, ...]:
    """The fields that a map needs of a feature: what names it and what is written beside it."""
    known = {each.name for each in layer.fields}
    return tuple(name for name in dict.fromkeys((layer.title_field, layer.style.label)) if name in known)


def chosen(layer: Layer, said: str | None) -> tuple[str, ...]:
    """The fields that somebody asks for. Raises a problem of status 400 for one that the layer has not."""
    if said is None:
        return drawn_by(layer)
    if said == ALL:
        return tuple(each.name for each in layer.fields)
    names = tuple(dict.fromkeys(name.strip() for name in said.split(",") if name.strip()))
    if unknown := set(names) - {each.name for each in layer.fields}:
        raise ProblemError("malformed", f"properties: {layer.name} has no field {min(unknown)[:63]}.")
    return names


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


def layer_bytes(source: Source, names: Sequence[str]) -> ScalarSelect[bytes]:
    """One layer of a tile with these fields, in SQL. A domain's features say their own id too, as the field ``id``."""
    geom = source.rows.c.geom
    reach = func.ST_MakeEnvelope(*map(float_, ("lon_from", "lat_from", "lon_to", "lat_to")), WGS84)
    fields = [value(source, name).label(name) for name in names]
    if source.given and "id" not in names:
        fields.append(cast(source.rows.c.id, Text()).label("id"))
    areas = source.layer.geometry is Geometry.AREA
    # No field of a layer can begin with an underscore.
    rows = (
        select(number(source).label("_id"), *fields, (corners if areas else shape)(geom).label("_shape"))
        .where(geom.op("&&")(reach))
        .order_by(source.rows.c.id)
    )
    if areas:  # the offset keeps PostgreSQL from writing the whole expression out wherever it is used
        moved = rows.offset(0).subquery("moved")
        rows = select(
            *(column for column in moved.c if column.key != "_shape"), cut(moved.c["_shape"]).label("_shape")
        ).offset(0)
    told = rows.subquery("told")
    row: ColumnElement[Any] = literal_column("told")
    return (
        select(func.ST_AsMVT(row, source.layer.name, EXTENT, "_shape", "_id", type_=LargeBinary()))
        .select_from(told)
        .where(~func.ST_IsEmpty(told.c["_shape"]))
        .scalar_subquery()
    )


def mercator(geom: ColumnElement[Any]) -> ColumnElement[Any]:
    """A shape in metres, without what of it lies beyond the map."""
    world = func.ST_MakeEnvelope(-180, -FARTHEST_NORTH, 180, FARTHEST_NORTH, WGS84)
    return func.ST_Transform(
        case((geom.op("@")(world), geom), else_=func.ST_ClipByBox2D(geom, world)), MERCATOR
    )


def shape(geom: ColumnElement[Any]) -> ColumnElement[Any]:
    """A shape as it stands in the tile."""
    box = func.ST_MakeEnvelope(*map(float_, ("west", "south", "east", "north")), MERCATOR)
    return func.ST_AsMVTGeom(mercator(geom), box, EXTENT, BUFFER, True)


def corners(geom: ColumnElement[Any]) -> ColumnElement[Any]:
    """An area in units of the tile, its corners each on the nearest whole one: a corner of two areas stays one corner.

    ``ST_AsMVTGeom`` simplifies each area for itself, so that the ground shows through between two that adjoin; and it
    takes a third longer.
    """
    unit = float_("units_per_m")
    return func.ST_SnapToGrid(
        func.ST_TransScale(mercator(geom), -float_("west"), -float_("north"), unit, -unit), 1
    )


def cut(whole: ColumnElement[Any]) -> ColumnElement[Any]:
    """What of it lies in the tile and its buffer."""
    frame = func.ST_MakeEnvelope(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER, MERCATOR)
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
            source.given,
        )
        for source, names in zip(found, fields, strict=True)
    ]
    opened = [each if each.given else each.open(f"edition{n}") for n, each in enumerate(found)]

    def build() -> Executable:
        all_ = select(*(layer_bytes(*each) for each in zip(opened, fields, strict=True)))
        return all_.execution_options(**{BINARY: True})

    given = [source.rows.element for source in found if source.given]
    editions = {f"edition{n}": each.edition_id for n, each in enumerate(found) if not each.given}
    [layers] = rows_of(given, ("tile", *form), build, **where.values(), **editions)
    return b"".join(bytes(layer) for layer in layers if layer)


# ── keeping them ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Tile:
    """A tile that is kept."""

    body: bytes

    @cached_property
    def packed(self) -> bytes:
        """It in gzip. Not made for a tile that is asked for once: packing takes a tenth of the making."""
        return gzip.compress(self.body, 6, mtime=0)


@dataclass
class Kept:
    """The tiles that were asked for last, up to so many bytes."""

    most: int
    held: int = 0
    tiles: OrderedDict[Any, Tile] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def get(self, key: Any) -> Tile | None:
        """The tile under this key."""
        with self.lock:
            tile = self.tiles.get(key)
            if tile is not None:
                self.tiles.move_to_end(key)
            return tile

    def keep(self, key: Any, tile: Tile) -> None:
        """Keep a tile, and let go of those that were not asked for the longest."""
        with self.lock:
            if key not in self.tiles:
                self.held += weight(tile)
            self.tiles[key] = tile
            while self.held > self.most:
                _, old = self.tiles.popitem(last=False)
                self.held -= weight(old)


def weight(tile: Tile) -> int:
    """Bytes that a kept tile may come to: with its packed form, its key, and what an empty one costs all the same."""
    return len(tile.body) * 3 // 2 + 1000


kept = Kept(MOST_BYTES)


# ── answering ────────────────────────────────────────────────────────────────────────────────────────────────


def of_one(actor: Actor | None, name: str, where: Place, properties: str | None) -> Response:
    """A tile of one layer. Raises NotFound."""
    found = sources.source(actor, name)
    return answer([found], [chosen(found.layer, properties)], where)


def of_several(actor: Actor | None, collections: str | None, where: Place) -> Response:
    """A tile of several layers, in this order. Raises a problem of status 400 for one that is nothing to this person."""
    found = wanted_layers(actor, collections)
    return answer(found, [drawn_by(source.layer) for source in found], where)


def wanted_layers(actor: Actor | None, collections: str | None) -> list[Source]:
    """The layers that somebody names, or those of the city's own that are shown until somebody turns them off."""
    if collections is None:
        return sources.switched_on(actor)
    names = list(dict.fromkeys(name.strip() for name in collections.split(",") if name.strip()))
    found = sources.several(actor, names)
    if unknown := set(names) - {source.layer.name for source in found}:
        words = f"There is no layer {min(unknown)[:63]}, or it is not for you."
        kind = (
            "malformed" if request.path.startswith("/ogc/") else "invalid"
        )  # as the OGC's standards ask for
        raise ProblemError(kind, words, errors=[FieldError(pointer="?collections", detail=words)])
    return found


def answer(found: Sequence[Source], fields: Sequence[tuple[str, ...]], where: Place) -> Response:
    """The tile of these layers: from what is kept, made anew, or 304 to whoever has it; 204 where nothing lies.

    What other domains hand down is neither kept nor tagged: which of it somebody may see differs from one to the next.
    """
    if any(source.given for source in found):
        return filled(fresh("private, no-store"), Tile(made(found, fields, where)), pack=False)
    public = all(source.layer.seen_by is Whom.PUBLIC for source in found)
    versions = tuple((source.layer.id, source.layer.version) for source in found)
    told_of = tuple(fields)
    tag = tag_of(versions, told_of)
    told = fresh("public, no-cache" if public else "private, no-cache", tag)
    if request.if_none_match.contains_weak(tag):
        told.status_code = 304
        return told
    key = (house().database, versions, told_of, where)
    tile = kept.get(key)
    if tile is not None:
        return filled(told, tile, pack=True)
    tile = Tile(made(found, fields, where) if found else b"")
    kept.keep(key, tile)
    return filled(told, tile, pack=False)


def fresh(keep: str, tag: str = "") -> Response:
    """An answer without a body yet: who may keep it, and under which tag; each header written once, as it is."""
    headers = {"Vary": "Accept-Encoding, Authorization", "Cache-Control": keep}
    return Response(content_type=MVT, headers=headers | ({"ETag": f'W/"{tag}"'} if tag else {}))


@lru_cache(MOST_TAGS)
def tag_of(versions: tuple[tuple[UUID, int], ...], fields: tuple[tuple[str, ...], ...]) -> str:
    """What names a tile of these layers, at these versions, with these fields of each."""
    return hashlib.sha256(repr((versions, list(fields))).encode()).hexdigest()[:16]


def filled(told: Response, tile: Tile, *, pack: bool) -> Response:
    """An answer with the tile in it."""
    if not tile.body:
        told.status_code = 204
    elif pack and len(tile.body) >= WORTH_PACKING and request.accept_encodings["gzip"]:
        told.headers["Content-Encoding"] = "gzip"
        told.set_data(tile.packed)
    else:
        told.set_data(tile.body)
    return told
