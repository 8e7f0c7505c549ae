"""Lengths and areas on the ground, and their words."""

import math
from collections.abc import Sequence
from itertools import pairwise

from mobile.core import strings
from shared_models.places import EARTH_RADIUS, LatLon, metres_between

FOOT, MILE, ACRE = 0.3048, 1609.344, 4046.8564224
"""Metres, metres, square metres (international foot)."""
_FEET_UNTIL = 1000
"""Feet; more are told as miles."""
_METRES_UNTIL = 1000


def length(corners: Sequence[LatLon], *, closed: bool = False) -> float:
    """Metres along a line, or around an area."""
    around = [*corners, corners[0]] if closed and corners else corners
    return sum(metres_between(one, two) for one, two in pairwise(around))


def area(corners: Sequence[LatLon]) -> float:
    """Square metres within these corners, on the sphere flattened about their middle: right to 1 in 10,000 in a city."""
    if len(corners) < 3:  # noqa: PLR2004 - less has no inside
        return 0.0
    lat = sum(lat for lat, _ in corners) / len(corners)
    lat_0, lon_0 = corners[0]
    up = math.radians(1) * EARTH_RADIUS
    flat = [((lon - lon_0) * up * math.cos(math.radians(lat)), (y - lat_0) * up) for y, lon in corners]
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise([*flat, flat[0]]))) / 2


def length_words(metres: float, units: str) -> str:
    """A length as people say it: feet, then miles; or metres, then kilometres."""
    if units == "feet":
        feet = metres / FOOT
        if feet < _FEET_UNTIL:
            return strings.t("map.feet", count=f"{feet:,.0f}")
        return strings.t("map.miles", count=f"{metres / MILE:,.2f}")
    if metres < _METRES_UNTIL:
        return strings.t("map.metres", count=f"{metres:,.0f}")
    return strings.t("map.kilometres", count=f"{metres / 1000:,.2f}")


def area_words(square_metres: float, units: str) -> str:
    """An area as people say it: square feet, then acres; or square metres, then hectares."""
    if units == "feet":
        if square_metres < ACRE:
            return strings.t("map.square_feet", count=f"{square_metres / FOOT**2:,.0f}")
        return strings.t("map.acres", count=f"{square_metres / ACRE:,.2f}")
    if square_metres < 10_000:  # noqa: PLR2004 - a hectare
        return strings.t("map.square_metres", count=f"{square_metres:,.0f}")
    return strings.t("map.hectares", count=f"{square_metres / 10_000:,.2f}")
