"""How the map looks by day and by night: colours, and widths that grow with the zoom.

Colours are (red, green, blue, alpha) from 0 to 1, widths and sizes are dp. By day streets stand white on
sand, so that the net of streets reads in sunlight; by night nothing is brighter than the words.
"""

from bisect import bisect
from dataclasses import dataclass

Colour = tuple[float, float, float, float]
Stops = tuple[tuple[float, float], ...]


def colour(code: str, alpha: float = 1.0) -> Colour:
    """A colour from its six hexadecimal digits."""
    red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue, alpha


def at_zoom(stops: Stops, zoom: float) -> float:
    """The value between the stops (zoom, value), growing evenly by factors; the ends hold beyond them."""
    after = bisect([stop for stop, _ in stops], zoom)
    if after in (0, len(stops)):
        return stops[min(after, len(stops) - 1)][1]
    (low, small), (high, large) = stops[after - 1], stops[after]
    return float(small * (large / small) ** ((zoom - low) / (high - low)))


@dataclass(frozen=True, slots=True)
class MapStyle:
    """All that the map draws with."""

    outside: Colour
    neighbour: Colour
    ours: Colour
    veil: Colour
    """Laid over everything beyond our limits."""
    street: Colour
    street_edge: Colour
    main: Colour
    main_edge: Colour
    border: Colour
    border_edge: Colour
    neighbour_border: Colour
    words: Colour
    halo: Colour
    main_words: Colour
    city_words: Colour
    facility: Colour
    cluster: Colour
    rim: Colour
    here: Colour
    accuracy: Colour
    area: Colour
    """What is drawn as an area: of an alert, say."""
    area_edge: Colour
    pin: Colour
    small_print: Colour


DAY = MapStyle(
    outside=colour("d3d8dc"),
    neighbour=colour("dcdcd8"),
    ours=colour("f1ebdd"),
    veil=colour("cfd6db", 0.55),
    street=colour("ffffff"),
    street_edge=colour("c9bfa9"),
    main=colour("ffdf8e"),
    main_edge=colour("c99a3a"),
    border=colour("14597a"),
    border_edge=colour("ffffff", 0.9),
    neighbour_border=colour("93a0a9"),
    words=colour("33383e"),
    halo=colour("fffdf7"),
    main_words=colour("4a3508"),
    city_words=colour("50626f"),
    facility=colour("0f5f4b"),
    cluster=colour("1d3f55"),
    rim=colour("ffffff"),
    here=colour("1769e0"),
    accuracy=colour("1769e0", 0.16),
    area=colour("b3261e", 0.2),
    area_edge=colour("b3261e", 0.95),
    pin=colour("c62828"),
    small_print=colour("3d454c"),
)

NIGHT = MapStyle(
    outside=colour("0b1015"),
    neighbour=colour("11181f"),
    ours=colour("1c252e"),
    veil=colour("0b1015", 0.55),
    street=colour("47545f"),
    street_edge=colour("10171d"),
    main=colour("87703a"),
    main_edge=colour("14110a"),
    border=colour("62b5e0"),
    border_edge=colour("0b1015", 0.9),
    neighbour_border=colour("3d4a55"),
    words=colour("e9eef2"),
    halo=colour("10171d"),
    main_words=colour("ffe6b0"),
    city_words=colour("9fb3c2"),
    facility=colour("7fdcc0"),
    cluster=colour("3f7fa8"),
    rim=colour("f4f8fa"),
    here=colour("5a9bff"),
    accuracy=colour("5a9bff", 0.2),
    area=colour("ff6659", 0.24),
    area_edge=colour("ff8a80", 0.95),
    pin=colour("ff6659"),
    small_print=colour("b5c0c9"),
)

STREET_WIDTH: Stops = ((12, 0.8), (13, 1.6), (14, 3.2), (15, 6), (16, 10), (17, 17), (18, 28), (19, 46))
MAIN_WIDTH: Stops = ((12, 2.2), (13, 3.4), (14, 5.4), (15, 8.5), (16, 13.5), (17, 22), (18, 36), (19, 58))
EDGE_WIDTH: Stops = ((12, 0.35), (14, 0.7), (16, 1), (19, 1.6))
"""What the darker edge adds on either side of a street."""
BORDER_WIDTH: Stops = ((12, 2.2), (15, 3.2), (19, 5))
AREA_EDGE_WIDTH = 2.5

STREET_NAMES_FROM = 14.6
MAIN_NAMES_FROM = 13.0
FACILITIES_FROM = 13.6
FACILITY_NAMES_FROM = 14.2
CITY_NAMES_UNTIL = 14.4

_MAIN_TYPES = frozenset(
    {"blvd", "boulevard", "pkwy", "parkway", "fwy", "freeway", "hwy", "highway", "spwy", "speedway"}
)


def is_main(street: str) -> bool:
    """Whether a street is drawn as a main one: its name says boulevard, parkway, highway or speedway."""
    return not _MAIN_TYPES.isdisjoint(street.lower().replace(".", "").split()[1:])
