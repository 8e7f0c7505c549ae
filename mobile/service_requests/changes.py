"""What may be asked for about service requests, and how it looks until the server has answered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from mobile.core.store import Store, Waiting
from shared_models.service_requests import (
    AnswerRequest,
    AssignRequest,
    CloseReason,
    CloseRequest,
    MoveRequest,
    NoteRequest,
    OpenRequest,
    RequestType,
    ServiceRequest,
    Status,
)
from shared_models.wire import Wire, instant_text

MINE, WORK = "service_request", "staff_request"
PATH = "/v1/service-requests"

Photos = Mapping[UUID, Path]


def open_request(store: Store, wish: OpenRequest, kind: RequestType, photos: Photos) -> None:
    """Report something; it shows as received while it waits."""
    moment = datetime.now(UTC)
    meanwhile = ServiceRequest(
        id=wish.id,
        number="",
        type=wish.type,
        description=wish.description,
        where=wish.where,
        address=wish.address,
        status=Status.RECEIVED,
        department=kind.department,
        opened_at=moment,
        updated_at=moment,
        closed_at=None,
        close_reason=None,
        photos=wish.photos,
        fixed=None,
        answer_until_at=None,
        version=0,
    )
    store.add(
        Waiting("POST", f"{PATH}/", wish.dump(), MINE, wish.id, meanwhile.dump(), wish.photos),
        photos,
    )


def answer(store: Store, request: ServiceRequest, wish: AnswerRequest, photos: Photos) -> None:
    """Say whether it is fixed; not fixed shows it open again."""
    meanwhile: dict[str, Any] = {"fixed": wish.fixed}
    if not wish.fixed:
        meanwhile |= {
            "status": Status.RECEIVED.value,
            "closed_at": None,
            "close_reason": None,
            "answer_until_at": None,
        }
    _add(store, MINE, request.id, "answer", wish, meanwhile, photos)


def assign(store: Store, id_: UUID, wish: AssignRequest) -> None:
    """Give it to a department, perhaps to somebody."""
    meanwhile = {
        "status": Status.ASSIGNED.value,
        "department": wish.department,
        "assignee_id": str(wish.assignee_id) if wish.assignee_id else None,
    }
    _add(store, WORK, id_, "assign", wish, meanwhile, {})


def move(store: Store, id_: UUID, wish: MoveRequest) -> None:
    """Say how far the work has come."""
    _add(store, WORK, id_, "move", wish, {"status": wish.status.value}, {})


def note(store: Store, id_: UUID, words: str, *, public: bool, photos: Photos) -> None:
    """Add a note."""
    _add(
        store,
        WORK,
        id_,
        "notes",
        NoteRequest(id=uuid4(), words=words, public=public, photos=tuple(photos)),
        {},
        photos,
    )


def close(store: Store, id_: UUID, wish: CloseRequest, photos: Photos) -> None:
    """Close it with a reason; it shows closed while that waits."""
    meanwhile = {
        "status": Status.CLOSED.value,
        "close_reason": CloseReason(wish.reason).value,
        "closed_at": instant_text(datetime.now(UTC)),
    }
    _add(store, WORK, id_, "close", wish, meanwhile, photos)


def _add(
    store: Store,
    kind: str,
    id_: UUID,
    verb: str,
    wish: Wire,
    meanwhile: Mapping[str, Any],
    photos: Photos,
) -> None:
    store.add(
        Waiting("POST", f"{PATH}/{id_}/{verb}", wish.dump(), kind, id_, meanwhile, tuple(photos)), photos
    )
