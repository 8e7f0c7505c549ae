"""What people are told when something happens to a request, and on which phones. Each may be called twice for one event."""

from uuid import UUID

from backend import identity, service_requests
from backend.core.ledger import Event, EventRow, Reaction
from backend.core.words import words
from backend.identity import AccountTakenOver
from backend.notifications.actions import Notice, close_known, tell
from backend.service_requests import (
    RequestAnswered,
    RequestAssigned,
    RequestClosed,
    RequestMoved,
    RequestNoted,
)
from shared_models.basics import Language
from shared_models.notifications import NoticeKind


def on_assigned(event: RequestAssigned, row: EventRow) -> None:
    """Who made it learns that it is with a crew; who got it learns that it is theirs."""
    tell_owner(event.owner_id, row, event.request_id, "status.assigned")
    if event.assignee_id is not None and event.assignee_id != row.actor_id:
        tell_staff(event.assignee_id, row, event.request_id, "assignment.given")


def on_moved(event: RequestMoved, row: EventRow) -> None:
    """Who made it learns how far the work has come."""
    tell_owner(event.owner_id, row, event.request_id, f"status.{event.status.value}")


def on_noted(event: RequestNoted, row: EventRow) -> None:
    """Who made it learns that there is a note for them."""
    if event.public:
        tell_owner(event.owner_id, row, event.request_id, "status.note")


def on_closed(event: RequestClosed, row: EventRow) -> None:
    """Who made it learns that it is closed, and may say whether it is fixed."""
    tell_owner(event.owner_id, row, event.request_id, "status.closed")


def on_answered(event: RequestAnswered, row: EventRow) -> None:
    """Who worked on it learns that it was not fixed."""
    if not event.fixed and event.assignee_id is not None:
        tell_staff(event.assignee_id, row, event.request_id, "assignment.reopened")


def on_taken_over(event: AccountTakenOver, row: EventRow) -> None:
    """The phones of whoever had the account until then are pushed no more."""
    close_known(event.person_id, row.at, "taken over")


def tell_owner(owner_id: UUID | None, row: EventRow, request_id: UUID, name: str) -> None:
    """Tell whoever the request belongs to by now: it may have gone from a phone to an account meanwhile."""
    owner = service_requests.owner_of(request_id) or owner_id
    if owner is not None and owner != row.actor_id:
        tell(owner, row.id, row.at, notice(owner, request_id, name, NoticeKind.STATUS, "service_request"))


def tell_staff(person_id: UUID, row: EventRow, request_id: UUID, name: str) -> None:
    """Tell somebody of the staff, if they may still work the request: a role may have ended meanwhile."""
    if identity.may_work(person_id, service_requests.department_of(request_id)):
        about = notice(person_id, request_id, name, NoticeKind.ASSIGNMENT, "staff_request")
        tell(person_id, row.id, row.at, about)


def notice(person_id: UUID, request_id: UUID, name: str, kind: NoticeKind, about_kind: str) -> Notice:
    """The notice, in the person's language."""
    language = identity.languages_of([person_id]).get(person_id, Language.EN)
    number, type_en, type_es = service_requests.number_and_type(request_id)
    values = {"number": number, "type": type_es if language is Language.ES else type_en}
    return Notice(
        kind=kind,
        title=words(language, f"{name}.title", **values),
        body=words(language, f"{name}.body", **values),
        about_kind=about_kind,
        about_id=request_id,
    )


HEARS: dict[type[Event], Reaction] = {
    RequestAssigned: on_assigned,
    RequestMoved: on_moved,
    RequestNoted: on_noted,
    RequestClosed: on_closed,
    RequestAnswered: on_answered,
    AccountTakenOver: on_taken_over,
}
