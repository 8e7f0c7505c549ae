"""Questions asked of the map: what lies near, how many in each area, how it changes; and areas to tell people in.

Each is one statement over the sources that the person may see (``sources.py``): a layer that they may not see is
answered as one that there is not. Distances and areas are on the ellipsoid (PostGIS ``geography``), in metres.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Double,
    Integer,
    Numeric,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on

from backend.core.actor import Actor, db
from backend.core.clock import now
from backend.core.problems import Invalid, ProblemError
from backend.maps import cql2, heavy, queries
from backend.maps.around import (
    LONGEST_DEGREE,
    degrees_of,
    measurable,
    metres_between,
    reach,
    shape_of,
    source_of,
)
from backend.maps.sources import Source
from backend.maps.tables import FeatureChangeRow
from shared_models.layers import FeatureChangeKind, FieldKind, Geometry
from shared_models.permissions import Permission
from shared_models.problems import FieldError
from shared_models.reports import MOST_ROWS, AnswerColumn, AnswerRow, AskMap, Every, MapAnswer, Question

NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.INTEGER})
AN_AREA = 2
"""Its dimension."""

METRES = AnswerColumn(name="metres", title_en="Distance (m)", title_es="Distancia (m)")
COUNT = AnswerColumn(name="count", title_en="Count", title_es="Cantidad")


def answered(actor: Actor | None, asked: AskMap) -> MapAnswer:
    """The answer, as far as this person may know. Raises Invalid, and as ``heavy.in_turn``."""
    answer = {Question.WITHIN: within, Question.BY_AREA: by_area, Question.OVER_TIME: over_time}[
        asked.question
    ]
    with heavy.in_turn(), worked_out(asked):
        return answer(actor, asked)


@contextmanager
def worked_out(asked: AskMap) -> Iterator[None]:
    """Around the statements of an answer: a filter that can't be worked out (``id^99^99 > 0``) is the caller's mistake."""
    if not asked.filter:
        yield
        return
    try:
        with cql2.answered("/filter"):
            yield
    except ProblemError as problem:
        if problem.type != "malformed":
            raise
        raise Invalid(*problem.errors) from None


def counted(source: Source, asked: AskMap) -> Select[Any]:
    """What is counted: the features that the filter and the days leave, as ``id``, ``geom``, ``title``, ``day``, ``value``."""
    layer, rows = source.layer, source.rows
    title: ColumnElement[Any] = cast(rows.c.id, Text)
    if layer.title_field in source.fields:
        title = func.coalesce(func.nullif(cast(source.column(layer.title_field), Text), ""), title)
    day: ColumnElement[Any] = null()
    if layer.time_field in source.fields:
        day = local_day(source, layer.time_field)
    value: ColumnElement[Any] = literal(0.0, Double)
    if asked.sum_of:
        value = number_of(source, asked.sum_of)
    query = select(rows.c.id, rows.c.geom, title.label("title"), day.label("day"), value.label("value"))
    if (asked.from_on or asked.until_on) and source.layer.time_field not in source.fields:
        pointer = "/from_on" if asked.from_on else "/until_on"
        raise Invalid(FieldError(pointer=pointer, detail="This layer says of no feature when it was."))
    if asked.from_on:
        query = query.where(day >= asked.from_on)
    if asked.until_on:
        query = query.where(day <= asked.until_on)
    return query.where(filtered(source, asked.filter)) if asked.filter else query


def filtered(source: Source, words: str) -> ColumnElement[bool]:
    """The filter as a condition. Raises Invalid with what is wrong in it."""
    try:
        return cql2.condition(source, words)
    except ProblemError as problem:
        raise Invalid(FieldError(pointer="/filter", detail=problem.detail)) from None


def local_day(source: Source, name: str) -> ColumnElement[Any]:
    """The day of a time field, in the city's own time."""
    column = source.column(name)
    if source.fields[name].kind is FieldKind.DATE:
        return column
    return cast(func.timezone(city_zone(), column), Date)


def city_zone() -> str:
    """The city's time zone (IANA), in which its days begin."""
    return queries.city().zone or "UTC"


def number_of(source: Source, name: str) -> ColumnElement[Any]:
    """A field with numbers. Raises Invalid for any other."""
    field = source.fields.get(name)
    if field is None or field.kind not in NUMBERS:
        raise Invalid(
            FieldError(pointer="/sum_of", detail="The layer has no field of this name with numbers.")
        )
    return cast(source.column(name), Double)


# ── what lies near ───────────────────────────────────────────────────────────────────────────────────────


def within(actor: Actor | None, asked: AskMap) -> MapAnswer:
    """What of the layer lies so near to the place, or to any feature of the other layer; the nearest first."""
    about, found = near(actor, asked)
    source = about[0]
    columns = [cast(found.c.id, Text), found.c.title, rounded(found.c.metres)]
    columns += [found.c.value] if asked.sum_of else []
    query = select(func.count().over(), *columns).order_by(found.c.metres, found.c.id)
    return table(query, (METRES, *summed(source, asked)), about, source)


def near(actor: Actor | None, asked: AskMap) -> tuple[list[Source], Any]:
    """The layers that are asked about, and what of the first lies so near, each with its ``metres``."""
    about = [source_of(actor, asked.layer, "/layer")]
    if (asked.around is None) == (asked.of is None):
        raise Invalid(FieldError(pointer="/around", detail="Say a place, or another layer: one of them."))
    if asked.around is not None:
        return about, near_place(counted(about[0], asked), shape_of(actor, asked.around), asked.metres)
    about.append(source_of(actor, asked.of, "/of"))
    return about, near_any(counted(about[0], asked), about[1], asked.metres)


def near_place(things: Select[Any], places: Select[Any], metres: float) -> Any:
    """What lies so near to one place."""
    thing, place = things.subquery("thing"), places.subquery("measured_from")
    there, here = func.geography(thing.c.geom), func.geography(place.c.shape)
    # Its box first, which the index answers; then the ellipsoid.
    close = thing.c.geom.op("&&")(reach(place.c.shape, metres)) & func.ST_DWithin(there, here, metres)
    found = select(*thing.c, func.ST_Distance(there, here).label("metres"))
    return found.select_from(place.join(thing, close)).subquery("near")


def near_any(things: Select[Any], other: Source, metres: float) -> Any:
    """What lies so near to any feature of another layer.

    For each thing the index gives what is nearest in degrees: what is nearest in metres lies no farther. So only what
    lies within that distance is measured, which is one or a few of however many.
    """
    thing, shape = things.subquery("thing"), other.rows.c.geom
    away = shape.op("<->", return_type=Double())(thing.c.geom)
    first = (
        select(func.least(away * LONGEST_DEGREE, metres + 1).label("metres"))
        .where(measurable(shape), shape.op("&&")(reach(thing.c.geom, metres)))
        .order_by(away)
        .limit(1)
        .correlate(thing)
        .lateral("first")
    )
    close = shape.op("&&")(reach(thing.c.geom, first.c.metres)) & func.ST_DWithin(
        shape, thing.c.geom, degrees_of(thing.c.geom, first.c.metres)[0]
    )
    # (in the index's own order: of a layer that was loaded just now PostgreSQL knows no size, and would read all of it)
    few = (
        select(metres_between(shape, thing.c.geom).label("metres"))
        .where(first.c.metres > 0, measurable(shape), close)
        .order_by(away)
        .offset(0)
        .correlate(thing, first)
        .subquery("few")
    )
    nearest = select(func.min(few.c.metres).label("metres")).correlate(thing, first).lateral("nearest")
    told = case((first.c.metres == 0, 0.0), else_=nearest.c.metres)  # what meets needs no measuring
    found = select(*thing.c, told.label("metres")).select_from(
        thing.join(first, true()).join(nearest, true())
    )
    return found.where(measurable(thing.c.geom), told <= metres).subquery("near")


# ── how many in each area ────────────────────────────────────────────────────────────────────────────────


def by_area(actor: Actor | None, asked: AskMap) -> MapAnswer:
    """How many lie in each area of the other layer, none too, and the sum of a field; last, how many lie in none.

    What is no point is where a point of its surface is. Each is counted once: on a border, where the lower id is.
    """
    about, told = in_areas(actor, asked)
    columns = [told.c.id, told.c.title, told.c.count]
    columns += [told.c.sum] if asked.sum_of else []
    every = cast(func.coalesce(func.sum(told.c.count).over(), 0), Integer)
    order = (told.c.id.is_(None), told.c.count.desc(), told.c.title, told.c.id)
    query = select(every, *columns).order_by(*order)
    return table(query, (COUNT, *summed(about[0], asked)), about, about[1])


def in_areas(actor: Actor | None, asked: AskMap) -> tuple[list[Source], Any]:
    """The two layers, and for each area how many lie in it; a row without an area for those that lie in none."""
    source, other = source_of(actor, asked.layer, "/layer"), source_of(actor, asked.of, "/of")
    if other.layer.geometry not in {Geometry.AREA, Geometry.MIXED}:
        raise Invalid(FieldError(pointer="/of", detail="This layer has no areas."))
    thing = counted(source, asked).subquery("thing")
    area = counted(other, AskMap(question=asked.question, layer=other.layer.name)).subquery("area")
    # Area by area, so that PostGIS has each ready once for all that lies in its box; the fence keeps it so.
    held = (
        select(thing.c.id)
        .where(
            func.ST_Dimension(area.c.geom) == AN_AREA,
            thing.c.geom.op("&&")(area.c.geom),
            func.ST_Covers(area.c.geom, func.ST_PointOnSurface(thing.c.geom)),
        )
        .correlate(area)
        .offset(0)
        .lateral("held")
    )
    first = (
        select(held.c.id.label("thing"), area.c.id)
        .select_from(area.join(held, true()))
        .order_by(held.c.id, area.c.id)
        .ext(distinct_on(held.c.id))
        .subquery("first")
    )
    sums = (
        select(first.c.id, func.count().label("count"), func.sum(thing.c.value).label("sum"))
        .select_from(thing.outerjoin(first, first.c.thing == thing.c.id))
        .where(thing.c.geom.is_not(None))
        .group_by(first.c.id)
        .cte("sums")
    )
    counts = (func.coalesce(sums.c.count, 0).label("count"), func.coalesce(sums.c.sum, 0.0).label("sum"))
    told = select(
        cast(area.c.id, Text).label("id"), area.c.title.label("title"), area.c.geom.label("geom"), *counts
    )
    outside = select(null(), null(), null(), *counts).where(sums.c.id.is_(None))
    every_area = told.select_from(area.outerjoin(sums, sums.c.id == area.c.id))
    return [source, other], every_area.union_all(outside).subquery("told")


# ── how it changes ───────────────────────────────────────────────────────────────────────────────────────


def over_time(actor: Actor | None, asked: AskMap) -> MapAnswer:
    """How many of each period, the first first, in the city's own time; a period between that has none is told too."""
    source = source_of(actor, asked.layer, "/layer")
    dated = source.layer.time_field in source.fields
    heads: tuple[AnswerColumn, ...] = (COUNT, *summed(source, asked))
    if dated:
        at = counted(source, asked).subquery("at")
        columns: list[Any] = [func.count(), *([func.sum(at.c.value)] if asked.sum_of else [])]
    else:
        at = changes(actor, source, asked).subquery("at")
        columns = [func.count(at.c.kind).filter(at.c.kind == kind) for kind in CHANGES]
        heads = tuple(CHANGES.values())
    period = cast(func.date_trunc(literal(asked.every.value, Text), at.c.day), Date).label("period")
    query = (
        select(period, func.count(), *columns).where(at.c.day.is_not(None)).group_by(period).order_by(period)
    )
    found = db().execute(query).all()
    counts = {row[0]: row[2:] for row in found}
    days = list(islice(periods(asked.every, [row[0] for row in found]), MOST_ROWS + 1))
    none = (0,) * len(heads)
    rows = [
        AnswerRow(key=day.isoformat(), title=day.isoformat(), numbers=tuple(counts.get(day, none)))
        for day in days
    ]
    return MapAnswer(
        about_en="From",
        about_es="Desde",
        columns=heads,
        rows=tuple(rows[:MOST_ROWS]),
        count=sum(row[1] for row in found),
        more=len(rows) > MOST_ROWS,
        illustration=source.layer.illustration,
        asked_at=now(),
    )


CHANGES = {
    FeatureChangeKind.MADE: AnswerColumn(name="made", title_en="Added", title_es="Añadidos"),
    FeatureChangeKind.CHANGED: AnswerColumn(name="changed", title_en="Changed", title_es="Cambiados"),
    FeatureChangeKind.REMOVED: AnswerColumn(name="removed", title_en="Removed", title_es="Eliminados"),
}


def changes(actor: Actor | None, source: Source, asked: AskMap) -> Select[Any]:
    """The days on which something of a layer was changed by hand, for those who may read its history."""
    if source.given or actor is None or not actor.may(Permission.MAP_READ):
        raise Invalid(FieldError(pointer="/layer", detail="This layer says of no feature when it was."))
    if asked.sum_of or asked.filter:
        pointer = "/sum_of" if asked.sum_of else "/filter"
        raise Invalid(
            FieldError(pointer=pointer, detail="Of what was changed by hand only the changes are counted.")
        )
    row = FeatureChangeRow
    day = cast(func.timezone(city_zone(), row.at), Date)
    found: Any = select(day.label("day"), row.kind.label("kind"))
    found = found.where(row.layer_id == source.layer.id)
    if asked.from_on:
        found = found.where(day >= asked.from_on)
    if asked.until_on:
        found = found.where(day <= asked.until_on)
    days: Select[Any] = found
    return days


def periods(every: Every, found: Sequence[date]) -> Iterator[date]:
    """The first day of each period from the first to the last of these."""
    day = found[0] if found else date.max
    while found and day <= found[-1]:
        yield day
        if every in LENGTHS:
            day += LENGTHS[every]
        else:
            months = day.year * 12 + day.month - 1 + (12 if every is Every.YEAR else 1)
            day = date(months // 12, months % 12 + 1, 1)


LENGTHS = {Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7)}


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────


def rounded(metres: ColumnElement[Any]) -> ColumnElement[Any]:
    """Metres to a decimetre: a place is known no better."""
    return cast(func.round(cast(metres, Numeric), 1), Double)


def summed(source: Source, asked: AskMap) -> tuple[AnswerColumn, ...]:
    """The column of the field that is summed up, if one is."""
    if not asked.sum_of:
        return ()
    field = source.fields[asked.sum_of]
    title_en, title_es = field.title_en or field.name, field.title_es or field.name
    return (AnswerColumn(name="sum", title_en=title_en, title_es=title_es),)


def table(
    query: Select[Any], heads: Sequence[AnswerColumn], about: Sequence[Source], of: Source
) -> MapAnswer:
    """The answer that a query gives: how many features it is about, key, title, numbers. ``of``: what the rows are."""
    found = db().execute(query.limit(MOST_ROWS + 1)).all()
    return MapAnswer(
        about_en=of.layer.title_en,
        about_es=of.layer.title_es,
        columns=tuple(heads),
        rows=tuple(
            AnswerRow(key=row[1], title=row[2] or "", numbers=tuple(row[3:])) for row in found[:MOST_ROWS]
        ),
        count=found[0][0] if found else 0,
        more=len(found) > MOST_ROWS,
        illustration=any(source.layer.illustration for source in about),
        asked_at=now(),
    )
