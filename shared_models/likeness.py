"""Words as people type them: folded, misspelt, cut short. Server and phone compare them by this same code.

It needs nothing but the standard library; where rapidfuzz is, it counts the same numbers faster.
"""

import re
import unicodedata
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

OSA: Any = None
extract: Any = None
if find_spec("rapidfuzz") is not None:
    OSA, extract = import_module("rapidfuzz.distance").OSA, import_module("rapidfuzz.process").extract

STREET_TYPES = {
    "alley": "aly ally", "avenue": "ave av aven avn", "bend": "bnd", "boulevard": "blvd blv boul bvd bld",
    "bridge": "brg", "causeway": "cswy", "circle": "cir circ", "court": "ct crt cts courts", "cove": "cv",
    "crescent": "cres", "crossing": "xing", "drive": "dr drv", "estates": "ests est estate",
    "expressway": "expy", "freeway": "fwy frwy", "highway": "hwy hiway", "lane": "ln",
    "loop": "", "parkway": "pkwy pky pkway", "place": "pl", "plaza": "plz", "road": "rd",
    "speedway": "spwy spdwy", "square": "sq", "street": "st str strt", "terrace": "ter terr",
    "trail": "trl", "way": "wy",
}  # fmt: skip
DIRECTIONS = {
    "north": "n", "south": "s", "east": "e", "west": "w",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
}  # fmt: skip
OTHER_WORDS = {
    "building": "bldg", "center": "ctr cntr centre", "department": "dept", "fort": "ft", "mount": "mt",
    "park": "pk", "recreation": "rec", "school": "sch", "university": "univ",
}  # fmt: skip
LONG = {
    short: long
    for table in (STREET_TYPES, DIRECTIONS, OTHER_WORDS)
    for long, shorts in table.items()
    for short in shorts.split()
}
SOFT = frozenset(STREET_TYPES) | frozenset(DIRECTIONS)
JOINERS = frozenset({"and", "at"})

EXACT_FROM = 4
"""A typo is forgiven in words of this many letters or more."""
_TWO_TYPOS_FROM = 7
_PREFIX_FROM = 3
"""Inside a query a word may be cut short to this many letters; the last word to one, as it is being typed."""


def fold(text: str) -> list[str]:
    """The words of a text without case, accents and punctuation, abbreviations written out.

    `&`, `@`, `/` and `+` become "and": people join the two streets of a corner with any of them.
    """
    return [LONG.get(word, word) for word in raw_words(text)]


def raw_words(text: str) -> list[str]:
    """The words of a text without case, accents and punctuation, as they stand."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    plain = re.sub(r"['\u2019`.]", "", re.sub(r"[&@/+]", " and ", plain))
    return re.findall(r"\w+", plain.replace("_", " "))


def typos(a: str, b: str, most: int, *, open_end: bool = False) -> int:
    """Letters changed, lost, added or swapped with their neighbour between two words.

    Gives `most + 1` as soon as it is sure to be more than `most`. With `open_end`, `a` is compared
    with the beginning of `b` that suits it best: the word may still be in the middle of being typed.
    """
    if not open_end and abs(len(a) - len(b)) > most:
        return most + 1
    if OSA is None:
        return counted_typos(a, b, most, open_end=open_end)
    if not open_end:
        return int(OSA.distance(a, b, score_cutoff=most))
    ends = range(max(0, len(a) - most), min(len(b), len(a) + most) + 1)
    return min((int(OSA.distance(a, b[:end], score_cutoff=most)) for end in ends), default=most + 1)


def counted_typos(a: str, b: str, most: int, *, open_end: bool = False) -> int:
    """`typos`, counted without a library."""
    return _counted(_at(a), len(a), b, most, open_end=open_end)


def _at(word: str) -> dict[str, int]:
    """Where each letter stands in a word, as bits: the first letter is bit 0."""
    places: dict[str, int] = {}
    for n, letter in enumerate(word):
        places[letter] = places.get(letter, 0) | 1 << n
    return places


def _counted(at: dict[str, int], length: int, b: str, most: int, *, open_end: bool) -> int:
    """Typos between a word of this length, told by `_at`, and `b`.

    A column of the table of distances is two numbers, whose bits say where it goes up by one and where down: a letter of
    `b` costs a few operations on whole numbers, however long the other is (Hyyrö 2003, doi 10.1007/3-540-44888-8_5 and
    his report A-2003-1, "optimal string alignment").
    """
    if not length:
        return 0 if open_end else min(most + 1, len(b))
    whole, last = (1 << length) - 1, 1 << length - 1
    up, down, same, before = whole, 0, 0, 0
    wrong = best = length
    for left, letter in enumerate(b, 1 - len(b)):
        here = at.get(letter, 0)
        swapped = ((~same & here) << 1) & before
        same = (((here & up) + up) ^ up) | here | down | swapped
        plus, minus = down | ~(same | up), same & up
        if plus & last:
            wrong += 1
        elif minus & last:
            wrong -= 1
            best = min(best, wrong)
        if wrong + left > most and not open_end:  # each letter that is left may mend one at most
            return most + 1
        plus = plus << 1 | 1
        up, down = (minus << 1 | ~(same | plus)) & whole, plus & same & whole
        before = here
    return min(most + 1, best if open_end else wrong)


def likeness(typed: str, word: str, *, last: bool) -> float:
    """How much a typed word is this word: 1 the same, 0 another. The `last` one may still be being typed."""
    if typed == word:
        return 1.0
    if word.startswith(typed) and (last or len(typed) >= _PREFIX_FROM):
        return 0.8 + 0.15 * len(typed) / len(word)
    if len(typed) < EXACT_FROM or typed.isdigit() or word.isdigit():
        return 0.0
    most = 1 if len(typed) < _TWO_TYPOS_FROM else 2
    wrong = typos(typed, word, most)
    if wrong <= most:
        return 0.85 - 0.12 * wrong
    if last and (wrong := typos(typed, word, most, open_end=True)) <= most:
        return 0.75 - 0.12 * wrong
    return 0.0


class WordList:
    """Many words, with each of which another can be compared."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)
        self._begun: dict[int, list[str]] = {}
        self._by_length: dict[int, list[tuple[int, int]]] = {}
        self._letters = {0: [0] * len(self.words)}

    def near(self, typed: str, most: int, *, open_end: bool = False) -> dict[int, int]:
        """Which of the words are at most so many `typos` away, and how many."""
        if OSA is None:
            return self.counted_near(typed, most, open_end=open_end)
        if not open_end:
            return self._extracted(typed, self.words, most)
        found: dict[int, int] = {}
        for end in range(max(0, len(typed) - most), len(typed) + most + 1):
            if end not in self._begun:
                self._begun[end] = [word[:end] for word in self.words]
            for n, wrong in self._extracted(typed, self._begun[end], most).items():
                found[n] = min(found.get(n, wrong), wrong)
        return found

    def _extracted(self, typed: str, words: list[str], most: int) -> dict[int, int]:
        hits = extract(typed, words, scorer=OSA.distance, score_cutoff=most, limit=None)
        return {n: int(wrong) for _, wrong, n in hits}

    def counted_near(self, typed: str, most: int, *, open_end: bool = False) -> dict[int, int]:
        """`near`, counted without a library: a letter that one has and the other has not is a typo, so most are soon out."""
        mine, at, length = letters_of(typed), _at(typed), len(typed)
        found = {}
        for n in self._begun_alike(mine, length, most) if open_end else self._whole_alike(mine, length, most):
            wrong = _counted(at, length, self.words[n], most, open_end=open_end)
            if wrong <= most:
                found[n] = wrong
        return found

    def _whole_alike(self, mine: int, length: int, most: int) -> list[int]:
        """The words of about this length that have these letters but for so `many`, and no more others."""
        if not self._by_length:
            made: dict[int, list[tuple[int, int]]] = {}
            for n, word in enumerate(self.words):
                made.setdefault(len(word), []).append((n, letters_of(word)))
            self._by_length = made  # all at once: other threads search meanwhile
        return [
            n
            for each in range(length - most, length + most + 1)
            for n, theirs in self._by_length.get(each, ())
            if (mine & ~theirs).bit_count() <= most and (theirs & ~mine).bit_count() <= most
        ]

    def _begun_alike(self, mine: int, length: int, most: int) -> list[int]:
        """The words that begin with these letters but for so many."""
        for end in range(1, length + most + 1):  # those of the first letter, of the first two, and so on
            if end not in self._letters:
                self._letters[end] = [
                    with_letter(letters, word[end - 1]) if len(word) >= end else letters
                    for letters, word in zip(self._letters[end - 1], self.words, strict=True)
                ]
        shortest = length - most
        return [
            n
            for n, theirs in enumerate(self._letters[length + most])
            if (mine & ~theirs).bit_count() <= most and len(self.words[n]) >= shortest
        ]

    def alike(self, typed: str, *, last: bool) -> dict[str, float]:
        """The `likeness` of each word that has any."""
        found: dict[str, float] = {}
        if len(typed) >= EXACT_FROM and not typed.isdigit():
            most = 1 if len(typed) < _TWO_TYPOS_FROM else 2
            ways = (True, False) if last else (False,)
            near = {n for open_end in ways for n in self.near(typed, most, open_end=open_end)}
            found = {self.words[n]: likeness(typed, self.words[n], last=last) for n in near}
        if last or len(typed) >= _PREFIX_FROM:
            found |= {w: likeness(typed, w, last=last) for w in self.words if w.startswith(typed)}
        elif typed in self.words:
            found[typed] = 1.0
        return {word: like for word, like in found.items() if like > 0}


_KINDS = 38
"""So many letters and digits do not share a bit: all of those without accents."""


def letters_of(text: str) -> int:
    """The letters of a text and how often it has them, once or more, as bits; some letters share theirs."""
    bits = 0
    for letter in text:
        bits = with_letter(bits, letter)
    return bits


def with_letter(bits: int, letter: str) -> int:
    """`letters_of` with one letter more. From the third on it is not counted."""
    bit = 1 << ord(letter) % _KINDS
    return bits | (bit << _KINDS if bits & bit else bit)
