"""What a request says of the features that it wants. A parameter that nobody knows, or a bad value, is 400."""

import math
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import request
from sqlalchemy import ColumnElement, func, literal, or_
from sqlalchemy.types import Text

from backend.core.database import like_text
from backend.maps import cql2
from backend.maps.ogc import times
from backend.maps.ogc.crs import CRS84, Crs, Shape, box_shape, crs_named, written, wrong
from backend.maps.sources import Source
from shared_models.layers import FieldKind

USUAL, MOST = 100, 1000
"""Features of a page."""
MOST_SORTED = 5
FORM = ("f",)
OF_ONE = (*FORM, "crs")
OF_ITEMS = (
    *OF_ONE, "limit", "after", "bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs", "sortby", "q",
    "properties", "count",
)  # fmt: skip
TRUTH = {"true": True, "false": False}


class Wanted(NamedTuple):
    """Which features, in which order, how told."""

    conditions: tuple[ColumnElement[bool], ...]
    box: str
    """GeoJSON that they must meet, as ``crs.written``; empty: they may be anywhere."""
    box_crs: Crs
    nowhere: bool
    """Some lie nowhere: no box leaves those out (Part 1 §7.15.3)."""
    limit: int
    after: str
    """Where the page begins: as the page before said it."""
    crs: Crs
    sort: tuple[tuple[str, bool], ...]
    """(field, downwards)."""
    chosen: tuple[str, ...]
    """The fields that are told; empty: all."""
    counted: bool
    """Whether it is to be said how many there are in all."""


def arguments(known: Collection[str]) -> dict[str, str]:
    """The parameters of this request. Raises Problem("malformed") for one that is not known, or stands twice."""
    found: dict[str, str] = {}
    for name, values in request.args.lists():
        if name not in known:
            raise wrong("There is no such parameter here.", f"?{name[:80]}")
        if len(values) > 1:
            raise wrong("It stands twice.", f"?{name}")
        if "\0" in values[0]:
            raise wrong("It holds the sign of number 0.", f"?{name}")
        found[name] = values[0]
    return found


def form_alone() -> str | None:
    """``f``, where nothing else may be said."""
    return arguments(FORM).get("f")


def known(source: Source) -> dict[str, str]:
    """What is said of a layer's features. Raises Problem("malformed") for a parameter that there is not."""
    return arguments({*OF_ITEMS, "id", *source.fields})


def of_items(source: Source, asked: dict[str, str], *, nowhere: bool) -> Wanted:
    """What is wanted of a layer's features, some of which may lie nowhere. Raises Problem("malformed")."""
    box_crs = crs_of(asked, "bbox-crs")
    return Wanted(
        conditions=tuple(_conditions(source, asked)),
        box=written(box(asked["bbox"], box_crs), box_crs) if "bbox" in asked else "",
        box_crs=box_crs,
        nowhere=nowhere,
        limit=limit_of(asked.get("limit")),
        after=asked.get("after", ""),
        crs=crs_of(asked, "crs"),
        sort=_sort(source, asked.get("sortby", "")),
        chosen=_chosen(source, asked.get("properties")),
        counted=_truth(asked.get("count", "false"), "?count"),
    )


def _conditions(source: Source, asked: dict[str, str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if "datetime" in asked:
        found += at_time(source, asked["datetime"])
    crs, spoken = crs_of(asked, "filter-crs"), asked.get("filter-lang", cql2.TEXT)
    if "filter" in asked:
        found.append(cql2.condition(source, asked["filter"], spoken, crs))
    elif spoken not in (cql2.TEXT, cql2.JSON):
        raise wrong(f"A filter is {cql2.TEXT} or {cql2.JSON}.", "?filter-lang")
    if "q" in asked:
        found += holding(source, asked["q"])
    named = [name for name in asked if name not in OF_ITEMS]
    return found + [having(source, name, asked[name]) for name in named]


def crs_of(asked: dict[str, str], name: str) -> Crs:
    """The reference system that a parameter names; WGS 84, longitude first, where it is not said."""
    return crs_named(asked[name], f"?{name}") if name in asked else CRS84


def limit_of(said: str | None) -> int:
    """How many features a page has: what is wanted, or as many as there can be (Part 1 §7.15.2)."""
    if said is None:
        return USUAL
    if not (said.isascii() and said.isdecimal()) or not int(said[:20]):
        raise wrong("A whole number from 1 on.", "?limit")
    return min(int(said[:20]), MOST)


def box(said: str, crs: Crs) -> Shape:
    """The shape of a box."""
    try:
        numbers = [float(each) for each in said.split(",")]
    except ValueError:
        raise wrong("Numbers with commas between them.", "?bbox") from None
    return box_shape(numbers, crs, "?bbox")


def at_time(source: Source, said: str) -> list[ColumnElement[bool]]:
    """Those of a time, and those of none (Part 1 §7.15.4); all where the layer knows no time."""
    at = "?datetime"
    ends = said.split("/")
    if len(ends) == 1:
        moment: Any = times.moment(said, at)
        tree: Any = {"timestamp" if isinstance(moment, datetime) else "date": said}
    else:
        if len(ends) != 2 or all(end in times.OPEN for end in ends):  # noqa: PLR2004 - an interval's
            raise wrong("An instant, or two with / between them, one of which may be open (..).", at)
        known = [_begun(times.moment(end, at)) for end in ends if end not in times.OPEN]
        if known != sorted(known):
            raise wrong("It ends before it begins.", at)
        tree = {"interval": ends}
    name = source.layer.time_field
    if name not in source.fields or source.fields[name].kind not in (FieldKind.DATE, FieldKind.INSTANT):
        return []
    meets = cql2.condition_of(source, {"op": "t_intersects", "args": [{"property": name}, tree]})
    return [or_(meets, source.column(name).is_(None))]


def _begun(moment: date | datetime) -> str:
    return moment.isoformat()[:10]


def holding(source: Source, said: str) -> list[ColumnElement[bool]]:
    """Those in whose texts each of these words stands (a draft: Part 9)."""
    texts = [source.column(name) for name, field in source.fields.items() if field.kind is FieldKind.TEXT]
    whole = func.concat_ws(" ", *texts)
    return [whole.ilike(literal(f"%{like_text(word)}%", Text())) for word in said.split()[:10]]


def having(source: Source, name: str, said: str) -> ColumnElement[bool]:
    """Those with this value in this field (Part 3 §6.3)."""
    kind = source.fields[name].kind if name in source.fields else None
    if kind is None:
        kind = FieldKind.TEXT if source.given else FieldKind.INTEGER
    value = VALUES[kind](said, f"?{name}")
    return cql2.condition_of(source, {"op": "=", "args": [{"property": name}, value]})


def _number(said: str, at: str) -> float:
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise wrong("A number.", at)
    return value


def _truth(said: str, at: str) -> bool:
    if said not in TRUTH:
        raise wrong("true or false.", at)
    return TRUTH[said]


def _day(said: str, at: str) -> dict[str, str]:
    times.day(said, at)
    return {"date": said}


def _instant(said: str, at: str) -> dict[str, str]:
    times.instant(said, at)
    return {"timestamp": said}


VALUES: dict[FieldKind, Callable[[str, str], Any]] = {
    FieldKind.TEXT: lambda said, _: said,
    FieldKind.NUMBER: _number,
    FieldKind.INTEGER: _number,
    FieldKind.BOOLEAN: _truth,
    FieldKind.DATE: _day,
    FieldKind.INSTANT: _instant,
}
"""What a value of a parameter is in a filter's tree, by the kind of the field."""


def _sort(source: Source, said: str) -> tuple[tuple[str, bool], ...]:
    # a + before a field is the sign for a space in an address
    keys = [(key.strip(" +-"), key.strip().startswith("-")) for key in said.split(",")] if said else []
    for name, _ in keys:
        if name not in source.fields and name != "id":
            raise wrong(f"This layer has no field {name[:80]!r}.", "?sortby")
    if len(keys) > MOST_SORTED:
        raise wrong(f"At most {MOST_SORTED} fields.", "?sortby")
    return tuple(keys)


def _chosen(source: Source, said: str | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(said.split(","))) if said is not None else ()
    for name in names:
        if name not in source.fields:
            raise wrong(f"This layer has no field {name[:80]!r}.", "?properties")
    return names
