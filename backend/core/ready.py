"""Ready bytes: lists, maps, feeds and single things leave as JSON that PostgreSQL made.

The expression is built from the Wire class: each field is the row's attribute of the same name, one rule per
type. Nobody writes JSON in SQL by hand, and for any row the ready bytes parse to ``Schema.dump(row)``.
"""

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from flask import Response, request
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Executable,
    Integer,
    Select,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)

from backend.core.actor import context
from backend.core.prepared import rows_of
from backend.core.problems import Invalid, NotFound
from shared_models.basics import PageWanted, Point
from shared_models.problems import FieldError
from shared_models.wire import Wire, unwrap, wire_fields

JSON = "application/json"
BETWEEN = "\x1e"
"""Stands between the texts of things. Inside JSON it is always escaped (RFC 8259 §7), so it can't be part of one."""
ALL_TEXTS: ColumnElement[str] = literal_column(r"string_agg(row_to_json(_told)::text, E'\x1e')")
UTC: ColumnElement[str] = literal_column("'UTC'")
INSTANT: ColumnElement[str] = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")
LAT: ColumnElement[str] = literal_column("'lat'")
LON: ColumnElement[str] = literal_column("'lon'")


def expression(wire: type[Wire], row: Any, chosen: Collection[str] = ()) -> list[ColumnElement[Any]]:
    """The SQL of each field of a wire class over a row class (or of the chosen ones), labelled with the field's name."""
    return [
        _rule(hint, getattr(row, name)).label(name)
        for name, hint in wire_fields(wire).items()
        if not chosen or name in chosen
    ]


def _rule(hint: Any, column: Any) -> ColumnElement[Any]:
    kind, _, _ = unwrap(hint)
    if kind is datetime:
        return func.to_char(func.timezone(UTC, column), INSTANT)
    if kind is Point:
        # coalesce: the geometry itself, without the conversion that a column's type adds when it is selected
        place = func.coalesce(column)
        told = func.json_build_object(LAT, func.ST_Y(place), LON, func.ST_X(place))
        return case((column.is_(None), None), else_=told)
    # Everything else is as PostgreSQL says it in JSON: words, numbers, true and false, ids, days, nulls, and
    # arrays of these; a nested wire value lies in a jsonb column, in its wire form.
    result: ColumnElement[Any] = column
    return result


def row_class(query: Select[Any]) -> Any:
    """The row class that a query selects."""
    try:
        return _row_classes[query]
    except KeyError:
        return _row_classes.setdefault(query, query.column_descriptions[0]["entity"])


_row_classes: WeakKeyDictionary[Select[Any], Any] = WeakKeyDictionary()


def _all_texts(query: Select[Any], wire: type[Wire], chosen: Collection[str] = ()) -> Select[Any]:
    """The JSON texts of what the query finds, in its order, as one word; an aggregate reads a sorted subquery in order."""
    told = query.with_only_columns(*expression(wire, row_class(query), chosen)).subquery("_told")
    return select(ALL_TEXTS).select_from(told).execution_options(**query.get_execution_options())


def list_items(query: Select[Any], wire: type[Wire], **values: Any) -> list[str]:
    """The JSON text of each thing that the query finds, in its order. ``values``: of the parameters that it leaves open."""
    [(texts,)] = rows_of([query], ("list", wire), lambda: _all_texts(query, wire), **values)
    return texts.split(BETWEEN) if texts is not None else []


def list_text(query: Select[Any], wire: type[Wire], **values: Any) -> str:
    """The JSON array of everything that the query finds, in its order. For short lists only."""
    return "[" + ",".join(list_items(query, wire, **values)) + "]"


Wanted = tuple[Select[Any], type[Wire], Collection[UUID]]
"""(which things may be told, as what, which of them)."""


def texts_by_id(wanted: Sequence[Wanted]) -> list[dict[UUID, str]]:
    """For each of these wishes the JSON text of each thing by its id; what a query does not find is left out.

    One statement for all.
    """

    def build() -> Executable:
        return union_all(*(_texts_of_some(number, *each[:2]) for number, each in enumerate(wanted)))

    found: list[dict[UUID, str]] = [{} for _ in wanted]
    if wanted:
        form = ("by id", *(wire for _, wire, _ in wanted))
        values = {f"ids{number}": list(ids) for number, (_, _, ids) in enumerate(wanted)}
        for number, id_, words in rows_of([query for query, _, _ in wanted], form, build, **values):
            found[number][id_] = words
    return found


def _texts_of_some(number: int, query: Select[Any], wire: type[Wire]) -> Select[Any]:
    row = row_class(query)
    some = query.where(row.id == any_(bindparam(f"ids{number}", type_=ARRAY(Uuid), required=True)))
    told = some.with_only_columns(*expression(wire, row)).subquery("_told")
    which = literal_column(str(number), Integer)
    return select(which, told.c.id, literal_column("row_to_json(_told)::text")).select_from(told)


def ready_one(
    query: Select[Any], wire: type[Wire], *, id: UUID | None = None, tagged: bool = False
) -> Response:
    """The one thing that the query finds; of many, the one with this id. Raises NotFound.

    ``tagged``: its version is its ETag, and whoever has that one already gets 304.
    """
    if id is None:
        items = list_items(query, wire)
    else:
        [(texts,)] = rows_of([query], ("one", wire), lambda: _text_of_one(query, wire), id=id)
        items = texts.split(BETWEEN) if texts is not None else []
    if not items:
        raise NotFound
    [item] = items
    context().found = 1
    answer = Response(item, mimetype=JSON)
    if tagged:
        version = str(json.loads(item)["version"])
        answer.set_etag(version)
        answer.headers["Cache-Control"] = "private, no-cache"
        if request.if_none_match.contains_weak(version):
            answer.status_code = 304
            answer.set_data(b"")
    return answer


def _text_of_one(query: Select[Any], wire: type[Wire]) -> Select[Any]:
    return _all_texts(query.where(row_class(query).id == bindparam("id", type_=Uuid(), required=True)), wire)


def ready(query: Select[Any], wire: type[Wire], wanted: PageWanted, chosen: Collection[str] = ()) -> Response:
    """One page of what the query finds, newest first, as ``{"items": […], "next": "…" | null}``.

    The row class says by which time it is paged (``page_by``), and its wire tells that time; its ``id`` breaks
    ties. One statement. ``chosen``: the fields that are told, if not all; the id and that time always are.
    """
    return Response(page_text(query, wire, wanted, chosen), mimetype=JSON)


def page_text(query: Select[Any], wire: type[Wire], wanted: PageWanted, chosen: Collection[str] = ()) -> str:
    """The JSON text of one page."""
    page_by = row_class(query).page_by
    told = frozenset((*chosen, page_by, "id")) if chosen else frozenset()

    def build() -> Select[Any]:
        moment, identity = getattr(row_class(query), page_by), row_class(query).id
        found = query
        if wanted.after:
            at, id_ = (
                bindparam("at", type_=moment.type, required=True),
                bindparam("id", type_=Uuid(), required=True),
            )
            found = query.where(tuple_(moment, identity) < tuple_(at, id_))
        most: BindParameter[int] = bindparam("most", required=True)
        return _all_texts(found.order_by(moment.desc(), identity.desc()).limit(most), wire, told)

    # One more than wanted, to know whether there are more.
    values: dict[str, Any] = {"most": wanted.limit + 1}
    if wanted.after:
        values["at"], values["id"] = read_after(wanted.after)
    [(texts,)] = rows_of([query], ("page", wire, bool(wanted.after), told), build, **values)
    items = texts.split(BETWEEN) if texts is not None else []
    after = "null"
    if len(items) > wanted.limit:
        items.pop()
        last = json.loads(items[-1])
        after = f'"{write_after(last[page_by], last["id"])}"'
    context().found = len(items)
    return f'{{"items":[{",".join(items)}],"next":{after}}}'


_AFTER = re.compile(r"([0-9]{20})\.([0-9a-f]{32})")
_NO_DIGIT = re.compile(r"[^0-9]")


def write_after(moment: str, id_: str) -> str:
    """Where a page ends: its last thing's time and id, as the wire writes them, in one opaque word."""
    return f"{_NO_DIGIT.sub('', moment)}.{id_.replace('-', '')}"


def read_after(words: str) -> tuple[datetime, UUID]:
    """Where a page ended. Raises Invalid for what we did not write."""
    match = _AFTER.fullmatch(words)
    try:
        if match:
            return datetime.strptime(match[1] + "+0000", "%Y%m%d%H%M%S%f%z"), UUID(match[2])
    except ValueError:
        pass
    raise Invalid(FieldError(pointer="?after", detail="Not the `next` of a page of ours."))
