"""Search: addresses, corners, places, parcels of the layers that somebody may see, and things that domains hand down.

The rows of layers are ``gazetteer.py``'s. Numbers are read from the database at each search; street names and places are
kept in the process for as long as they are the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal, or_, select, text, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by

from backend.core import prepared
from backend.core.actor import Actor, asking, context, db
from backend.core.house import house
from backend.core.problems import Invalid
from backend.maps import queries, sources
from backend.maps.tables import LayerRow, SearchSourceRow
from shared_models.addresses import Corner, Door, Finder, Stretch, course_of
from shared_models.basics import Point
from shared_models.maps import FindPlaces, How, PlaceFound, PlaceKind, PlacesFound
from shared_models.places import Hit, LatLon, Place, with_things
from shared_models.problems import FieldError
from shared_models.streets import Street

MOST_KEPT = 4
"""Sets of street names and places in a process: those of the public, of staff, and what they were a moment ago."""


def told_places(wanted: FindPlaces) -> PlacesFound:
    """What a query means, among all that the asking person may see. Raises Invalid for a point that is not on Earth."""
    visible = visible_to(asking())
    [(pack, seen)] = prepared.rows_of([visible], ("search",), lambda: _state(visible))
    numbers = [number for number, _ in seen]
    finder = _finder((pack, *map(tuple, seen)), numbers)
    kinds = frozenset(wanted.kinds.split(",")) if wanted.kinds else None
    hits = finder.search(wanted.q, Found(numbers), _point(wanted.near), wanted.limit, kinds)
    things = _handed_down(wanted) if kinds is None or PlaceKind.THING in kinds else ()
    return PlacesFound(items=tuple(told(hit) for hit in with_things(hits, things, wanted.limit)))


def _handed_down(wanted: FindPlaces) -> Iterator[tuple[Place, int]]:
    """What other domains have by these words and let this person see, and how well each fits."""
    actor = asking()
    if actor is None:
        return
    told_of = []
    for layer in house().layers.values():
        if layer.find is not None and sources.may_see(actor, layer):
            found = layer.find(actor, wanted.q, wanted.limit)
            if found is not None:
                id_, *rest = found.subquery().c
                told_of.append(select(literal(layer.name), cast(id_, Text), *rest))
    # One statement for all of them; the best of each first, as it was found.
    for name, id_, title, detail, lat, lon, fit in db().execute(union_all(*told_of)) if told_of else ():
        yield Place(f"{name}/{id_}", PlaceKind.THING.value, title, detail, lat, lon), int(fit)


def _point(near: str) -> LatLon | None:
    if not near:
        return None
    lat, lon = map(float, near.split(","))
    if abs(lat) > 90 or abs(lon) > 180:  # noqa: PLR2004 - degrees
        raise Invalid(FieldError(pointer="?near", detail="This is no place on Earth."))
    return lat, lon


def told(hit: Hit) -> PlaceFound:
    """A hit, as callers are told."""
    place = hit.place
    return PlaceFound(
        id=place.id,
        kind=PlaceKind(place.kind),
        title=hit.title,
        detail=place.detail,
        where=Point(lat=place.lat, lon=place.lon),
        illustration=place.illustration,
        how=How(hit.how),
    )


def visible_to(actor: Actor | None) -> Select[SearchSourceRow]:
    """What is searched for this person: the layers that they may see, and the city's list of addresses."""
    layers = sources.visible_to(actor).with_only_columns(LayerRow.id)
    return select(SearchSourceRow).where(
        or_(SearchSourceRow.layer_id.is_(None), SearchSourceRow.layer_id.in_(layers))
    )


def _state(visible: Select[SearchSourceRow]) -> Select[Any]:
    """The version of the pack, and of each source when its names changed: one small statement for each search."""
    rows = visible.with_only_columns(SearchSourceRow.source, SearchSourceRow.changed_at).subquery()
    pairs = func.json_agg(
        aggregate_order_by(func.json_build_array(rows.c.source, rows.c.changed_at), rows.c.source)
    )
    return select(
        queries.newest_version().scalar_subquery(),
        select(func.coalesce(pairs, text("'[]'::json"))).select_from(rows).scalar_subquery(),
    )


_lock = Lock()
_finders: dict[tuple[Any, ...], Finder] = {}


def _finder(state: tuple[Any, ...], numbers: list[int]) -> Finder:
    """The names of all that can be found; read once for each state of them."""
    key = (context().connection.engine.url, *state)
    with _lock:
        found = _finders.pop(key, None) or _read(numbers)
        _finders[key] = found  # the last used stands last
        while len(_finders) > MOST_KEPT:
            del _finders[next(iter(_finders))]
    return found


def _read(numbers: list[int]) -> Finder:
    places: list[Place] = []
    cities: list[str] = []
    crossing: list[str] = []
    for of, *row in prepared.run_here(_NAMES, sources=numbers):
        if of == _CITY:
            cities.append(row[2])
        elif of == _CROSSING:
            crossing.append(row[0])
        else:
            places.append(Place(*row))
    return Finder(places, streets(numbers), cities, crossing)


def streets(numbers: Sequence[int]) -> Iterator[Street]:
    """Streets of these sources: those that have a course before those that are known from addresses."""
    for row in prepared.run_here(_STREETS, sources=list(numbers)):
        yield Street(*row)


class Found:
    """The numbers, corners and parcels of some sources (``shared_models.addresses.Rows``)."""

    def __init__(self, numbers: list[int]) -> None:
        self._sources = numbers

    def doors(self, streets: Sequence[str], low: int, high: int) -> Iterable[Door]:
        """Known numbers."""
        rows = prepared.run_here(_DOORS, sources=self._sources, streets=list(streets), low=low, high=high)
        return [Door(*row) for row in rows]

    def stretches(self, streets: Sequence[str], number: int) -> Iterable[Stretch]:
        """Pieces of streets."""
        rows = prepared.run_here(_STRETCHES, sources=self._sources, streets=list(streets), number=number)
        return [Stretch(street, low, high, course_of(course)) for street, low, high, course in rows]

    def corners(self, ones: Sequence[str], others: Sequence[str]) -> Iterable[Corner]:
        """Corners."""
        rows = prepared.run_here(_CORNERS, sources=self._sources, ones=list(ones), others=list(others))
        return [Corner(one, other, Place(*place)) for one, other, *place in rows]

    def parcels(self, low: str, high: str, limit: int) -> Iterable[Place]:
        """Parcels."""
        rows = prepared.run_here(_PARCELS, sources=self._sources, low=low, high=high, limit=limit)
        return [Place(*row) for row in rows]


PLACE = 'id, kind, name, detail, ST_Y("where"), ST_X("where"), illustration'
_CITY, _CROSSING = 3, 4
_NAMES = text(f"""
    SELECT 1 AS of, {PLACE} FROM place
    UNION ALL SELECT 2, {PLACE} FROM landmark WHERE kind = 'place' AND source = ANY(:sources)
    UNION ALL SELECT {_CITY}, code, '', name, '', 0, 0, false FROM outline WHERE limits IS NOT NULL
    UNION ALL SELECT DISTINCT {_CROSSING}, one, '', '', '', 0, 0, false FROM landmark
    WHERE kind = 'intersection' AND source = ANY(:sources)
    ORDER BY of, id
""")  # noqa: S608 - our own words
"""The city's places, those of its layers, the cities, and the streets of corners: each by their ids. One statement, for a search may have to wait for it."""
_STREETS = text("""
    SELECT key, name, 'street/' || replace(key, ' ', '-'), ST_Y("where"), ST_X("where"), illustration
    FROM street_name WHERE source = ANY(:sources)
    ORDER BY key, NOT EXISTS (SELECT FROM stretch WHERE stretch.source = street_name.source), source
""")
# (`source + 0`: by street and number, never by way of all rows of a source, whatever PostgreSQL believes to stand there)
_DOORS = text("""
    SELECT street, number, mark, text, ST_Y("where"), ST_X("where"), id FROM address
    WHERE street = ANY(:streets) AND number BETWEEN :low AND :high AND source + 0 = ANY(:sources)
""")
_STRETCHES = text("""
    SELECT street, low, high, course FROM stretch
    WHERE street = ANY(:streets) AND low <= :number AND high >= :number AND source + 0 = ANY(:sources)
""")
_CORNERS = text(f"""
    SELECT one, other, {PLACE} FROM landmark WHERE kind = 'intersection' AND one = ANY(:ones)
    AND (other = ANY(:others) OR CAST(:others AS text[]) = '{{}}') AND source + 0 = ANY(:sources)
""")  # noqa: S608 - our own words
_PARCELS = text(f"""
    SELECT {PLACE} FROM landmark WHERE kind = 'parcel' AND one COLLATE "C" >= :low AND one COLLATE "C" < :high
    AND source + 0 = ANY(:sources) ORDER BY one COLLATE "C", id COLLATE "C" LIMIT :limit
""")  # noqa: S608 - our own words
