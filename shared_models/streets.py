"""Streets as people type them: an address or a corner taken apart, a street's name written out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from shared_models.likeness import DIRECTIONS, JOINERS, LONG, OTHER_WORDS, STREET_TYPES, raw_words

_MORE_TYPES = {
    "apartments": "apts", "center": "ctr", "common": "cmn", "commons": "cmns", "complex": "", "extension": "ext extn",
    "field": "fld", "gardens": "gdns gdn garden", "glen": "gln", "green": "grn", "grove": "grv", "heights": "hts",
    "hill": "hl", "landing": "lndg", "manor": "mnr", "mews": "", "park": "pk", "pass": "", "path": "", "point": "pt",
    "ridge": "rdg", "row": "", "run": "", "towers": "", "turnpike": "tpke tpk", "village": "vlg", "walk": "",
    "walkway": "", "yard": "",
}  # fmt: skip
"""Of USPS Publication 28, appendix C1, what `likeness` has not: among places' names these words say something."""
TYPES = frozenset(STREET_TYPES) | frozenset(_MORE_TYPES)
SHORT = {"saint": "st"} | {
    long: shorts.split()[0]
    for long, shorts in (OTHER_WORDS | _MORE_TYPES | STREET_TYPES | DIRECTIONS).items()
    if shorts
}
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
)  # fmt: skip


def _nth(n: int) -> str:
    """1st, 22nd, 113th."""
    return f"{n}{'th' if n // 10 % 10 == 1 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


_NTH = {_nth(n): word for n, word in enumerate(_ORDINALS, 1)}
_WORDS = {short: long for long, shorts in _MORE_TYPES.items() for short in shorts.split()} | LONG | _NTH

_LONGEST_NTH = 3
"""Figures of a street that is called by its number."""
_OWN_STATE = frozenset({"tx", "texas", "usa", "us"})
"""What may end an address by itself; any other state only after the city or before the ZIP code."""
_STATES = frozenset({
    "al", "ak", "az", "ar", "ca", "co", "ct", "de", "fl", "ga", "hi", "id", "il", "in", "ia", "ks", "ky", "la", "me",
    "md", "ma", "mi", "mn", "ms", "mo", "mt", "ne", "nv", "nh", "nj", "nm", "ny", "nc", "nd", "oh", "ok", "or", "pa",
    "ri", "sc", "sd", "tn", "tx", "ut", "vt", "va", "wa", "wv", "wi", "wy", "dc", "mass", "alabama", "alaska", "arizona",
    "arkansas", "california", "colorado", "connecticut", "delaware", "florida", "georgia", "hawaii", "idaho", "illinois",
    "indiana", "iowa", "kansas", "kentucky", "louisiana", "maine", "maryland", "massachusetts", "michigan", "minnesota",
    "mississippi", "missouri", "montana", "nebraska", "nevada", "ohio", "oklahoma", "oregon", "pennsylvania",
    "tennessee", "texas", "utah", "vermont", "virginia", "washington", "wisconsin", "wyoming",
})  # fmt: skip
_UNITS = frozenset(["apt", "apartment", "unit", "suite", "ste", "rm", "room", "fl", "floor", "lot", "no"])
_ZIP = re.compile(r"\d{5}")
_NUMBER = r"\d{1,6}(?:\s*-?\s*\d/\d|-?[a-z](?![a-z])\d*|-\d{1,6}(?:/\d)?[a-z]?(?:-?[a-z])?(?![a-z\d]))?(?![a-z\d/-])"
_FIRST = re.compile(rf"\s*({_NUMBER})(?:\s+|\s*,\s*)(?=\S)")
_GLUED = re.compile(r"(\s*\d{1,6})(?!(?:st|nd|rd|th)\b)(?=[^\W\d_]{2})")
"""A number that the street follows without a space: "56aberdeen", but neither "3rd" nor "56r"."""
_LAST = re.compile(rf"(?<=[\s,])({_NUMBER})\s*$")


def plain_number(text: str) -> str:
    """A house number without what people write differently: `56-R` and `56 r` are `56r`, `7 1/2` is `7-1/2`."""
    said = "-".join(re.findall(r"[\d/]+|[a-z]+", text.lower().replace("½", " 1/2")))
    return re.sub(r"(?<=\d)-(?=[a-z])|(?<=[a-z])-(?=\d)", "", said)


def numbered(line: str) -> tuple[str, str]:
    """The number of an address as it stands, and the rest of the line: its street. The number is empty where it has none."""
    first = _FIRST.match(line.lower())
    if first is None:
        return "", " ".join(line.split())
    return " ".join(line[: first.end(1)].split()), " ".join(line[first.end() :].split())


def street_words(name: str) -> list[str]:
    """The words of a street's name written out: `N 3rd St` is north, third, street; `St Paul St` is saint, paul, street."""
    return written_out(raw_words(name))


def written_out(raw: Sequence[str]) -> list[str]:
    """Words with their abbreviations written out; `st` at the beginning of several is saint, else street; `3 st` is third."""
    last = len(raw) - 1
    words = []
    for n, typed in enumerate(raw):
        word, after = typed, raw[n + 1] if n < last else ""
        if word == "st" and after and after not in JOINERS and not n:
            word = "saint"
        elif word.isdecimal() and len(word) <= _LONGEST_NTH and _WORDS.get(after, after) in TYPES:
            word = _nth(int(word))
        words.append(_WORDS.get(word, word))
    return words


class Parts(NamedTuple):
    """A street's name in its parts, each written out: `n point blvd` is north, point, boulevard."""

    stem: str
    """What is neither type nor direction, without spaces."""
    type: str
    direction: str


def parts_of(words: Sequence[str]) -> Parts:
    """Take a name apart. Something is always left as the stem: of `North Blvd` it is north."""
    left, direction, kind = list(words), "", ""
    if len(left) > 1 and left[-1] in DIRECTIONS:
        direction = left.pop()
    if len(left) > 1 and left[-1] in TYPES:
        kind = left.pop()
    if len(left) > 1 and left[0] in DIRECTIONS and not direction:
        direction = left.pop(0)
    return Parts("".join(left), kind, direction)


@dataclass(frozen=True, slots=True)
class Street:
    """A street that can be found."""

    key: str
    """Its name written out: one street, however it is spelt."""
    name: str
    id: str
    lat: float
    lon: float
    """A point on it."""
    illustration: bool = False


@lru_cache(4096)
def key_of(name: str) -> str:
    """What names the same street in all sources."""
    return " ".join(street_words(name))


# ── what was typed ───────────────────────────────────────────────────────────────────────────────────────


class Asked(NamedTuple):
    """A query taken apart."""

    number: int | None
    mark: str
    """The whole number, as `plain_number` writes it."""
    said: str
    """The number as it was typed."""
    streets: tuple[tuple[str, ...], ...]
    """The words as typed, of one street or of each street of a corner."""
    joined: bool
    open: bool
    """The last word stands at the end: it may be half a word yet."""

    @property
    def words(self) -> tuple[str, ...]:
        """Of all streets."""
        return tuple(word for street in self.streets for word in street)


def understand(query: str, localities: Sequence[Sequence[str]] = ()) -> Asked:
    """Take a query apart: number, streets; city, state, ZIP code and unit are cut off, only where they end it.

    `localities` are the folded names of cities. "Cambridge" is a city and a street: it is cut only where a street is left.
    """
    text = re.sub(r"\s#\s*", " unit ", query.casefold().replace("½", " 1/2").replace("º", ""))
    if glued := _GLUED.match(text):
        text = f"{glued.group()} {text[glued.end() :]}"
    first = _FIRST.match(text)
    said = first.group(1) if first else ""
    raw = raw_words(text[first.end() :] if first else text)
    words = _without_end(raw, localities, may_be_last=bool(said))
    whole = len(words) == len(raw)
    if not said and whole and (last := _LAST.search(text)):
        said, words = last.group(1), raw_words(text[: last.start()])
        whole = False
    elif not said and len(words) > 1 and words[-1].isdigit():
        said, words = words[-1], words[:-1]
    words = _without_unit(words) if said else words
    if said.isdigit() and _is_suffix(words):
        said, words = f"{said}-{words[0]}", words[1:]
    streets: list[list[str]] = [[]]
    joined = False
    for n, word in enumerate(words):
        if word in JOINERS or (word == "y" and 0 < n < len(words) - 1):
            joined = True
            streets.append([])
        else:
            streets[-1].append(word)
    digits = re.match(r"\d+", said)
    return Asked(
        int(digits.group()) if digits else None,
        plain_number(said),
        " ".join(said.split()).upper(),
        tuple(tuple(street) for street in streets if street),
        joined,
        whole and bool(words) and not query[-1:].isspace(),
    )


def _without_end(words: list[str], localities: Sequence[Sequence[str]], *, may_be_last: bool) -> list[str]:
    """Without city, state, ZIP code and country at the end, never so that no street is left."""

    def left(n: int) -> bool:  # may the first n words be all?
        return n > 0 and words[n - 1] not in JOINERS and any(not word.isdigit() for word in words[:n])

    n = len(words)
    if n > 1 and words[n - 1] in ("usa", "us") and left(n - 1):
        n -= 1
    zipped = bool(_ZIP.fullmatch(words[n - 1])) and left(n - 1) if n else False
    plus4 = n > 2 and words[n - 1].isdigit() and len(words[n - 1]) == 4 and bool(_ZIP.fullmatch(words[n - 2]))  # noqa: PLR2004 - ZIP+4
    if plus4 and left(n - 2):
        n, zipped = n - 2, True
    elif zipped and (may_be_last or n > 1):
        n -= 1
    stated = n - 1 if n > 1 and words[n - 1] in _STATES and left(n - 1) else n
    for city in localities:
        for end in (stated, n):
            rest = end - len(city)
            if [_WORDS.get(word, word) for word in words[max(rest, 0) : end]] == list(city) and left(rest):
                return words[:rest]
    if stated < n and (zipped or words[stated] in _OWN_STATE):
        n = stated
    return words[:n]


def _is_suffix(words: Sequence[str]) -> bool:
    """Whether a single letter belongs to the number before it: of "56 r aberdeen", but not of "56 e elm" nor "56 a st"."""
    return (
        len(words) > 1
        and len(words[0]) == 1
        and words[0].isalpha()
        and not (words[0] in LONG or words[1] in JOINERS or _WORDS.get(words[1], words[1]) in TYPES)
    )


def _without_unit(words: list[str]) -> list[str]:
    for n in (len(words) - 2, len(words) - 1):
        if n > 0 and words[n] in _UNITS and (n < len(words) - 1 or words[n] == "unit"):
            return words[:n]
    return words
