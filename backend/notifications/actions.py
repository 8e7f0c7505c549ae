"""Verbs of notifications: tell, register, read; and sending what waits."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.core import claims
from backend.core.actor import db, me
from backend.core.claims import QueueState
from backend.core.clock import now
from backend.core.feed import person, touch
from backend.core.log import say
from backend.notifications import queries
from backend.notifications.clients import Broken, Channel, Gone, Job, Outcome, Rejected, Retry, Sent, Urgency
from backend.notifications.tables import (
    ChannelPauseRow,
    EndpointRow,
    NotificationDeliveryRow,
    NotificationRow,
)
from shared_models.notifications import NoticeKind, ReadNotifications, RegisterEndpoint

MOST_TRIES = 8
FIRST_PAUSE = 10.0
"""Seconds before the second try: FCM asks for at least ten (scale-fcm)."""
BROKEN_PAUSE = timedelta(minutes=5)
EXPIRES = timedelta(days=7)

_TELL = text("""
    WITH told AS (
        INSERT INTO notification
            (id, person_id, event_id, kind, urgency, title, body, about_kind, about_id, at, expires_at)
        VALUES (:id, :person, :event, :kind, :urgency, :title, :body, :about_kind, :about_id, :at, :expires)
        ON CONFLICT (person_id, event_id) DO NOTHING
        RETURNING id, person_id
    ), queued AS (
        INSERT INTO notification_delivery (notification_id, endpoint_id, channel, urgency, due_at)
        SELECT told.id, endpoint.id, endpoint.channel, :urgency, :now
        FROM told JOIN endpoint ON endpoint.person_id = told.person_id AND endpoint.closed_at IS NULL
    )
    SELECT id FROM told
""")


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is to be told, in the person's language. It may stand on a locked screen: nothing personal."""

    kind: NoticeKind
    title: str
    body: str
    about_kind: str
    about_id: UUID
    urgency: Urgency = Urgency.STATUS


def tell(person_id: UUID, event_id: UUID, at: datetime, notice: Notice) -> None:
    """Put a notice of what happened ``at`` into a person's inbox and on its way to each of their phones.

    For one event, once.
    """
    told = db().scalar(
        _TELL,
        {
            "id": uuid.uuid4(),
            "person": person_id,
            "event": event_id,
            "kind": notice.kind.value,
            "urgency": int(notice.urgency),
            "title": notice.title,
            "body": notice.body,
            "about_kind": notice.about_kind,
            "about_id": notice.about_id,
            "at": at,
            "now": now(),
            "expires": at + EXPIRES,
        },
    )
    if told is not None:
        touch({person(person_id)}, "notification", told)


def register_endpoint(wish: RegisterEndpoint) -> EndpointRow:
    """Remember where this phone can be pushed; an address belongs to the last account that sent it."""
    address = address_of(wish)
    fresh = {
        "person_id": me().id,
        "platform": wish.platform,
        "seen_at": now(),
        "closed_at": None,
        "closed_why": "",
    }
    id_ = db().scalar(
        upsert(EndpointRow)
        .values(id=uuid.uuid4(), channel="fcm", address=address, **fresh)
        .on_conflict_do_update(index_elements=[EndpointRow.channel, EndpointRow.address], set_=fresh)
        .returning(EndpointRow.id)
    )
    return db().get_one(EndpointRow, id_, populate_existing=True)


def close_mine(wish: RegisterEndpoint) -> None:
    """Push to this address of mine no more (it registers again at the next start)."""
    for row in db().scalars(queries.endpoints_of(me()).where(EndpointRow.address == address_of(wish))):
        close_endpoint(row.id, "signed out")


def address_of(wish: RegisterEndpoint) -> dict[str, str]:
    """FCM wants a token and an installation id each in its own field."""
    return {"fid" if wish.is_fid else "token": wish.token}


def read_notifications(wish: ReadNotifications) -> None:
    """These were read; on all phones of the person they then count as read."""
    read = db().scalars(
        update(NotificationRow)
        .where(
            NotificationRow.person_id == me().id,
            NotificationRow.id.in_(wish.ids),
            NotificationRow.read_at.is_(None),
        )
        .values(read_at=now())
        .returning(NotificationRow.id)
    )
    for id_ in read:
        touch({person(me().id)}, "notification", id_)


def move_owner(from_id: UUID, to_id: UUID) -> None:
    """Give the inbox and the address of a phone without an account to an account."""
    values: Mapping[str, Any] = {"from": from_id, "to": to_id}
    db().execute(
        text("""
        UPDATE notification SET person_id = :to WHERE person_id = :from AND event_id NOT IN
            (SELECT event_id FROM notification WHERE person_id = :to)
    """),
        values,
    )
    db().execute(text("UPDATE endpoint SET person_id = :to WHERE person_id = :from"), values)


# ── sending: the worker calls these, each in a transaction of its own ──────────────────────────────────────


def claim_jobs(channel: Channel) -> list[Job]:
    """Take what this channel is to send now: the urgent first, one message per phone, nothing that is over."""
    if db().scalar(queries.pause_of(channel.name)) is not None:
        return []
    row = NotificationDeliveryRow
    taken = claims.claim(
        row,
        row.channel == channel.name,
        order=(row.urgency, row.due_at, row.id),
        most=channel.batch,
        lease=channel.lease,
    )
    jobs: list[Job] = []
    reached: set[UUID] = set()
    for found in db().execute(queries.jobs([delivery.id for delivery in taken])):
        if found.closed_at is not None or found.expires_at <= now():
            settle_one(found.id, QueueState.GONE, "expired" if found.closed_at is None else "address closed")
        elif found.endpoint in reached:
            # Two messages to one phone in one batch would arrive in any order: the second waits its turn.
            again(found.id, now(), "behind another", refund=True)
        else:
            reached.add(found.endpoint)
            jobs.append(
                Job(
                    delivery=found.id,
                    endpoint=found.endpoint,
                    address=found.address,
                    mid=found.mid,
                    kind=found.kind.value,
                    urgency=found.urgency,
                    title=found.title,
                    body=found.body,
                    data={"about": found.about_kind, "id": str(found.about_id)},
                    collapse=f"{found.about_kind}-{found.about_id}",
                    expires_at=found.expires_at,
                )
            )
    return jobs


def settle(channel: Channel, jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
    """Write down what became of each job."""
    for job, outcome in zip(jobs, outcomes, strict=True):
        match outcome:
            case Sent():
                settle_one(job.delivery, QueueState.DONE, "", provider_id=outcome.provider_id)
            case Gone():
                close_endpoint(job.endpoint, outcome.why)
                settle_one(job.delivery, QueueState.GONE, outcome.why)
            case Rejected():
                settle_one(job.delivery, QueueState.RESTING, outcome.why)
            case Broken():
                pause(channel.name, BROKEN_PAUSE, outcome.why)
                again(job.delivery, now() + BROKEN_PAUSE, outcome.why, refund=True)
            case Retry(whole_channel=True):
                wait = timedelta(seconds=outcome.after or 60)
                pause(channel.name, wait, outcome.why)
                again(job.delivery, now() + wait, outcome.why, refund=True)
            case Retry():
                try_again(job.delivery, outcome)
            case _:
                assert_never(outcome)


def try_again(delivery: int, outcome: Retry) -> None:
    """Once more, later; after eight tries it rests, and an operator is shown it."""
    tries = db().get_one(NotificationDeliveryRow, delivery, populate_existing=True).tries
    if tries >= MOST_TRIES:
        settle_one(delivery, QueueState.RESTING, outcome.why)
        return
    due = claims.retry_at(tries, first=FIRST_PAUSE)
    if outcome.after:
        due = max(due, now() + timedelta(seconds=outcome.after))
    again(delivery, due, outcome.why, refund=False)


def again(delivery: int, due: datetime, why: str, *, refund: bool) -> None:
    """Back into the queue."""
    row = NotificationDeliveryRow
    db().execute(
        update(row)
        .where(row.id == delivery)
        .values(
            state=QueueState.QUEUED.value,
            leased_until=None,
            due_at=due,
            why=why[:300],
            tries=row.tries - 1 if refund else row.tries,
        )
    )


def settle_one(delivery: int, state: QueueState, why: str, *, provider_id: str = "") -> None:
    """Out of the queue."""
    row = NotificationDeliveryRow
    db().execute(
        update(row)
        .where(row.id == delivery)
        .values(
            state=state.value,
            leased_until=None,
            why=why[:300],
            provider_id=provider_id,
            settled_at=now(),
        )
    )


def close_endpoint(id_: UUID, why: str) -> None:
    """Never send to this address again."""
    db().execute(
        update(EndpointRow).where(EndpointRow.id == id_).values(closed_at=now(), closed_why=why[:300])
    )


def close_known(person_id: UUID, until: datetime, why: str) -> None:
    """Never send to the addresses again that this person's phones told until then; a later one stays."""
    db().execute(
        update(EndpointRow)
        .where(
            EndpointRow.person_id == person_id,
            EndpointRow.closed_at.is_(None),
            EndpointRow.seen_at <= until,
        )
        .values(closed_at=now(), closed_why=why)
    )


def pause(channel: str, wait: timedelta, why: str) -> None:
    """Let a channel wait, and tell the operator."""
    until = now() + wait
    db().execute(
        upsert(ChannelPauseRow)
        .values(channel=channel, until_at=until, why=why[:300])
        .on_conflict_do_update(
            index_elements=[ChannelPauseRow.channel], set_={"until_at": until, "why": why[:300]}
        )
    )
    say("channel paused", level=30, channel=channel, seconds=wait.total_seconds())
