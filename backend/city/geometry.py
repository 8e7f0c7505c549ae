"""The shapes of a pack's GeoJSON files (RFC 7946), checked as they are read."""

from collections.abc import Sequence
from itertools import combinations, pairwise

from backend.city.entry import Entry, is_number
from backend.city.values import Box, Point

SHORTEST_RING = 4  # three corners and the first again
SHORTEST_LINE = 2
POSITION = 2  # longitude and latitude, no height


def ring(feature: Entry, box: Box) -> tuple[Point, ...]:
    """The one ring of a Polygon without holes: closed, counter-clockwise, not crossing itself, inside the box."""
    rings = _coordinates(feature, "Polygon")
    if not isinstance(rings, list) or len(rings) != 1:
        feature.refuse("geometry", "must have one ring and no holes")
    points = _positions(feature, rings[0], box)
    if len(points) < SHORTEST_RING or points[0] != points[-1]:
        feature.refuse("geometry", "the ring is not closed")
    if len(set(points)) != len(points) - 1 or crosses_itself(points):
        feature.refuse("geometry", "the ring touches or crosses itself")
    if signed_area(points) <= 0:
        feature.refuse("geometry", "the ring must run counter-clockwise")
    return points


def line(feature: Entry, box: Box) -> tuple[Point, ...]:
    """The points of a LineString, two or more, inside the box."""
    points = _positions(feature, _coordinates(feature, "LineString"), box)
    if len(points) < SHORTEST_LINE or any(a == b for a, b in pairwise(points)):
        feature.refuse("geometry", "a line needs two points or more, each another than the one before")
    return points


def signed_area(points: Sequence[Point]) -> float:
    """The area of a closed ring in square degrees; above zero if it runs counter-clockwise."""
    return sum(a.lon * b.lat - b.lon * a.lat for a, b in pairwise(points)) / 2


def crosses_itself(points: Sequence[Point]) -> bool:
    """Whether two sides of a closed ring meet elsewhere than at the corner that they share."""
    sides = list(pairwise(points))
    last = len(sides) - 1
    return any(
        _meet(*sides[i], *sides[j])
        for i, j in combinations(range(len(sides)), 2)
        if j - i > 1 and (i, j) != (0, last)
    )


def holds(points: Sequence[Point], place: Point) -> bool:
    """Whether a closed ring has the place inside (by counting the sides east of it)."""
    inside = False
    for a, b in pairwise(points):
        if (a.lat > place.lat) != (b.lat > place.lat):
            crossing = a.lon + (place.lat - a.lat) * (b.lon - a.lon) / (b.lat - a.lat)
            inside ^= place.lon < crossing
    return inside


def _coordinates(feature: Entry, kind: str) -> object:
    geometry = feature.part("geometry", ("type", "coordinates"))
    if geometry.word("type") != kind:
        feature.refuse("geometry", f"must be a {kind}")
    return geometry.fields.get("coordinates")


def _positions(feature: Entry, coordinates: object, box: Box) -> tuple[Point, ...]:
    if not isinstance(coordinates, list):
        feature.refuse("geometry", "must have a list of positions")
    points = []
    for position in coordinates:
        if not isinstance(position, list) or len(position) != POSITION or not all(map(is_number, position)):
            feature.refuse("geometry", f"{position!r} is not a position of longitude and latitude")
        point = Point(lat=position[1], lon=position[0])
        if not box.holds(point):
            feature.refuse("geometry", f"{position!r} lies outside {tuple(box)}")
        points.append(point)
    return tuple(points)


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the side a-b and the side c-d have a point in common."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    on_a_side = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _box(p, q).holds(r) for turn, (p, q, r) in zip(turns, on_a_side, strict=True))


def _turn(a: Point, b: Point, c: Point) -> float:
    """Above zero if a, b, c turn left, below if right, zero if they lie on one line."""
    return (b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon)


def _box(a: Point, b: Point) -> Box:
    return Box(min(a.lon, b.lon), min(a.lat, b.lat), max(a.lon, b.lon), max(a.lat, b.lat))
