"""Service requests over HTTP."""

from uuid import UUID

from flask import Response

from backend.core.actor import me
from backend.core.bodies import caller_address
from backend.core.database import one
from backend.core.http import PUBLIC, Blueprint, cached
from backend.core.ready import JSON, ready, ready_one
from backend.service_requests import actions, queries, rules
from backend.service_requests.tables import EntryRow, RequestRow
from shared_models.permissions import Permission
from shared_models.service_requests import (
    AnswerRequest,
    AssignRequest,
    Box,
    CloseRequest,
    EntryPage,
    MapDots,
    MoveRequest,
    NoteRequest,
    OpenRequest,
    RequestEntry,
    RequestFilter,
    RequestPage,
    RequestTypes,
    ServiceRequest,
    StaffEntry,
    StaffEntryPage,
    StaffFilter,
    StaffPage,
    StaffRequest,
)

blp = Blueprint(
    "service_requests",
    __name__,
    url_prefix="/v1/service-requests",
    description="Asking the city to look at something.",
)


@blp.get("/types", permit=PUBLIC)
@blp.response(200, RequestTypes.Schema)
@blp.alt_response(304, description="You have the newest list.")
def list_types() -> Response:
    """What can be asked for, who handles it, and what becomes of what the city does not do itself."""
    body, version = queries.TYPES_TEXT.now()
    return cached(version, lambda: body, JSON)


@blp.get("/", permit=Permission.REQUEST_READ)
@blp.arguments(RequestFilter.Schema, location="query")
@blp.alt_response(200, schema=RequestPage.Schema, success=True)
def list_requests(wanted: RequestFilter) -> Response:
    """The requests that you made, newest first."""
    return ready(queries.matching_mine(me(), wanted), ServiceRequest, wanted)


@blp.post("/", permit=Permission.REQUEST_OPEN)
@blp.arguments(OpenRequest.Schema)
@blp.response(201, ServiceRequest.Schema)
def open_request(body: OpenRequest) -> RequestRow:
    """Ask the city to look at something. Send the photos first."""
    actions.limit_opening(caller_address())
    return actions.open_request(body)


@blp.get("/work", permit=Permission.REQUEST_WORK, audited="work-list")
@blp.arguments(StaffFilter.Schema, location="query")
@blp.alt_response(200, schema=StaffPage.Schema, success=True)
def list_work(wanted: StaffFilter) -> Response:
    """The requests that you work on, newest first: all, or those of your departments."""
    return ready(queries.matching(me(), wanted), StaffRequest, wanted)


@blp.get("/work/map", permit=Permission.REQUEST_WORK, audited="work-map")
@blp.arguments(Box.Schema, location="query")
@blp.alt_response(200, schema=MapDots.Schema, success=True)
def map_work(wanted: Box) -> Response:
    """The same on a map: the newest in a box."""
    rules.refuse_empty(wanted)
    return Response(queries.dots_text(me(), wanted), mimetype=JSON)


@blp.get("/work/<uuid:id>", permit=Permission.REQUEST_WORK, audited="work-item")
@blp.alt_response(200, schema=StaffRequest.Schema, success=True)
def get_work(id: UUID) -> Response:
    """One request that you work on."""
    return ready_one(queries.workable(me()).where(RequestRow.id == id), StaffRequest)


@blp.get("/work/<uuid:id>/history", permit=Permission.REQUEST_WORK, audited="work-history")
@blp.arguments(RequestFilter.Schema(only=("after", "limit")), location="query")
@blp.alt_response(200, schema=StaffEntryPage.Schema, success=True)
def work_history(wanted: RequestFilter, id: UUID) -> Response:
    """The whole history of a request that you work on, newest first."""
    one(queries.workable(me()).where(RequestRow.id == id))
    return ready(queries.entries_of_workable(me(), id), StaffEntry, wanted)


@blp.get("/<uuid:id>", permit=Permission.REQUEST_READ)
@blp.alt_response(200, schema=ServiceRequest.Schema, success=True)
def get_request(id: UUID) -> Response:
    """One request that you made."""
    return ready_one(queries.mine(me()).where(RequestRow.id == id), ServiceRequest)


@blp.get("/<uuid:id>/history", permit=Permission.REQUEST_READ)
@blp.arguments(RequestFilter.Schema(only=("after", "limit")), location="query")
@blp.alt_response(200, schema=EntryPage.Schema, success=True)
def request_history(wanted: RequestFilter, id: UUID) -> Response:
    """What became of a request that you made, newest first."""
    one(queries.mine(me()).where(RequestRow.id == id))
    return ready(queries.entries_of_mine(me(), id), RequestEntry, wanted)


@blp.post("/<uuid:id>/assign", permit=Permission.REQUEST_WORK)
@blp.arguments(AssignRequest.Schema)
@blp.response(200, StaffRequest.Schema)
def assign_request(body: AssignRequest, id: UUID) -> RequestRow:
    """Give a request to a department, perhaps to one of its people."""
    return actions.assign_request(id, body)


@blp.post("/<uuid:id>/move", permit=Permission.REQUEST_WORK)
@blp.arguments(MoveRequest.Schema)
@blp.response(200, StaffRequest.Schema)
def move_request(body: MoveRequest, id: UUID) -> RequestRow:
    """Say how far the work has come."""
    return actions.move_request(id, body)


@blp.post("/<uuid:id>/notes", permit=Permission.REQUEST_WORK)
@blp.arguments(NoteRequest.Schema)
@blp.response(201, StaffEntry.Schema)
def note_request(body: NoteRequest, id: UUID) -> EntryRow:
    """Add a note, for staff or for whoever made the request as well."""
    return actions.note_request(id, body)


@blp.post("/<uuid:id>/close", permit=Permission.REQUEST_WORK)
@blp.arguments(CloseRequest.Schema)
@blp.response(200, StaffRequest.Schema)
def close_request(body: CloseRequest, id: UUID) -> RequestRow:
    """Close a request and say why."""
    return actions.close_request(id, body)


@blp.post("/<uuid:id>/answer", permit=Permission.REQUEST_ANSWER)
@blp.arguments(AnswerRequest.Schema)
@blp.response(200, ServiceRequest.Schema)
def answer_request(body: AnswerRequest, id: UUID) -> RequestRow:
    """Say whether what you reported is fixed; if not, it goes back to the same crew."""
    return actions.answer_request(id, body)
