"""Where things are: whose place a point is, and finding places by name."""

from typing import Annotated

from shared_models.basics import Code, Contact, Point
from shared_models.wire import Length, Range, Wire, WireEnum

PACK_FORMAT = 1
"""Of the offline pack; a phone that does not know a newer one keeps the pack that it has."""


class PlaceKind(WireEnum):
    """What a place found by name is."""

    FACILITY = "facility"
    STREET = "street"
    INTERSECTION = "intersection"
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


class FindPlaces(Wire):
    """A search as it is typed: misspelt, abbreviated, half of it."""

    q: Annotated[str, Length(1, 200)]
    limit: Annotated[int, Range(1, 50)] = 10


class PlaceFound(Wire):
    """A place with this name."""

    id: str
    kind: PlaceKind
    title: str
    detail: str
    where: Point
    illustration: Annotated[bool, "True: the coordinates are invented, and the screen says so."]


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
