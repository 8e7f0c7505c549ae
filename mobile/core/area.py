"""Whether a place lies in an area: exact, its edge included. `CityMessagingService.java` does the same sum."""

from collections.abc import Sequence
from itertools import pairwise

from shared_models.basics import Point
from shared_models.content import FEWEST_CORNERS

MICRO = 1_000_000
"""Six decimals of a degree are kept, so whole millionths are exact."""

LatLon = tuple[float, float]


def inside(place: LatLon, area: Sequence[Point]) -> bool:
    """Whether a (latitude, longitude) lies within these corners, or on their edge; straight lines in degrees."""
    if len(area) < FEWEST_CORNERS:
        return False
    at = _whole(*place)
    corners = [_whole(corner.lat, corner.lon) for corner in area]
    within = False
    for a, b in pairwise([*corners, corners[0]]):
        side = (b[1] - a[1]) * (at[0] - a[0]) - (b[0] - a[0]) * (at[1] - a[1])
        if side == 0 and _between(at, a, b):
            return True
        if (a[0] > at[0]) != (b[0] > at[0]) and (side > 0) == (b[0] > a[0]):
            within = not within
    return within


def _whole(lat: float, lon: float) -> tuple[int, int]:
    return round(lat * MICRO), round(lon * MICRO)


def _between(at: tuple[int, int], a: tuple[int, int], b: tuple[int, int]) -> bool:
    return all(min(a[n], b[n]) <= at[n] <= max(a[n], b[n]) for n in (0, 1))


def read_place(text: str) -> LatLon | None:
    """A place as `written` writes it; None where there is none."""
    lat, comma, lon = text.partition(",")
    try:
        return (float(lat), float(lon)) if comma else None
    except ValueError:
        return None


def written(lat: float, lon: float) -> str:
    """A place in words that Java and Python read alike: `29.717800,-95.431700`."""
    return f"{lat:.6f},{lon:.6f}"
