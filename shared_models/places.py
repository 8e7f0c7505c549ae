"""Places: finding them as people type them, and telling in whose limits a point lies.

Server and phone run this same code over the same rows, so that both give the same answers. It needs
nothing but the standard library. Coordinates are degrees, WGS 84, latitude first.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shared_models.likeness import EXACT_FROM, JOINERS, LONG, SOFT, WordList, fold, raw_words

EARTH_RADIUS = 6_371_008.8
"""Mean radius of the earth in metres (IUGG R1)."""

LatLon = tuple[float, float]

_COUNTRY = frozenset({"tx", "texas", "usa", "us"})


@dataclass(frozen=True, slots=True)
class Place:
    """Something that can be searched: a `facility`, `place`, `street` (a point on it), `intersection`, `address`, `parcel`, `thing`."""

    id: str
    kind: str
    name: str
    detail: str
    """A facility's address, else words that tell two of one name apart; may be empty."""
    lat: float
    lon: float
    illustration: bool = False
    """True where the coordinates are invented and the screen must say so."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place found."""

    place: Place
    title: str
    """What to show: the name, for a street with the house number that was asked for in front."""
    number: str | None
    """The house number asked for, where the place is a street: how far along it lies is not known."""
    metres: float | None
    """Distance from the point that the search was near to."""
    score: float
    """1 and above is what was typed, 0 has nothing of it."""
    how: str = "exact"
    """Where a house number lies (`shared_models.maps.How`): `exact`, `interpolated`, `range`, or only the `street`."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The limits of a city: GeoJSON Polygon or MultiPolygon, longitude first as GeoJSON has it."""

    code: str
    name: str
    ours: bool
    geometry: Mapping[str, Any] = field(repr=False)


# --- the index --------------------------------------------------------------------------------------


class _Typed(NamedTuple):
    """A query, understood."""

    number: str | None
    parts: list[list[str]]
    """Words; two lists where a joiner stands between the streets of a corner."""
    raw_last: str
    joined: bool

    @property
    def words(self) -> list[str]:
        return [word for part in self.parts for word in part]


class _Entry(NamedTuple):
    place: Place
    number: str | None
    streets: tuple[frozenset[str], ...]
    """The words of the name; of a corner, those of each of its streets."""
    detail: frozenset[str]


class PlaceIndex:
    """A searchable set of places, built once; a search takes a few milliseconds for thousands of them."""

    def __init__(self, places: Iterable[Place], localities: Iterable[str] = ()) -> None:
        """`localities` are names of cities that may end an address and then say nothing about the street."""
        self._entries = [_entry(place) for place in places]
        self._localities = [fold(name) for name in localities]
        self._holders: dict[str, list[int]] = {}
        for n, entry in enumerate(self._entries):
            for word in entry.detail.union({entry.number or ""}, *entry.streets) - {""}:
                self._holders.setdefault(word, []).append(n)
        self._words = WordList(self._holders)
        self._names: WordList | None = None
        self._owners: list[int] = []
        self._known: dict[tuple[str, bool], dict[str, float]] = {}

    def search(self, query: str, near: LatLon | None = None, limit: int = 10) -> list[Hit]:
        """The places that the query most likely means, best first; nearer first among equals.

        A house number that a facility has brings that facility to the top; else the streets are
        answered with the number kept in the title. Up to two typos a word are forgiven.
        """
        typed = self._understand(query)
        if not typed.words:
            return []
        likes = self._likes(typed)
        telling = [
            word for word in typed.words if word not in SOFT
        ] or typed.words  # `_covers` wants one of them met
        found = {n for one in telling for word in likes[one] for n in self._holders[word]}
        scored = [(self._score(self._entries[n], typed, likes), n) for n in found]
        scored = [(score, n) for score, n in scored if score > 0]
        if max(scored, default=(0.0, 0))[0] < 0.6:  # noqa: PLR2004 - nothing good: perhaps words run together
            scored += self._run_together(typed, {n for _, n in scored})
        hits = [self._hit(self._entries[n].place, score, typed, near) for score, n in scored]
        return sorted(hits, key=_order)[:limit]

    def _understand(self, query: str) -> _Typed:
        raw = raw_words(query)
        words = self._without_city([LONG.get(word, word) for word in raw])
        raw_last = raw[len(words) - 1] if words else ""
        number = None
        others = [word for word in words if not word.isdigit()]
        if others and len(words) > 1:
            at = next((i for i in (0, len(words) - 1) if re.fullmatch(r"\d+[a-z]?", words[i])), None)
            number = words.pop(at) if at is not None else None
        joined = any(word in JOINERS for word in words)
        parts: list[list[str]] = [[]]
        for word in words:
            if word in JOINERS:
                parts.append([])
            else:
                parts[-1].append(word)
        return _Typed(number, [part for part in parts if part], raw_last, joined)

    def _without_city(self, words: list[str]) -> list[str]:
        """Cuts city, state and ZIP from the end, never what may be the street itself."""

        def may_end_at(n: int) -> bool:
            return n > 0 and not words[n - 1].isdigit() and words[n - 1] not in JOINERS

        while (
            len(words) > 1
            and (words[-1] in _COUNTRY or re.fullmatch(r"\d{5}", words[-1]))
            and may_end_at(len(words) - 1)
        ):
            words = words[:-1]
        for city in self._localities:
            rest = len(words) - len(city)
            if words[rest:] == city and may_end_at(rest):
                return words[:rest]
        return words

    def _likes(self, typed: _Typed) -> dict[str, dict[str, float]]:
        """For each typed word the known words that it may mean."""
        words = typed.words
        likes = {word: self._like(word, last=False) for word in words[:-1]}
        last = dict(self._like(words[-1], last=True))
        for word, like in self._like(typed.raw_last, last=True).items():  # "st" may become Stella
            last[word] = max(last.get(word, 0.0), like)
        return likes | {words[-1]: last}

    def _like(self, typed: str, *, last: bool) -> dict[str, float]:
        key = (typed, last)
        found = self._known.get(key)
        if found is None:  # reckoned by each of two threads that ask at once, and never read back
            found = self._words.alike(typed, last=last)
            if len(self._known) > 500:  # noqa: PLR2004 - words typed in one sitting
                self._known.clear()
            self._known[key] = found
        return found

    def _score(self, entry: _Entry, typed: _Typed, likes: Mapping[str, Mapping[str, float]]) -> float:
        if len(typed.parts) == 2 and len(entry.streets) == 2:  # noqa: PLR2004 - a corner has two streets
            (a, b), (x, y) = typed.parts, entry.streets
            straight = [_covers(a, x, likes), _covers(b, y, likes)]
            crossed = [_covers(a, y, likes), _covers(b, x, likes)]
            both = max(straight, crossed, key=min)
            if min(both) > 0:
                return sum(both) / 2 + 0.2
        name = _covers(typed.words, frozenset().union(*entry.streets), likes)
        score = max(name, 0.85 * _covers(typed.words, entry.detail, likes))
        if not score:
            everything = entry.detail.union({entry.number or ""}, *entry.streets)
            score = 0.7 * _covers(typed.words, everything, likes)
        if not score:
            return 0.0
        if typed.joined:
            score += 0.1 if len(entry.streets) > 1 else -0.1
        if typed.number is not None:
            score += 0.3 if typed.number == entry.number else 0.0 if entry.place.kind == "street" else -0.2
        return max(score, 0.01)

    def _run_together(self, typed: _Typed, taken: set[int]) -> Iterator[tuple[float, int]]:
        """Names that are the query if spaces are left out: "buffalospeedway", "univer sity"."""
        squashed = "".join(typed.words)
        if len(squashed) < EXACT_FROM:
            return
        if self._names is None:
            named = [(n, name) for n, entry in enumerate(self._entries) for name in _squashed(entry)]
            self._owners, self._names = [n for n, _ in named], WordList(name for _, name in named)
        wrong: dict[int, int] = {}
        for at, count in self._names.near(squashed, 2).items():
            n = self._owners[at]
            wrong[n] = min(count, wrong.get(n, count))
        for n, count in wrong.items():
            if n not in taken:
                yield 0.7 - 0.12 * count, n

    def _hit(self, place: Place, score: float, typed: _Typed, near: LatLon | None) -> Hit:
        number = typed.number if place.kind == "street" else None
        title = f"{number.upper()} {place.name}" if number else place.name
        metres = metres_between(near, (place.lat, place.lon)) if near else None
        return Hit(place, title, number, metres, round(score, 3))


def search(query: str, places: Iterable[Place], near: LatLon | None = None, limit: int = 10) -> list[Hit]:
    """One search; who searches the same places again keeps a `PlaceIndex`."""
    return PlaceIndex(places).search(query, near, limit)


def _entry(place: Place) -> _Entry:
    streets: list[list[str]] = [[]]
    for word in fold(place.name):
        if place.kind == "intersection" and word in JOINERS:
            streets.append([])
        else:
            streets[-1].append(word)
    detail = fold(place.detail)
    number = detail.pop(0) if detail and re.fullmatch(r"\d+[a-z]?", detail[0]) else None
    return _Entry(place, number, tuple(frozenset(street) for street in streets), frozenset(detail))


def _squashed(entry: _Entry) -> set[str]:
    """The name without spaces, with and without street types; none of a corner."""
    if len(entry.streets) > 1:
        return set()
    words = fold(entry.place.name)
    return {"".join(words), "".join(word for word in words if word not in SOFT)} - {""}


def _covers(typed: Sequence[str], words: frozenset[str], likes: Mapping[str, Mapping[str, float]]) -> float:
    """How well the typed words and these words cover each other, 0 to 1.

    A wrong or missing street type or direction costs little; half of the other words must be met.
    """
    hard = [word for word in typed if word not in SOFT] or typed  # "blvd" alone asks for them all
    met: set[str] = set()
    total = gained = 0.0
    hard_met = 0
    for one in typed:
        weight = 1.0 if one in hard else 0.25
        like, word = max(((likes[one].get(word, 0.0), word) for word in words), default=(0.0, ""))
        total += weight
        gained += weight * like
        if like:
            met.add(word)
            hard_met += one in hard
    if hard_met * 2 < len(hard):
        return 0.0
    core = {word for word in words if word not in SOFT} or words
    if not core & met and hard is not typed:
        return 0.0
    return gained / total * (0.75 + 0.25 * len(core & met) / len(core))


_KINDS = ("facility", "street", "intersection")


def _order(hit: Hit) -> tuple[float, float, int, str, str]:
    kind = _KINDS.index(hit.place.kind) if hit.place.kind in _KINDS else len(_KINDS)
    return -round(hit.score, 1), hit.metres or 0.0, kind, hit.title, hit.place.id


# --- with what has a place besides --------------------------------------------------------------------

FITS = (1.4, 1.0, 0.9, 0.8, 0.5)
"""Scores of things that domains hand down, by how well they fit: their code, its beginning, the beginning of a word, a part
of one, but for typing errors. An address that is exactly what was typed has 1.35."""
MOST_THINGS = 3
"""Of those whose code was not typed whole: they leave room for places."""


def with_things(hits: Iterable[Hit], things: Iterable[tuple[Place, int]], limit: int) -> list[Hit]:
    """Places found, and things with how well they fit, in one list; a place before a thing that fits as well."""
    found = [(Hit(place, place.name, None, None, FITS[fit]), fit) for place, fit in things]
    sure = [hit for hit, fit in found if not fit]
    others = [hit for hit, fit in found if fit]
    return sorted([*hits, *sure, *others[:MOST_THINGS]], key=lambda hit: -round(hit.score, 2))[:limit]


# --- where a point lies -----------------------------------------------------------------------------


def metres_between(a: LatLon, b: LatLon) -> float:
    """Metres along the great circle between two (lat, lon) on a sphere of `EARTH_RADIUS`."""
    (lat_a, lon_a), (lat_b, lon_b) = a, b
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half_lat, half_lon = (phi_b - phi_a) / 2, math.radians(lon_b - lon_a) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(chord)))


def polygons(geometry: Mapping[str, Any]) -> list[list[list[Sequence[float]]]]:
    """The polygons of a GeoJSON Polygon or MultiPolygon, each a list of rings, the outer one first.

    Raises:
        ValueError: for any other geometry.
    """
    if geometry.get("type") == "Polygon":
        return [geometry["coordinates"]]
    if geometry.get("type") == "MultiPolygon":
        return list(geometry["coordinates"])
    raise ValueError(f"neither Polygon nor MultiPolygon: {geometry.get('type')}")


def point_in_polygon(point: LatLon, geometry: Mapping[str, Any]) -> bool:
    """Whether a (lat, lon) lies inside a GeoJSON Polygon or MultiPolygon, holes left out.

    Edges are straight in degrees. A point on the edge belongs to the polygon that lies to the east of
    that edge, or to the north where the edge runs due east: of two cities that share a border
    exactly one has it, never both and never none. The edge of a hole counts the same way.
    """
    return any(sum(_crossings(point, ring) for ring in rings) % 2 == 1 for rings in polygons(geometry))


def _crossings(point: LatLon, ring: Sequence[Sequence[float]]) -> int:
    """Edges of the ring that a ray from the point due east crosses."""
    lat, lon = point
    crossed = 0
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        low, high = (
            (a, b) if a[1] <= b[1] else (b, a)
        )  # one order, so that neighbours compute the same number
        if low[1] <= lat < high[1]:
            crossed += lon < low[0] + (lat - low[1]) / (high[1] - low[1]) * (high[0] - low[0])
    return crossed


def whose(point: LatLon, outlines: Iterable[Outline]) -> Outline | None:
    """The first outline that holds a (lat, lon), or None outside of them all."""
    return next((outline for outline in outlines if point_in_polygon(point, outline.geometry)), None)
