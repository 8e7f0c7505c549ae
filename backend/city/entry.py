"""One entry of a pack's file, read field by field; each check names file, entry and field."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn, Protocol, TypeVar

from backend.city.values import Box, Contact, Point, Text

CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
TELEPHONE = re.compile(r"\+?\d[\d ()-]*\d")  # 713-555-0100, 311, 9-1-1, +1 713 555 0100
SHORTEST_TELEPHONE = 3
URL = re.compile(r"https?://\S+")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

Member = TypeVar("Member", bound=StrEnum)


class CityError(ValueError):
    """A pack that cannot be used: which file, which entry of it, which field, and why."""

    def __init__(self, file: str, entry: str, field: str, why: str) -> None:
        super().__init__(": ".join(part for part in (file, entry, field, why) if part))
        self.file, self.entry, self.field, self.why = file, entry, field, why


@dataclass(frozen=True, slots=True)
class Entry:
    """The fields of one entry as the file gives them. An empty text counts as absent: that is how a pack says *unknown*."""

    file: str
    name: str
    fields: Mapping[str, object]

    def refuse(self, field: str, why: str) -> NoReturn:
        """Raise a `CityError` that points at the field."""
        raise CityError(self.file, self.name, field, why)

    def only(self, known: Collection[str]) -> "Entry":
        """This entry, once sure that it has no other fields than these."""
        for field in self.fields:
            if field not in known:
                self.refuse(field, "unknown field")
        return self

    def has(self, field: str) -> bool:
        """Whether the field is there and not empty."""
        return self.fields.get(field) not in (None, "", [], {})

    def part(self, field: str, known: Collection[str]) -> "Entry":
        """A table inside this entry, with these fields and no others."""
        value = self._given(field)
        if not isinstance(value, dict):
            self.refuse(field, "must be a table")
        return Entry(self.file, f"{self.name} {field}".strip(), value).only(known)

    def word(self, field: str) -> str:
        """A non-empty text without space around it."""
        value = self._given(field)
        if not isinstance(value, str):
            self.refuse(field, "must be text")
        if value != value.strip():
            self.refuse(field, "has space around it")
        return value

    def word_or_none(self, field: str) -> str | None:
        """A text, or None where it is unknown."""
        return self.word(field) if self.has(field) else None

    def code(self, field: str) -> str:
        """A kebab-case code."""
        return self._matching(field, CODE, "must be a code in lower-case-with-hyphens")

    def url(self, field: str) -> str:
        """A web address."""
        return self._matching(field, URL, "must be a web address")

    def email_or_none(self, field: str) -> str | None:
        """An e-mail address, or None where it is unknown."""
        return self._matching(field, EMAIL, "must be an e-mail address") if self.has(field) else None

    def telephone(self, field: str) -> str:
        """A number that can be dialled."""
        number = self._matching(field, TELEPHONE, "must be a telephone number")
        if sum(letter.isdigit() for letter in number) < SHORTEST_TELEPHONE:
            self.refuse(field, "must be a telephone number")
        return number

    def telephone_or_none(self, field: str) -> str | None:
        """A number that can be dialled, or None where it is unknown."""
        return self.telephone(field) if self.has(field) else None

    def text(self, field: str) -> Text:
        """The same words in both languages."""
        both = self.part(field, ("en", "es"))
        for language in ("en", "es"):
            if not both.has(language):
                self.refuse(field, f"has no words in {language}")
        return Text(both.word("en"), both.word("es"))

    def text_or_none(self, field: str) -> Text | None:
        """The same words in both languages, or None where there are none at all."""
        return self.text(field) if self.has(field) else None

    def words(self, field: str) -> tuple[str, ...]:
        """A non-empty list of texts, none of them twice."""
        value = self._given(field)
        if not isinstance(value, list):
            self.refuse(field, "must be a list")
        for word in value:
            if not isinstance(word, str) or not word.strip() or word != word.strip():
                self.refuse(field, f"{word!r} must be text without space around it")
        if twice := first_double(value):
            self.refuse(field, f"{twice!r} stands there twice")
        return tuple(value)

    def flag(self, field: str) -> bool:
        """True or false."""
        value = self._given(field)
        if not isinstance(value, bool):
            self.refuse(field, "must be true or false")
        return value

    def count(self, field: str) -> int:
        """A whole number above zero."""
        value = self._given(field)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            self.refuse(field, "must be a whole number above zero")
        return value

    def choice(self, field: str, members: type[Member]) -> Member:
        """One of the members, by its value."""
        word = self.word(field)
        if word not in tuple(members):
            self.refuse(field, f"{word!r} is none of {', '.join(members)}")
        return members(word)

    def known(self, field: str, codes: Collection[str], what: str) -> str:
        """A code that stands among these."""
        code = self.code(field)
        if code not in codes:
            self.refuse(field, f"no {what} has the code {code!r}")
        return code

    def callable_contacts(self, field: str, contacts: Mapping[str, Contact]) -> tuple[Contact, ...]:
        """The contacts that a list of codes names; one of them, at least, has a telephone."""
        codes = self.words(field)
        for code in codes:
            if code not in contacts:
                self.refuse(field, f"no contact has the code {code!r}")
        if not any(contacts[code].telephone for code in codes):
            self.refuse(field, "none of them has a telephone")
        return tuple(contacts[code] for code in codes)

    def degrees(self, field: str, names: tuple[str, ...]) -> tuple[float, ...]:
        """A table of degrees with exactly these names, in this order."""
        part = self.part(field, names)
        return tuple(part.degree(name) for name in names)

    def degree(self, field: str) -> float:
        """A number of degrees."""
        value = self._given(field)
        if not is_number(value):
            self.refuse(field, "must be a number of degrees")
        return float(value)  # type: ignore[arg-type]

    def point(self, field: str, box: Box) -> Point:
        """A place given as `lat` and `lon`, inside the box."""
        lat, lon = self.degrees(field, ("lat", "lon"))
        point = Point(lat, lon)
        if not box.holds(point):
            self.refuse(field, f"{lat}, {lon} lies outside {tuple(box)}")
        return point

    def _given(self, field: str) -> object:
        if not self.has(field):
            self.refuse(field, "missing")
        return self.fields[field]

    def _matching(self, field: str, pattern: re.Pattern[str], why: str) -> str:
        word = self.word(field)
        if not pattern.fullmatch(word):
            self.refuse(field, f"{word!r} {why}")
        return word


class Coded(Protocol):
    """Anything with a code of its own."""

    @property
    def code(self) -> str:
        """The code."""


Thing = TypeVar("Thing", bound=Coded)


def each(entries: Iterable[Entry], read: Callable[[Entry], Thing]) -> dict[str, Thing]:
    """What `read` makes of each entry, by code and in order; a code that comes twice is refused."""
    found: dict[str, Thing] = {}
    for entry in entries:
        thing = read(entry)
        if thing.code in found:
            entry.refuse("code", f"{thing.code!r} stands there twice")
        found[thing.code] = thing
    return found


def first_double(words: Iterable[str]) -> str | None:
    """The first word that came before, letter case aside."""
    seen: set[str] = set()
    for word in words:
        if word.casefold() in seen:
            return word
        seen.add(word.casefold())
    return None


def is_number(value: object) -> bool:
    """Whether it is a number, true and false not counted."""
    return isinstance(value, int | float) and not isinstance(value, bool)
