"""From a tile to the meshes of one layer of the map: what its areas, lines and points are drawn with.

Neighbouring tiles hold the same feature each to a little beyond its edge. Here an area is cut at the very
edge, so that nothing is filled twice, and its outline is drawn as far as the tile has it, but for the sides
that the cut made. All spots are whole steps of the tile's grid, which 32-bit floats hold exactly: what two
tiles share along their edge is the same number in both, and so no seam shows at any zoom.
"""

import hashlib
import json
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mobile import __version__
from mobile.core import mvt, strings
from mobile.core.maplayers import MapLayer, said
from mobile.widgets.projection import Spot, Tile
from mobile.widgets.vector import FLOATS, Mesh

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Name:
    """A name that may stand on the map: beside a point, within an area, along a line."""

    words: str
    kind: int
    """`mvt.POINT`, `LINE` or `POLYGON`."""
    line: tuple[Spot, ...]
    room: float
    """How wide an area is, in reference pixels; elsewhere 0."""


@dataclass(slots=True)
class LayerArt:
    """One layer of one tile, ready to draw. Spots are reference pixels from the map's origin."""

    fill: Mesh = field(default_factory=Mesh)
    line: Mesh = field(default_factory=Mesh)
    dot: Mesh = field(default_factory=Mesh)
    spots: list[Spot] = field(default_factory=list)
    """Where its points are."""
    names: list[Name] = field(default_factory=list)

    @property
    def vertices(self) -> int:
        """How much of it the graphics chip takes."""
        meshes = self.fill, self.line, self.dot
        return sum(len(vertices) // FLOATS for mesh in meshes for vertices, _ in mesh.parts)


def build_layer(data: bytes, tile: Tile, origin: Spot, layer: MapLayer) -> LayerArt | None:
    """What to draw of one layer of an unpacked tile; None if the tile has nothing of it.

    Raises:
        BrokenTileError: if the bytes are no tile.
    """
    held = mvt.decode(data, {layer.name}).get(layer.name)
    if held is None or not held.features:
        return None
    builder = _Builder(layer, held.extent, tile.corner(origin), tile.size() / held.extent)
    add = {mvt.POINT: builder.points, mvt.LINE: builder.lines, mvt.POLYGON: builder.area}
    for feature in held.features:
        if feature.kind in add:
            words = said(feature.properties.get(layer.style.label)) if layer.style.label else ""
            add[feature.kind](feature.paths, words)
    return builder.art


# ── kept from one start to the next ──────────────────────────────────────────────────────────────────────────

_EDITION = 1
"""Counts how meshes are made: one more whenever the same tile is drawn otherwise, or packed otherwise."""
_PARTS = ("fill", "line", "dot")
_LENGTH = struct.Struct("<I")


def key_of(data: bytes, tile: Tile, origin: Spot, layer: MapLayer) -> bytes:
    """The name of what `build_layer` makes of the same: told by all that it depends on, down to the tile's bytes."""
    looks = layer.name, bool(layer.style.fill), layer.style.label, layer.style.label and strings.language()
    made_of = repr((__version__, _EDITION, tuple(tile), origin, looks)).encode()
    return hashlib.blake2b(made_of + b"\0" + data, digest_size=16).digest()


def packed(art: LayerArt) -> bytes:
    """The art as bytes; `unpacked` gives it back, number for number."""
    meshes = [getattr(art, name).parts for name in _PARTS]
    told = {
        "parts": [[(len(vertices), len(indices)) for vertices, indices in parts] for parts in meshes],
        "spots": art.spots,
        "names": [(name.words, name.kind, name.line, name.room) for name in art.names],
    }
    head = json.dumps(told, separators=(",", ":")).encode()
    arrays = (numbers.tobytes() for parts in meshes for part in parts for numbers in part)
    return b"".join((_LENGTH.pack(len(head)), head, *arrays))


def unpacked(body: bytes) -> LayerArt:
    """The art of these bytes, which `packed` made."""
    (length,) = _LENGTH.unpack_from(body)
    told = json.loads(body[_LENGTH.size : _LENGTH.size + length])
    numbers = memoryview(body)[_LENGTH.size + length :]
    art = LayerArt(spots=[(x, y) for x, y in told["spots"]])
    for name, parts in zip(_PARTS, told["parts"], strict=True):
        for vertices, indices in parts:
            part = array("f"), array("H")
            at = vertices * part[0].itemsize
            end = at + indices * part[1].itemsize
            part[0].frombytes(numbers[:at])
            part[1].frombytes(numbers[at:end])
            numbers = numbers[end:]
            getattr(art, name).parts.append(part)
    art.names += [
        Name(words, kind, tuple((x, y) for x, y in line), room) for words, kind, line, room in told["names"]
    ]
    return art


# ── made of a tile ───────────────────────────────────────────────────────────────────────────────────────────


class _Builder:
    """Adds features to the art of one layer of one tile."""

    def __init__(self, layer: MapLayer, extent: int, corner: Spot, unit: float) -> None:
        self.art = LayerArt()
        self._fill, self._extent, self._corner, self._unit = layer.style.fill, extent, corner, unit
        self._sides: set[tuple[Corner, Corner]] = set()

    def _spots(self, path: Sequence[Corner]) -> list[Spot]:
        (left, top), unit = self._corner, self._unit
        return [(left + x * unit, top - y * unit) for x, y in path]

    def points(self, paths: Sequence[mvt.Path], words: str) -> None:
        """Those within the tile: its neighbours have the others."""
        last = self._extent
        for spot in self._spots([(x, y) for path in paths for x, y in path if 0 <= x < last > y >= 0]):
            self.art.dot.line([spot, spot])
            self.art.spots.append(spot)
            if words:
                self.art.names.append(Name(words, mvt.POINT, (spot,), 0.0))

    def lines(self, paths: Sequence[mvt.Path], words: str) -> None:
        """As far as the tile has them: what lies over what the neighbour draws is the same line."""
        for path in paths:
            line = self._spots(path)
            self.art.line.line(line)
            if words:
                self.art.names.append(Name(words, mvt.LINE, tuple(line), 0.0))

    def area(self, paths: Sequence[mvt.Path], words: str) -> None:
        """What is within the tile filled, with its outline."""
        if self._fill:
            rings = [self._spots(ring) for path in paths if (ring := clipped(path, self._extent))]
            if rings:
                self.art.fill.area(rings)
        for path in paths:
            for part in outline(path, self._extent):
                for run in self._undrawn(part):
                    self.art.line.line(self._spots(run))
        if words and (named := _middle(paths, self._extent)):
            spots = tuple(self._spots([named[0]]))
            self.art.names.append(Name(words, mvt.POLYGON, spots, named[1] * self._unit))

    def _undrawn(self, path: Sequence[Corner]) -> list[list[Corner]]:
        """The runs of sides that no area of this tile drew before: neighbours share theirs, and a line once is enough."""
        runs: list[list[Corner]] = []
        open_ = False
        for side in pairwise(path):
            key = side if side[0] < side[1] else side[::-1]
            if key in self._sides:
                open_ = False
                continue
            self._sides.add(key)
            if not open_:
                runs.append([side[0]])
                open_ = True
            runs[-1].append(side[1])
        return runs


def clipped(ring: Sequence[Corner], extent: int) -> list[Corner]:
    """What of a ring lies within the tile (Sutherland and Hodgman); nothing may be left."""
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    inside: list[Corner] = list(ring[:-1] if ring[0] == ring[-1] else ring)
    for axis, edge, over in (
        (0, 0, min(xs) < 0),
        (0, extent, max(xs) > extent),
        (1, 0, min(ys) < 0),
        (1, extent, max(ys) > extent),
    ):
        if over and inside:
            inside = _cut(inside, axis, edge, 1 if edge else -1)
    return inside


def _cut(ring: list[Corner], axis: int, edge: int, beyond: int) -> list[Corner]:
    """What of a ring lies on this side of an edge of the tile."""
    kept: list[Corner] = []
    before = ring[-1]
    for corner in ring:
        was_in, is_in = ((edge - one[axis]) * beyond >= 0 for one in (before, corner))
        if was_in != is_in:
            kept.append(_crossing(before, corner, axis, edge))
        if is_in:
            kept.append(corner)
        before = corner
    return kept


def _crossing(one: Corner, two: Corner, axis: int, edge: int) -> Corner:
    """Where a side crosses an edge: to a 64th of the grid, and the same in both directions, so that neighbours agree."""
    low, high = sorted((one, two))
    share = (edge - low[axis]) / (high[axis] - low[axis])
    other = round((low[1 - axis] + (high[1 - axis] - low[1 - axis]) * share) * 64) / 64
    return (float(edge), other) if axis == 0 else (other, float(edge))


def outline(ring: Sequence[Corner], extent: int) -> list[list[Corner]]:
    """The sides of a ring without those beyond or along an edge of the tile: the neighbour's, or made by cutting."""
    if all(0 < x < extent and 0 < y < extent for x, y in ring):
        return [list(ring)]
    parts: list[list[Corner]] = []
    open_ = False
    for (ax, ay), (bx, by) in pairwise(ring):
        beyond = (
            (ax <= 0 and bx <= 0)
            or (ay <= 0 and by <= 0)
            or (ax >= extent and bx >= extent)
            or (ay >= extent and by >= extent)
        )
        if beyond:
            open_ = False
            continue
        if not open_:
            parts.append([(ax, ay)])
            open_ = True
        parts[-1].append((bx, by))
    return parts


def _middle(paths: Sequence[mvt.Path], extent: int) -> tuple[Corner, float] | None:
    """A spot for a name in the largest ring, and how wide it is there; None if that lies in another tile."""
    ring = max(paths, key=len)
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    y = (min(ys) + max(ys)) / 2
    crossings = sorted(
        ax + (bx - ax) * (y - ay) / (by - ay)
        for (ax, ay), (bx, by) in pairwise(ring)
        if (ay <= y) != (by <= y)
    )
    inside = [(b - a, (a + b) / 2) for a, b in zip(crossings[::2], crossings[1::2], strict=False)]
    if not inside:
        return None
    wide, x = max(inside)
    return ((x, y), min(wide, max(xs) - min(xs))) if 0 <= x < extent > y >= 0 else None
