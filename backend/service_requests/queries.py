"""Which requests, and who may see them."""

import hashlib
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from backend import maps
from backend.core.actor import Actor, context, db
from backend.core.clock import now
from backend.core.database import WGS84, GeoPoint, like_text
from backend.core.ready import list_items, list_text
from backend.core.versions import Kept, version_of
from backend.service_requests.tables import NUMBER, EntryRow, RequestPhotoRow, RequestRow, RequestTypeRow
from shared_models.permissions import Permission
from shared_models.service_requests import (
    WINDOW_DAYS,
    Box,
    MapDot,
    Outcome,
    RequestFilter,
    RequestType,
    StaffFilter,
    Status,
    number_begun,
)


def works_on(actor: Actor) -> ColumnElement[bool]:
    """Whether a request is among those that this person works on: all, or those of their departments."""
    if actor.may_everywhere(Permission.REQUEST_WORK):
        return RequestRow.id.is_not(None)
    departments = actor.departments(Permission.REQUEST_WORK)
    return RequestRow.department == any_(literal(departments, ARRAY(Text))) if departments else false()


def mine(actor: Actor) -> Select[RequestRow]:
    """The requests that this person made."""
    return select(RequestRow).where(RequestRow.owner_id == actor.id)


def workable(actor: Actor) -> Select[RequestRow]:
    """The requests that this person works on."""
    return select(RequestRow).where(works_on(actor))


def visible_to(actor: Actor) -> Select[RequestRow]:
    """The requests that this person may see: those they made, and those they work on."""
    return select(RequestRow).where(or_(RequestRow.owner_id == actor.id, works_on(actor)))


def in_window() -> ColumnElement[bool]:
    """Open, or closed not long ago: what phones hold."""
    since = now() - timedelta(days=WINDOW_DAYS)
    return or_(RequestRow.status != Status.CLOSED, RequestRow.closed_at >= since)


def matching_mine(actor: Actor, wanted: RequestFilter) -> Select[RequestRow]:
    """Those of my requests."""
    found = mine(actor)
    return found.where(RequestRow.status == wanted.status) if wanted.status else found


def matching(actor: Actor, wanted: StaffFilter) -> Select[RequestRow]:
    """Those of the requests that I work on."""
    where: list[ColumnElement[bool]] = []
    if wanted.status:
        where.append(RequestRow.status == wanted.status)
    if wanted.type:
        where.append(RequestRow.type == wanted.type)
    if wanted.department:
        where.append(RequestRow.department == wanted.department)
    if wanted.mine:
        where.append(RequestRow.assignee_id == actor.id)
    if wanted.open:
        where.append(RequestRow.status != Status.CLOSED)
    where += [RequestRow.words.like(f"%{like_text(word)}%", escape="\\") for word in wanted.q.lower().split()]
    found = workable(actor).where(*where)
    return found.execution_options(plan_anew=True) if wanted.q else found


def on_map(actor: Actor, wanted: Box) -> Select[RequestRow]:
    """The newest requests in the box that this person may work on, one more than wanted."""
    box = func.ST_MakeEnvelope(wanted.west, wanted.south, wanted.east, wanted.north, WGS84)
    where: list[ColumnElement[bool]] = [func.ST_Intersects(RequestRow.where, box)]
    if wanted.open:
        where.append(RequestRow.status != Status.CLOSED)
    if wanted.type:
        where.append(RequestRow.type == wanted.type)
    return (
        workable(actor)
        .where(*where)
        .order_by(RequestRow.opened_at.desc(), RequestRow.id.desc())
        .limit(wanted.limit + 1)
        .execution_options(plan_anew=True)
    )


def open_on_map(actor: Actor | None) -> Select[Any]:
    """The open requests that this person may see, as a layer of the map tells of them: never whose they are."""
    row = RequestRow
    told: tuple[Any, ...] = (row.number, row.type, row.status, row.department, row.opened_at)
    place: tuple[Any, ...] = (
        row.id,
        row.where.label("geom"),
        row.updated_at.label("changed_at"),
        row.version,
    )
    found = select(row).where(false()) if actor is None else visible_to(actor)
    return found.where(row.status != Status.CLOSED, row.where.is_not(None)).with_only_columns(*place, *told)


def found_on_map(actor: Actor, words: str, limit: int) -> Select[Any] | None:
    """Those of them whose number this is, or begins so (``MapLayer.find``); None for what is no number."""
    row, spot, begun = RequestRow, RequestRow.where, number_begun(words)
    fit = case((row.number == begun, 0), else_=1)
    told: tuple[Any, ...] = (row.id, row.number, row.address, func.ST_Y(spot), func.ST_X(spot), fit)
    found = open_on_map(actor).with_only_columns(*told).order_by(row.number).limit(limit)
    return found.where(row.number.startswith(begun)) if begun else None


def entries_of_mine(actor: Actor, request_id: UUID | None = None) -> Select[EntryRow]:
    """The public history of requests that this person made."""
    own = mine(actor).with_only_columns(RequestRow.id)
    found = select(EntryRow).where(EntryRow.request_id.in_(own), EntryRow.public)
    return found if request_id is None else found.where(EntryRow.request_id == request_id)


def entries_of_workable(actor: Actor, request_id: UUID | None = None) -> Select[EntryRow]:
    """The whole history of requests that this person works on."""
    work = workable(actor).with_only_columns(RequestRow.id)
    found = select(EntryRow).where(EntryRow.request_id.in_(work))
    return found if request_id is None else found.where(EntryRow.request_id == request_id)


def feed_of_mine(actor: Actor) -> Select[RequestRow]:
    """What of mine is on phones."""
    return mine(actor).where(in_window())


def feed_of_work(actor: Actor) -> Select[RequestRow]:
    """What of the work is on phones."""
    return workable(actor).where(in_window())


def feed_of_my_entries(actor: Actor) -> Select[EntryRow]:
    """The history on phones, of mine."""
    return entries_of_mine(actor).where(EntryRow.request_id.in_(select(RequestRow.id).where(in_window())))


def feed_of_work_entries(actor: Actor) -> Select[EntryRow]:
    """The history on phones, of the work."""
    return entries_of_workable(actor).where(EntryRow.request_id.in_(select(RequestRow.id).where(in_window())))


def photos_visible_to(actor: Actor) -> Select[UUID]:
    """The photos of what this person may see: of their own requests, without those of staff's own notes."""
    own = select(EntryRow.id).where(
        EntryRow.public, EntryRow.request_id.in_(mine(actor).with_only_columns(RequestRow.id))
    )
    work = workable(actor).with_only_columns(RequestRow.id)
    return select(RequestPhotoRow.photo_id).where(
        or_(RequestPhotoRow.entry_id.in_(own), RequestPhotoRow.request_id.in_(work))
    )


def offered_types() -> Select[RequestTypeRow]:
    """The types that can be asked for, in the order of the list."""
    return select(RequestTypeRow).where(RequestTypeRow.offered).order_by(RequestTypeRow.place)


def _types_by_code() -> dict[str, RequestTypeRow]:
    return {row.code: row for row in db().scalars(offered_types())}


TYPES = Kept("request_type", _types_by_code)
"""The types that can be asked for, by their codes; rows that no session follows, to be read only."""


@cache
def opening(*, placed: bool) -> Select[Any]:
    """What has to be known before a request is taken in: (version of the types, ours, known, count), in one row.

    It takes ``id``, ``type`` and, if ``placed``, ``where``. ``ours``: the place is in the city, or there is none.
    ``known``: there is a request with this id. ``count`` numbers the request, and is drawn only if nothing of this
    refuses it.
    """
    where = bindparam("where", type_=GeoPoint(), required=True)
    ours = maps.in_limits(where) if placed else true()
    known = select(RequestRow.id).where(RequestRow.id == bindparam("id", type_=Uuid(), required=True))
    handled = select(RequestTypeRow.code).where(
        RequestTypeRow.code == bindparam("type", type_=Text(), required=True),
        RequestTypeRow.outcome == Outcome.HANDLED,
        RequestTypeRow.offered,
    )
    here = select(ours.label("ours"), exists(known).label("known")).subquery("here")
    count = case((here.c.ours & ~here.c.known & exists(handled), NUMBER.next_value()))
    return select(version_of("request_type"), here.c.ours, here.c.known, count)


def left_window(moment: datetime, most: int) -> Select[RequestRow]:
    """Requests on phones that should not be there any more."""
    return (
        select(RequestRow)
        .where(RequestRow.on_phones, RequestRow.closed_at < moment - timedelta(days=WINDOW_DAYS))
        .order_by(RequestRow.closed_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )


def long_gone(moment: datetime) -> Select[Any]:
    """Ids of requests that left the window so long ago that no cursor is older."""
    return select(RequestRow.id).where(
        RequestRow.on_phones.is_(False), RequestRow.closed_at < moment - timedelta(days=2 * WINDOW_DAYS)
    )


def types_text() -> tuple[bytes, str]:
    """The JSON text of the list of types, and its version (a hash of it)."""
    body = f'{{"items":{list_text(offered_types(), RequestType)}}}'.encode()
    return body, hashlib.sha256(body).hexdigest()[:16]


TYPES_TEXT = Kept("request_type", types_text)


def dots_text(actor: Actor, wanted: Box) -> str:
    """The JSON text of the dots in a box."""
    dots = list_items(on_map(actor, wanted), MapDot)
    context().found = len(dots)
    more = "true" if len(dots) > wanted.limit else "false"
    return f'{{"items":[{",".join(dots[: wanted.limit])}],"more":{more}}}'
