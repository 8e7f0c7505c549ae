"""Addresses damaged as people type them: ten kinds, from a seed.

Each query is of one address of a real city, and its right answer is that address and no other. Letters are damaged in the
street alone: nobody can find a house by another number. What stands for what is of USPS Publication 28.
"""

import random
import string
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

LONG = {
    "ave": "avenue", "blvd": "boulevard", "cir": "circle", "ct": "court", "dr": "drive", "gdns": "gardens", "hwy": "highway",
    "ln": "lane", "pk": "park", "pkwy": "parkway", "pl": "place", "rd": "road", "sq": "square", "st": "street",
    "ter": "terrace",
}  # fmt: skip
OTHER_SHORT = {
    "ave": "av",
    "blvd": "bvd",
    "cir": "circ",
    "ct": "crt",
    "dr": "drv",
    "pkwy": "pky",
    "st": "str",
    "ter": "terr",
}
SWAPPED_FOR = ("st", "ave", "rd", "pl", "dr", "ln", "ct", "ter")
WAYS = {"n": "north", "s": "south", "e": "east", "w": "west"}
SHORTER = {
    "saint": "st", "mount": "mt", "north": "n", "south": "s", "east": "e", "west": "w", "first": "1st", "second": "2nd",
    "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th", "eighth": "8th", "park": "pk",
    "university": "univ", "point": "pt", "center": "ctr",
}  # fmt: skip
HALF = 4
"""Letters of the street that are typed so far."""


class Address(NamedTuple):
    """What is damaged."""

    id: str
    number: str
    street: str
    """Without its type."""
    type: str
    """As it is written; empty: it has none."""

    @property
    def line(self) -> str:
        """Undamaged."""
        return " ".join(part for part in (self.number, self.street, self.type) if part)


class Damaged(NamedTuple):
    """A query, and the address that it is of."""

    kind: str
    query: str
    address: Address


def typo(dice: random.Random, word: str) -> str:
    """The word with one letter lost, added, changed or swapped; its first letter stays, as with most who mistype."""
    places = [n for n, letter in enumerate(word) if letter.isalpha() and n]
    if not places:
        return word
    at = dice.choice(places)
    letter = dice.choice(string.ascii_lowercase)
    wrong = {
        "lose": word[:at] + word[at + 1 :],
        "add": word[:at] + letter + word[at:],
        "change": word[:at] + letter + word[at + 1 :],
        "swap": word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
    }
    return wrong[dice.choice(sorted(wrong))]


def _type_of(address: Address) -> str:
    return address.type.lower().split()[0] if address.type else ""


def none(dice: random.Random, a: Address) -> str:
    """As it stands, in one of three cases."""
    return dice.choice((str, str.lower, str.upper))(a.line)


def one_typo(dice: random.Random, a: Address) -> str:
    """One letter of the street wrong."""
    return f"{a.number} {typo(dice, a.street.lower())} {a.type.lower()}".strip()


def two_typos(dice: random.Random, a: Address) -> str:
    """Two letters wrong."""
    return f"{a.number} {typo(dice, typo(dice, a.street.lower()))} {a.type.lower()}".strip()


def wrong_type(dice: random.Random, a: Address) -> str:
    """Another type than the street has."""
    other = dice.choice([word for word in SWAPPED_FOR if word != _type_of(a)])
    return f"{a.number} {a.street} {other}".lower()


def no_type(dice: random.Random, a: Address) -> str:
    """Without its type."""
    return f"{a.number} {a.street}".lower()


def abbreviated(dice: random.Random, a: Address) -> str:
    """The type written out, or in another way; words of the name abbreviated where there is a way to."""
    kind = _type_of(a)
    words = [SHORTER.get(word, word) for word in a.street.lower().split()]
    ways = [LONG.get(kind, kind), OTHER_SHORT.get(kind, kind), f"{kind}." if kind else ""]
    rest = a.type.lower().split()[1:]
    return " ".join([a.number, *words, dice.choice(ways), *rest]).strip()


def other_way(dice: random.Random, a: Address) -> str:
    """A direction where there is none; another, or none, where there is one."""
    words = a.street.lower().split()
    if len(words) > 1 and words[0] in WAYS.values():
        words = (
            words[1:]
            if dice.random() < 0.5
            else [WAYS[dice.choice([w for w in WAYS if WAYS[w] != words[0]])], *words[1:]]
        )
    else:
        words = [dice.choice([*WAYS, *WAYS.values()]), *words]
    return " ".join([a.number, *words, a.type.lower()]).strip()


def half(dice: random.Random, a: Address) -> str:
    """As far as it is typed: the number, and four letters of the street."""
    return f"{a.number} {a.street[:HALF]}".lower()


def with_city(dice: random.Random, a: Address) -> str:
    """With city, state and ZIP code."""
    end = dice.choice(
        (", Cambridge, MA 02139", " cambridge ma 02138", ", Cambridge MA", " cambridge 02141", ", Cambridge")
    )
    return f"{a.line}{end}"


def swapped(dice: random.Random, a: Address) -> str:
    """The number after the street."""
    return f"{a.street} {a.type}".strip() + dice.choice((" ", ", ")) + a.number


KINDS: dict[str, Callable[[random.Random, Address], str]] = {
    "none": none,
    "1 typo": one_typo,
    "2 typos": two_typos,
    "wrong type": wrong_type,
    "no type": no_type,
    "abbreviations": abbreviated,
    "direction": other_way,
    "type-ahead": half,
    "city and ZIP": with_city,
    "order swapped": swapped,
}


def damaged(addresses: Sequence[Address], seed: int, of_each: int) -> list[Damaged]:
    """So many queries of each kind; the same for the same seed."""
    dice = random.Random(seed)
    return [
        Damaged(kind, damage(dice, address), address)
        for kind, damage in KINDS.items()
        for address in dice.sample(addresses, of_each)
    ]


def of_features(layer: str, rows: Sequence[tuple[int, dict[str, Any]]]) -> list[Address]:
    """Addresses of the features of the City of Cambridge: (number of the feature, what it says)."""
    found = []
    for id_, props in rows:
        line, types = props["full_address"].split(), len((props["street_suffix"] or "").split())
        ends_with_way = (
            types and line[-1] in ("N", "S", "E", "W") and line[-2].upper() == props["street_suffix"]
        )
        cut = types + bool(ends_with_way)
        street, type_ = (line[1:-cut], line[-cut:]) if cut else (line[1:], [])
        if street:
            found.append(Address(f"{layer}/{id_}", line[0], " ".join(street), " ".join(type_)))
    return found
