"""Wire values to and from plain JSON types, without a schema: what a phone does thousands of times.

Reading takes the usual form of each field only, and takes it exactly as ``Wire.Reader`` does, or, if it is to be
strict, as ``Wire.Schema``; for anything else it raises Unusual, and the schema decides. So it is never more lenient, and
never says what is wrong.
"""

import dataclasses
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Any, get_args, get_origin
from uuid import UUID

from shared_models.wire import (
    TURNERS,
    Length,
    Range,
    Regexp,
    Verbatim,
    Wire,
    WireEnum,
    instant_text,
    unwrap,
    wire_fields,
)

Convert = Callable[[Any], Any]
REFUSED = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{''.join(TURNERS)}]")
"""Unicode's classes Cc (but tab and line ends) and Cs, and the signs that turn the direction."""
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOST = 2**63


class Unusual(Exception):
    """Not in the usual form. Whether it is right all the same, the schema knows."""


@cache
def reader_of(cls: type[Any], *, strict: bool = False) -> Convert:
    """A function that makes a value of this class from parsed JSON. It raises Unusual.

    ``strict``: it takes no field that it does not know, and heeds what the annotations mark.
    """
    hints = wire_fields(cls)
    plan = [
        (field.name, _field(hints[field.name], strict), field.default) for field in dataclasses.fields(cls)
    ]
    missing, known = dataclasses.MISSING, frozenset(hints)

    def read(data: Any) -> Any:
        if type(data) is not dict or (strict and not known.issuperset(data)):
            raise Unusual
        values = {}
        for name, convert, default in plan:
            if name in data:
                values[name] = convert(data[name])
            elif default is missing:
                raise Unusual
            else:
                values[name] = default
        made = object.__new__(cls)
        made.__dict__.update(values)  # all fields are there: what else __init__ looks for can't be
        return made

    return read


def told(value: Wire) -> dict[str, Any]:
    """The value as plain JSON types: as ``Wire.Schema`` dumps it."""
    return told_as(type(value), value)


def told_as(kind: Any, value: object) -> dict[str, Any]:
    """The same of anything that has the attributes of this class of wire values: a row, say."""
    return {name: write(getattr(value, name)) for name, write in _writers(kind)}


@cache
def _writers(cls: type[Any]) -> list[tuple[str, Convert]]:
    return [(name, _writer(hint)) for name, hint in wire_fields(cls).items()]


def _writer(hint: Any) -> Convert:
    kind, _, _ = unwrap(hint)
    if get_origin(kind) is tuple:
        item = _writer(get_args(kind)[0])
        return lambda value: None if value is None else [item(one) for one in value]
    if get_origin(kind) is dict:
        inner = get_args(kind)[1]
        if inner is Any:
            return lambda value: None if value is None else dict(value)
        item = _writer(inner)
        return lambda value: None if value is None else {name: item(one) for name, one in value.items()}
    write: Convert = partial(told_as, kind) if issubclass(kind, Wire) else _WRITERS.get(kind, kind)
    if issubclass(kind, WireEnum):
        write = lambda value: str(kind(value).value)  # noqa: E731 - as those beside it
    return lambda value: None if value is None else write(value)


_WRITERS: dict[Any, Convert] = {UUID: str, datetime: instant_text, date: date.isoformat}


def _field(hint: Any, strict: bool) -> Convert:
    kind, optional, extras = unwrap(hint)
    convert = _converter(kind, extras, strict)
    rules = [rule for extra in extras if (rule := _rule(extra))] if strict else []
    if rules:
        convert = _ruled(convert, rules)
    return (lambda value: None if value is None else convert(value)) if optional else convert


def _converter(kind: Any, extras: tuple[Any, ...], strict: bool) -> Convert:
    if get_origin(kind) is tuple:
        return _tuple_of(_field(get_args(kind)[0], strict))
    if get_origin(kind) is dict:
        inner = get_args(kind)[1]
        return _dict_of(None if inner is Any else _field(inner, strict))
    if issubclass(kind, Wire):
        return reader_of(kind, strict=strict)
    if issubclass(kind, WireEnum):
        return _member_of(kind, strict)
    if kind is str and Verbatim in extras:
        return _verbatim
    return _CONVERTERS[kind]


def _rule(extra: object) -> Callable[[Any], bool] | None:
    """What an annotation marks, as a question; None for words and the like."""
    if isinstance(extra, Regexp):
        match = extra.regex.match
        return lambda value: match(value) is not None
    if isinstance(extra, Length | Range):
        least = -math.inf if extra.min is None else extra.min
        most = math.inf if extra.max is None else extra.max
        if isinstance(extra, Length):
            return lambda value: least <= len(value) <= most
        return lambda value: least <= value <= most
    return None


def _ruled(convert: Convert, rules: Sequence[Callable[[Any], bool]]) -> Convert:
    def convert_by_rules(value: Any) -> Any:
        made = convert(value)
        for keeps in rules:
            if not keeps(made):
                raise Unusual
        return made

    return convert_by_rules


def _tuple_of(item: Convert) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is not list:
            raise Unusual
        return tuple([item(one) for one in value])

    return convert


def _dict_of(item: Convert | None) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is not dict or not all(type(name) is str for name in value):
            raise Unusual
        return dict(value) if item is None else {name: item(one) for name, one in value.items()}

    return convert


def _member_of(enum: type[WireEnum], strict: bool) -> Convert:
    members = {member.value: member for member in enum}
    newer = enum.__members__.get("NEWER")
    if strict and newer is not None:
        del members[newer.value]
        newer = None

    def convert(value: Any) -> Any:
        member = members.get(value, newer) if type(value) is str else None
        if member is None:
            raise Unusual
        return member

    return convert


def _verbatim(value: Any) -> str:
    if type(value) is not str or REFUSED.search(value):
        raise Unusual
    return value


def _text(value: Any) -> str:
    text = _verbatim(value)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def _whole(value: Any) -> int:
    if type(value) is not int or not -MOST <= value < MOST:
        raise Unusual
    return value


def _number(value: Any) -> float:
    if type(value) not in {int, float} or not -MOST <= value < MOST or not math.isfinite(value):
        raise Unusual
    return float(value)


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise Unusual
    return value


def _id(value: Any) -> UUID:
    if type(value) is not str:
        raise Unusual
    try:
        return UUID(value)
    except ValueError:
        raise Unusual from None


def _instant(value: Any) -> datetime:
    if type(value) is not str or not INSTANT.fullmatch(value):
        raise Unusual
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        raise Unusual from None


def _day(value: Any) -> date:
    if type(value) is not str or not DAY.fullmatch(value):
        raise Unusual
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Unusual from None


_CONVERTERS: dict[Any, Convert] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _truth,
    UUID: _id,
    datetime: _instant,
    date: _day,
}
