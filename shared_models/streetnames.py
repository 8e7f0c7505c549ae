"""How far what was typed is from each street's name: letters changed, lost, added or swapped (`likeness.typos`).

Server and phone run this same code.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from shared_models.likeness import WordList
from shared_models.streets import SHORT, Parts, parts_of, written_out

TYPE_MISSING, TYPE_WRONG = 0.2, 0.5
WAY_MISSING, WAY_ADDED, WAY_WRONG = 0.3, 0.45, 0.6
UNFINISHED, CUTSHORT, RUN_TOGETHER, TYPE_ALONE = 0.3, 0.4, 0.05, 1.0
FIRST_WRONG, FARTHEST = 0.1, 3.0
"""A wrong letter is 1; what is farther than that is another street."""
SHORTEST_CUT = 3
"""Letters to which a word before the last may be cut short."""


class Known(NamedTuple):
    """A street's name in the forms with which what is typed is compared, without spaces."""

    parts: Parts
    words: tuple[str, ...]
    full: str
    short: str
    """With all words abbreviated that can be."""
    bare: str
    """Without the direction before it; empty where it has none."""


def known(key: str) -> Known:
    """The forms of a street's name, of its `key_of`."""
    words, parts = tuple(key.split()), parts_of(key.split())
    short = "".join(SHORT.get(word, word) for word in words)
    bare = "".join(words[1:]) if parts.direction and words[0] == parts.direction else ""
    return Known(parts, words, "".join(words), short, bare)


class StreetNames:
    """All street names, to be compared with what was typed: every one of them, letter by letter."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._known = [known(key) for key in keys]
        self._stems = WordList(street.parts.stem for street in self._known)
        self._full = WordList(street.full for street in self._known)
        self._short = WordList(street.short for street in self._known)
        self._bare = WordList(street.bare for street in self._known)
        self._by_first: dict[str, list[int]] = {}
        self._by_type: dict[str, list[int]] = {}
        for n, street in enumerate(self._known):
            self._by_first.setdefault(street.words[0][0], []).append(n)
            self._by_type.setdefault(street.parts.type, []).append(n)
        self.alike = lru_cache(256)(self._alike)
        """(distance, which) of every street that these words may mean, nearest first. `open`: the last may be half a word."""

    def _alike(self, typed: tuple[str, ...], *, open: bool) -> list[tuple[float, int]]:
        words = tuple(written_out(typed))
        return self._found(words, typed, 0, open=open) or self._found(words, typed, 1, open=open)

    def _found(
        self, words: tuple[str, ...], typed: tuple[str, ...], more: int, *, open: bool
    ) -> list[tuple[float, int]]:
        """With so many `more` letters wrong than is common."""
        found: dict[int, float] = {}
        for n, away in (
            *self._misspelt(words, typed, more),
            *(self._unfinished("".join((*words[:-1], typed[-1]))) if open else ()),
            *self._cut_short(words, typed[-1] if open else ""),
        ):
            found[n] = min(away, found.get(n, away))
        return sorted((round(away, 3), n) for n, away in found.items() if away <= FARTHEST + more)

    def _misspelt(self, words: Sequence[str], typed: Sequence[str], plus: int) -> Iterator[tuple[int, float]]:
        """By its stem, with another type or direction or none; and by the whole of it, with spaces where they may be."""
        parts = parts_of(words)
        stem = parts.stem
        for n, wrong in self._stems.near(stem, most_typos(len(stem), plus)).items():
            yield n, _wrong(wrong, stem, self._stems.words[n]) + _off(parts, self._known[n].parts)
        for those, said, more in (
            (self._full, "".join(words), 0.0),
            (self._short, "".join(typed), RUN_TOGETHER),
        ):
            for n, wrong in those.near(said, most_typos(len(said), plus)).items():
                yield n, _wrong(wrong, said, those.words[n]) + (RUN_TOGETHER if wrong else more)

    def _unfinished(self, begun: str) -> Iterator[tuple[int, float]]:
        for those, more in ((self._full, 0.0), (self._bare, WAY_MISSING)):
            for n, wrong in those.near(begun, most_typos(len(begun)), open_end=True).items():
                yield n, wrong + UNFINISHED + more

    def _cut_short(self, words: Sequence[str], last: str) -> Iterator[tuple[int, float]]:
        """Each word begins the street's word: "mass ave"; or there is only a type: "blvd" asks for them all."""
        for n in self._by_first.get(words[0][:1], ()):
            if _begin(words, last, self._known[n].words):
                yield n, CUTSHORT
        if len(words) == 1:
            for n in self._by_type.get(words[0], ()):
                yield n, TYPE_ALONE


def _wrong(wrong: int, typed: str, word: str) -> float:
    """Who mistypes a word seldom begins it wrong."""
    return wrong + (FIRST_WRONG if wrong and typed[:1] != word[:1] else 0.0)


def most_typos(length: int, plus: int = 0) -> int:
    """How many letters may be wrong in a name of this length; `plus` of them more in one that is long enough."""
    return 0 if length < 3 else 1 if length < 5 else plus + (2 if length < 12 else 3)  # noqa: PLR2004 - of experience


def _off(typed: Parts, street: Parts) -> float:
    """What a wrong or missing type and direction cost."""
    off = 0.0
    if typed.type != street.type:
        off = TYPE_WRONG if typed.type else TYPE_MISSING
    if typed.direction != street.direction:
        off += WAY_MISSING if not typed.direction else WAY_WRONG if street.direction else WAY_ADDED
    return off


def _begin(words: Sequence[str], last: str, street: Sequence[str]) -> bool:
    """Whether each word begins the street's word: "mass ave". `last` is the last as it was typed, if it may go on."""
    if len(words) > len(street):
        return False
    *before, (end, known_end) = zip(words, street, strict=False)
    if any(len(word) < SHORTEST_CUT or not known.startswith(word) for word, known in before):
        return False
    if last and known_end.startswith(last):
        return True
    return end == known_end or (len(end) >= SHORTEST_CUT and known_end.startswith(end))
