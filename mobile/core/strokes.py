"""The strokes of a signature: drawn points ↔ SVG path data in a box of 1000 by 400 (`shared_models.custody.Signature`).

y runs down, as in SVG. A name can be written by itself, for who can't draw: in letters made of strokes, after the
``/s/`` by which a signature is known as typed.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

WIDTH, HEIGHT = 1000, 400
MOST_LETTERS = 12_000
"""What the wire takes of a signature."""
USUAL_LETTERS = 4_000
"""What it is made to fit into."""
FINEST, COARSEST = 2.0, 40.0
"""Units that a line may stray from what was drawn: at first less than the pen is wide."""
MOST_SPOTS = 1_500
"""Of one stroke that are looked at: a finger moves 60 times a second."""
Spot = tuple[float, float]
Stroke = Sequence[Spot]
LARGEST, MARGIN = 40.0, 50.0
"""Of a written name: units of one step of the grid, and what stays clear at each side."""
ACROSS, BLANK, DOWN = 6, 3, 10
"""Steps of the grid from letter to letter, for a space, from line to line."""
MOST_LINES = 3
SMALL = 0.75
"""A small letter is a capital of that size."""

# Letters on a grid 4 wide and 6 high, y down from the top; a point is two digits, strokes are parted by spaces.
LETTERS = {
    "A": "062046 1434", "B": "06003041423303 3344453606", "C": "4130100105163645", "D": "06002042442606",
    "E": "40000646 0333", "F": "400006 0333", "G": "41301001051636454323", "H": "0006 4046 0343", "I": "2026",
    "J": "3035261605", "K": "0006 400346", "L": "000646", "M": "0600234046", "N": "06004640",
    "O": "103041453616050110", "P": "06003041423303", "Q": "103041453616050110 2446", "R": "06003041423303 2346",
    "S": "413010010213334445361605", "T": "0040 2026", "U": "000516364540", "V": "002640", "W": "0016233640",
    "X": "0046 4006", "Y": "002340 2326", "Z": "00400646",
    "0": "103041453616050110 3115", "1": "112026", "2": "01103041420646", "3": "0110304142334445361605 1333",
    "4": "36300444", "5": "400003334445361605", "6": "30100105163645443303", "7": "004016",
    "8": "13020110304142331304051636454433", "9": "43130201103041453616",
    "-": "1333", ".": "2526", ",": "2517", "'": "2021", "\u2019": "2021", "/": "0640",
}  # fmt: skip
UNKNOWN = "0040460600"
"""A box, for a letter of another script."""
MARKS: dict[str, tuple[tuple[Spot, ...], ...]] = {
    "\u0301": (((2, -1), (3, -2)),), "\u0300": (((2, -1), (1, -2)),), "\u0302": (((1, -1), (2, -2), (3, -1)),),
    "\u0303": (((0.5, -1), (1.5, -1.7), (2.5, -1), (3.5, -1.7)),), "\u030c": (((1, -2), (2, -1), (3, -2)),),
    "\u0308": (((1, -1.5), (1.3, -1.5)), ((2.7, -1.5), (3, -1.5))), "\u0327": (((2, 6), (2, 7), (1, 7)),),
}  # fmt: skip


def written(strokes: Iterable[Stroke]) -> str:
    """The path data of these strokes, with no more points than their shape needs; `USUAL_LETTERS` long at most.

    What is so much that even its coarsest form is longer loses its last strokes.
    """
    drawn = [simplified(_thinned(stroke), FINEST) for stroke in strokes if stroke]
    stray, path = FINEST, _path(drawn)
    while len(path) > USUAL_LETTERS and stray < COARSEST:
        stray *= 1.5
        drawn = [simplified(stroke, stray) for stroke in drawn]
        path = _path(drawn)
    while len(path) > MOST_LETTERS:
        drawn.pop()
        path = _path(drawn)
    return path


def strokes_of(path: str) -> list[list[Spot]]:
    """The strokes of path data, as `written` makes it."""
    return [
        [(float(x), float(y)) for x, y in re.findall(r"(\d+) (\d+)", stroke)]
        for stroke in path.split("M")
        if stroke
    ]


def name_written(name: str) -> str:
    """The path data of ``/s/`` and this name, as large as fits; nothing for an empty name."""
    words = name.split()
    if not words:
        return ""
    lines, size = max(_layouts(["/s/", *words]), key=lambda layout: layout[1])
    top = (HEIGHT - DOWN * size * len(lines)) / 2 + 3 * size
    made = []
    for row, line in enumerate(lines):
        left = (WIDTH - _width(line) * size) / 2
        made += [
            [(left + x * size, top + (row * DOWN + y) * size) for x, y in stroke] for stroke in _letters(line)
        ]
    return written(made)


def simplified(stroke: Stroke, stray: float) -> list[Spot]:
    """The fewest of these points from which the rest stray no farther than this (Ramer, Douglas and Peucker)."""
    kept = {0, len(stroke) - 1}
    spans = [(0, len(stroke) - 1)]
    while spans:
        first, last = spans.pop()
        far, place = stray, None
        for n in range(first + 1, last):
            away = _away(stroke[n], stroke[first], stroke[last])
            if away > far:
                far, place = away, n
        if place is not None:
            kept.add(place)
            spans += [(first, place), (place, last)]
    return [stroke[n] for n in sorted(kept)]


def _away(spot: Spot, a: Spot, b: Spot) -> float:
    """How far a spot lies from the line between two others."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = ((spot[0] - a[0]) * dx + (spot[1] - a[1]) * dy) / length if length else 0.0
    along = min(1.0, max(0.0, along))
    return float(((spot[0] - a[0] - along * dx) ** 2 + (spot[1] - a[1] - along * dy) ** 2) ** 0.5)


def _thinned(stroke: Stroke) -> Stroke:
    """A stroke of `MOST_SPOTS` at most: who scribbles for minutes does not make the phone wait."""
    step = -(-len(stroke) // MOST_SPOTS)
    return stroke if step <= 1 else [*stroke[::step], stroke[-1]]


def _path(strokes: Iterable[Stroke]) -> str:
    parts = []
    for stroke in strokes:
        spots = [(min(WIDTH, max(0, round(x))), min(HEIGHT, max(0, round(y)))) for x, y in stroke]
        if len(spots) == 1:
            spots *= 2  # a dot: a line of no length, which a round pen shows
        parts.append("M" + "L".join(f"{x} {y}" for x, y in spots))
    return "".join(parts)


def _layouts(words: list[str]) -> Iterator[tuple[list[str], float]]:
    """The ways to break a name into lines of like length, each with the size at which it fits."""
    for count in range(1, min(MOST_LINES, len(words)) + 1):
        room = max(_width(" ".join(words)) / count, *map(_width, words))
        lines = [words[0]]
        for word in words[1:]:
            longer = f"{lines[-1]} {word}"
            if _width(longer) <= room * 1.2 or len(lines) == count:
                lines[-1] = longer
            else:
                lines.append(word)
        widest = max(map(_width, lines))
        yield lines, min(LARGEST, (WIDTH - 2 * MARGIN) / widest, (HEIGHT - MARGIN) / (DOWN * len(lines)))


def _width(line: str) -> float:
    bare = [letter for letter in unicodedata.normalize("NFD", line) if not unicodedata.combining(letter)]
    return sum(BLANK if letter == " " else ACROSS * _size(letter) for letter in bare)


def _size(letter: str) -> float:
    return SMALL if letter.islower() else 1.0


def _letters(line: str) -> Iterator[list[Spot]]:
    left = after = 0.0
    size = 1.0
    for letter in unicodedata.normalize("NFD", line):
        if letter == " ":
            after += BLANK
        elif unicodedata.combining(letter):
            for mark in MARKS.get(letter, ()):
                yield [(left + (1 + x) * size, 6 + (y - 6) * size) for x, y in mark]
        else:
            left, size = after, _size(letter)
            after = left + ACROSS * size
            for stroke in LETTERS.get(letter.upper(), UNKNOWN).split():
                yield [
                    (left + (1 + int(x)) * size, 6 + (int(y) - 6) * size)
                    for x, y in zip(stroke[::2], stroke[1::2], strict=True)
                ]
