"""CQL2 (OGC 21-065r2): a filter in words or JSON becomes a condition in SQL over a layer's fields.

The library ``cql2`` reads the words. What stands in its tree is checked here, kind by kind, and each value goes to
PostgreSQL as a parameter; so a filter finds what it says or is refused with a reason, and can say nothing else.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    any_,
    cast,
    collate,
    func,
    literal,
    literal_column,
    not_,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION
from sqlalchemy.types import Boolean, Date

from backend.maps.ogc.crs import CRS84, Crs, box_shape, checked, placed
from backend.maps.ogc.filters import AT, JSON, TEXT, answered, read, refuse
from backend.maps.ogc.times import DAY, MOMENT, OPEN, day, instant, last_of
from backend.maps.rules import LARGEST_WHOLE
from backend.maps.sources import SQL, Source
from shared_models.layers import FieldKind

__all__ = ["AT", "JSON", "TEXT", "answered", "condition", "condition_of", "queryable"]

MOST_PARTS = 500
"""Each costs the one who writes the statement and PostgreSQL half a millisecond; the values of a plain list (IN) are no parts."""
BEGINNING, END = "-infinity", "infinity"


class Kind(StrEnum):
    """What a part of a filter is."""

    TEXT = "a text"
    NUMBER = "a number"
    TRUTH = "true or false"
    DATE = "a date"
    INSTANT = "an instant"
    PERIOD = "a period"
    SHAPE = "a geometry"


KINDS = {
    FieldKind.TEXT: Kind.TEXT,
    FieldKind.NUMBER: Kind.NUMBER,
    FieldKind.INTEGER: Kind.NUMBER,
    FieldKind.BOOLEAN: Kind.TRUTH,
    FieldKind.DATE: Kind.DATE,
    FieldKind.INSTANT: Kind.INSTANT,
}


@dataclass(frozen=True)
class Part:
    """A part of a filter: of which kind, and what it is in SQL."""

    kind: Kind
    sql: ColumnElement[Any]
    until: ColumnElement[Any] | None = None
    """The end of a period."""
    days: bool = False
    """A period from day to day."""
    word: str | None = None
    """Of a text that stands in the filter itself: it may be meant as a date."""


def condition(source: Source, words: str, language: str = TEXT, crs: Crs = CRS84) -> ColumnElement[bool]:
    """The filter as a condition over ``source.rows``; its coordinates are told in ``crs``.

    Raises Problem("malformed"), about ``?filter``, for what can't be read, names no field of this layer, compares what
    can't be compared, or is too large. What turns out when rows are looked at, ``answered`` tells alike.
    """
    return condition_of(source, read(words, language), crs)


def condition_of(source: Source, tree: Any, crs: Crs = CRS84) -> ColumnElement[bool]:
    """The same of a filter that is read: its tree, as CQL2 JSON has it."""
    part = _Reading(source, crs).part(tree)
    if part.kind is not Kind.TRUTH:
        refuse(f"A filter is a condition; this is {part.kind}.")
    return part.sql


def queryable(source: Source, name: str) -> Part:
    """What may be asked of a layer under this name: a field, ``geometry``, or ``id``. Raises KeyError."""
    if name in source.fields:
        kind = source.fields[name].kind
        column = source.column(name)
        return Part(KINDS[kind], cast(column, SQL[kind]) if source.given else column)
    if name == "geometry":
        return Part(Kind.SHAPE, source.rows.c.geom)
    if name == "id":
        id_ = source.rows.c.id
        return Part(Kind.TEXT, cast(id_, Text())) if source.given else Part(Kind.NUMBER, id_)
    raise KeyError(name)


COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / func.nullif(b, 0),
    "div": lambda a, b: func.trunc(a / func.nullif(b, 0)),
    "%": lambda a, b: a - b * func.trunc(a / func.nullif(b, 0)),
    "^": func.power,
}
SPATIAL = {
    f"s_{name}": getattr(func, f"ST_{name.capitalize()}")
    for name in ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
}
TEMPORAL = {
    "t_after": "a>d",
    "t_before": "b<c",
    "t_intersects": "b>=c a<=d",
    "t_equals": "a=c b=d",
    "t_contains": "a<c b>d",
    "t_during": "a>c b<d",
    "t_finishedby": "a<c b=d",
    "t_finishes": "a>c b=d",
    "t_meets": "b=c",
    "t_metby": "a=d",
    "t_overlappedby": "a>c a<d b>d",
    "t_overlaps": "a<c b>c b<d",
    "t_startedby": "a=c b>d",
    "t_starts": "a=c b<d",
}
"""What must hold of two periods, from a to b and from c to d (CQL2 §7.4, after Allen)."""


def folded(words: ColumnElement[Any]) -> ColumnElement[Any]:
    """Without the difference of small and capital letters, in any script: Unicode's full folding, so ß is as ss.

    PostgreSQL before 18 has no function for it; the last sigma of a word is the one letter that has two small forms.
    """
    small = func.lower(func.upper(collate(words, "und-x-icu")))
    return collate(func.translate(small, "\u03c2", "\u03c3", type_=Text()), "C")


def bare(words: ColumnElement[Any]) -> ColumnElement[Any]:
    """Without accents: letters taken apart from their marks, and the marks left out."""
    apart = func.normalize(words, literal_column("NFD"))
    return collate(func.regexp_replace(apart, "[\u0300-\u036f]", "", "g", type_=Text()), "C")


class _Reading:
    """One filter being read for one layer."""

    def __init__(self, source: Source, crs: Crs) -> None:
        self.source, self.crs = source, crs
        self.left = MOST_PARTS

    def part(self, node: Any) -> Part:
        """What a node of the tree is."""
        self.left -= 1
        if self.left < 0:
            refuse(f"It has more than {MOST_PARTS} parts.")
        if isinstance(node, bool):
            return Part(Kind.TRUTH, literal(node, Boolean()))
        if isinstance(node, float | int):
            if not math.isfinite(node):
                refuse("A number is too large.")
            return Part(Kind.NUMBER, literal(float(node), DOUBLE_PRECISION()))
        if isinstance(node, str):
            if "\0" in node:
                refuse("A text can't hold the sign of number 0.")
            return Part(Kind.TEXT, literal(node, Text()), word=node)
        if isinstance(node, dict):
            return self._told(node)
        refuse("A list or null stands where a value must.")

    def _told(self, node: dict[str, Any]) -> Part:
        if "op" in node:
            return self._called(str(node["op"]).lower(), node.get("args") or [])
        if "property" in node:
            try:
                return queryable(self.source, node["property"])
            except KeyError:
                refuse(f"this layer has no field {node['property'][:80]!r}.")
        if "date" in node:
            return Part(Kind.DATE, literal(day(node["date"], AT), Date()))
        if "timestamp" in node:
            return Part(Kind.INSTANT, literal(instant(node["timestamp"], AT), MOMENT))
        if "interval" in node:
            return self._period(node["interval"])
        return self._shape(node)

    def _shape(self, node: dict[str, Any]) -> Part:
        if "bbox" in node:
            return Part(Kind.SHAPE, placed(box_shape(node["bbox"], self.crs, AT), self.crs))
        if "type" in node:
            shape = placed(checked(node, AT), self.crs)
            area = node["type"] in ("Polygon", "MultiPolygon")
            return Part(Kind.SHAPE, func.ST_MakeValid(shape) if area else shape)
        refuse("It holds something that is no part of CQL2.")

    def _called(self, op: str, args: list[Any]) -> Part:
        if op not in OPS:
            refuse(f"there is no function {op[:80]!r} here.")
        count, make = OPS[op]
        if len(args) != count and not (count == ANY and args):
            refuse(f"{op.upper()} takes {count} of what it is about.")
        return make(self, op, *args)

    def _of(self, kind: Kind, node: Any, op: str) -> Part:
        part = self.part(node)
        if part.kind is not kind:
            refuse(f"{op.upper()} is about {kind}, not {part.kind}.")
        return part

    def joined(self, op: str, *args: Any) -> Part:
        each = [self._of(Kind.TRUTH, arg, op).sql for arg in args]
        return Part(Kind.TRUTH, and_(*each) if op == "and" else or_(*each))

    def negated(self, op: str, arg: Any) -> Part:
        return Part(Kind.TRUTH, not_(self._of(Kind.TRUTH, arg, op).sql))

    def is_null(self, _: str, arg: Any) -> Part:
        return Part(Kind.TRUTH, self.part(arg).sql.is_(None))

    def spelt(self, op: str, arg: Any) -> Part:
        return Part(Kind.TEXT, SPELLING[op](self._of(Kind.TEXT, arg, op).sql))

    def compared(self, op: str, one: Any, other: Any) -> Part:
        left, right = alike(self.part(one), self.part(other), op)
        return Part(Kind.TRUTH, COMPARE[op](left, right))

    def among(self, op: str, one: Any, others: Any) -> Part:
        if not isinstance(others, list) or not others:
            refuse("IN needs a list.")
        value = self.part(one)
        if (plain := plain_list(value.kind, others)) is not None:
            left = collate(value.sql, "C") if value.kind is Kind.TEXT else value.sql
            return Part(Kind.TRUTH, left == any_(plain))
        pairs = [alike(value, self.part(other), op) for other in others]
        return Part(Kind.TRUTH, or_(*(left == right for left, right in pairs)))

    def between(self, op: str, one: Any, least: Any, most: Any) -> Part:
        value = self.part(one)
        low, least_sql = alike(value, self.part(least), op)
        high, most_sql = alike(value, self.part(most), op)
        return Part(Kind.TRUTH, and_(low >= least_sql, high <= most_sql))

    def like(self, op: str, one: Any, pattern: Any) -> Part:
        value, form = (self._of(Kind.TEXT, each, op).sql for each in (one, pattern))
        return Part(Kind.TRUTH, collate(value, "C").like(collate(form, "C")))

    def reckoned(self, op: str, one: Any, other: Any) -> Part:
        # as floating numbers, so that 7 / 2 of whole ones is 3.5
        left, right = (_floating(self._of(Kind.NUMBER, each, op)) for each in (one, other))
        return Part(Kind.NUMBER, cast(ARITHMETIC[op](left, right), DOUBLE_PRECISION()))

    def spatial(self, op: str, one: Any, other: Any) -> Part:
        left, right = (self._of(Kind.SHAPE, each, op).sql for each in (one, other))
        return Part(Kind.TRUTH, SPATIAL[op](left, right))

    def temporal(self, op: str, one: Any, other: Any) -> Part:
        left, right = (as_period(self.part(each), op) for each in (one, other))
        if not (left.days and right.days):
            left, right = whole_days(left), whole_days(right)
        ends = {"a": left.sql, "b": left.until, "c": right.sql, "d": right.until}
        must = TEMPORAL["t_intersects" if op == "t_disjoint" else op].split()
        found = and_(*(COMPARE[test[1:-1]](ends[test[0]], ends[test[-1]]) for test in must))
        return Part(Kind.TRUTH, not_(found) if op == "t_disjoint" else found)

    def _period(self, ends: Any) -> Part:
        if not isinstance(ends, list) or len(ends) != 2:  # noqa: PLR2004 - a period's
            refuse("An interval has two ends.")
        first, last = (self._end(each) for each in ends)
        known = [end for end in (first, last) if end is not None]
        days = bool(known) and all(end.kind is Kind.DATE for end in known)
        kind: Any = Date() if days else MOMENT
        sql = [
            cast(literal(open_, Text()), kind) if end is None else _end_of(end, days=days, last=open_ is END)
            for end, open_ in ((first, BEGINNING), (last, END))
        ]
        return Part(Kind.PERIOD, sql[0], until=sql[1], days=days)

    def _end(self, node: Any) -> Part | None:
        if node in OPEN:
            return None
        part = moment(self.part(node))
        if part.kind not in (Kind.DATE, Kind.INSTANT):
            refuse(f"An interval has dates or instants for ends, not {part.kind}.")
        return part


def plain_list(kind: Kind, nodes: list[Any]) -> ColumnElement[Any] | None:
    """Numbers or texts that are compared with such a value, as one array; None where there is anything else among them.

    A condition for each would take PostgreSQL and whoever writes the statement a millisecond each.
    """
    if kind is Kind.TEXT and all(isinstance(node, str) and "\0" not in node for node in nodes):
        return literal(nodes, ARRAY(Text))
    if kind is Kind.NUMBER and all(
        type(node) in (int, float) and abs(node) <= LARGEST_WHOLE for node in nodes
    ):
        whole = all(node == int(node) for node in nodes)
        return (
            literal([int(node) for node in nodes], ARRAY(BigInteger))
            if whole
            else literal([float(node) for node in nodes], ARRAY(DOUBLE_PRECISION))
        )
    return None


ANY = 0
SPELLING = {"casei": folded, "accenti": bare}
OPS: dict[str, tuple[int, Callable[..., Part]]] = {
    "and": (ANY, _Reading.joined),
    "or": (ANY, _Reading.joined),
    "not": (1, _Reading.negated),
    "isnull": (1, _Reading.is_null),
    "in": (2, _Reading.among),
    "between": (3, _Reading.between),
    "like": (2, _Reading.like),
    **dict.fromkeys(SPELLING, (1, _Reading.spelt)),
    **dict.fromkeys(COMPARE, (2, _Reading.compared)),
    **dict.fromkeys(ARITHMETIC, (2, _Reading.reckoned)),
    **dict.fromkeys(SPATIAL, (2, _Reading.spatial)),
    **dict.fromkeys((*TEMPORAL, "t_disjoint"), (2, _Reading.temporal)),
}
"""What may be called: of how many parts, and what it makes of them."""


def _floating(part: Part) -> ColumnElement[Any]:
    return cast(part.sql, DOUBLE_PRECISION())


def _end_of(end: Part, *, days: bool, last: bool) -> ColumnElement[Any]:
    if days or end.kind is Kind.INSTANT:
        return end.sql
    return last_of(end.sql) if last else cast(end.sql, MOMENT)


def as_period(part: Part, op: str) -> Part:
    """A date, an instant or a period as a period."""
    part = moment(part)
    if part.kind is Kind.PERIOD:
        return part
    if part.kind not in (Kind.DATE, Kind.INSTANT):
        refuse(f"{op.upper()} is about times, not {part.kind}.")
    return Part(Kind.PERIOD, part.sql, until=part.sql, days=part.kind is Kind.DATE)


def whole_days(part: Part) -> Part:
    """A period from day to day as one from the first day's first instant to the last one's last."""
    if not part.days:
        return part
    return Part(Kind.PERIOD, cast(part.sql, MOMENT), until=last_of(part.until))  # type: ignore[arg-type]  # a period has an end


def moment(part: Part) -> Part:
    """A text of the filter's own as the date or instant that it says; anything else as it is."""
    if part.word is None:
        return part
    if DAY.fullmatch(part.word):
        return Part(Kind.DATE, literal(day(part.word, AT), Date()))
    return Part(Kind.INSTANT, literal(instant(part.word, AT), MOMENT))


def alike(one: Part, other: Part, op: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Two values so that they can be compared; texts by the order of their code points."""
    times = (Kind.DATE, Kind.INSTANT)
    if one.kind in times and other.word is not None:
        other = moment(other)
    elif other.kind in times and one.word is not None:
        one = moment(one)
    if one.kind is other.kind and one.kind not in (Kind.SHAPE, Kind.PERIOD):
        if one.kind is Kind.TEXT:
            return collate(one.sql, "C"), collate(other.sql, "C")
        return one.sql, other.sql
    if one.kind in times and other.kind in times:
        return cast(one.sql, MOMENT), cast(other.sql, MOMENT)
    refuse(f"{op.upper()} can't compare {one.kind} with {other.kind}.")
