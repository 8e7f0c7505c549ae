"""Finding places: the index of what can be found, kept for as long as the pack is the same."""

from collections.abc import Callable, Iterable
from threading import Lock

from shared_models.basics import Point
from shared_models.maps import PlaceFound, PlaceKind
from shared_models.places import Hit, Place, PlaceIndex

_lock = Lock()
_index: tuple[str, PlaceIndex] | None = None


def index_of(version: str, places: Callable[[], Iterable[Place]]) -> PlaceIndex:
    """The index of these places; built once for each version."""
    global _index  # noqa: PLW0603 - one per process, replaced as a whole
    with _lock:
        if _index is None or _index[0] != version:
            _index = (version, PlaceIndex(places()))
        return _index[1]


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
    )
