"""Finding a place by its name: the search line with the button that asks the phone, and what was found."""

from collections.abc import Mapping
from typing import Any

from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import button, empty, field, page, room, rowlist

__all__ = ["Finder", "FoundPlaces", "button", "empty", "field", "page", "room", "rowlist", "show_choice"]

load_kv(__file__)


class Finder(BoxLayout):
    """The search line, and the button that asks the phone where it is; for a `mobile.core.place.PlaceChoice`."""

    place = ObjectProperty(rebind=True)
    hint = StringProperty()  # instead of its own: where the window is small


class FoundPlaces(BoxLayout):
    """What the search found."""

    place = ObjectProperty(rebind=True)


def show_choice(
    city_map: Any, place: Any, centre: Mapping[str, float], near: float, far: float, *, stays: bool
) -> None:
    """Put the pin of a `mobile.core.place.PlaceChoice` on the map, and the map around it; or the whole city without one.

    `near` and `far` are the zooms of the two. With `stays` the ground does not move: a finger is on it.
    """
    if not place.pinned:
        city_map.unpin()
        city_map.lat, city_map.lon = centre.get("lat", city_map.lat), centre.get("lon", city_map.lon)
        city_map.zoom = far
        return
    city_map.pin_at(place.lat, place.lon)
    if not stays:
        city_map.lat, city_map.lon = place.lat, place.lon
        city_map.zoom = max(city_map.zoom, near)
