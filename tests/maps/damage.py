"""Addresses and corners damaged as people type them: many kinds, from a seed.

Each query is of one address of a real city, and its right answer is that address and no other. A house number is believed
as it was typed, for nobody can tell which other was meant, and a crew must not be sent to a guess: where two of its figures
are swapped, or no house has it, the right answer is what was typed, between its neighbours on this very street (or the house
that has it). Such a number is drawn only where the street's numbers go so far, up and down, on that side. A letter too many
(56b where there is 56) leads to the house of the number. A corner's right answers are all corners of the two streets.
What stands for what is of USPS Publication 28.
"""

import random
import re
import string
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from shared_models.addresses import corners_of
from shared_models.places import Place
from shared_models.streets import key_of, parts_of

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
ENDS = (
    ", Cambridge, MA 02139", " cambridge ma 02138", ", Cambridge MA", " cambridge 02141", ", Cambridge",
    ", Cambridge, Massachusetts 02139-1234", ", cambridge ma usa", " 02139", ", Cambridge, MA, 02140, USA",
)  # fmt: skip
UNITS = (" apt 4", " #2b", ", unit 12", " suite 200", ", fl 2", " apartment 3a", ", Ste 5", " unit b")
JOINS = (" & ", " and ", " y ", " @ ", " at ", "/", "&", " / ")
NTH = {word: nth for word, nth in SHORTER.items() if nth[0].isdigit()}
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
    """A query, and what is right."""

    kind: str
    query: str
    answers: frozenset[str]
    """Ids, and titles as `key_of` writes them: any of them is right."""

    def is_right(self, id_: str, title: str) -> bool:
        """Whether this was meant."""
        return id_ in self.answers or key_of(title) in self.answers


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
    end = dice.choice(ENDS)
    return f"{a.line}{end}"


def swapped(dice: random.Random, a: Address) -> str:
    """The number after the street."""
    return f"{a.street} {a.type}".strip() + dice.choice((" ", ", ")) + a.number


def typo_no_type(dice: random.Random, a: Address) -> str:
    """A letter wrong, and no type."""
    return f"{a.number} {typo(dice, a.street.lower())}"


def with_unit(dice: random.Random, a: Address) -> str:
    """With the apartment, the floor or the office; perhaps the city after it."""
    return f"{a.line}{dice.choice(UNITS)}{dice.choice(('', '', ', Cambridge, MA 02139'))}".lower()


def glued(_: random.Random, a: Address) -> str:
    """No space after the number."""
    return f"{a.number}{a.street} {a.type}".strip().lower() if a.number.isdigit() else ""


def no_way(_: random.Random, a: Address) -> str:
    """The street's direction left out."""
    way, _, rest = a.street.lower().partition(" ")
    return f"{a.number} {rest} {a.type}".strip().lower() if way in WAYS.values() and rest else ""


def as_figure(dice: random.Random, a: Address) -> str:
    """A street of a number in figures, with or without their ending."""
    word, _, rest = a.street.lower().partition(" ")
    if word not in NTH:
        return ""
    said = dice.choice((NTH[word], NTH[word].rstrip("stndrh")))
    return " ".join(f"{a.number} {said} {rest} {a.type}".lower().split())


KINDS: dict[str, Callable[[random.Random, Address], str]] = {
    "none": none,
    "1 typo": one_typo,
    "2 typos": two_typos,
    "wrong type": wrong_type,
    "no type": no_type,
    "typo, no type": typo_no_type,
    "abbreviations": abbreviated,
    "direction": other_way,
    "no direction": no_way,
    "ordinal": as_figure,
    "type-ahead": half,
    "city and ZIP": with_city,
    "unit": with_unit,
    "order swapped": swapped,
    "number glued": glued,
}
"""Each gives a query whose right answer is the address; nothing where the address can't be damaged so."""


class Street:
    """The numbers of a street."""

    def __init__(self) -> None:
        self.ids: dict[int, list[str]] = {}
        """Number → its houses: 56, and 56-R."""

    def has_around(self, number: int) -> bool:
        """Whether there are houses with lower and with higher numbers on this side."""
        side = [n for n in self.ids if n % 2 == number % 2]
        return bool(side) and min(side) < number < max(side)


def figures_swapped(dice: random.Random, a: Address, street: Street) -> tuple[str, int] | None:
    """Two neighbouring figures of the number."""
    n = a.number
    pairs = [i for i in range(len(n) - 1) if n[i] != n[i + 1] and (i or n[1] != "0")] if n.isdigit() else []
    if not pairs:
        return None
    at = dice.choice(pairs)
    number = int(n[:at] + n[at + 1] + n[at] + n[at + 2 :])
    return (str(number), number) if number in street.ids or street.has_around(number) else None


def no_such_house(dice: random.Random, a: Address, street: Street) -> tuple[str, int] | None:
    """A number near this one that no house has."""
    if not a.number.isdigit():
        return None
    near = range(max(1, int(a.number) - 20), int(a.number) + 21)
    free = [n for n in near if n not in street.ids and street.has_around(n)]
    number = dice.choice(free) if free else 0
    return (str(number), number) if number else None


def letter_added(dice: random.Random, a: Address, street: Street) -> tuple[str, int] | None:
    """A letter after the number, where there is but the number."""
    if not a.number.isdigit() or len(street.ids[int(a.number)]) > 1:
        return None
    return f"{a.number}{dice.choice(('', '-', ' '))}{dice.choice('abcf')}", int(a.number)


NUMBER_KINDS = {
    "figures swapped": figures_swapped,
    "no such house": no_such_house,
    "letter added": letter_added,
}
"""Each gives a number as it is typed, and which that is."""


def corner_plain(_: random.Random, street: str) -> str:
    """As it stands."""
    return street


def corner_no_type(_: random.Random, street: str) -> str:
    """Without its type."""
    *words, last = street.split()
    return " ".join(words) if words and last in SWAPPED_FOR else street


def corner_typo(dice: random.Random, street: str) -> str:
    """A letter wrong."""
    *words, last = street.split()
    return f"{typo(dice, ' '.join(words))} {last}" if words else street


CORNER_KINDS = {"corner": corner_plain, "corner, no type": corner_no_type, "corner, typos": corner_typo}
"""What is done to both streets of a corner; they are joined by any of `JOINS`, in either order."""


def damaged(addresses: Sequence[Address], corners: Sequence[Place], seed: int, of_each: int) -> list[Damaged]:
    """So many queries of each kind, fewer where no more addresses can be damaged so; the same for the same seed."""
    dice = random.Random(seed)
    streets: dict[str, Street] = {}
    for a in addresses:
        ids = streets.setdefault(key_of(f"{a.street} {a.type}"), Street()).ids
        ids.setdefault(int(re.match(r"\d+", a.number).group()), []).append(a.id)
    lines = {key_of(a.line) for a in addresses}
    cases = []
    for kind, damage in KINDS.items():
        drawn = (
            Damaged(kind, query, frozenset({a.id}))
            for a in dice.sample(addresses, len(addresses))
            if (query := damage(dice, a)) and not (damage is no_way and key_of(query) in lines)
        )
        cases += islice(drawn, of_each)
    for kind, change in NUMBER_KINDS.items():
        cases += islice(_numbers(kind, change, dice, addresses, streets), of_each)
    for kind, harm in CORNER_KINDS.items():
        cases += islice(_corners(kind, harm, dice, corners), of_each)
    return cases


def _numbers(kind, change, dice, addresses, streets):
    for a in dice.sample(addresses, len(addresses)):
        street = streets[key_of(f"{a.street} {a.type}")]
        if changed := change(dice, a, street):
            said, number = changed
            title = key_of(f"{said} {a.street} {a.type}")
            ids = street.ids.get(number, ())
            yield Damaged(kind, f"{said} {a.street} {a.type}".strip().lower(), frozenset(ids or {title}))


def _corners(kind, harm, dice, corners):
    def stem(key):
        return parts_of(key.split()).stem if harm is corner_no_type else key

    met: dict[tuple[str, str], set[str]] = {}
    for place in corners:
        for each in corners_of(place):
            met.setdefault((stem(each.one), stem(each.other)), set()).add(place.id)
    for place in dice.sample(corners, len(corners)):
        streets = [street for street in place.name.lower().split(" & ") if key_of(street)]
        if len(streets) > 1:
            one, other = dice.sample(streets, 2)
            ids = met[stem(key_of(one)), stem(key_of(other))]
            query = f"{harm(dice, one)}{dice.choice(JOINS)}{harm(dice, other)}"
            yield Damaged(kind, query, frozenset(ids))


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
