"""Finding a place by its name: the search line with the button that asks the phone, and what was found."""

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import button, empty, field, page, room, rowlist

__all__ = ["Finder", "FoundPlaces", "button", "empty", "field", "page", "room", "rowlist"]

load_kv(__file__)


class Finder(BoxLayout):
    """The search line, and the button that asks the phone where it is; for a `mobile.core.place.PlaceChoice`."""

    place = ObjectProperty(rebind=True)


class FoundPlaces(BoxLayout):
    """What the search found."""

    place = ObjectProperty(rebind=True)
