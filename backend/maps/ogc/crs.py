"""Coordinate reference systems: those that are spoken, and shapes that come in one of them (Part 2)."""

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, func, literal, literal_column

from backend.core.database import WGS84
from backend.core.problems import ProblemError

DEFINED = "http://www.opengis.net/def/crs/"
STEPS = 16
"""Into how many pieces each edge of a box is cut that is straight in another system than ours."""
DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How many arrays stand around a position (RFC 7946 §3.1)."""
FEWEST_OF_LINE, FEWEST_OF_RING = 2, 4
BOX, BOX_WITH_HEIGHTS = 4, 6

Shape = dict[str, Any]
"""A GeoJSON geometry."""


@dataclass(frozen=True)
class Crs:
    """A system that coordinates may be told in."""

    uri: str
    srid: int
    """What PostGIS knows it by: always the number, for a name is looked up for each row."""
    swapped: bool = False
    """Its first axis runs north: latitude comes before longitude."""
    decimals: int = 6
    """That are told: 0.1 m in degrees, a millimetre in metres or feet."""

    @property
    def degrees(self) -> bool:
        """Whether its units are degrees."""
        return self.srid == WGS84


CRS84 = Crs(f"{DEFINED}OGC/1.3/CRS84", WGS84)
SPOKEN = {
    crs.uri: crs
    for crs in (
        CRS84,
        Crs(f"{DEFINED}EPSG/0/4326", WGS84, swapped=True),
        Crs(f"{DEFINED}EPSG/0/3857", 3857, decimals=3),
        Crs(f"{DEFINED}EPSG/0/2278", 2278, decimals=3),
    )
}
"""By URI: WGS 84 either way round, the web's Mercator, and Texas South Central in feet, in which the city surveys."""


def crs_named(uri: str, at: str) -> Crs:
    """The system of this URI. Raises Problem("malformed"), about ``at``, for one that is not spoken."""
    crs = SPOKEN.get(uri)
    if crs is None:
        raise wrong(f"This reference system is not spoken; one of: {', '.join(SPOKEN)}.", at)
    return crs


def wrong(detail: str, at: str) -> ProblemError:
    """What is wrong in a request, and where: 400, as Part 1 §7.15.4 wants it of any bad value."""
    return ProblemError("malformed", detail, at=at)


def drawn(shape: Shape, crs: Crs) -> ColumnElement[Any]:
    """A shape as PostGIS has it, in the system that it came in."""
    return read(literal(written(shape, crs), Text()), crs)


def placed(shape: Shape, crs: Crs) -> ColumnElement[Any]:
    """The same in WGS 84."""
    return put(literal(written(shape, crs), Text()), crs)


def written(shape: Shape, crs: Crs) -> str:
    """GeoJSON of a shape with its axes in the order that PostGIS wants: east, north."""
    return json.dumps(turned(shape) if crs.swapped else shape)


def read(words: ColumnElement[Any], crs: Crs) -> ColumnElement[Any]:
    """What is written so, in SQL, in its own system."""
    made: ColumnElement[Any] = func.ST_SetSRID(
        func.ST_GeomFromGeoJSON(words), literal_column(str(crs.srid), Integer())
    )
    return made


def put(words: ColumnElement[Any], crs: Crs) -> ColumnElement[Any]:
    """What is written so, in SQL, in WGS 84."""
    made = read(words, crs)
    return made if crs.degrees else func.ST_Transform(made, WGS84)


def turned(shape: Shape) -> Shape:
    """The same with the first two axes changed over."""
    if "geometries" in shape:
        return shape | {"geometries": [turned(each) for each in shape["geometries"]]}
    return shape | {"coordinates": _turned(shape["coordinates"])}


def _turned(coordinates: Any) -> Any:
    if coordinates and isinstance(coordinates[0], list):
        return [_turned(each) for each in coordinates]
    return [coordinates[1], coordinates[0], *coordinates[2:]]


def checked(shape: Any, at: str) -> Shape:
    """A GeoJSON geometry, if it is one that PostGIS can read. Raises Problem("malformed")."""
    kind = shape.get("type") if isinstance(shape, dict) else None
    if kind == "GeometryCollection" and isinstance(shape.get("geometries"), list) and shape["geometries"]:
        return {"type": kind, "geometries": [checked(each, at) for each in shape["geometries"]]}
    if kind not in DEPTH or not isinstance(shape.get("coordinates"), list):
        raise wrong("This is no GeoJSON geometry.", at)
    _check(shape["coordinates"], DEPTH[kind], at, ring="Polygon" in kind, line="Line" in kind)
    return {"type": kind, "coordinates": shape["coordinates"]}


def _check(coordinates: Any, depth: int, at: str, *, ring: bool, line: bool) -> None:
    if not isinstance(coordinates, list) or not coordinates:
        raise wrong("Coordinates are missing.", at)
    if depth == 0:
        if not 2 <= len(coordinates) <= 3 or not all(_number(each) for each in coordinates):  # noqa: PLR2004 - RFC 7946 §3.1.1
            raise wrong("A position is two or three numbers.", at)
        return
    if depth == 1 and ring and (len(coordinates) < FEWEST_OF_RING or coordinates[0] != coordinates[-1]):
        raise wrong("A ring has at least four positions and ends where it began.", at)
    if depth == 1 and line and len(coordinates) < FEWEST_OF_LINE:
        raise wrong("A line has at least two positions.", at)
    for each in coordinates:
        _check(each, depth - 1, at, ring=ring, line=line)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def box_shape(numbers: list[float], crs: Crs, at: str) -> Shape:
    """The shape of a box of four numbers, or six with heights, which are not looked at: nothing here has any.

    One without width or height is a line or a point, for as an area it would be none and nothing would meet it. One
    whose west lies east of its east reaches over the antimeridian (Part 1 §7.15.3).
    """
    if len(numbers) not in (BOX, BOX_WITH_HEIGHTS) or not all(_number(each) for each in numbers):
        raise wrong("A box is four or six numbers: lower corner, upper corner.", at)
    half = len(numbers) // 2
    first, second, third, fourth = *numbers[:2], *numbers[half : half + 2]
    west, south, east, north = (
        (second, first, fourth, third) if crs.swapped else (first, second, third, fourth)
    )
    if south > north or (west > east and not crs.degrees):
        raise wrong("The lower corner of the box lies above its upper one.", at)
    if west > east:
        halves = [(west, south, 180.0, north), (-180.0, south, east, north)]
        shape: Shape = {"type": "GeometryCollection", "geometries": [_box(*half) for half in halves]}
        areas = [each["coordinates"] for each in shape["geometries"] if each["type"] == "Polygon"]
        shape = {"type": "MultiPolygon", "coordinates": areas} if len(areas) == len(halves) else shape
    else:
        shape = _box(west, south, east, north, 1 if crs.degrees else STEPS)
    return turned(shape) if crs.swapped else shape


def _box(west: float, south: float, east: float, north: float, steps: int = 1) -> Shape:
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    if west == east and south == north:
        return {"type": "Point", "coordinates": [west, south]}
    if west == east or south == north:
        return {"type": "LineString", "coordinates": [[west, south], [east, north]]}
    ring = [
        [x + (to_x - x) * step / steps, y + (to_y - y) * step / steps]
        for (x, y), (to_x, to_y) in pairwise(corners)
        for step in range(steps)
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
