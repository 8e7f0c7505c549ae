"""Which tiles are drawn: those in view, and until they are there what lies under or over them."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Generic, TypeVar

from mobile.widgets.projection import Tile

Art = TypeVar("Art")

_KEPT = 96
"""Built tiles that are kept for coming back to."""


class TileSet(Generic[Art]):
    """The tiles of one map: wanted, on their way, and built. It draws nothing itself."""

    def __init__(self) -> None:
        self._wanted: frozenset[Tile] = frozenset()
        self._on_the_way: set[Tile] = set()
        self._built: OrderedDict[Tile, Art | None] = OrderedDict()
        self._drawn: frozenset[Tile] = frozenset()

    def want(self, tiles: Iterable[Tile]) -> list[Tile]:
        """Says what is in view; gives the tiles that must now be built, in the order in which they were said."""
        said = list(tiles)
        self._wanted = frozenset(said)
        for tile in self._wanted & self._built.keys():
            self._built.move_to_end(tile)
        missing = [tile for tile in said if tile not in self._built and tile not in self._on_the_way]
        self._on_the_way.update(missing)
        return missing

    def wants(self, tile: Tile) -> bool:
        """Whether it is still worth building; asked by a worker."""
        return tile in self._wanted

    def gave_up(self, tile: Tile) -> bool:
        """Takes back a tile that left the view before it was built; gives whether it is in view again."""
        self._on_the_way.discard(tile)
        return tile in self._wanted

    def arrived(self, tile: Tile, art: Art | None) -> None:
        """Takes a built tile, or None for one with nothing in it."""
        self._on_the_way.discard(tile)
        self._built[tile] = art
        in_use = self._wanted | self._drawn
        oldest = [old for old in self._built if old not in in_use]
        for old in oldest[: max(0, len(self._built) - _KEPT)]:
            del self._built[old]

    def to_draw(self) -> dict[Tile, Art]:
        """The tiles to draw now. One that is no longer wanted stays while a wanted one over it is missing."""
        ready = self._wanted & self._built.keys()
        missing = self._wanted - ready
        stays = {tile for tile in self._drawn - ready if any(tile.overlaps(gap) for gap in missing)}
        self._drawn = frozenset(ready | stays)
        return {tile: art for tile in sorted(self._drawn) if (art := self._built.get(tile))}

    @property
    def complete(self) -> bool:
        """Whether everything in view is built."""
        return self._wanted <= self._built.keys()
