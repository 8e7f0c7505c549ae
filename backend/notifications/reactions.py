"""What people are told when something happens: to a request, a thing, by an alert. Each may be called twice for one event."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from backend import assets, content, identity, service_requests
from backend.assets import FaultMoved, FaultOpened
from backend.checks import CheckOverdue
from backend.content import AlertPublished
from backend.core.clock import now
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
from shared_models.assets import Severity
from shared_models.basics import Language, Point
from shared_models.content import URGENT, AlertState, mid_of
from shared_models.faults import Step
from shared_models.notifications import NoticeKind
from shared_models.permissions import Permission


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


# ── what is broken, and what is due ──────────────────────────────────────────────────────────────────────────


def on_fault_opened(event: FaultOpened, row: EventRow) -> None:
    """Who mends learns of it; of what is critical also who answers for the department's things, and at once."""
    critical = event.severity is Severity.CRITICAL
    asked = (Permission.FAULT_WORK, Permission.REPAIR_APPROVE) if critical else (Permission.FAULT_WORK,)
    people = others(row, who_may(event.department, *asked))
    name = f"broken.{event.severity.value}"
    tell_of_fault(people, row, event.fault_id, name, Urgency.FAULT if critical else Urgency.STATUS)


def on_fault_moved(event: FaultMoved, row: EventRow) -> None:
    """Who reported it, who has the thing, and the unit's crew say whether it is mended; who mended it learns if it is not."""
    if event.step is Step.FIXED:
        about = assets.about_fault(event.fault_id)
        crew = {about.holder_id, *assets.crew_of(event.fault_id)}
        allowed = who_may(event.department, Permission.FAULT_REPORT)
        people = {id_: language for id_, language in allowed.items() if id_ in crew}
        if about.reporter_id is not None:  # also one whose tag said whom to tell, and nobody of the staff
            people |= identity.languages_of([about.reporter_id])
        tell_of_fault(others(row, people), row, event.fault_id, "broken.fixed", Urgency.STATUS)
    elif event.step is Step.REJECTED and event.worker_id is not None and event.worker_id != row.actor_id:
        allowed = who_may(event.department, Permission.FAULT_WORK)
        people = {id_: language for id_, language in allowed.items() if id_ == event.worker_id}
        tell_of_fault(people, row, event.fault_id, "broken.rejected", Urgency.STATUS)


def who_may(department: str, *asked: Permission) -> dict[UUID, Language]:
    """All who may do one of these with a department's things, with the language of each."""
    return {id_: spoken for one in asked for id_, spoken in identity.who_may(one, department).items()}


def others(row: EventRow, people: Mapping[UUID, Language]) -> dict[UUID, Language]:
    """These without whoever did it."""
    return {id_: language for id_, language in people.items() if id_ != row.actor_id}


def tell_of_fault(
    people: Mapping[UUID, Language], row: EventRow, fault_id: UUID, name: str, urgency: Urgency
) -> None:
    """Tell these of a fault: its number, the thing's tag, the unit; never what somebody wrote of it."""
    if not people:
        return
    about = assets.about_fault(fault_id)
    thing = f"{about.tag}, {about.unit}" if about.unit else about.tag
    values = {"number": about.number, "thing": thing}
    tell_each(people, row.id, row.at, Told(name, values, NoticeKind.FAULT, "fault", fault_id, urgency))


def on_overdue(event: CheckOverdue, row: EventRow) -> None:
    """Who answers for a department's things learns that a unit was not looked at."""
    people = who_may(event.department, Permission.REPAIR_APPROVE)
    values = {"unit": assets.unit_name(event.kit_id)}
    told = Told("reminder.overdue", values, NoticeKind.REMINDER, "readiness", event.kit_id)
    tell_each(people, row.id, row.at, told)


class Told(NamedTuple):
    """What is to be told, before it is put into a language."""

    name: str
    values: Mapping[str, str]
    kind: NoticeKind
    about_kind: str
    about_id: UUID
    urgency: Urgency = Urgency.REMINDER


def tell_each(people: Mapping[UUID, Language], event_id: UUID, at: datetime, told: Told) -> None:
    """Tell each of these, in their language; whoever was told of this event before is not told again."""
    for person_id, language in people.items():
        title, body = title_and_body(language, told.name, **told.values)
        tell(
            person_id,
            event_id,
            at,
            Notice(
                kind=told.kind,
                title=title,
                body=body,
                about_kind=told.about_kind,
                about_id=told.about_id,
                urgency=told.urgency,
            ),
        )


BACK = timedelta(minutes=30)
"""How far a worker that was away looks back for what began meanwhile."""
AHEAD = timedelta(days=30)
REMINDERS = uuid.UUID("6c7c6d3e-1a5b-4f0e-9a66-0c8f3f6f9f10")
"""Names what no event stands for: the same reminder has the same id, whichever worker comes to it, and is told once."""


def remind_of_promises() -> None:
    """Who reserved a thing learns that it is theirs from now on."""
    moment = now()
    for reservation, person_id, asset_id, tag, department in assets.promised_between(moment - BACK, moment):
        people = who_may(department, Permission.CUSTODY_TAKE)
        mine = {id_: language for id_, language in people.items() if id_ == person_id}
        told = Told("reminder.promised", {"thing": tag}, NoticeKind.REMINDER, "asset", asset_id)
        tell_each(mine, uuid.uuid5(REMINDERS, f"promised {reservation}"), moment, told)


def remind_of_ends() -> None:
    """Who mends and keeps the register learns a month before that support, or a certificate, ends."""
    moment = now()
    for department, name, day, count, asset_id in assets.ending(moment.date(), (moment + AHEAD).date()):
        values = {"thing": name, "count": str(count), "day": day.isoformat()}
        told = Told("reminder.ends", values, NoticeKind.REMINDER, "asset", UUID(asset_id))
        once = uuid.uuid5(REMINDERS, f"ends {department} {name} {day}")
        tell_each(who_may(department, Permission.FAULT_WORK), once, moment, told)


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
    FaultOpened: on_fault_opened,
    FaultMoved: on_fault_moved,
    CheckOverdue: on_overdue,
}
