"""Helpers to touch a map in the window, and to know where things are on it."""

import math
from pathlib import Path

import mobile

SHIPPED_PACK = Path(mobile.__file__).parent / "shipped" / "city.mbtiles"
HALL = 29.71529, -95.4377
MIDDLE = 29.7135, -95.4270
RED, GREEN = (0.8, 0.1, 0.1, 1.0), (0.1, 0.6, 0.1, 1.0)


def at(city_map, lat, lon):
    """Where a place is in the map's own pixels, reckoned anew from the Mercator projection."""

    def mercator(lat, lon):
        north = math.asinh(math.tan(math.radians(lat))) / math.pi
        return lon / 360 * 256 * 2**city_map.zoom, north / 2 * 256 * 2**city_map.zoom

    (x, y), (mx, my) = mercator(lat, lon), mercator(city_map.lat, city_map.lon)
    return city_map.center_x + x - mx, city_map.center_y + y - my


def under(city_map, x, y):
    """The place at these pixels, as the map tells it."""
    return city_map._place(x, y)


def touch(x, y, button=None):
    from kivy.tests.common import UnitTestTouch

    made = UnitTestTouch(x, y)
    if button:
        made.profile = ["pos", "button"]
        made.button = button
    return made


def taps(city_map):
    seen = []
    city_map.bind(on_tap=lambda _, lat, lon, key: seen.append((lat, lon, key)))
    return seen


def marker(key, lat, lon, colour=RED, shape="dot"):
    from mobile.widgets.mapmarkers import Marker

    return Marker(key, lat, lon, colour, shape)


def is_red(pixel):
    return pixel[0] > 150 and max(pixel[1:]) < 110
