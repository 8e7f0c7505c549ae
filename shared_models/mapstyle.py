"""How the map looks, in the app and in browsers alike: what ``mapstyle.toml`` says, read once.

Colours are ``#rrggbb`` or ``#rrggbbaa``; widths and sizes are density-independent pixels.
"""

import tomllib
from bisect import bisect
from pathlib import Path
from typing import Any

Stops = tuple[tuple[float, float], ...]
"""(zoom, width), by zoom."""

_TOLD: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))

DAY: dict[str, str] = _TOLD["day"]
NIGHT: dict[str, str] = _TOLD["night"]
"""The colour of each thing that is drawn."""
WIDTHS: dict[str, Stops] = {
    name: tuple((zoom, width) for zoom, width in stops) for name, stops in _TOLD["widths"].items()
}
ZOOMS: dict[str, float] = _TOLD["zooms"]
MAIN_STREETS: frozenset[str] = frozenset(_TOLD["streets"]["main"])


def at_zoom(stops: Stops, zoom: float) -> float:
    """The value between the stops (zoom, value), growing evenly by factors; the ends hold beyond them."""
    after = bisect([stop for stop, _ in stops], zoom)
    if after in (0, len(stops)):
        return stops[min(after, len(stops) - 1)][1]
    (low, small), (high, large) = stops[after - 1], stops[after]
    return float(small * (large / small) ** ((zoom - low) / (high - low)))


def is_main(street: str) -> bool:
    """Whether a street is drawn as a main one: its name says boulevard, parkway, highway or speedway."""
    return not MAIN_STREETS.isdisjoint(street.lower().replace(".", "").split()[1:])
