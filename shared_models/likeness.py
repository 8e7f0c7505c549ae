"""Words as people type them: folded, misspelt, cut short. Server and phone compare them by this same code.

It needs nothing but the standard library.
"""

import re
import unicodedata

_STREET_TYPES = {
    "alley": "aly ally", "avenue": "ave av aven avn", "bend": "bnd", "boulevard": "blvd blv boul bvd bld",
    "bridge": "brg", "causeway": "cswy", "circle": "cir circ", "court": "ct crt cts courts", "cove": "cv",
    "crescent": "cres", "crossing": "xing", "drive": "dr drv", "estates": "ests est estate",
    "expressway": "expy", "freeway": "fwy frwy", "highway": "hwy hiway", "lane": "ln",
    "loop": "", "parkway": "pkwy pky pkway", "place": "pl", "plaza": "plz", "road": "rd",
    "speedway": "spwy spdwy", "square": "sq", "street": "st str strt", "terrace": "ter terr",
    "trail": "trl", "way": "wy",
}  # fmt: skip
_DIRECTIONS = {
    "north": "n", "south": "s", "east": "e", "west": "w",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
}  # fmt: skip
_OTHER_WORDS = {
    "building": "bldg", "center": "ctr cntr centre", "department": "dept", "fort": "ft", "mount": "mt",
    "park": "pk", "recreation": "rec", "school": "sch", "university": "univ",
}  # fmt: skip
LONG = {
    short: long
    for table in (_STREET_TYPES, _DIRECTIONS, _OTHER_WORDS)
    for long, shorts in table.items()
    for short in shorts.split()
}
SOFT = frozenset(_STREET_TYPES) | frozenset(_DIRECTIONS)
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
    older: list[int] = []
    old = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            best = min(old[j] + 1, new[j - 1] + 1, old[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, older[j - 2] + 1)
            new.append(best)
        if min(new) > most:
            return most + 1
        older, old = old, new
    return min(most + 1, min(old) if open_end else old[-1])


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
