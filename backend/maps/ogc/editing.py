"""Features made, replaced, changed and removed by other programs (Part 4): the same verbs as by hand in the app."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, request
from sqlalchemy import func, select

from backend.core.actor import Actor, asking, me
from backend.core.changes import version_seen
from backend.core.prepared import rows_of
from backend.core.problems import Invalid, NotFound, ProblemError, Refused
from backend.maps import features, sources
from backend.maps.ogc import items, parameters
from backend.maps.ogc.answers import GEOJSON, MERGE, root
from backend.maps.ogc.crs import CRS84, Crs, checked, crs_named, drawn, placed, wrong
from backend.maps.ogc.filters import answered
from backend.maps.sources import Source
from shared_models.layers import Whom
from shared_models.permissions import Permission

CRS_HEADER = "Content-Crs"
AT_CRS = f"header:{CRS_HEADER}"


def allowed(id: str, layer: str = "") -> Response:
    """What this person may do with a layer's features, or with one of them. Raises NotFound."""
    source = sources.source(asking(), layer or id)
    verbs = {"GET", "HEAD", "OPTIONS"}
    if may_edit(asking(), source):
        verbs |= {"PUT", "PATCH", "DELETE"} if layer else {"POST"}
    answer = Response(status=200)
    answer.headers["Allow"] = ", ".join(sorted(verbs))
    if "PATCH" in verbs:
        answer.headers["Accept-Patch"] = MERGE
    return answer


def may_edit(actor: Actor | None, source: Source) -> bool:
    """Whether this person edits the features of a layer."""
    layer = source.layer
    if actor is None or source.given:
        return False
    if layer.edited_by is Whom.DEPARTMENT:
        return layer.department is not None and actor.may_in(Permission.MAP_EDIT, layer.department)
    return layer.edited_by is Whom.STAFF and actor.may(Permission.MAP_EDIT)


def add(name: str) -> Response:
    """Make a feature of what was sent; a number that it brings is not heeded."""
    parameters.arguments(())
    with as_told_here():
        made = features.add_feature(name, sent(GEOJSON))
    text, version = items.found_one(sources.source(me(), name), str(made.id))
    answer = Response(text, status=201, content_type=GEOJSON)
    answer.headers["Location"] = f"{root()}/collections/{name}/items/{made.id}"
    answer.headers[CRS_HEADER] = f"<{CRS84.uri}>"
    answer.set_etag(str(version))
    return answer


def replace(name: str, id_: str) -> Response:
    """Let a feature be exactly what was sent."""
    return _done(name, id_, lambda number, seen: features.replace_feature(name, number, sent(GEOJSON), seen))


def change(name: str, id_: str) -> Response:
    """Change a feature as a merge patch says."""
    return _done(name, id_, lambda number, seen: features.change_feature(name, number, sent(MERGE), seen))


def remove(name: str, id_: str) -> Response:
    """Remove a feature."""
    return _done(name, id_, lambda number, seen: features.remove_feature(name, number, seen))


def _done(name: str, id_: str, verb: Callable[[int, int], Any]) -> Response:
    """What was done to the version that was seen: 204, with the tag of what it is now.

    Raises NotFound; Refused("version-needed") where nothing is said to have been seen; Refused("version-differs") where a
    feature was seen that there is no more (RFC 9110 §13.1.1).
    """
    parameters.arguments(())
    if not request.if_match:
        items.found_one(sources.source(me(), name), id_)
    seen = version_seen()
    try:
        with as_told_here():
            row = verb(int(id_) if items.is_number(id_) else 0, seen)
    except NotFound:
        sources.source(me(), name)
        raise Refused("version-differs", "There is no such feature any more.", at="header:If-Match") from None
    answer = Response(status=204)
    if row is not None:
        answer.set_etag(str(row.version))
    return answer


def sent(kind: str) -> dict[str, Any]:
    """The body, of this media type alone; its coordinates as WGS 84. Raises Problem("media-type", "malformed")."""
    if request.mimetype != kind:
        raise ProblemError("media-type", f"Send {kind}.")
    crs = crs_of_body()
    try:
        body = json.loads(request.get_data(cache=True))
    except (ValueError, RecursionError):
        raise ProblemError("malformed", "This is no JSON.") from None
    if not isinstance(body, dict):
        raise ProblemError("malformed", "A feature is a JSON object.")
    if crs is not CRS84 and body.get("geometry") is not None:
        body["geometry"] = moved(body["geometry"], crs)
    return body


def crs_of_body() -> Crs:
    """The reference system that the body's coordinates are said to be in."""
    said = request.headers.get(CRS_HEADER, "").strip()
    return crs_named(said.removeprefix("<").removesuffix(">"), AT_CRS) if said else CRS84


def moved(shape: Any, crs: Crs) -> dict[str, Any]:
    """A geometry in WGS 84. Raises Problem("malformed") for one beyond what its system reaches: it would be put elsewhere."""
    at = "/geometry"
    known = checked(shape, at)
    source, place = drawn(known, crs), placed(known, crs)
    back = func.ST_Transform(place, crs.srid)
    asked = select(items.shape(place, CRS84), func.ST_Expand(back, 1).bool_op("~")(source))
    with answered(at):
        [(text, same)] = rows_of([asked], ("moved",), lambda: asked)
    if not same:
        raise wrong("It lies beyond what this reference system reaches.", at)
    found: dict[str, Any] = json.loads(text)
    return found


@contextmanager
def as_told_here() -> Iterator[None]:
    """What is wrong in a feature is 400 here, as the standard's tests want it; elsewhere in the house it is 422."""
    try:
        yield
    except Invalid as problem:
        raise ProblemError("malformed", "This is no feature of this layer.", errors=problem.errors) from None
