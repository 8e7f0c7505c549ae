"""A list whose items are made when they are looked at: thousands cost what the few that are seen cost."""

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class Lazy(Sequence[T]):
    """So many items; `make(place)` makes one, once. Two of these are equal only if they are the same."""

    def __init__(self, count: int, make: Callable[[int], T]) -> None:
        self._count, self._make = count, make
        self._made: dict[int, T] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(self._count))]
        at = place + self._count if place < 0 else place
        if not 0 <= at < self._count:
            raise IndexError(place)
        if at not in self._made:
            self._made[at] = self._make(at)
        return self._made[at]


def and_first(first: Sequence[T], items: Sequence[T]) -> Sequence[T]:
    """The items with some more before them, made no earlier than the items make them."""
    n = len(first)
    return Lazy(n + len(items), lambda at: first[at] if at < n else items[at - n]) if n else items


def and_last(items: Sequence[T], last: T) -> Sequence[T]:
    """The items with one more behind them, made no earlier than the items make them."""
    return Lazy(len(items) + 1, lambda at: items[at] if at < len(items) else last)
