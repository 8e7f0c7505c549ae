"""Addresses, corners and parcels, found as people type them.

Every street name is compared with what was typed, letter by letter; then the number is looked for on the streets that it
may mean: known, else between the two nearest known ones of its side, else on the street's range, else only the street.
Server and phone run this over the same rows (`Rows`: PostgreSQL there, the pack's SQLite here), so they answer alike.
"""

import heapq
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from shared_models.likeness import JOINERS, fold, raw_words
from shared_models.places import Hit, LatLon, Place, PlaceIndex, metres_between
from shared_models.streetnames import UNFINISHED, StreetNames
from shared_models.streets import Asked, Street, key_of, understand

CANDIDATES, SECOND_CANDIDATES = 12, 60
"""Streets whose numbers are looked at; second streets of a corner, which may be one letter yet."""
NEIGHBOURS = 100
"""How far the known numbers may be between which another is placed."""
WORSE_BY = 1.5
"""A street that is farther from what was typed than the nearest by that much is not meant."""
PER_STEP = 0.2
"""What each step of distance (a wrong letter is 1) takes from a score."""
ADDRESS, CORNER, STREET, SPLIT, LOOSE = 1.35, 1.2, 1.05, 1.1, 0.5
"""Scores of what is exactly what was typed, on the scale of `PlaceIndex`: a facility with this number has 1.3."""
OTHER_MARK = 0.25
"""12 for 12-R, and the other way round."""
UNKNOWN = {"interpolated": (0.45, 1.5), "range": (0.5, 1.6), "street": (1.0, 2.5)}
"""What an unknown number costs: little on the very street that was typed, much on one that is only like it."""
POOR = 0.9
"""If no street is nearer than that, the words may be the two streets of a corner."""
LEFT_OUT, MOST_LEFT_OUT = 1.0, 2
"""What each word at the end costs that is of no street, more than `POOR`: a city that we do not know, "back door"."""
SHORTEST_PARCEL = 3


class Door(NamedTuple):
    """A known house number."""

    street: str
    """The street's key."""
    number: int
    mark: str
    """The whole number, `plain_number`."""
    text: str
    """The same as it is written."""
    lat: float
    lon: float
    id: str


class Stretch(NamedTuple):
    """One side of a piece of street, and the numbers between its ends."""

    street: str
    low: int
    high: int
    course: tuple[LatLon, ...]
    """From the lower number to the higher."""


def course_of(text: str) -> tuple[LatLon, ...]:
    """A course, of its writing in millionths of a degree: latitude, longitude, and so on."""
    numbers = [int(number) / 1e6 for number in text.split()]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


class Corner(NamedTuple):
    """Where two streets meet, by their keys."""

    one: str
    other: str
    place: Place


class Rows(Protocol):
    """What is read for a search, each with one small statement; in any order."""

    def doors(self, streets: Sequence[str], low: int, high: int) -> Iterable[Door]:
        """Known numbers of these streets, from the one number to the other, both included."""

    def stretches(self, streets: Sequence[str], number: int) -> Iterable[Stretch]:
        """Pieces of these streets in whose range the number is."""

    def corners(self, ones: Sequence[str], others: Sequence[str]) -> Iterable[Corner]:
        """Where one of these meets one of the others (none given: any), each told with `one` among `ones`."""

    def parcels(self, low: str, high: str, limit: int) -> Iterable[Place]:
        """The first parcels whose `parcel_key` is at least `low` and below `high`, by key and id."""


class NoRows:
    """Nothing was loaded beyond places."""

    def doors(self, streets: Sequence[str], low: int, high: int) -> Iterable[Door]:
        """None."""
        return ()

    def stretches(self, streets: Sequence[str], number: int) -> Iterable[Stretch]:
        """None."""
        return ()

    def corners(self, ones: Sequence[str], others: Sequence[str]) -> Iterable[Corner]:
        """None."""
        return ()

    def parcels(self, low: str, high: str, limit: int) -> Iterable[Place]:
        """None."""
        return ()


def parcel_key(text: str) -> str:
    """A parcel's number without what people write differently: `127 123`, `127.123` and `127/123` are `127-123`."""
    return "-".join(re.findall(r"[a-z0-9]+", text.casefold()))


class Finder:
    """Everything with a place that can be found by typing. Made once for a set of places; a search takes milliseconds."""

    def __init__(
        self,
        places: Iterable[Place],
        streets: Iterable[Street],
        localities: Iterable[str] = (),
        crossing: Iterable[str] = (),
    ) -> None:
        """`places` of kinds street and intersection are streets and corners; of `streets` of one key the first stands.

        `crossing` are the keys of the streets of all corners: some are known from these alone.
        """
        own, cities = list(places), list(localities)
        found = {
            key_of(place.name): Street(
                key_of(place.name), place.name, place.id, place.lat, place.lon, place.illustration
            )
            for place in own
            if place.kind == "street" and key_of(place.name)
        }
        for street in streets:
            found.setdefault(street.key, street)
        self._streets = [found[key] for key in sorted(found)]
        self._by_key = found
        self._corners = [
            corner for place in own if place.kind == "intersection" for corner in corners_of(place)
        ]
        of_corners = {corner.one for corner in self._corners}.union(crossing) - found.keys() - {""}
        self._keys = [street.key for street in self._streets] + sorted(of_corners)
        self._names = StreetNames(self._keys)
        self._places = PlaceIndex((p for p in own if p.kind not in ("street", "intersection")), cities)
        self._localities = [fold(city) for city in cities]

    def search(
        self,
        query: str,
        rows: Rows,
        near: LatLon | None = None,
        limit: int = 10,
        kinds: frozenset[str] | None = None,
    ) -> list[Hit]:
        """What the query most likely means, best first; nearer first among equals. `kinds` leaves out all others."""
        query = query.strip()  # as the server's callers are read: both answer alike
        asked = understand(query, self._localities)
        hits = [self._placed(hit, near) for hit in self._on_ground(query, asked, rows, limit)]
        if kinds is None or not kinds <= GROUND:
            hits += self._places.search(query, near, limit if kinds is None else 5 * limit)
        wanted = {hit.place.id: hit for hit in sorted(hits, key=_order, reverse=True) if _wanted(hit, kinds)}
        return heapq.nsmallest(limit, wanted.values(), key=_order)

    def _placed(self, hit: Hit, near: LatLon | None) -> Hit:
        metres = metres_between(near, (hit.place.lat, hit.place.lon)) if near else None
        return Hit(hit.place, hit.title, hit.number, metres, round(hit.score, 3), hit.how)

    def _on_ground(self, query: str, asked: Asked, rows: Rows, limit: int) -> list[Hit]:
        """Addresses, streets, corners and parcels."""
        hits = list(_parcels(query, rows, limit))
        if not asked.streets:
            return hits
        if asked.joined:
            met = self._met(asked.streets, asked.open, CORNER, rows)
            return hits + (
                met
                or [
                    hit
                    for street in asked.streets
                    for hit in self._named(self._alike(street, asked.open), LOOSE)
                ]
            )
        alike = self._alike(asked.words, asked.open)
        if asked.number is not None:
            return hits + self._numbered(asked, alike, rows)
        hits += self._named(alike)
        if not alike or alike[0][0] > POOR:
            for n in range(1, len(asked.words)):
                hits += self._met((asked.words[:n], asked.words[n:]), asked.open, SPLIT, rows)
        else:
            whole = [self._streets[n].key for away, n in alike if away < UNFINISHED]
            hits += self._corners_of(dict.fromkeys(whole, 0.0), {}, LOOSE, rows) if whole else []
        return hits

    def _alike(self, words: tuple[str, ...], open: bool) -> list[tuple[float, int]]:
        """The streets that these words may mean, the nearest first. If none does, without what stands at the end."""
        for left in range(len(words), max(0, len(words) - MOST_LEFT_OUT - 1), -1):
            alike = self._names.alike(words[:left], open=open and left == len(words))
            alike = [(away, n) for away, n in alike if n < len(self._streets)][:CANDIDATES]
            if alike:
                break
        extra = LEFT_OUT * (len(words) - left) if words else 0.0
        return [(away + extra, n) for away, n in alike if away <= alike[0][0] + WORSE_BY]

    def _named(self, alike: Sequence[tuple[float, int]], best: float = STREET) -> list[Hit]:
        return [
            Hit(_street_place(street), street.name, None, None, best - PER_STEP * away)
            for away, street in ((away, self._streets[n]) for away, n in alike)
        ]

    # ── a number on a street ─────────────────────────────────────────────────────────────────────────────

    def _numbered(self, asked: Asked, alike: Sequence[tuple[float, int]], rows: Rows) -> list[Hit]:
        number = asked.number or 0
        away_of = {self._streets[n].key: away for away, n in alike}
        known: dict[str, list[Door]] = {}
        for door in rows.doors(list(away_of), number, number) if away_of else ():
            known.setdefault(door.street, []).append(door)
        hits = [
            Hit(
                Place(
                    door.id,
                    "address",
                    f"{door.text} {street.name}",
                    "",
                    door.lat,
                    door.lon,
                    street.illustration,
                ),
                f"{door.text} {street.name}",
                None,
                None,
                ADDRESS - PER_STEP * (away_of[key] + (0.0 if door.mark == asked.mark else OTHER_MARK)),
            )
            for key, doors in known.items()
            for street in (self._by_key[key],)
            for door in doors
        ]
        unknown = [key for key in away_of if key not in known]
        return hits + self._guessed(asked, number, {key: away_of[key] for key in unknown}, rows)

    def _guessed(self, asked: Asked, number: int, away_of: dict[str, float], rows: Rows) -> list[Hit]:
        """On streets where the number is not known."""
        if not away_of:
            return []
        streets = list(away_of)
        around: dict[str, list[Door]] = {}
        for door in rows.doors(streets, number - NEIGHBOURS, number + NEIGHBOURS):
            around.setdefault(door.street, []).append(door)
        stretches = sorted(rows.stretches(streets, number))
        hits = []
        for key, away in away_of.items():
            street = self._by_key[key]
            at, how = _between(number, around.get(key, ())), "interpolated"
            if at is None:
                at, how = _along((s for s in stretches if s.street == key), number), "range"
            if at is None:
                at, how = (street.lat, street.lon), "street"
            very, like = UNKNOWN[how]
            title = f"{asked.said} {street.name}"
            place = _street_place(street)
            if how != "street":
                place = Place(f"{street.id}/{asked.mark}", "address", title, "", *at, street.illustration)
            score = ADDRESS - PER_STEP * (away + (like if away else very))
            hits.append(Hit(place, title, asked.said if how == "street" else None, None, score, how))
        return hits

    # ── corners ──────────────────────────────────────────────────────────────────────────────────────────

    def _met(self, streets: Sequence[tuple[str, ...]], open: bool, best: float, rows: Rows) -> list[Hit]:
        """The corners of two streets; of one, if the other was not typed yet, all of its corners."""
        first = self._near(streets[0], CANDIDATES, open=open and len(streets) == 1)
        second = self._near(streets[1], SECOND_CANDIDATES, open=open) if len(streets) > 1 else {}
        if not first or (len(streets) > 1 and not second):
            return []
        return self._corners_of(first, second, best, rows)

    def _corners_of(
        self, first: dict[str, float], second: dict[str, float], best: float, rows: Rows
    ) -> list[Hit]:
        """Corners of the first with the second (none: any) streets, by how far these are from what was typed."""
        corners = [c for c in self._corners if c.one in first and (not second or c.other in second)]
        corners += rows.corners(list(first), list(second))
        found: dict[str, Hit] = {}
        for corner in corners:
            score = best - PER_STEP * (first[corner.one] + second.get(corner.other, 0.0))
            kept = found.get(corner.place.id)
            if kept is None or kept.score < score:
                found[corner.place.id] = Hit(corner.place, corner.place.name, None, None, score)
        return list(found.values())

    def _near(self, words: tuple[str, ...], most: int, *, open: bool) -> dict[str, float]:
        """The keys of the streets that these words may mean, with their distances."""
        alike = self._names.alike(words, open=open)[:most]
        return {self._keys[n]: away for away, n in alike if away <= alike[0][0] + WORSE_BY}


GROUND = frozenset({"address", "street", "intersection", "parcel"})
"""Kinds that are found by streets and numbers; all others by their names."""
_KINDS = ("address", "facility", "place", "street", "intersection", "parcel")


def corners_of(place: Place) -> list[Corner]:
    """Each pair of streets that meet in an intersection, told from both; its name joins them by `&` or a word like it."""
    streets: list[list[str]] = [[]]
    for word in raw_words(place.name):
        if word in JOINERS:
            streets.append([])
        else:
            streets[-1].append(word)
    keys = [key for key in dict.fromkeys(key_of(" ".join(street)) for street in streets) if key]
    return [Corner(one, other, place) for one in keys for other in keys if one != other]


def _street_place(street: Street) -> Place:
    return Place(street.id, "street", street.name, "", street.lat, street.lon, street.illustration)


def _wanted(hit: Hit, kinds: frozenset[str] | None) -> bool:
    return hit.score > 0 and (kinds is None or hit.place.kind in kinds)


def _order(hit: Hit) -> tuple[float, float, int, str, str]:
    kind = _KINDS.index(hit.place.kind) if hit.place.kind in _KINDS else len(_KINDS)
    return -round(hit.score, 2), hit.metres or 0.0, kind, hit.title, hit.place.id


def _between(number: int, doors: Iterable[Door]) -> LatLon | None:
    """Between the two nearest known numbers of this side of the street: even or odd as it is."""
    side = [door for door in doors if door.number % 2 == number % 2]
    below = max((door for door in side if door.number < number), default=None, key=lambda d: (d.number, d.id))
    above = min((door for door in side if door.number > number), default=None, key=lambda d: (d.number, d.id))
    if below is None or above is None:
        return None
    part = (number - below.number) / (above.number - below.number)
    return _part((below.lat, below.lon), (above.lat, above.lon), part)


def _along(stretches: Iterable[Stretch], number: int) -> LatLon | None:
    """On the first piece of street in whose range the number is, as far along as it is between its ends."""
    for stretch in stretches:
        one_side = stretch.low % 2 == stretch.high % 2
        if one_side and number % 2 != stretch.low % 2:
            continue
        part = (number - stretch.low) / (stretch.high - stretch.low) if stretch.high > stretch.low else 0.5
        legs = [metres_between(a, b) for a, b in zip(stretch.course, stretch.course[1:], strict=False)]
        left = part * sum(legs)
        for n, leg in enumerate(legs):
            if left <= leg or n == len(legs) - 1:
                return _part(stretch.course[n], stretch.course[n + 1], left / leg if leg else 0.0)
            left -= leg
    return None


def _part(a: LatLon, b: LatLon, part: float) -> LatLon:
    return round(a[0] + (b[0] - a[0]) * part, 6), round(a[1] + (b[1] - a[1]) * part, 6)


def _parcels(query: str, rows: Rows, limit: int) -> Iterable[Hit]:
    """Parcels by their number, or as it begins, where the whole query can be one."""
    key = parcel_key(query)
    chunks = key.split("-")
    if len(key) < SHORTEST_PARCEL or any(chunk.isalpha() and len(chunk) > 2 for chunk in chunks):  # noqa: PLR2004 - a word, and no mark
        return
    if not any(letter.isdigit() for letter in key):
        return
    whole = len(chunks) == 1  # a number by itself may be anything: only if it is exactly a parcel's
    for place in rows.parcels(key, f"{key}\x01" if whole else f"{key}\x7f", limit):
        exact = parcel_key(place.name) == key
        yield Hit(place, place.name, None, None, ADDRESS if exact else 0.9)
