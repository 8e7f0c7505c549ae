"""What is kept in a process for as long as there is room: what was asked for last stays."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


@dataclass
class Kept(Generic[Thing]):
    """Things by their keys, up to so many bytes."""

    most: int
    held: int = 0
    things: OrderedDict[Hashable, tuple[Thing, int]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def get(self, key: Hashable) -> Thing | None:
        """The thing under this key."""
        with self.lock:
            found = self.things.get(key)
            if found is None:
                return None
            self.things.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, thing: Thing, weight: int) -> None:
        """Keep a thing of so many bytes, and let go of those that were not asked for the longest.

        Not one for which there is no room at all: it would drive out all others.
        """
        with self.lock:
            self._drop(key)
            if weight > self.most:
                return
            self.things[key] = thing, weight
            self.held += weight
            while self.held > self.most:
                self._drop(next(iter(self.things)))

    def drop(self, key: Hashable) -> None:
        """Let go of the thing under this key, if there is one."""
        with self.lock:
            self._drop(key)

    def clear(self) -> None:
        """Let go of everything."""
        with self.lock:
            self.things.clear()
            self.held = 0

    def _drop(self, key: Hashable) -> None:
        _, weight = self.things.pop(key, (None, 0))
        self.held -= weight
