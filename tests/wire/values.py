"""Hypothesis strategies for wire values, made from the same annotations as their schemas."""

import unicodedata
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, get_args, get_origin
from uuid import UUID

from hypothesis import strategies as st

from shared_models.wire import TURNERS, Length, Range, Regexp, Verbatim, Wire, WireEnum, unwrap, wire_fields

PRINTABLE = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="".join(TURNERS))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("abcñ ", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


@cache
def values_of(wire):
    """All values of a wire class that somebody may send."""
    return st.builds(wire, **{name: of(hint) for name, hint in wire_fields(wire).items()})


def of(hint):
    kind, optional, extras = unwrap(hint)
    found = plain(kind, extras)
    return st.none() | found if optional else found


def plain(kind, extras):
    low, high = bounds(extras)
    if get_origin(kind) is tuple:
        return st.lists(of(get_args(kind)[0]), min_size=low or 0, max_size=min(high or 4, 4)).map(tuple)
    if get_origin(kind) is dict:
        inner = get_args(kind)[1]
        return st.dictionaries(st.text("abc", max_size=3), JSON if inner is Any else of(inner), max_size=3)
    if issubclass(kind, Wire):
        return values_of(kind)
    if issubclass(kind, WireEnum):
        return st.sampled_from([member for member in kind if member.name != "NEWER"])
    return {
        str: words(extras, low or 0, high or 60),
        int: st.integers(-(2**63) if low is None else low, 2**63 - 1 if high is None else high),
        bool: st.booleans(),
        float: st.floats(low, high, allow_nan=False, allow_infinity=False),
        UUID: st.uuids(),
        datetime: st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
        date: st.dates(),
    }[kind]


def words(extras, low, high):
    """Text as it is after it was taken in: normalised and trimmed, unless it is taken verbatim."""
    pattern = next((extra for extra in extras if isinstance(extra, Regexp)), None)
    if pattern is not None:
        found = st.from_regex(pattern.regex, fullmatch=True, alphabet=PRINTABLE)
    else:
        found = st.text(
            st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="".join(TURNERS))
            | st.sampled_from("\n\t"),
            max_size=min(high, 60),
        )
        if low > 10:
            found = st.text("abcdefghij-_ñ漢", min_size=low, max_size=low + 5)
    if Verbatim not in extras and not any(isinstance(extra, Verbatim) for extra in extras):
        found = found.map(lambda text: unicodedata.normalize("NFC", text).strip())
    return found.filter(lambda text: low <= len(text) <= high)


def bounds(extras):
    for extra in extras:
        if isinstance(extra, Length | Range):
            return extra.min, extra.max
    return None, None
