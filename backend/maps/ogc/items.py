"""Features as GeoJSON: one statement makes the bytes of a page, and nothing here looks into them."""

import json
import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple
from uuid import UUID

from flask import Response
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    collate,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from backend.core.actor import asking, context
from backend.core.clock import now
from backend.core.house import house
from backend.core.prepared import PLAN_ANEW, rows_of
from backend.core.problems import NotFound
from backend.maps import cql2, sources
from backend.maps.heavy import bounded
from backend.maps.ogc import parameters
from backend.maps.ogc.answers import (
    GEOJSON,
    JSON,
    SCHEMA,
    as_json,
    form_of,
    here,
    link,
    page,
    root,
    self_links,
    unless_had,
)
from backend.maps.ogc.crs import CRS84, Crs, put, wrong
from backend.maps.ogc.documents import REL, titled
from backend.maps.ogc.parameters import Wanted
from backend.maps.sources import Source

NO_CRS_MEMBER = 0
"""To ST_AsGeoJSON: RFC 7946 knows none."""
MOST_SKIPPED = 1_000_000
MOST_DIGITS = 19


def items(name: str) -> Response:
    """A page of a layer's features. Raises NotFound, Problem("malformed")."""
    source = sources.source(asking(), name)
    asked = parameters.known(source)
    form = form_of(GEOJSON, asked.get("f"))
    if source.given or form == "html":
        return _page(source, asked, form)
    # Whoever has this page already asked for it well: what is wanted need not be read again to say so.
    tag = f"{source.layer.id.hex[:8]}.{source.layer.version}"
    return unless_had(tag, lambda: _page(source, asked, form))


def _page(source: Source, asked: dict[str, str], form: str) -> Response:
    wanted = parameters.of_items(source, asked, nowhere=some_nowhere(source))
    with bounded() if "filter" in asked else nullcontext(), cql2.answered(about(asked)):
        texts, found, begins = found_page(source, wanted)
        matched = matching(source, wanted, found, more=begins is not None)
    links = self_links(GEOJSON, form)
    if begins is not None:
        links.append(link(here(after=begins), "next", links[0]["type"]))
    links += _about(source.layer.name)
    context().found = found
    head = f'{{"type":"FeatureCollection","timeStamp":"{now():%Y-%m-%dT%H:%M:%SZ}","numberReturned":{found},'
    head += f'"numberMatched":{matched},' if matched is not None else ""
    head += f'"links":{as_json(links)},"features":['
    return told(head + texts + "]}", wanted.crs, source, form)


def about(asked: dict[str, str]) -> str:
    """Which parameter is told to be wrong where PostgreSQL can't work out what was said: the filter, or the one that was sent."""
    of_fields = [name for name in asked if name not in parameters.OF_ITEMS]
    return f"?{of_fields[0]}" if of_fields and "filter" not in asked else cql2.AT


def _about(name: str) -> list[dict[str, str]]:
    at = f"{root()}/collections/{name}"
    return [link(at, "collection", JSON), link(f"{at}/queryables", f"{REL}queryables", SCHEMA)]


def told(body: str, crs: Crs, source: Source, form: str) -> Response:
    """GeoJSON as it is, or as a page."""
    if form == "html":
        document = json.loads(body)
        for each in document.get("features", ()):
            each["links"] = [
                link(f"{root()}/collections/{source.layer.name}/items/{each['id']}?f=html", "self", "")
            ]
        answer = page(titled(source.layer), document)
    else:
        answer = Response(body.encode(), content_type=GEOJSON)
    answer.headers["Content-Crs"] = f"<{crs.uri}>"
    return answer


def found_page(source: Source, wanted: Wanted) -> tuple[str, int, str | None]:
    """The features of a page as JSON with commas between them; how many; where the next page begins, if there is one.

    Features go by their ids, and a page begins at the first one of it: so each comes once, whatever is added meanwhile.
    Sorted otherwise, pages are counted off.
    """
    asked = asked_for(source, wanted)
    source, values = asked.source, asked.values
    values["most"] = wanted.limit + 1
    if wanted.after:
        values["skipped" if wanted.sort else "begin"] = begin_of(source, wanted)

    def build() -> Select[Any]:
        id_ = source.rows.c.id
        text = feature(source, wanted.crs, wanted.chosen).label("text")
        told_ = asked.query().with_only_columns(text)
        if "begin" in values:
            told_ = told_.where(id_ >= cast(bindparam("begin", type_=Text(), required=True), id_.type))
        if "skipped" in values:
            told_ = told_.offset(bindparam("skipped", type_=Integer(), required=True))
        order = [sorted_by(source, name, down=down) for name, down in wanted.sort]
        rows = told_.order_by(*order, id_).limit(bindparam("most", type_=Integer(), required=True)).subquery()
        # an aggregate reads a sorted subquery in its order
        whole = select(func.string_agg(rows.c.text, literal_column("','")), func.count())
        return whole.execution_options(**told_.get_execution_options())

    form = ("items", source.given, wanted.crs, wanted.chosen, wanted.sort, *asked.form, *sorted(values))
    [(texts, count)] = rows_of(asked.made_anew, form, build, **values)
    if count <= wanted.limit:
        return texts or "", count, None
    # One more than wanted, to know whether there are more. Inside of a word of JSON there is no bare quotation mark.
    last = texts.rindex(f",{BEGINS}")
    id_, _ = json.JSONDecoder().raw_decode(texts, last + len(BEGINS) + 1)
    return texts[:last], wanted.limit, str(values.get("skipped", 0) + wanted.limit if wanted.sort else id_)


class Asked(NamedTuple):
    """The features that are wanted, as a statement asks for them."""

    source: Source
    query: Callable[[], Select[Any]]
    """Makes the query of them."""
    made_anew: Sequence[Select[Any]]
    """The same where it differs from call to call in more than its values; else nothing need be made to find its SQL."""
    form: tuple[Any, ...]
    """What its SQL depends on besides."""
    values: dict[str, Any]


def asked_for(source: Source, wanted: Wanted) -> Asked:
    """The features that are wanted. The box, which nearly every map asks for, and the edition are values of the statement."""
    kept = not (source.given or wanted.conditions)
    source = source.open() if kept else source
    values: dict[str, Any] = {"edition": source.edition_id} if kept else {}
    if wanted.box:
        values["box"] = wanted.box

    def query() -> Select[Any]:
        found: Select[Any] = select(literal_column("1")).select_from(source.rows).where(*wanted.conditions)
        hard = wanted.conditions or wanted.box
        return found.execution_options(**{PLAN_ANEW: True}) if hard else found

    made_anew = () if kept else (query(),)
    form = bool(wanted.box), wanted.box_crs, wanted.nowhere
    return Asked(source, lambda: boxed((made_anew or (query(),))[0], source, wanted), made_anew, form, values)


def boxed(query: Select[Any], source: Source, wanted: Wanted) -> Select[Any]:
    """Those of them that meet the box, or lie nowhere."""
    if not wanted.box:
        return query
    geom = source.rows.c.geom
    met = func.ST_Intersects(geom, put(bindparam("box", type_=Text(), required=True), wanted.box_crs))
    return query.where(or_(met, geom.is_(None)) if wanted.nowhere else met)


_nowhere: dict[tuple[object, UUID], tuple[int, bool]] = {}


def some_nowhere(source: Source) -> bool:
    """Whether a layer holds features that lie nowhere; kept in this process for as long as its version stays.

    A box must find those too, and to look for them by the way costs as much again as the box itself.
    """
    if source.given:
        return True
    layer, key = source.layer, (house().database, source.layer.id)
    version, known = _nowhere.get(key, (0, True))
    if version != layer.version:
        query = select(source.rows.c.id).where(source.rows.c.geom.is_(None)).limit(1)
        known = bool(rows_of([query], ("nowhere",), lambda: query))
        _nowhere[key] = layer.version, known
        sources.source(asking(), layer.name)  # so that the gate makes sure of it with the page as well
    return known


NUMBER = re.compile(r"[0-9]{1,18}")
"""What PostgreSQL takes for a number of a feature, or of a place in an order."""


def begin_of(source: Source, wanted: Wanted) -> str | int:
    """Where a page begins, of what was said. Raises Problem("malformed") for what no page of ours said."""
    said = wanted.after
    whole = NUMBER.fullmatch(said) is not None
    if wanted.sort or not source.given:
        if not whole or (wanted.sort and int(said) > MOST_SKIPPED):
            raise wrong("Not the next page of any page of ours.", "?after")
        return int(said) if wanted.sort else said
    return said[:100]


def sorted_by(source: Source, name: str, *, down: bool) -> ColumnElement[Any]:
    """The order by a field; texts by the order of their code points, what has no value last."""
    part = cql2.queryable(source, name)
    sql = collate(part.sql, "C") if part.kind is cql2.Kind.TEXT else part.sql
    return (sql.desc() if down else sql.asc()).nulls_last()


BEGINS = '{"type":"Feature","id":'


def feature(source: Source, crs: Crs, chosen: tuple[str, ...] = ()) -> ColumnElement[Any]:
    """A feature as GeoJSON text, in SQL: named columns alone, and no more decimals than it was measured with."""
    rows = source.rows.c
    return func.concat(
        _constant(BEGINS),
        func.to_json(cast(rows.id, Text())) if source.given else rows.id,
        _constant(',"geometry":'),
        func.coalesce(shape(rows.geom, crs), _constant("null")),
        _constant(',"properties":'),
        properties(source, chosen),
        _constant("}"),
        type_=Text(),
    )


def _constant(words: str) -> ColumnElement[str]:
    """Words of ours, without quotation marks of SQL's, as a part of the SQL: a value would be sent with each call."""
    return literal_column(f"'{words}'", Text())


def shape(geom: ColumnElement[Any], crs: Crs) -> ColumnElement[Any]:
    """A geometry as GeoJSON in this reference system, its axes in the order that it defines (Part 2 §6.4)."""
    moved = geom if crs.degrees else func.ST_Transform(geom, literal_column(str(crs.srid), Integer()))
    return func.ST_AsGeoJSON(
        func.ST_FlipCoordinates(moved) if crs.swapped else moved,
        literal_column(str(crs.decimals), Integer()),
        literal_column(str(NO_CRS_MEMBER), Integer()),
    )


def properties(source: Source, chosen: tuple[str, ...]) -> ColumnElement[Any]:
    """The fields of a feature as JSON, all or the chosen ones."""
    if not chosen:
        return source.properties
    of: Any = (lambda name: source.rows.c[name]) if source.given else (lambda name: source.rows.c.props[name])
    return func.json_build_object(*(part for name in chosen for part in (literal(name, Text()), of(name))))


def matching(source: Source, wanted: Wanted, found: int, *, more: bool) -> int | None:
    """How many features there are in all; None where to say it would cost more than the page, and nobody asks."""
    if not more and not wanted.after:
        return found
    if not (wanted.conditions or wanted.box or source.given):
        return source.layer.count
    if not wanted.counted:
        return None
    asked = asked_for(source, wanted)
    form = ("count", *asked.form, *asked.values)
    [(count,)] = rows_of(asked.made_anew, form, lambda: _counted(asked.query()), **asked.values)
    return int(count)


def _counted(query: Select[Any]) -> Select[Any]:
    counted = select(func.count()).select_from(query.subquery())
    return counted.execution_options(**query.get_execution_options())


def item(name: str, id_: str) -> Response:
    """One feature. Raises NotFound, Problem("malformed")."""
    source = sources.source(asking(), name)
    asked = parameters.arguments(parameters.OF_ONE)
    crs = parameters.crs_of(asked, "crs")
    form = form_of(GEOJSON, asked.get("f"))
    text, version = found_one(source, id_, crs)
    at = f"{root()}/collections/{name}"
    links = [*self_links(GEOJSON, form), link(at, "collection", JSON)]
    body = f'{text[:-1]},"links":{as_json(links)}}}'
    context().found = 1
    if version is None or form == "html":
        return told(body, crs, source, form)
    return unless_had(str(version), lambda: told(body, crs, source, form), weak=False)


def found_one(source: Source, id_: str, crs: Crs = CRS84) -> tuple[str, int | None]:
    """The GeoJSON text of a feature, and its version where it has one. Raises NotFound."""
    if not source.given and not is_number(id_):
        raise NotFound
    opened = source if source.given else source.open()

    def build() -> Select[Any]:
        rows = opened.rows.c
        same = cast(rows.id, Text()) if source.given else rows.id
        version = literal_column("null") if source.given else rows.version
        value = bindparam("id", type_=Text() if source.given else rows.id.type, required=True)
        return select(feature(opened, crs), version).where(same == value)

    form = ("item", source.given, crs)
    if source.given:
        found = rows_of([source.rows.element], form, build, id=id_)
    else:
        found = rows_of((), form, build, id=int(id_), edition=source.edition_id)
    if not found:
        raise NotFound
    [(text, version)] = found
    return text, version


def is_number(id_: str) -> bool:
    """Whether this can be the number of a feature."""
    return id_.isascii() and id_.isdecimal() and len(id_) < MOST_DIGITS
