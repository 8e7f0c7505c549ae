"""Where things are: whose place a point is, and finding places by name."""

import re
from typing import Annotated, Any

from shared_models.basics import Code, Contact, Point
from shared_models.wire import Length, Range, Regexp, Wire, WireEnum

PACK_FORMAT = 1
"""Of the offline pack; a phone that does not know a newer one keeps the pack that it has."""
NEAR = Regexp(
    re.compile(r"^(-?\d{1,3}(\.\d{1,12})?,-?\d{1,3}(\.\d{1,12})?)?$"), error="Latitude, comma, longitude."
)
KINDS = Regexp(re.compile(r"^([a-z]{1,20}(,[a-z]{1,20}){0,9})?$"), error="Kinds with commas between.")


class PlaceKind(WireEnum):
    """What a place found by name is."""

    FACILITY = "facility"
    STREET = "street"
    INTERSECTION = "intersection"
    ADDRESS = "address"
    PLACE = "place"
    PARCEL = "parcel"
    THING = "thing"
    NEWER = "newer"


class How(WireEnum):
    """How the point of an answer is known.

    It is the thing's own; or lies between the known numbers beside it; or on the range of a piece of street; or is only
    somewhere on that street.
    """

    EXACT = "exact"
    INTERPOLATED = "interpolated"
    RANGE = "range"
    STREET = "street"
    NEWER = "newer"


class WhereIs(Wire):
    """A point to ask about."""

    lat: Annotated[float, Range(-90, 90), "Degrees, WGS 84."]
    lon: Annotated[float, Range(-180, 180), "Degrees, WGS 84."]


class Whose(Wire):
    """Whose place a point is, by the outline of the limits (never the ZIP code), and what to do if it is not ours."""

    ours: bool
    code: Annotated[str, "Of the city; `elsewhere` where no outline holds the point."]
    name: str
    advice_en: str
    advice_es: str
    contacts: tuple[Contact, ...]


class PackSince(Wire):
    """The pack that a phone has."""

    since: Annotated[
        str, Regexp(re.compile(r"^[0-9a-f]{16}$"), error="The version of a pack."), "Its version: its ETag."
    ]


class FindPlaces(Wire):
    """A search as it is typed: misspelt, abbreviated, half of it."""

    q: Annotated[str, Length(1, 200)]
    limit: Annotated[int, Range(1, 50)] = 10
    near: Annotated[str, NEAR, "Latitude, comma, longitude: of equals the nearer comes first."] = ""
    kinds: Annotated[str, KINDS, "Only of these kinds, with commas between: `address,intersection`."] = ""


class PlaceFound(Wire):
    """A place with this name."""

    id: str
    kind: PlaceKind
    title: str
    detail: str
    where: Point
    illustration: Annotated[bool, "True: the coordinates are invented, and the screen says so."]
    how: How = How.EXACT


class PlacesFound(Wire):
    """Places, the best first."""

    items: tuple[PlaceFound, ...]


class Zone(Wire):
    """A part of the city that has a name of its own: for alerts, and for what is done zone by zone."""

    code: Code
    name_en: str
    name_es: str
    area: Annotated[tuple[Point, ...], "The corners of its outline."]


class Zones(Wire):
    """The city's zones; none where the city has not loaded its own."""

    items: tuple[Zone, ...]


MOST_WITHIN = 1000
"""Metres."""


class AskHere(Wire):
    """What is here: the features of layers around a point."""

    lat: Annotated[float, Range(-90, 90), "Degrees, WGS 84."]
    lon: Annotated[float, Range(-180, 180), "Degrees, WGS 84."]
    within: Annotated[float, Range(0, MOST_WITHIN), "Metres around the point."] = 15.0
    layers: Annotated[
        str | None, Length(max=4000), "Names of layers, with commas between them. Else all that you may see."
    ] = None
    limit: Annotated[int, Range(1, 50), "Of each layer at most so many, the nearest ones."] = 10


class FeatureHere(Wire):
    """A feature of a layer, and where it is."""

    layer: Annotated[str, "The layer's name, as in addresses."]
    id: str
    title: Annotated[str, "What names it; empty: it has no name."]
    where: Annotated[Point, "A point of it."]
    metres: Annotated[
        float, Range(0, 1e9), "From the point that was asked about to the nearest of it; 0: it lies in it."
    ]
    properties: dict[str, Any]


class Here(Wire):
    """The features around a point, the nearest first, and whose place it is."""

    whose: Whose
    items: tuple[FeatureHere, ...]


class AskStyle(Wire):
    """Which style of the map."""

    night: Annotated[bool, "Light on dark."] = False
