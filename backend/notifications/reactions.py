"""What people are told when something happens: to a request, by an alert. Each may be called twice for one event."""

from uuid import UUID

from backend import content, identity, service_requests
from backend.content import AlertPublished
from backend.core.ledger import Event, EventRow, Reaction
from backend.core.words import title_and_body
from backend.identity import AccountTakenOver, PersonDisabled
from backend.notifications.actions import Broadcast, Notice, close_known, tell, tell_all
from backend.notifications.clients import Urgency
from backend.service_requests import (
    RequestAnswered,
    RequestAssigned,
    RequestClosed,
    RequestMoved,
    RequestNoted,
)
from shared_models.basics import Language, Point
from shared_models.content import URGENT, AlertState, mid_of
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
    title, body = title_and_body(language, name, **values)
    return Notice(
        kind=kind,
        title=title,
        body=body,
        about_kind=about_kind,
        about_id=request_id,
    )


def on_alert(event: AlertPublished, row: EventRow) -> None:
    """Everybody whom it is for learns of it: that it is so, that it changed, that it is over."""
    said = content.revision_of(event.alert_id, event.revision)
    texts = {
        Language.EN: (said.headline_en, said.text_en),
        Language.ES: (said.headline_es, said.text_es),
    }
    if event.state is AlertState.CANCELLED:
        texts = {
            language: title_and_body(language, "cancelled.alert", headline=headline, text=text)
            for language, (headline, text) in texts.items()
        }
    (title, body), (title_es, body_es) = texts[Language.EN], texts[Language.ES]
    tell_all(
        row.id,
        Broadcast(
            kind=NoticeKind.ALERT,
            urgency=Urgency.ALERT if event.severity in URGENT else Urgency.STATUS,
            mid=mid_of(event.alert_id, event.revision),
            revision=event.revision,
            title=title,
            body=body,
            title_es=title_es,
            body_es=body_es,
            about_kind="alert",
            about_id=event.alert_id,
            area=tuple(Point.read(corner) for corner in said.area),
            expires_at=said.expires_at,
        ),
    )


def on_disabled(event: PersonDisabled, row: EventRow) -> None:
    """Who is disabled is pushed no more."""
    close_known(event.person_id, row.at, "disabled")


HEARS: dict[type[Event], Reaction] = {
    RequestAssigned: on_assigned,
    RequestMoved: on_moved,
    RequestNoted: on_noted,
    RequestClosed: on_closed,
    RequestAnswered: on_answered,
    AccountTakenOver: on_taken_over,
    PersonDisabled: on_disabled,
    AlertPublished: on_alert,
}
