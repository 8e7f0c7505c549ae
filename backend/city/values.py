"""What a city pack holds, as frozen typed values.

Places are WGS 84 degrees, distances metres, times of day the city's own (`City.zone`). A `source` is the address of
the public page that a fact was taken from.
"""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import NamedTuple


class Point(NamedTuple):
    """A place on the ground: WGS 84 degrees, latitude first."""

    lat: float
    lon: float


class Box(NamedTuple):
    """A rectangle of WGS 84 degrees, in GeoJSON's order."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, point: Point) -> bool:
        """Whether the point lies in the box or on its edge."""
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in English and in Spanish; neither is empty."""

    en: str
    es: str

    def in_language(self, code: str) -> str:
        """The words in a language named by its tag (`es`, `es-MX`), or in English where we don't have it."""
        return self.es if code.lower().replace("_", "-").split("-")[0] == "es" else self.en


@dataclass(frozen=True, slots=True)
class Synonyms:
    """What people really type when they look for a request type, by language."""

    en: tuple[str, ...]
    es: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call.

    `telephone` is None where the public pages that we read name none: the city fills it in, nobody makes it up.
    """

    code: str
    name: Text
    telephone: str | None
    url: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Department:
    """A department of the city, or a part of one (`part_of` is the other's code); None means unknown."""

    code: str
    name: Text
    part_of: str | None
    telephone: str | None
    email: str | None
    address: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Group:
    """A heading under which the request types are offered."""

    code: str
    name: Text


class Outcome(StrEnum):
    """What the city does with a request of this type."""

    HANDLED = "handled"
    REFERRED = "referred"
    NOT_CITY_SERVICE = "not-city-service"
    RESIDENT_DUTY = "resident-duty"


class PhotoWish(StrEnum):
    """Whether a photo helps."""

    NONE = "none"
    OPTIONAL = "optional"
    WANTED = "wanted"


class PlaceNeed(StrEnum):
    """Whether a request can be worked without knowing where."""

    NEEDED = "needed"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class RequestType:
    """Something that a resident may ask for, and what becomes of it.

    `reason` is there unless the city handles the type itself, and then at least one contact has a telephone. `notice` is what
    a resident should know before sending, such as a fee. `duplicate_radius_m` is None where nearness says nothing
    (a bill). `inferred` is true where no page names the department.
    """

    code: str
    group: str
    name: Text
    department: str
    outcome: Outcome
    reason: Text | None
    notice: Text | None
    contacts: tuple[Contact, ...]
    synonyms: Synonyms
    photo: PhotoWish
    place: PlaceNeed
    anonymous: bool
    duplicate_radius_m: int | None
    reopen_days: int
    source: str
    inferred: bool


class FacilityKind(StrEnum):
    """What a facility is for."""

    CITY_HALL = "city-hall"
    POLICE = "police"
    PUBLIC_WORKS = "public-works"
    COMMUNITY = "community"
    RECREATION = "recreation"
    POOL = "pool"
    PARK = "park"
    ANIMALS = "animals"
    WATER = "water"


@dataclass(frozen=True, slots=True)
class Facility:
    """A place that the city runs.

    `illustration` is true where no page gives coordinates: the point is a plausible one and the map must say so.
    `outside` is true for the city's places beyond its own limits.
    """

    code: str
    name: Text
    kind: FacilityKind
    address: str | None
    telephone: str | None
    point: Point
    illustration: bool
    outside: bool
    source: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The limits of this city (`ours`) or of a neighbour.

    `ring` is closed, counter-clockwise and does not cross itself. A neighbour has `advice` and `contacts` for whoever stands
    there; ours has none.
    """

    code: str
    name: str
    ours: bool
    ring: tuple[Point, ...]
    advice: Text | None
    contacts: tuple[Contact, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What to tell somebody who stands neither in this city nor in a neighbour with an outline."""

    advice: Text
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """When a counter is open: the days as ISO weekdays (Monday is 1) and two local times of day."""

    weekdays: tuple[int, ...]
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Street:
    """A street's full name, and how many addresses the source counts on it (those beyond the limits included)."""

    name: str
    address_points: int


@dataclass(frozen=True, slots=True)
class StreetLine:
    """The course of a street; with `illustration` it is drawn for show and the map must say so."""

    street: str
    line: tuple[Point, ...]
    illustration: bool


@dataclass(frozen=True, slots=True)
class City:
    """All that is one city's own.

    `bounds` is the box around the limits, `surroundings` the larger one that the map may show. `sources` names, for each
    fact of `city.toml`, where it comes from; `words` are the city's texts by key. Lists are in the files' order.
    """

    code: str
    name: str
    short_name: str
    census_place: str
    zone: str
    languages: tuple[str, ...]
    bounds: Box
    surroundings: Box
    centre: Point
    telephone: str
    website: str
    hours: Hours
    elsewhere: Elsewhere
    sources: dict[str, str]
    contacts: tuple[Contact, ...]
    departments: tuple[Department, ...]
    groups: tuple[Group, ...]
    request_types: tuple[RequestType, ...]
    facilities: tuple[Facility, ...]
    outlines: tuple[Outline, ...]
    streets: tuple[Street, ...]
    street_lines: tuple[StreetLine, ...]
    words: dict[str, Text]
