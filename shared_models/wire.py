"""Wire: a typed, frozen value that knows its own schemas.

A contract is written once, as a class. Two marshmallow schemas come from it (``schemas.py``):

- ``Schema`` is strict: what callers send us. Unknown fields, wrong types and control characters are errors.
- ``Reader`` is lenient all the way down: what a newer server tells an older phone. Unknown fields are
  passed over at every depth, and an enum's unknown member becomes its ``NEWER`` one.

Marshmallow is imported by the first of them: a phone that starts reads and writes without (``plain.py``).

Rules: fields are only ever added, with a default; times are aware UTC and end in ``_at``; days end in ``_on``;
places are WGS 84; ids are UUIDs; money is whole cents.
"""

import dataclasses
import re
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Self,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from marshmallow import Schema

__all__ = ["Length", "Range", "Regexp", "Verbatim", "Wire", "WireEnum"]


TURNERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of what follows: they make words read as others than they are (UTS #39)."""


class WireEnum(StrEnum):
    """A closed list of words on the wire.

    One that is told to phones has a member ``NEWER``: what an older phone sees instead of a word that was
    added after it was built. Nobody may send it.
    """


class Verbatim:
    """Marks text that is taken as it stands (a password, a token): not trimmed, not normalised."""


@dataclasses.dataclass(frozen=True)
class Length:
    """Marks how long a text or a list may be."""

    min: int | None = None
    max: int | None = None


@dataclasses.dataclass(frozen=True)
class Range:
    """Marks between what a number lies; both ends belong to it."""

    min: float | None = None
    max: float | None = None


@dataclasses.dataclass(frozen=True)
class Regexp:
    """Marks how a text is made, and what is said of one that is not."""

    regex: re.Pattern[str]
    error: str


def instant_text(value: datetime) -> str:
    """Write a moment as the wire does: ``2026-11-23T03:16:17.000000Z``."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class _MadeSchema:
    """``Wire.Schema`` and ``Wire.Reader``: made when first asked for, once per class."""

    def __init__(self, *, lenient: bool) -> None:
        self.lenient = lenient

    def __get__(self, _: object, owner: type["Wire"]) -> "type[Schema]":
        slot = "_reader" if self.lenient else "_schema"
        made: type[Schema] | None = owner.__dict__.get(slot)
        if made is None:
            from shared_models.schemas import make_schema

            made = make_schema(owner, lenient=self.lenient)
            setattr(owner, slot, made)
        return made


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Wire:
    """The base of every value on the wire: subclass it and annotate fields, as in a dataclass."""

    Schema: ClassVar[Any] = _MadeSchema(lenient=False)
    Reader: ClassVar[Any] = _MadeSchema(lenient=True)

    _told: ClassVar[tuple[tuple[str, Any], ...]] = ()
    """Each field with its default."""
    _fields: ClassVar[Mapping[str, Any]]
    """See ``wire_fields``."""

    def __init_subclass__(cls) -> None:
        # What dataclass would write for each of them is below, once: writing it took a phone a tenth of its start.
        dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)
        cls._told = tuple((field.name, field.default) for field in dataclasses.fields(cls))  # type: ignore[arg-type]

    def __init__(self, **values: Any) -> None:
        whole = {name: values.pop(name, default) for name, default in self._told}
        missing = [name for name, value in whole.items() if value is dataclasses.MISSING]
        if missing or values:
            raise TypeError(f"{type(self).__name__} needs {missing} and does not know {list(values)}")
        self.__dict__.update(whole)

    def __setattr__(self, name: str, value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.values()))

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__qualname__}({said})"

    @classmethod
    def read(cls, data: object) -> Self:
        """Take what a server told us, however new it is. Raises marshmallow's ValidationError."""
        from shared_models.plain import Unusual, reader_of

        kind: Any = cls
        try:
            value: Self = reader_of(kind)(data)
        except Unusual:
            value = cls.Reader().load(data)  # it may be right all the same; if not, this says what is wrong
        return value

    @classmethod
    def check(cls, data: object) -> Self:
        """Take what a caller sent, strictly. Raises marshmallow's ValidationError."""
        value: Self = cls.Schema().load(data)
        return value

    def dump(self) -> dict[str, Any]:
        """Write this value as plain JSON types."""
        from shared_models.plain import told

        data: dict[str, Any] = told(self)
        return data


def wire_fields(cls: type[Wire]) -> Mapping[str, Any]:
    """The annotated type of each field of a wire class, in the order they were written. Read once, then known."""
    known: Mapping[str, Any] | None = cls.__dict__.get("_fields")
    if known is None:
        hints = get_type_hints(cls, include_extras=True)
        known = {field.name: hints[field.name] for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        cls._fields = known
    return known


def unwrap(hint: Any) -> tuple[Any, bool, tuple[Any, ...]]:
    """Take an annotation apart: the plain type, whether None is allowed, and what Annotated added."""
    extras: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        extras = tuple(rest)
    optional = False
    if get_origin(hint) in {Union, types.UnionType}:
        arms = [arm for arm in get_args(hint) if arm is not type(None)]
        optional = len(arms) < len(get_args(hint))
        if len(arms) != 1:
            raise TypeError(f"A wire field has one type, or one type and None: {hint}")
        inner, _, more = unwrap(arms[0])
        return inner, optional, extras + more
    return hint, optional, extras
