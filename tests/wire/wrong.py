"""What nobody may send, made from the same annotations as the schemas: a field that is born tomorrow is tried as well."""

import dataclasses
from datetime import date, datetime
from typing import get_args, get_origin
from uuid import UUID

from shared_models.wire import Regexp, Wire, WireEnum, unwrap, wire_fields
from tests.wire.values import bounds

SIGNS = ("\0", "\x07", "\x1b[2J", "\x7f", "\u0085", "\ud800", "\udfff", "\u202e", "\u2066")
"""Control characters, halves of a pair, and signs that turn the direction of what follows."""
EXAMPLES = ("#1a6bb5", "07:00", "a@example.org", "assets.*", "WU-00123")
"""Of texts that must be made in some way."""
HUGE = 200_000
"""Signs, or members: more than anything takes, and less than the server lets in at all."""

OF_NO_TEXT = (1, 1.5, True, [], {}, ["a"], {"a": 1}, float("nan"))
NUMBERS = ("", "x", "1,5", "0x1", "1_0", "٣", "NaN", "nan", "Infinity", "-inf", "1e999", True, [], {}, [1])
MOMENTS = (
    "", "yesterday", 0, 1763867777, True, [], "2026-11-23", "2026-11-23T03:16:17", "2026-11-23T03:16:17+25:00",
    "2026-11-23T03:16:17 America/Chicago", "2026-11-23T03:16:17CST", "2026-02-30T00:00:00Z", "10000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00", "2026-11-23T24:61:00Z",
)  # fmt: skip
DAYS = tuple(word for word in MOMENTS if word != "2026-11-23")
IDS = (
    "", "x", 0, True, [], {}, "../../etc/passwd", "..%2f..%2f", "' OR 1=1 --", "0" * 31, "g" * 32,
    "00000000-0000-0000-0000-00000000000g", "\0" * 32, "9" * 5000,
)  # fmt: skip


def wrong(hint):
    """``(steps below the field, value)`` of what a field of this annotation refuses, as JSON."""
    kind, optional, extras = unwrap(hint)
    found = [] if optional else [((), None)]
    return found + list(_wrong(kind, extras))


def _wrong(kind, extras):
    low, high = bounds(extras)
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        yield from (((), value) for value in ("", "x", 1, True, {}, {"0": 1}, None)[:6])
        yield from (((0, *steps), [value]) for steps, value in wrong(inner))
        if low:
            yield (), []
        if high is not None:
            one = good(inner)
            yield (), [one] * (high + 1)
    elif get_origin(kind) is dict:
        yield from (((), value) for value in ("", "x", 1, True, [], [[]]))
    elif isinstance(kind, type) and issubclass(kind, Wire):
        yield from (((), value) for value in ("", "x", 1, True, [], [[]]))
        fine = {name: good(inner) for name, inner in wire_fields(kind).items()}
        yield ("of_tomorrow",), fine | {"of_tomorrow": 1}
        yield from (
            ((name,), {other: value for other, value in fine.items() if other != name})
            for name in needed(kind)
        )
        for name, inner in wire_fields(kind).items():
            for steps, value in wrong(inner):
                yield (name, *steps), fine | {name: value}
    elif isinstance(kind, type) and issubclass(kind, WireEnum):
        yield from (((), value) for value in ("", "of-tomorrow", "newer", 0, True, [], {}, "x" * HUGE))
    elif kind is str:
        yield from (((), value) for value in _wrong_words(extras, low, high))
    elif kind in {int, float}:
        yield from (((), value) for value in _wrong_numbers(kind, low, high))
    elif kind is bool:
        yield from (((), value) for value in ("", "yes", "TRUE", 2, -1, 0.5, [], {}))
    else:
        yield from (((), value) for value in {UUID: IDS, datetime: MOMENTS, date: DAYS}[kind])


def _wrong_words(extras, low, high):
    yield from OF_NO_TEXT
    yield from ("a" * max(low or 0, 1) + sign for sign in SIGNS)
    if low:
        yield ""
    if high is not None:
        yield from ("a" * (high + 1), "a" * HUGE)
    if any(isinstance(extra, Regexp) for extra in extras):
        yield from ("<script>alert(1)</script>", "a b", "🚧" * (low or 1))


def _wrong_numbers(kind, low, high):
    yield from NUMBERS
    whole = kind is int
    yield from (1.5, 2**63, 10**400) if whole else (float("nan"), float("inf"), -float("inf"))
    if low is not None:
        yield low - (1 if whole else 1e-6)
    if high is not None:
        yield from (high + (1 if whole else 1e-6), high * 10**6 if whole else 1e308)


def good(hint):
    """One value of this annotation that is taken, as JSON."""
    kind, _, extras = unwrap(hint)
    low, _ = bounds(extras)
    if get_origin(kind) is tuple:
        return [good(get_args(kind)[0])] * (low or 0)
    if get_origin(kind) is dict:
        return {}
    if isinstance(kind, type) and issubclass(kind, Wire):
        return {name: good(inner) for name, inner in wire_fields(kind).items()}
    if isinstance(kind, type) and issubclass(kind, WireEnum):
        return next(iter(kind)).value
    if kind is str:
        patterns = [extra.regex for extra in extras if isinstance(extra, Regexp)]
        words = ("a" * (low or 1), *EXAMPLES)
        return next(one for one in words if all(pattern.search(one) for pattern in patterns))
    return {
        int: low or 1,
        float: float(low or 0),
        bool: True,
        UUID: "43d0d4af-4720-4683-9ded-b6b14141dec3",
        datetime: "2026-11-23T03:16:17Z",
        date: "2026-11-23",
    }[kind]


def written(value):
    """The same as it would stand in a query string; None for what can't stand there."""
    return value if isinstance(value, str) and "\ud800" not in value and "\udfff" not in value else None


def needed(wire):
    """The names of the fields that have no default."""
    return [field.name for field in dataclasses.fields(wire) if field.default is dataclasses.MISSING]
