"""Where the words of the map go: along their streets, upright, and never one over another.

Pure reckoning, done by a worker. Spots are reference pixels from the map's origin, sizes window pixels.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise

from mobile.widgets.projection import Box, Spot

_CELL = 6.0
"""Side, in dp, of the squares in which taken room is noted."""
_APART = 330.0
"""Dp between two namings of one street."""
_BESIDE_DOT = 8.0
"""Dp between the middle of a facility's dot and its name."""
_BEND = 0.04
"""How far a street may bend away under its name, as a share of the name's length."""

Look = str
"""How a text looks: `street`, `main`, `facility` or `city`; of a layer `spot`, `along` or `within`."""
Text = tuple[str, Look]
Size = tuple[float, float]
"""Width and height in window pixels."""
Footprint = tuple[Spot, Size]
"""Something upright that no word may cover: its middle in reference pixels, its size in window pixels."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A text that the map would like to show: at a spot, or somewhere along a line of two spots or more."""

    text: Text
    line: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A text in its place: its middle, its turn in radians (never upside down), its shift in pixels."""

    text: Text
    spot: Spot
    turn: float = 0.0
    shift: Spot = (0.0, 0.0)


class Room:
    """The room of the window that is taken, in small squares."""

    def __init__(self, cell: float) -> None:
        self._cell = cell
        self._taken: set[tuple[int, int]] = set()

    def block(self, middle: Spot, size: Size) -> None:
        """Takes the room of an upright rectangle, whoever has it."""
        self._taken.update(self._squares(middle, size, 0.0))

    def take(self, middle: Spot, size: Size, turn: float) -> bool:
        """Takes the room of a turned rectangle if all of it is free."""
        squares = set(self._squares(middle, size, turn))
        if not self._taken.isdisjoint(squares):
            return False
        self._taken |= squares
        return True

    def _squares(self, middle: Spot, size: Size, turn: float) -> Iterator[tuple[int, int]]:
        cos, sin = math.cos(turn), math.sin(turn)
        across, up = (max(1, math.ceil(length / self._cell)) for length in size)
        for i in range(across + 1):
            for j in range(up + 1):
                dx, dy = (i / across - 0.5) * size[0], (j / up - 0.5) * size[1]
                x, y = middle[0] + dx * cos - dy * sin, middle[1] + dx * sin + dy * cos
                yield math.floor(x / self._cell), math.floor(y / self._cell)


def place(
    wishes: Iterable[Wish],
    sizes: Mapping[Text, Size],
    view: Box,
    *,
    scale: float,
    density: float,
    taken: Iterable[Footprint] = (),
    before: Iterable[Placed] = (),
) -> list[Placed]:
    """As many of the wishes as find room, the first ones first, each whole inside the view.

    `sizes` are the texts' own in pixels; what has none is left out. `view` is in reference pixels, `scale`
    pixels to a reference pixel. No text covers what is `taken`. What stood there `before`, at the same
    scale, is tried in its old spot first, so that words stay put while the map is moved.
    """
    window = tuple(side * scale for side in view)
    room = Room(_CELL * density)
    for (x, y), footprint in taken:
        room.block((x * scale, y * scale), footprint)
    old: dict[Text, list[Placed]] = {}
    for placed in before:
        old.setdefault(placed.text, []).append(placed)
    near = _APART * density / scale
    done: list[Placed] = []
    spots: dict[Text, list[Spot]] = {}
    for wish in wishes:
        size = sizes.get(wish.text)
        if size is None:
            continue
        if len(wish.line) == 1:
            options: Iterable[Placed] = _at_point(wish, size, window, scale, density)
        else:
            options = chain(old.pop(wish.text, []), _along(wish, size, view, scale))
        same = spots.setdefault(wish.text, [])
        for option in options:
            middle = option.spot[0] * scale + option.shift[0], option.spot[1] * scale + option.shift[1]
            if (
                _whole(middle, size, option.turn, window)
                and all(math.dist(option.spot, spot) >= near for spot in same)
                and room.take(middle, (size[0] + 4 * density, size[1]), option.turn)
            ):
                done.append(option)
                same.append(option.spot)
    return done


def _whole(middle: Spot, size: Size, turn: float, window: Sequence[float]) -> bool:
    """Whether all of a turned text lies inside the window."""
    cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
    across, up = (size[0] * cos + size[1] * sin) / 2, (size[0] * sin + size[1] * cos) / 2
    left, bottom, right, top = window
    x, y = middle
    return left + across <= x <= right - across and bottom + up <= y <= top - up


def _at_point(
    wish: Wish, size: Size, window: Sequence[float], scale: float, density: float
) -> Iterator[Placed]:
    """In the middle for a city or an area; below or above a dot, and aside where the window ends."""
    (spot,) = wish.line
    if wish.text[1] in ("city", "within"):
        yield Placed(wish.text, spot)
        return
    left, _, right, _ = window
    x, half = spot[0] * scale, size[0] / 2
    aside = min(max(x, left + half), right - half) - x
    if abs(aside) <= half:
        lift = size[1] / 2 + _BESIDE_DOT * density
        yield Placed(wish.text, spot, 0.0, (aside, -lift))
        yield Placed(wish.text, spot, 0.0, (aside, lift))


def _along(wish: Wish, size: Size, view: Box, scale: float) -> Iterator[Placed]:
    """Good spots along the line, the best first: in view, and where it runs straight for the text's length."""
    length = size[0] / scale
    steps = list(accumulate((math.dist(a, b) for a, b in pairwise(wish.line)), initial=0.0))
    if steps[-1] < length:
        return
    inside = [at for at in _samples(steps[-1], length) if _within(_walk(wish.line, steps, at)[0], view)]
    middle = (inside[0] + inside[-1]) / 2 if inside else 0.0
    for at in sorted(inside, key=lambda at: abs(at - middle)):
        (start, first), (end, last) = (_walk(wish.line, steps, at + part * length) for part in (-0.5, 0.5))
        dx, dy = end[0] - start[0], end[1] - start[1]
        chord = math.hypot(dx, dy)
        if not chord:
            continue
        bends = (
            abs((x - start[0]) * dy - (y - start[1]) * dx) / chord for x, y in wish.line[first + 1 : last + 1]
        )
        if max(bends, default=0.0) > _BEND * length:
            continue
        turn = math.atan2(dy, dx)
        if not -math.pi / 2 + 1e-6 < turn <= math.pi / 2 + 1e-6:
            turn -= math.copysign(math.pi, turn)
        yield Placed(wish.text, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), turn)


def _samples(whole: float, length: float) -> list[float]:
    """Middles to try for a text of this length on a line of that."""
    free = whole - length
    count = max(1, min(24, round(free / length * 4)))
    return [length / 2 + free * (n + 0.5) / count for n in range(count)]


def _walk(line: Sequence[Spot], steps: Sequence[float], at: float) -> tuple[Spot, int]:
    """The spot so far along the line, and the number of the piece it lies on."""
    n = next((n for n in range(len(steps) - 2) if steps[n + 1] >= at), len(steps) - 2)
    piece = steps[n + 1] - steps[n]
    part = min(1.0, max(0.0, (at - steps[n]) / piece)) if piece else 0.0
    (ax, ay), (bx, by) = line[n], line[n + 1]
    return (ax + (bx - ax) * part, ay + (by - ay) * part), n


def _within(spot: Spot, view: Box) -> bool:
    left, bottom, right, top = view
    return left <= spot[0] <= right and bottom <= spot[1] <= top
