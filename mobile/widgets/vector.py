"""From vector tiles and outlines to meshes: what the map's workers make, ready for the graphics chip.

Every mesh has one vertex format, so that areas and lines are drawn by one shader. A line is a chain of
rectangles that the shader rounds off into capsules: its width stays free to change with the zoom, corners
are round, edges are smooth without multisampling. Meshes hold at most 65,535 vertices (16-bit indices).
"""

import threading
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot

from kivy.graphics.tesselator import TYPE_POLYGONS, WINDING_ODD, Tesselator

from mobile.core import mvt
from mobile.widgets.projection import Spot, Tile, world
from shared_models.mapstyle import is_main
from shared_models.places import Outline, polygons

FORMAT = [(b"vPosition", 2, "float"), (b"vTangent", 2, "float"), (b"vLine", 3, "float")]
"""Position; direction of the line; side of it (-1, 1), its end (0, 1) and length. Areas have neither."""

FLOATS = 7
"""Numbers of a vertex."""
_MOST = 65_535
_TRIANGLE = 3
_FAR = 2.0**17
"""How far the veil reaches, in reference pixels."""

EARS_UNTIL = 40
"""Corners up to which a ring is cut by our own hand: most parcels and houses have fewer."""

# libtess2 keeps its state in each Tesselator, and the wrapper holds Python's lock throughout; neither is
# promised anywhere, so that one area at a time is cut into triangles.
_one_at_a_time = threading.Lock()


@dataclass(slots=True)
class Mesh:
    """Triangles under construction: parts of vertices and indices, each small enough for 16 bits."""

    parts: "list[tuple[array[float], array[int]]]" = field(default_factory=list)

    def _room(self, vertices: int) -> "tuple[array[float], array[int]]":
        if not self.parts or len(self.parts[-1][0]) // FLOATS + vertices > _MOST:
            self.parts.append((array("f"), array("H")))
        return self.parts[-1]

    def line(self, path: Sequence[Spot]) -> None:
        """Adds a line. A path of one spot twice is a dot, as wide as the line."""
        for (ax, ay), (bx, by) in pairwise(path):
            length = hypot(bx - ax, by - ay)
            tx, ty = ((bx - ax) / length, (by - ay) / length) if length else (1.0, 0.0)
            vertices, indices = self._room(4)
            n = len(vertices) // FLOATS
            vertices.extend((ax, ay, tx, ty, 1, 0, length, ax, ay, tx, ty, -1, 0, length))
            vertices.extend((bx, by, tx, ty, -1, 1, length, bx, by, tx, ty, 1, 1, length))
            indices.extend((n, n + 1, n + 2, n, n + 2, n + 3))

    def area(self, rings: Iterable[Sequence[Spot]]) -> None:
        """Adds what lies within an odd number of these rings: holes need no order and no direction."""
        closed = [list(ring[:-1] if ring[0] == ring[-1] else ring) for ring in rings]
        if len(closed) == 1 and 0 < len(closed[0]) <= EARS_UNTIL and (cut := ears(closed[0])):
            vertices, indices = self._room(len(closed[0]))
            n = len(vertices) // FLOATS
            for x, y in closed[0]:
                vertices.extend((x, y, 0, 0, 0, 0.5, 0))
            indices.extend(n + corner for corner in cut)
            return
        with _one_at_a_time:
            cutter = Tesselator()
            for corners in closed:
                if len(corners) > 2:  # noqa: PLR2004 - less has no inside
                    cutter.add_contour([number for corner in corners for number in corner])
            # It takes and clears memory for the largest piece that it is allowed, once for each piece: of many pieces hundreds of megabytes.
            if not cutter.tesselate(WINDING_ODD, TYPE_POLYGONS, _TRIANGLE):
                return
            cut_out = cutter.meshes
        for at in range(0, len(cut_out), _MOST // _TRIANGLE):
            self._triangles([piece for piece, _ in cut_out[at : at + _MOST // _TRIANGLE]])

    def _triangles(self, pieces: Sequence[Sequence[float]]) -> None:
        """Adds triangles, each x, y, u, v of three corners; what several share is one vertex."""
        placed: dict[Spot, int] = {}
        corners = [
            placed.setdefault(corner, len(placed))
            for ax, ay, _, _, bx, by, _, _, cx, cy, _, _ in pieces
            for corner in ((ax, ay), (bx, by), (cx, cy))
        ]
        vertices, indices = self._room(len(placed))
        n = len(vertices) // FLOATS
        vertices.extend([number for x, y in placed for number in (x, y, 0, 0, 0, 0.5, 0)])
        indices.extend([n + corner for corner in corners])


def ears(ring: Sequence[Spot]) -> list[int]:
    """The triangles of a simple ring, as numbers of its corners, by cutting off its ears; nothing if that fails.

    For rings of few corners it is several times faster than the tesselator, which takes those that cross
    themselves: what is cut off must be as large as the ring.
    """
    count = len(ring)
    whole = sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise([*ring, ring[0]]))
    if count < 3 or not whole:  # noqa: PLR2004 - less has no inside
        return []
    left = list(range(count)) if whole > 0 else list(range(count - 1, -1, -1))
    cut: list[int] = []
    filled, at, tried = 0.0, 0, 0
    while len(left) > 3:  # noqa: PLR2004 - a triangle
        if tried > len(left):
            return []
        at %= len(left)
        before, corner, after = left[at - 1], left[at], left[(at + 1) % len(left)]
        (ax, ay), (bx, by), (cx, cy) = ring[before], ring[corner], ring[after]
        size = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if size > 0 and any(
            (bx - ax) * (y - ay) >= (x - ax) * (by - ay)
            and (cx - bx) * (y - by) >= (x - bx) * (cy - by)
            and (ax - cx) * (y - cy) >= (x - cx) * (ay - cy)
            and (x, y) not in ((ax, ay), (bx, by), (cx, cy))
            for x, y in (ring[n] for n in left)
        ):
            size = -1.0
        if size < 0:
            at, tried = at + 1, tried + 1
            continue
        if size:
            cut += (before, corner, after)
            filled += size
        del left[at]
        tried = 0
    (ax, ay), (bx, by), (cx, cy) = (ring[n] for n in left)
    size = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    filled += abs(size)
    return [*cut, *left] if abs(filled - abs(whole)) <= 1e-9 * abs(whole) and size >= 0 else []


@dataclass(slots=True)
class TileArt:
    """A tile, ready to draw. Spots are reference pixels from the map's origin."""

    meshes: dict[str, Mesh]
    """By style: `street` and `main`."""
    streets: list[tuple[str, bool, list[Spot]]]
    """Name, whether a main one, and the line: for the words along it."""
    facilities: list[tuple[str, Spot]]
    illustration: bool
    """Whether anything in it is invented and must be said to be."""


def build_tile(data: bytes, tile: Tile, origin: Spot) -> TileArt:
    """Everything to draw of one unpacked tile.

    Raises:
        mvt.BrokenTileError: if the bytes are no tile.
    """
    layers = mvt.decode(data)
    left, top = tile.corner(origin)
    art = TileArt({"street": Mesh(), "main": Mesh()}, [], [], illustration=False)

    def spots(path: mvt.Path, extent: int) -> list[Spot]:
        unit = tile.size() / extent
        return [(left + x * unit, top - y * unit) for x, y in path]

    if streets := layers.get("street"):
        for street in streets.features:
            name = str(street.properties.get("name") or "")
            main = is_main(name)
            art.illustration |= bool(street.properties.get("illustration"))
            for path in street.paths if street.kind == mvt.LINE else ():
                line = spots(path, streets.extent)
                art.meshes["main" if main else "street"].line(line)
                if name:
                    art.streets.append((name, main, line))
    if places := layers.get("place"):
        for place in places.features:
            if place.properties.get("kind") != "facility" or place.kind != mvt.POINT:
                continue
            art.illustration |= bool(place.properties.get("illustration"))
            inside = [(x, y) for path in place.paths for x, y in path if 0 <= x < places.extent > y >= 0]
            name = str(place.properties.get("name") or "")
            art.facilities += [(name, spot) for spot in spots(inside, places.extent)]
    return art


@dataclass(slots=True)
class OutlineArt:
    """The limits of the cities, ready to draw."""

    meshes: dict[str, Mesh]
    """By style: the areas `neighbour`, `ours` and `veil`, the lines `neighbour_border` and `border`."""
    names: list[tuple[str, Spot]]
    """Each city with a spot in its middle."""


def build_outlines(outlines: Iterable[Outline], origin: Spot) -> OutlineArt:
    """The limits whole, from the pack's outlines: those in the tiles are cut at each tile's edge.

    The veil covers some 80 km around, but not our own areas; without outlines of ours there is none.
    """
    meshes = {style: Mesh() for style in ("neighbour", "ours", "veil", "neighbour_border", "border")}
    names: list[tuple[str, Spot]] = []
    around: list[list[Spot]] = []
    for outline in outlines:
        largest: list[Spot] = []
        for polygon in polygons(outline.geometry):
            rings = [[_from_origin(lat, lon, origin) for lon, lat, *_ in ring] for ring in polygon]
            meshes["ours" if outline.ours else "neighbour"].area(rings)
            for ring in rings:
                meshes["border" if outline.ours else "neighbour_border"].line([*ring, ring[0]])
            largest = max((largest, rings[0]), key=lambda ring: abs(_area(ring)) if ring else 0.0)
            if outline.ours:
                around += rings
        if largest:
            names.append((outline.name, _middle(largest)))
    if around:
        x, y = around[0][0]
        left, bottom, right, top = x - _FAR, y - _FAR, x + _FAR, y + _FAR
        meshes["veil"].area([[(left, bottom), (right, bottom), (right, top), (left, top)], *around])
    return OutlineArt(meshes, names)


def _from_origin(lat: float, lon: float, origin: Spot) -> Spot:
    x, y = world(lat, lon)
    return x - origin[0], y - origin[1]


def _area(ring: Sequence[Spot]) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise([*ring, ring[0]])) / 2


def _middle(ring: Sequence[Spot]) -> Spot:
    """The centre of gravity of the area within the ring."""
    area, x, y = _area(ring), 0.0, 0.0
    for (ax, ay), (bx, by) in pairwise([*ring, ring[0]]):
        part = ax * by - bx * ay
        x, y = x + (ax + bx) * part, y + (ay + by) * part
    return (x / (6 * area), y / (6 * area)) if area else ring[0]
