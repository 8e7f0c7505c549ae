"""From degrees to the window and back: Web Mercator, and the one matrix that a map is drawn with.

Geometry is kept in *reference pixels*: pixels of the whole world at zoom 18, y pointing up, counted from an
origin near the city, so that the 32-bit floats of a graphics chip hold them to a millimetre or so.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

REFERENCE_ZOOM = 18
WORLD = 256 << REFERENCE_ZOOM
"""Reference pixels around the equator."""

Spot = tuple[float, float]
"""A position in reference pixels from the origin, or in window pixels: x to the right, y up."""
Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in either."""


def world(lat: float, lon: float) -> Spot:
    """Reference pixels from the map's south-west corner."""
    north = math.asinh(math.tan(math.radians(lat))) / math.pi
    return (lon + 180) / 360 * WORLD, (1 + north) / 2 * WORLD


def unworld(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude of a position in reference pixels from the south-west corner."""
    return math.degrees(math.atan(math.sinh((2 * y / WORLD - 1) * math.pi))), x / WORLD * 360 - 180


def metres_per_reference_pixel(lat: float) -> float:
    """How long a reference pixel is on the ground there (the sphere of EPSG:3857, 6,378,137 m)."""
    return 2 * math.pi * 6_378_137 * math.cos(math.radians(lat)) / WORLD


class Frame(NamedTuple):
    """The matrix of one moment: window = reference x scale + (x, y)."""

    x: float
    y: float
    scale: float

    def to_window(self, spot: Spot) -> Spot:
        """Reference pixels from the origin to window pixels."""
        return spot[0] * self.scale + self.x, spot[1] * self.scale + self.y

    def to_reference(self, spot: Spot) -> Spot:
        """Window pixels to reference pixels from the origin."""
        return (spot[0] - self.x) / self.scale, (spot[1] - self.y) / self.scale


class Tile(NamedTuple):
    """One tile of the pyramid, y counted from the north."""

    z: int
    x: int
    y: int

    def overlaps(self, other: "Tile") -> bool:
        """Whether one of the two lies within the other."""
        low, high = (self, other) if self.z <= other.z else (other, self)
        steps = high.z - low.z
        return (high.x >> steps, high.y >> steps) == (low.x, low.y)

    def size(self) -> float:
        """Its width in reference pixels."""
        return float(WORLD >> self.z)

    def corner(self, origin: Spot) -> Spot:
        """Its north-west corner in reference pixels from the origin."""
        return self.x * self.size() - origin[0], WORLD - self.y * self.size() - origin[1]


def tiles_in(box: Box, z: int) -> set[Tile]:
    """The tiles of zoom z that cover a box in reference pixels from the world's south-west corner."""
    left, bottom, right, top = box
    size, last = WORLD >> z, (1 << z) - 1
    columns = range(max(0, int(left // size)), min(last, int(right // size)) + 1)
    rows = range(max(0, int((WORLD - top) // size)), min(last, int((WORLD - bottom) // size)) + 1)
    return {Tile(z, x, y) for x in columns for y in rows}


def nearest_first(tiles: Iterable[Tile], box: Box) -> list[Tile]:
    """These tiles, those nearest to the middle of such a box first: it is there that somebody looks."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2

    def away(tile: Tile) -> tuple[float, Tile]:
        left, top = tile.corner((0.0, 0.0))
        return math.dist((left + tile.size() / 2, top - tile.size() / 2), (x, y)), tile

    return sorted(tiles, key=away)
