"""How the map looks by day and by night, as Kivy draws it; said in ``shared_models/mapstyle.toml``, for browsers too.

Colours are (red, green, blue, alpha) from 0 to 1, widths and sizes are dp.
"""

from dataclasses import dataclass

from shared_models import mapstyle
from shared_models.mapstyle import Stops, at_zoom

Colour = tuple[float, float, float, float]


def colour(code: str, alpha: float = 1.0) -> Colour:
    """A colour from its six hexadecimal digits, or eight: the last two then say the alpha. With or without #."""
    red, green, blue, *more = (part / 255 for part in bytes.fromhex(code.removeprefix("#")))
    return red, green, blue, more[0] if more else alpha


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
    area_dot: Colour
    pin: Colour
    small_print: Colour


DAY = MapStyle(**{name: colour(code) for name, code in mapstyle.DAY.items()})
NIGHT = MapStyle(**{name: colour(code) for name, code in mapstyle.NIGHT.items()})

STREET_WIDTH: Stops = mapstyle.WIDTHS["street"]
MAIN_WIDTH: Stops = mapstyle.WIDTHS["main"]
EDGE_WIDTH: Stops = mapstyle.WIDTHS["edge"]
"""What the darker edge adds on either side of a street."""
BORDER_WIDTH: Stops = mapstyle.WIDTHS["border"]
AREA_EDGE_WIDTH = at_zoom(mapstyle.WIDTHS["area_edge"], 0)
AREA_DOT_WIDTH = at_zoom(mapstyle.WIDTHS["area_dot"], 0)
LAYER_WIDTH: Stops = mapstyle.WIDTHS["layer_share"]
"""Which share of a layer's width its lines and points have: far away they would hide each other."""
LAYER_RIM = at_zoom(mapstyle.WIDTHS["layer_rim"], 0)
"""Dp of the rim around a layer's points."""
LAYER_NAMES_FROM = mapstyle.ZOOMS["layer_names"]

STREET_NAMES_FROM = mapstyle.ZOOMS["street_names"]
MAIN_NAMES_FROM = mapstyle.ZOOMS["main_names"]
FACILITIES_FROM = mapstyle.ZOOMS["facilities"]
FACILITY_NAMES_FROM = mapstyle.ZOOMS["facility_names"]
CITY_NAMES_UNTIL = mapstyle.ZOOMS["city_names"]
