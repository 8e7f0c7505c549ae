"""Service requests: asking the city to look at something, working on it, and hearing back."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.basics import Code, Contact, PageWanted, Point
from shared_models.wire import Length, Range, Wire, WireEnum

Words = Annotated[str, Length(1, 4000)]
Photos = Annotated[tuple[UUID, ...], Length(max=6), "Photos that were sent before, at most six."]

WINDOW_DAYS = 90
"""Phones hold what is open, and what was closed within this many days; older things are found by search."""


def number_begun(words: str) -> str:
    """How a request's number begins, of what somebody typed: ``26-0012`` of `26 0012` or `260012`; empty where it is none."""
    typed = re.fullmatch(r"\s*(\d\d)[- ]?(\d{3,6})\s*", words)
    return "-".join(typed.groups()) if typed else ""


class Status(WireEnum):
    """How far a request has come. Few, and public."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in-progress"
    CLOSED = "closed"
    NEWER = "newer"


NEXT: dict[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset({Status.ASSIGNED, Status.IN_PROGRESS, Status.CLOSED}),
    Status.ASSIGNED: frozenset({Status.ASSIGNED, Status.RECEIVED, Status.IN_PROGRESS, Status.CLOSED}),
    Status.IN_PROGRESS: frozenset({Status.ASSIGNED, Status.RECEIVED, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.RECEIVED, Status.ASSIGNED}),
    Status.NEWER: frozenset(),
}
"""Which state may follow which. Out of closed leads only reopening."""


class CloseReason(WireEnum):
    """Why a request was closed. Honest ends have names of their own."""

    FIXED = "fixed"
    NOTHING_FOUND = "nothing-found"
    DUPLICATE = "duplicate"
    REFERRED = "referred"
    NOT_CITY_SERVICE = "not-city-service"
    RESIDENT_DUTY = "resident-duty"
    WILL_NOT_BE_DONE = "will-not-be-done"
    NEWER = "newer"


class Outcome(WireEnum):
    """What the city does about a type of request."""

    HANDLED = "handled"
    REFERRED = "referred"
    NOT_CITY_SERVICE = "not-city-service"
    RESIDENT_DUTY = "resident-duty"
    NEWER = "newer"


class PhotoWish(WireEnum):
    """Whether a photo helps."""

    NONE = "none"
    OPTIONAL = "optional"
    WANTED = "wanted"
    NEWER = "newer"


class EntryKind(WireEnum):
    """What a line of a request's history tells."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    MOVED = "moved"
    NOTE = "note"
    CLOSED = "closed"
    ANSWERED = "answered"
    REOPENED = "reopened"
    NEWER = "newer"


class Channel(WireEnum):
    """How a request came in."""

    APP = "app"
    DESK = "desk"
    IMPORT = "import"
    NEWER = "newer"


# ── told ─────────────────────────────────────────────────────────────────────────────────────────────────


class RequestType(Wire):
    """Something that people ask for, who handles it, and what becomes of it if the city does not."""

    code: Code
    group_code: Code
    group_en: str
    group_es: str
    name_en: str
    name_es: str
    department: Code
    outcome: Outcome
    reason_en: str
    reason_es: str
    notice_en: str
    notice_es: str
    contacts: tuple[Contact, ...]
    synonyms_en: tuple[str, ...]
    synonyms_es: tuple[str, ...]
    photo: PhotoWish
    place_needed: bool
    anonymous: Annotated[bool, "True: may be sent without an account."]
    duplicate_radius_m: int | None
    reopen_days: int


class RequestTypes(Wire):
    """All types that can be asked for."""

    items: tuple[RequestType, ...]


class ServiceRequest(Wire):
    """A request, as whoever made it sees it."""

    id: UUID
    number: Annotated[str, "What to say on the telephone; unique in the city."]
    type: Code
    description: str
    where: Point | None
    address: str
    status: Status
    department: Code
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    close_reason: CloseReason | None
    photos: tuple[UUID, ...]
    fixed: Annotated[bool | None, "The answer of whoever made it, once closed."]
    answer_until_at: Annotated[datetime | None, "Until then they may answer."]
    version: Annotated[int, "Raised at each change."]


class StaffRequest(ServiceRequest):
    """A request, as those who work on it see it. Who made it stays private: only whether an account did."""

    channel: Channel
    assignee_id: UUID | None
    reopened: Annotated[int, "How often it was not fixed after all."]
    by_account: Annotated[bool, "False: sent without an account."]


class RequestEntry(Wire):
    """One line of a request's history."""

    id: UUID
    request_id: UUID
    kind: EntryKind
    at: datetime
    words: str
    status: Status
    department: Code
    close_reason: CloseReason | None
    photos: tuple[UUID, ...]
    by_staff: bool


class StaffEntry(RequestEntry):
    """The same for staff: also what only staff see, and who of the staff did it."""

    public: bool
    author_id: Annotated[UUID | None, "Of the staff; null for whoever made the request."]


class RequestPage(Wire):
    """Requests of mine."""

    items: tuple[ServiceRequest, ...]
    next: str | None


class StaffPage(Wire):
    """Requests to work on."""

    items: tuple[StaffRequest, ...]
    next: str | None


class EntryPage(Wire):
    """The history of a request."""

    items: tuple[RequestEntry, ...]
    next: str | None


class StaffEntryPage(Wire):
    """The history of a request, for staff."""

    items: tuple[StaffEntry, ...]
    next: str | None


class MapDot(Wire):
    """A request as a dot on a map."""

    id: UUID
    type: Code
    status: Status
    where: Point


class MapDots(Wire):
    """Requests on a map: the newest in the box."""

    items: tuple[MapDot, ...]
    more: Annotated[bool, "There are more in this box than were told."]


# ── asked ────────────────────────────────────────────────────────────────────────────────────────────────


class OpenRequest(Wire):
    """Ask the city to look at something."""

    id: Annotated[UUID, "Chosen by the phone."]
    type: Annotated[str, Length(1, 40), "A code from the list of types."]
    description: Annotated[str, Length(max=4000)] = ""
    where: Point | None = None
    address: Annotated[str, Length(max=200), "As it would be told to a crew: a corner, a house number."] = ""
    photos: Photos = ()


class AssignRequest(Wire):
    """Give a request to a department, perhaps to one of its people."""

    department: Code
    assignee_id: UUID | None = None
    version: Annotated[int | None, Range(1), "The version that was seen; another one is refused."] = None


class MoveRequest(Wire):
    """Say how far the work has come."""

    status: Status
    words: Annotated[str, Length(max=4000), "For whoever made the request."] = ""


class NoteRequest(Wire):
    """Add a note: for staff, or for whoever made the request as well."""

    id: UUID
    words: Words
    public: bool = False
    photos: Photos = ()


class CloseRequest(Wire):
    """Close a request and say why. All but ``fixed`` need words."""

    reason: CloseReason
    words: Annotated[str, Length(max=4000)] = ""
    photos: Photos = ()


class AnswerRequest(Wire):
    """Whoever made the request says whether it is fixed. ``false`` opens it again."""

    fixed: bool
    words: Annotated[str, Length(max=4000)] = ""
    photos: Photos = ()


class RequestFilter(PageWanted):
    """Which of my requests."""

    status: Status | None = None


class StaffFilter(RequestFilter):
    """Which requests to work on."""

    q: Annotated[str, Length(max=200), "Words in number, description or address."] = ""
    type: Annotated[str | None, Length(1, 40)] = None
    department: Annotated[str | None, Length(1, 40)] = None
    mine: Annotated[bool, "Only what is given to me."] = False
    open: Annotated[bool, "Only what is not closed."] = False


class Box(Wire):
    """A box on the map, WGS 84, and the same filters as the list."""

    west: Annotated[float, Range(-180, 180)]
    south: Annotated[float, Range(-90, 90)]
    east: Annotated[float, Range(-180, 180)]
    north: Annotated[float, Range(-90, 90)]
    open: bool = False
    type: Annotated[str | None, Length(1, 40)] = None
    limit: Annotated[int, Range(1, 5000)] = 2000
