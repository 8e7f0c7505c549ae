"""Ready bytes: lists, maps and feeds leave as JSON that PostgreSQL made.

The expression is built from the Wire class: each field is the row's attribute of the same name, one rule per
type. Nobody writes JSON in SQL by hand, and for any row the ready bytes parse to ``Schema.dump(row)``.
"""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import ColumnElement, Select, Subquery, Text, case, func, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from backend.core.actor import context, db
from backend.core.problems import Invalid
from shared_models.basics import PageWanted, Point
from shared_models.problems import FieldError
from shared_models.wire import Wire, unwrap, wire_fields

JSON = "application/json"


def expression(wire: type[Wire], row: Any) -> list[ColumnElement[Any]]:
    """The SQL of each field of a wire class over a row class, labelled with the field's name."""
    return [_rule(hint, getattr(row, name)).label(name) for name, hint in wire_fields(wire).items()]


def _rule(hint: Any, column: Any) -> ColumnElement[Any]:
    kind, _, _ = unwrap(hint)
    if kind is datetime:
        return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    if kind is Point:
        place = func.json_build_object("lat", func.ST_Y(text_of(column)), "lon", func.ST_X(text_of(column)))
        return case((column.is_(None), None), else_=place)
    # Everything else is as PostgreSQL says it in JSON: words, numbers, true and false, ids, days, nulls, and
    # arrays of these; a nested wire value lies in a jsonb column, in its wire form.
    result: ColumnElement[Any] = column
    return result


def text_of(column: Any) -> ColumnElement[Any]:
    """The geometry itself, without the conversion that a column's type adds when it is selected."""
    return func.coalesce(column)


def _with_json(inner: Subquery, wire: type[Wire]) -> tuple[Any, ColumnElement[str]]:
    """What to select from, and the JSON text of the wire's fields of one row of ``inner``."""
    fields = select(*(inner.c[name] for name in wire_fields(wire))).correlate(inner).lateral("_told")
    return inner.join(fields, literal_column("true")), literal_column("row_to_json(_told)::text")


def object_text(query: Select[Any], wire: type[Wire], key: Any) -> Select[UUID, str]:
    """``key`` and the JSON text of each thing that the query finds."""
    row = query.column_descriptions[0]["entity"]
    inner = query.with_only_columns(key.label("_key"), *expression(wire, row)).subquery("thing")
    source, json_text = _with_json(inner, wire)
    return select(inner.c["_key"], json_text).select_from(source)


def list_items(query: Select[Any], wire: type[Wire]) -> list[str]:
    """The JSON text of each thing that the query finds, in its order."""
    row = query.column_descriptions[0]["entity"]
    inner = query.with_only_columns(*expression(wire, row)).subquery("thing")
    source, json_text = _with_json(inner, wire)
    return list(db().scalars(select(json_text).select_from(source)))


def list_text(query: Select[Any], wire: type[Wire]) -> str:
    """The JSON array of everything that the query finds, in its order. For short lists only."""
    return "[" + ",".join(list_items(query, wire)) + "]"


def ready(query: Select[Any], wire: type[Wire], wanted: PageWanted) -> Response:
    """One page of what the query finds, newest first, as ``{"items": […], "next": "…" | null}``.

    The row class says by which time it is paged (``page_by``); its ``id`` breaks ties. One statement.
    """
    return Response(page_text(query, wire, wanted), mimetype=JSON)


def page_text(query: Select[Any], wire: type[Wire], wanted: PageWanted) -> str:
    """The JSON text of one page."""
    row = query.column_descriptions[0]["entity"]
    moment, identity = getattr(row, row.page_by), row.id
    if wanted.after:
        at, id_ = read_after(wanted.after)
        query = query.where(tuple_(moment, identity) < tuple_(at, id_))
    page = (
        query.with_only_columns(*expression(wire, row), moment.label("_at"), identity.label("_id"))
        .order_by(moment.desc(), identity.desc())
        .limit(wanted.limit + 1)
        .subquery("page")
    )
    by_time = (page.c["_at"].desc(), page.c["_id"].desc())
    thing = select(page, func.row_number().over(order_by=by_time).label("_n")).subquery("thing")
    source, json_text = _with_json(thing, wire)
    items = func.string_agg(json_text, aggregate_order_by(literal_column("','"), thing.c["_n"]))
    place = func.to_char(func.timezone("UTC", thing.c["_at"]), "YYYYMMDDHH24MISSUS")
    key = func.concat(place, ".", func.replace(thing.c["_id"].cast(Text), "-", ""))
    found = (
        db()
        .execute(
            select(
                items.filter(thing.c["_n"] <= wanted.limit),
                case((func.count() > wanted.limit, func.max(key).filter(thing.c["_n"] == wanted.limit))),
                func.count(),
            ).select_from(source)
        )
        .one()
    )
    context().found = min(found[2], wanted.limit)
    after = "null" if found[1] is None else f'"{found[1]}"'
    return f'{{"items":[{found[0] or ""}],"next":{after}}}'


_AFTER = re.compile(r"([0-9]{20})\.([0-9a-f]{32})")


def read_after(words: str) -> tuple[datetime, UUID]:
    """Where a page ended. Raises Invalid for what we did not write."""
    match = _AFTER.fullmatch(words)
    try:
        if match:
            return datetime.strptime(match[1] + "+0000", "%Y%m%d%H%M%S%f%z"), UUID(match[2])
    except ValueError:
        pass
    raise Invalid(FieldError(pointer="?after", detail="Not the `next` of a page of ours."))
