"""What a search reads of the pack: numbers, pieces of street, corners and parcels, each by one small statement.

The same rows as the server's (`backend/maps/search.py`), so that both find the same. Degrees stand in the pack in
millionths. A pack that was made before there were such tables has none of it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from shared_models.addresses import Corner, Door, Stretch, course_of
from shared_models.places import Place
from shared_models.streets import Street, plain_number

TABLES = frozenset({"street_name", "address", "stretch", "landmark"})
Read = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]
_PLACE = "id, kind, name, detail, lat, lon, illustration"
_PLACES = f"SELECT {_PLACE} FROM landmark WHERE kind = 'place' ORDER BY id"  # noqa: S608 - our own words


class PackRows:
    """The rows of an open pack (`shared_models.addresses.Rows`). On any thread."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._key_of: dict[int, str] = dict(read("SELECT id, key FROM street_name", ()))
        self._number_of = {key: number for number, key in self._key_of.items()}

    def streets(self) -> list[Street]:
        """All streets, by their keys."""
        rows = self._read("SELECT key, name, lat, lon, illustration FROM street_name ORDER BY key", ())
        return [
            Street(key, name, f"street/{key.replace(' ', '-')}", lat / 1e6, lon / 1e6, bool(illustration))
            for key, name, lat, lon, illustration in rows
        ]

    def places(self) -> list[Place]:
        """All places, by their ids."""
        return [_place(*row) for row in self._read(_PLACES, ())]

    def crossing(self) -> list[str]:
        """The keys of all streets that meet another."""
        return [
            key for (key,) in self._read("SELECT DISTINCT one FROM landmark WHERE kind = 'intersection'", ())
        ]

    def doors(self, streets: Sequence[str], low: int, high: int) -> Iterable[Door]:
        """Known numbers."""
        those = self._numbers(streets)
        rows = self._read(
            f"SELECT street, number, text, lat, lon, id FROM address WHERE street IN ({_marks(those)})"  # noqa: S608 - question marks
            " AND number BETWEEN ? AND ?",
            (*those, low, high),
        )
        return [
            Door(self._key_of[street], number, plain_number(text), text, lat / 1e6, lon / 1e6, id_)
            for street, number, text, lat, lon, id_ in rows
        ]

    def stretches(self, streets: Sequence[str], number: int) -> Iterable[Stretch]:
        """Pieces of streets."""
        those = self._numbers(streets)
        rows = self._read(
            f"SELECT street, low, high, course FROM stretch WHERE street IN ({_marks(those)})"  # noqa: S608 - question marks
            " AND low <= ? AND high >= ?",
            (*those, number, number),
        )
        return [
            Stretch(self._key_of[street], low, high, course_of(course)) for street, low, high, course in rows
        ]

    def corners(self, ones: Sequence[str], others: Sequence[str]) -> Iterable[Corner]:
        """Corners."""
        which = f" AND other IN ({_marks(others)})" if others else ""
        rows = self._read(
            f"SELECT one, other, {_PLACE} FROM landmark WHERE kind = 'intersection'"  # noqa: S608 - question marks
            f" AND one IN ({_marks(ones)}){which}",
            (*ones, *others),
        )
        return [Corner(one, other, _place(*place)) for one, other, *place in rows]

    def parcels(self, low: str, high: str, limit: int) -> Iterable[Place]:
        """Parcels."""
        rows = self._read(
            f"SELECT {_PLACE} FROM landmark WHERE kind = 'parcel' AND one >= ? AND one < ? ORDER BY one, id LIMIT ?",  # noqa: S608 - our own words
            (low, high, limit),
        )
        return [_place(*row) for row in rows]

    def _numbers(self, streets: Sequence[str]) -> list[int]:
        return [self._number_of[key] for key in streets if key in self._number_of]


def doors_in(read: Read, box: Sequence[float]) -> list[Place]:
    """The addresses in a box (south, north, west, east), as places."""
    rows = read(
        "SELECT address.id, text || ' ' || name, address.lat, address.lon, illustration FROM address"
        " JOIN street_name ON street_name.id = street"
        " WHERE address.lat BETWEEN ? AND ? AND address.lon BETWEEN ? AND ?",
        [edge * 1e6 for edge in box],
    )
    return [_place(id_, "address", title, "", lat, lon, invented) for id_, title, lat, lon, invented in rows]


def _place(id_: str, kind: str, name: str, detail: str, lat: int, lon: int, illustration: int) -> Place:
    return Place(id_, kind, name, detail, lat / 1e6, lon / 1e6, bool(illustration))


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
