"""What lies where. Everything here is public: limits, streets and the city's places."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, TextClause, func, literal, select, text

from backend.core.actor import Actor, context, db
from backend.core.database import WGS84, one
from backend.core.ready import list_text
from backend.maps.tables import AddressRow, OutlineRow, PackRow, PlaceRow, StreetRow, ZoneRow
from shared_models.basics import Contact, Point
from shared_models.maps import PlaceKind, Whose, Zone
from shared_models.permissions import Permission

EXTENT, BUFFER = 4096, 64
ELSEWHERE = "elsewhere"
"""The row without limits that speaks for wherever no outline reaches."""


def holding(point: Point) -> Select[OutlineRow]:
    """The city whose limits hold this point; ours before a neighbour's where they touch."""
    spot = func.ST_SetSRID(func.ST_MakePoint(point.lon, point.lat), WGS84)
    return (
        select(OutlineRow)
        .where(func.ST_Covers(OutlineRow.limits, spot))
        .order_by(OutlineRow.ours.desc())
        .limit(1)
    )


def near_ours(point: Point, metres: float) -> bool:
    """Whether a place lies within so many metres of our limits; where none are known every place does."""
    spot = func.geography(func.ST_SetSRID(func.ST_MakePoint(point.lon, point.lat), WGS84))
    near = select(func.ST_DWithin(func.geography(OutlineRow.limits), spot, metres)).where(OutlineRow.ours)
    return bool(db().scalar(near.limit(1)) is not False)


def in_limits(where: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a place in another domain's query lies in our limits; never true of null."""
    return select(OutlineRow).where(OutlineRow.ours, func.ST_Covers(OutlineRow.limits, where)).exists()


def outlines() -> Select[Any]:
    """All limits, with their GeoJSON and a point in their middle."""
    return (
        select(
            OutlineRow.code,
            OutlineRow.name,
            OutlineRow.ours,
            OutlineRow.advice_en,
            OutlineRow.advice_es,
            OutlineRow.contacts,
            func.ST_AsGeoJSON(OutlineRow.limits, 6).label("geojson"),
            func.ST_AsGeoJSON(func.ST_PointOnSurface(OutlineRow.limits), 6).label("middle"),
        )
        .where(OutlineRow.limits.is_not(None))
        .order_by(OutlineRow.code)
    )


def places() -> Select[PlaceRow]:
    """All places, in a fixed order."""
    return select(PlaceRow).order_by(PlaceRow.id)


def facilities(_: Actor | None) -> Select[Any]:
    """The city's own places, for everybody, as a layer of the map tells of them."""
    row = PlaceRow
    loaded = select(func.max(PackRow.made_at)).scalar_subquery()
    place: tuple[Any, ...] = (
        row.id,
        row.where.label("geom"),
        loaded.label("changed_at"),
        literal(1).label("version"),
    )
    told: tuple[Any, ...] = (row.name, row.detail, row.illustration)
    return select(*place, *told).where(row.kind == PlaceKind.FACILITY)


def newest_pack() -> Select[PackRow]:
    """The pack that phones are to have."""
    return select(PackRow).order_by(PackRow.made_at.desc()).limit(1)


def newest_version() -> Select[str]:
    """Its version, without the file."""
    return select(PackRow.version).order_by(PackRow.made_at.desc()).limit(1)


def bounds() -> TextClause:
    """West, south, east, north of everything that is drawn."""
    return text("""
        SELECT ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east, ST_YMax(box) AS north
        FROM (SELECT ST_Extent(limits) AS box FROM outline) AS all_of_it
    """)


class OurCity(NamedTuple):
    """What a map of our own city needs to begin with. Before a city is loaded it has no name, and is everywhere."""

    name: str
    west: float
    south: float
    east: float
    north: float
    invented: bool
    """Whether streets are drawn that nobody surveyed: each screen then says so."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return self.west, self.south, self.east, self.north


def our_city() -> OurCity:
    """Our own city, by its limits."""
    limits = OutlineRow.limits
    edges = (func.ST_XMin(limits), func.ST_YMin(limits), func.ST_XMax(limits), func.ST_YMax(limits))
    invented = select(StreetRow).where(StreetRow.illustration).exists()
    row = db().execute(select(OutlineRow.name, *edges, invented).where(OutlineRow.ours).limit(1)).first()
    return OurCity(*row) if row else OurCity("", -180.0, -85.0, 180.0, 85.0, invented=False)


def tile() -> TextClause:
    """One vector tile (:z, :x, :y in the XYZ scheme): limits, streets and places; empty where there is nothing."""
    return text("""
        WITH frame AS (
            SELECT ST_TileEnvelope(:z, :x, :y) AS box,
                   ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => CAST(:buffer AS float8) / :extent), 4326) AS reach
        ), city AS (
            SELECT ST_AsMVT(row, 'city', :extent, 'shape') AS layer FROM (
                SELECT code, name, ours,
                       ST_AsMVTGeom(ST_Transform(limits, 3857), frame.box, :extent, :buffer) AS shape
                FROM outline, frame WHERE limits && frame.reach ORDER BY code
            ) AS row WHERE shape IS NOT NULL
        ), street AS (
            SELECT ST_AsMVT(row, 'street', :extent, 'shape') AS layer FROM (
                SELECT name, illustration,
                       ST_AsMVTGeom(ST_Transform(course, 3857), frame.box, :extent, :buffer) AS shape
                FROM street, frame WHERE course && frame.reach ORDER BY name
            ) AS row WHERE shape IS NOT NULL
        ), place AS (
            SELECT ST_AsMVT(row, 'place', :extent, 'shape') AS layer FROM (
                SELECT id, kind, name, illustration,
                       ST_AsMVTGeom(ST_Transform("where", 3857), frame.box, :extent, :buffer) AS shape
                FROM place, frame WHERE kind = 'facility' AND "where" && frame.reach ORDER BY id
            ) AS row WHERE shape IS NOT NULL
        )
        SELECT coalesce(city.layer, '') || coalesce(street.layer, '') || coalesce(place.layer, '')
        FROM city, street, place
    """).bindparams(extent=EXTENT, buffer=BUFFER)


def ground_tile(z: int, x: int, y: int) -> bytes:
    """The bytes of one."""
    return bytes(db().scalar(tile(), {"z": z, "x": x, "y": y}) or b"")


def told_whose(point: Point) -> Whose:
    """Whose place this is."""
    row = db().scalar(holding(point)) or db().get_one(OutlineRow, ELSEWHERE)
    return Whose(
        ours=row.ours,
        code=row.code,
        name=row.name,
        advice_en=row.advice_en,
        advice_es=row.advice_es,
        contacts=tuple(Contact.read(contact) for contact in row.contacts),
    )


def zones(actor: Actor | None) -> Select[ZoneRow]:
    """The city's zones by their code, and for those who speak for the city the areas that were saved."""
    found = select(ZoneRow).order_by(ZoneRow.saved_at.desc().nulls_last(), ZoneRow.code)
    may = actor is not None and (actor.may(Permission.ALERT_WRITE) or actor.may(Permission.REPORT_MAKE))
    return found if may else found.where(ZoneRow.saved_at.is_(None))


def zones_text(actor: Actor | None) -> str:
    """The JSON text of ``Zones``."""
    return f'{{"items":{list_text(zones(actor), Zone)}}}'


def zone_area(code: str) -> tuple[Point, ...] | None:
    """The corners of a zone; None where the city has none of this code."""
    corners = db().scalar(select(ZoneRow.area).where(ZoneRow.code == code))
    return None if corners is None else tuple(Point.read(corner) for corner in corners)


def polygon(area: Sequence[Point]) -> ColumnElement[Any]:
    """The area with these corners, in SQL."""
    ring = ",".join(f"{corner.lon:.6f} {corner.lat:.6f}" for corner in (*area, area[0]))
    return func.ST_GeomFromText(f"POLYGON(({ring}))", WGS84)


def odd_area(area: Sequence[Point]) -> str:
    """What is wrong with an area, in words; empty for a good one. It has at least three corners."""
    shape = polygon(area)
    valid, ours = (
        db()
        .execute(
            select(
                func.ST_IsValid(shape) & (func.ST_Area(shape) > 0),
                select(OutlineRow)
                .where(OutlineRow.ours, func.ST_Intersects(OutlineRow.limits, shape))
                .exists(),
            )
        )
        .one()
    )
    if not valid:
        return "Its edge crosses itself, or encloses nothing."
    return "" if ours else "It lies outside the city."


def households(area: Sequence[Point]) -> int | None:
    """How many addresses lie in an area (empty: everywhere); None where the city has loaded none."""
    found = func.count(AddressRow.id)
    inside = found.filter(func.ST_Covers(polygon(area), AddressRow.where)) if area else found
    every, counted = db().execute(select(found, inside)).one()
    return counted if every else None


class CityTold(NamedTuple):
    """Who the city is, as its pack says."""

    name: str
    short_name: str
    telephone: str
    website: str
    zone: str = ""
    """IANA's name of its time zone."""


_cities: dict[tuple[object, str], CityTold] = {}
"""What this process last read, by database and version of the pack."""


def city() -> CityTold:
    """Who the city is: of the newest pack, which is read once for each version. Empty before a pack is loaded."""
    version = db().scalar(newest_version())
    if version is None:
        return CityTold("", "", "", "")
    key = context().connection.engine.url, version
    told = _cities.get(key)
    if told is None:
        told = city_in(one(newest_pack()).body)
        _cities.clear()
        _cities[key] = told
    return told


def city_in(pack: bytes) -> CityTold:
    """Who the city is, as this pack says."""
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.deserialize(pack)
        [(document,)] = opened.execute("SELECT body FROM document WHERE name = 'city'")
    told = json.loads(document)
    return CityTold(*(told[name] or "" for name in CityTold._fields))
