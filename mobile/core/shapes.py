"""How far the features of a vector tile are from a place in it. In the tile's own units."""

import math
from collections.abc import Iterator
from itertools import pairwise

from mobile.core import mvt


def distance(feature: mvt.Feature, at: tuple[float, float]) -> tuple[float, tuple[float, float] | None]:
    """How far a feature is, in the tile's units, and its nearest point; 0 and the place itself within an area."""
    if feature.kind == mvt.POLYGON and _holds(feature.paths, at):
        return 0.0, at
    best, spot = math.inf, None
    for path in feature.paths:
        if feature.kind == mvt.POINT or len(path) == 1:
            candidates: Iterator[tuple[float, float]] = iter(path)
        else:
            candidates = (_foot(at, one, two) for one, two in pairwise(path))
        for candidate in candidates:
            away = math.dist(candidate, at)
            if away < best:
                best, spot = away, candidate
    return best, spot


def _foot(at: tuple[float, float], one: tuple[float, float], two: tuple[float, float]) -> tuple[float, float]:
    """The point of a side that is nearest."""
    dx, dy = two[0] - one[0], two[1] - one[1]
    length = dx * dx + dy * dy
    share = max(0.0, min(1.0, ((at[0] - one[0]) * dx + (at[1] - one[1]) * dy) / length)) if length else 0.0
    return one[0] + share * dx, one[1] + share * dy


def _holds(rings: list[mvt.Path], at: tuple[float, float]) -> bool:
    """Whether a place lies within an odd number of the rings."""
    x, y = at
    inside = False
    for ring in rings:
        for (ax, ay), (bx, by) in pairwise(ring):
            if (ay > y) != (by > y) and x < ax + (bx - ax) * (y - ay) / (by - ay):
                inside = not inside
    return inside
