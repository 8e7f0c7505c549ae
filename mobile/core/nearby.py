"""What lies where on the map: features near a place, and the nearest ones of a layer, from vector tiles.

Pure reckoning on tiles as any source gives them; it is for workers. Distances are metres on the map's
sphere, exact to the tile's grid (some decimetres at zoom 16).
"""

import math
from collections.abc import Callable, Container, Iterator
from itertools import pairwise
from typing import NamedTuple

from mobile.core import mvt
from mobile.core.pack import tile_position
from mobile.core.shapes import distance
from shared_models.places import EARTH_RADIUS, LatLon

Tile = Callable[[int, int, int], bytes | None]
"""One unpacked tile (z, x, y), or None where there is none."""
_MOST_RINGS = 64
"""Rings of tiles around a place that are looked through for the nearest ones: more is another city."""


class Near(NamedTuple):
    """A feature and how far it is."""

    layer: str
    id: int | None
    kind: int
    """`mvt.POINT`, `LINE` or `POLYGON`."""
    properties: dict[str, mvt.Value]
    away: float
    """Metres; 0 within an area."""
    at: LatLon
    """Its nearest point."""
    size: float
    """Of an area, as much as the tile holds: square metres; else 0."""


def around(tile: Tile, z: int, place: LatLon, reach: float, only: Container[str]) -> list[Near]:
    """The features of these layers within `reach` metres, from the tiles of zoom z.

    What a finger means comes first: points and lines, the nearest first; then the areas that hold the place,
    the smallest first; then areas beside it. A feature that lies in several tiles is told once.

    Raises:
        BrokenTileError: if a tile is broken.
    """
    x, y = tile_position(*place, z)
    tiles = reach / _metres_per_tile(place, z)
    found: dict[object, Near] = {}
    for column in range(math.floor(x - tiles), math.floor(x + tiles) + 1):
        for row in range(math.floor(y - tiles), math.floor(y + tiles) + 1):
            _keep_nearest(found, _in_tile(tile, z, column, row, place, only), reach)
    return sorted(found.values(), key=_rank)


def _rank(one: Near) -> tuple[bool, float, float]:
    area = one.kind == mvt.POLYGON
    return area, one.away, one.size


def nearest(
    tile: Tile, z: int, place: LatLon, layer: str, count: int, box: tuple[int, int, int, int]
) -> list[Near]:
    """The `count` nearest features of a layer, the nearest first.

    `box` is which tiles of zoom z there are: the first and last column, the first and last row. Tiles are
    looked through in rings around the place, until none farther out can hold a nearer one.

    Raises:
        BrokenTileError: if a tile is broken.
    """
    x, y = tile_position(*place, z)
    column, row = math.floor(x), math.floor(y)
    left, right, top, bottom = box
    each = _metres_per_tile(place, z)
    to_edge = min(x - column, column + 1 - x, y - row, row + 1 - y)
    found: dict[object, Near] = {}
    for ring in range(_MOST_RINGS):
        for at_x, at_y in _ring(column, row, ring):
            if left <= at_x <= right and top <= at_y <= bottom:
                _keep_nearest(found, _in_tile(tile, z, at_x, at_y, place, {layer}), math.inf)
        best = sorted(found.values(), key=lambda one: one.away)[:count]
        beyond = column - ring < left and column + ring > right and row - ring < top and row + ring > bottom
        if beyond or (len(best) == count and best[-1].away <= (to_edge + ring) * each):
            break
    return sorted(found.values(), key=lambda one: one.away)[:count]


def _ring(x: int, y: int, ring: int) -> Iterator[tuple[int, int]]:
    """The tiles that are so many steps away."""
    if not ring:
        yield x, y
        return
    for step in range(-ring, ring):
        yield from ((x + step, y - ring), (x + ring, y + step), (x - step, y + ring), (x - ring, y - step))


def _keep_nearest(found: dict[object, Near], more: Iterator[Near], reach: float) -> None:
    for one in more:
        # What has no id is taken for the same where it says the same.
        key = (one.layer, one.id if one.id is not None else tuple(sorted(one.properties.items(), key=str)))
        same = found.get(key)
        if same is not None:
            near, size = min(one, same, key=lambda each: each.away), one.size + same.size
            found[key] = near._replace(size=size)
        elif one.away <= reach:
            found[key] = one


def _in_tile(tile: Tile, z: int, x: int, y: int, place: LatLon, only: Container[str]) -> Iterator[Near]:
    data = tile(z, x, y)
    if not data:
        return
    column, row = tile_position(*place, z)
    each = _metres_per_tile(place, z)
    for name, layer in mvt.decode(data, only).items():
        unit = each / layer.extent
        at = (column - x) * layer.extent, (row - y) * layer.extent
        for feature in layer.features:
            away, nearest_point = distance(feature, at)
            if nearest_point is not None:
                spot = x + nearest_point[0] / layer.extent, y + nearest_point[1] / layer.extent
                size = sum(map(_area, feature.paths)) * unit * unit if feature.kind == mvt.POLYGON else 0.0
                yield Near(
                    name,
                    feature.id,
                    feature.kind,
                    feature.properties,
                    away * unit,
                    position_of(*spot, z),
                    abs(size),
                )


def _area(ring: mvt.Path) -> float:
    """Signed: holes count the other way."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(ring)) / 2


def _metres_per_tile(place: LatLon, z: int) -> float:
    return math.cos(math.radians(place[0])) * 2 * math.pi * EARTH_RADIUS / (1 << z)


def position_of(x: float, y: float, z: int) -> LatLon:
    """Latitude and longitude of a point in tiles of zoom z from the map's north-west corner."""
    north = math.pi * (1 - 2 * y / (1 << z))
    return math.degrees(math.atan(math.sinh(north))), x / (1 << z) * 360 - 180
