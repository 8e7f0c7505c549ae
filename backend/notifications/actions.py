"""Verbs of notifications: tell one person, tell everybody, register an address, read, see."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.core import prepared
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.feed import person, touch
from backend.core.house import house
from backend.core.limits import Limit, count_tries
from backend.core.log import say
from backend.core.problems import Invalid
from backend.notifications import queries
from backend.notifications.clients import Urgency
from backend.notifications.clients.endpoints import refused_endpoint
from backend.notifications.clients.setup import configured, refuse_off
from backend.notifications.tables import EndpointRow, NotificationRow
from shared_models.basics import Language, Point
from shared_models.notifications import (
    NoticeChannel,
    NoticeKind,
    Platform,
    ReadNotifications,
    RegisterEndpoint,
    RegisterWebPush,
    SeenNotifications,
)
from shared_models.problems import FieldError

EXPIRES = timedelta(days=7)

# Mail is written at once to whom nothing is pushed; to the others only an alert or what is urgent, and only if they have
# not seen it by then.
_QUEUE = """
    SELECT told.id AS notification_id, endpoint.id AS endpoint_id, endpoint.channel, CAST(:urgency AS integer),
           CAST(:now AS timestamptz),
           CASE WHEN endpoint.channel = 'mail' AND pushed THEN CAST(:next AS timestamptz) ELSE :now END,
           endpoint.channel = 'mail' AND pushed
    FROM told CROSS JOIN (
        SELECT endpoint.*, bool_or(endpoint.channel <> 'mail') OVER (PARTITION BY endpoint.person_id) AS pushed
        FROM endpoint LEFT JOIN notification_wishes AS wishes USING (person_id)
        WHERE endpoint.closed_at IS NULL AND endpoint.proven AND endpoint.channel = ANY (CAST(:channels AS text[]))
          AND CAST(:kind AS text) || '/' || endpoint.channel <> ALL (coalesce(wishes.off, '{{}}'))
          AND {whom}
    ) AS endpoint
    WHERE endpoint.channel <> 'mail' OR NOT pushed OR CAST(:kind AS text) = 'alert' OR CAST(:urgency AS integer) <= 1
"""
_DELIVERY = (
    "notification_delivery (notification_id, endpoint_id, channel, urgency, queued_at, due_at, unless_seen)"
)

_TELL = text(f"""
    WITH told AS (
        INSERT INTO notification
            (id, person_id, event_id, kind, urgency, title, body, about_kind, about_id, at, expires_at)
        VALUES (:id, :person, :event, :kind, :urgency, :title, :body, :about_kind, :about_id, :at, :expires)
        ON CONFLICT (person_id, event_id) DO NOTHING
        RETURNING id, person_id
    ), queued AS (INSERT INTO {_DELIVERY} {_QUEUE.format(whom="endpoint.person_id = CAST(:person AS uuid)")})
    SELECT id FROM told
""")  # noqa: S608 - text of our own

_TOLD = """endpoint.id IN (
    SELECT delivery.endpoint_id FROM notification_delivery AS delivery JOIN notification AS before
        ON before.id = delivery.notification_id
    WHERE before.about_id = CAST(:about_id AS uuid) AND before.person_id IS NULL AND delivery.state IN ('done', 'leased'))"""
"""Who was told of it before hears the rest too, also where its area has moved away from them."""

_IN_TURN = text("SELECT pg_advisory_xact_lock(hashtext('tell:' || :about_id))")
"""Revisions of one thing are told one after another, whichever workers do it."""

_TELL_ALL = text(f"""
    WITH told AS (
        INSERT INTO notification
            (id, event_id, kind, urgency, title, body, title_es, body_es, area, about_kind, about_id, revision, at, expires_at)
        SELECT :id, :event, :kind, :urgency, :title, :body, :title_es, :body_es, :corners, :about_kind, :about_id,
               :revision, :now, :expires
        WHERE NOT EXISTS (
            SELECT FROM notification WHERE about_id = :about_id AND person_id IS NULL AND revision > :revision)
        ON CONFLICT (id) DO NOTHING
        RETURNING id
    ), older AS (
        UPDATE notification_delivery AS delivery SET state = 'spared', why = 'replaced by a newer one', settled_at = :now
        FROM notification WHERE notification.about_id = :about_id AND notification.revision < :revision
          AND delivery.notification_id = notification.id AND delivery.state = 'queued'
    ), queued AS (INSERT INTO {_DELIVERY} {_QUEUE.format(whom=f"({queries.NEAR} OR {_TOLD})")} RETURNING id)
    SELECT count(*) FROM queued
""")  # noqa: S608 - text of our own


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is to be told, in the person's language. It may stand on a locked screen: nothing personal."""

    kind: NoticeKind
    title: str
    body: str
    about_kind: str
    about_id: UUID
    urgency: Urgency = Urgency.STATUS


@dataclass(frozen=True, kw_only=True)
class Broadcast(Notice):
    """What is to be told to everybody, or in an area (corners; empty is everywhere)."""

    mid: UUID
    revision: int
    title_es: str
    body_es: str
    area: tuple[Point, ...]
    expires_at: datetime


def tell(person_id: UUID, event_id: UUID, at: datetime, notice: Notice) -> None:
    """Put a notice of what happened ``at`` into a person's inbox and on its way to each of their phones.

    For one event, once.
    """
    moment = now()
    told = prepared.run_here(
        _TELL,
        id=uuid.uuid4(),
        person=person_id,
        event=event_id,
        kind=notice.kind.value,
        urgency=int(notice.urgency),
        title=notice.title,
        body=notice.body,
        about_kind=notice.about_kind,
        about_id=notice.about_id,
        at=at,
        now=moment,
        next=moment + house().settings.next_channel,
        channels=sorted(configured(house().settings)),
        expires=at + EXPIRES,
    )
    if told:
        touch({person(person_id)}, "notification", told[0][0])


def tell_all(event_id: UUID, notice: Broadcast) -> int:
    """Put what is for everybody on its way to each address that it is for; gives how many. Once per ``mid``.

    Of an area go out: to whoever stored a place here that lies in it, all their channels; to everybody, the phones whose
    app can look for itself whether its home lies there; and to whoever was told of it before. What still waits of an older
    revision is dropped, and one that comes late, after a newer one, is told to nobody.
    """
    moment = now()
    prepared.run_here(_IN_TURN, about_id=str(notice.about_id))
    corners = [f"{corner.lat:.6f},{corner.lon:.6f}" for corner in notice.area]
    [(count,)] = prepared.run_here(
        _TELL_ALL,
        id=notice.mid,
        event=event_id,
        kind=notice.kind.value,
        urgency=int(notice.urgency),
        title=notice.title,
        body=notice.body,
        title_es=notice.title_es,
        body_es=notice.body_es,
        corners=" ".join(corners),
        area=queries.polygon_text(notice.area),
        about_kind=notice.about_kind,
        about_id=notice.about_id,
        revision=notice.revision,
        now=moment,
        next=moment + house().settings.next_channel,
        channels=sorted(configured(house().settings)),
        expires=notice.expires_at,
    )
    return int(count)


def register_endpoint(wish: RegisterEndpoint) -> EndpointRow:
    """Remember where this phone can be pushed."""
    make_room(NoticeChannel.FCM, address_of(wish))
    return register(NoticeChannel.FCM, address_of(wish), wish.language, platform=wish.platform)


def register_web_push(wish: RegisterWebPush) -> EndpointRow:
    """Remember a browser's subscription. Refuses an address that no push service can have."""
    refuse_off(house().settings, NoticeChannel.WEB_PUSH)
    if wrong := refused_endpoint(wish.endpoint, house().settings.webpush_hosts):
        raise Invalid(FieldError(pointer="/endpoint", detail=wrong))
    address = {"endpoint": wish.endpoint, "p256dh": wish.p256dh, "auth": wish.auth}
    make_room(NoticeChannel.WEB_PUSH, address)
    return register(NoticeChannel.WEB_PUSH, address, wish.language)


def register(
    channel: NoticeChannel,
    address: dict[str, str],
    language: Language | None,
    platform: Platform = Platform.DESKTOP,
    *,
    proven: bool = True,
) -> EndpointRow:
    """Remember an address; it belongs to the last account that sent it. Nobody is written to before it is proven theirs."""
    fresh = {
        "person_id": me().id,
        "platform": platform,
        "language": language.value if language else "",
        "proven": proven,
        "seen_at": now(),
        "closed_at": None,
        "closed_why": "",
    }
    made = (
        upsert(EndpointRow)
        .values(id=uuid.uuid4(), channel=channel.value, address=address, **fresh)
        .on_conflict_do_update(index_elements=[EndpointRow.channel, EndpointRow.address], set_=fresh)
        .returning(EndpointRow)
        .execution_options(populate_existing=True)
    )
    return db().scalars(made).one()


MOST_OPEN, MOST_A_DAY = 10, 60
"""Addresses of one person on one channel, the newest; and how often one may be told in a day."""

_MAKE_ROOM = text("""
    UPDATE endpoint SET closed_at = :now, closed_why = 'newer ones took its place' WHERE id IN (
        SELECT id FROM endpoint WHERE person_id = :person AND channel = :channel AND closed_at IS NULL
            AND address <> CAST(:address AS jsonb)
        ORDER BY seen_at DESC, id OFFSET :most)
""")


def make_room(channel: NoticeChannel, address: dict[str, str]) -> None:
    """Close the oldest addresses of this person where there are too many. Raises TooMany for whoever tells too often."""
    count_tries(house().database, Limit("endpoint", str(me().id), MOST_A_DAY, timedelta(days=1)))
    told = {"person": me().id, "channel": channel.value, "address": json.dumps(address)}
    prepared.run_here(_MAKE_ROOM, now=now(), most=MOST_OPEN - 1, **told)


def close_mine(channel: NoticeChannel, address: dict[str, str]) -> None:
    """Send to this address of mine no more (it registers again at the next start)."""
    known = queries.endpoints_of(me()).where(
        EndpointRow.channel == channel.value, EndpointRow.address.contains(address)
    )
    for row in db().scalars(known):
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


_SEE = text("""
    INSERT INTO notification_seen (notification_id, person_id, channel, at)
    SELECT id, :person, :channel, :at FROM notification
    WHERE id = ANY(CAST(:ids AS uuid[])) AND (person_id IS NULL OR person_id = :person)
    ON CONFLICT DO NOTHING
""")


def see_notifications(wish: SeenNotifications) -> None:
    """The person saw these: what was to tell them of it on the next channel need not. The first sight counts."""
    prepared.run_here(_SEE, person=me().id, channel=wish.channel.value, at=now(), ids=list(wish.ids))


def move_owner(from_id: UUID, to_id: UUID, same_phone: bool) -> None:
    """Give the inbox and the wishes of a phone without an account to an account; its address too, if it is the same phone.

    Who was told a claim code is on another phone: theirs must not come to whoever typed it.
    """
    values: Mapping[str, Any] = {"from": from_id, "to": to_id, "same_phone": same_phone, "now": now()}
    for statement in _MOVE:
        db().execute(statement, values)


_MOVE = (
    text("""
        UPDATE notification SET person_id = :to WHERE person_id = :from AND event_id NOT IN
            (SELECT event_id FROM notification WHERE person_id = :to)
    """),
    text("""
        UPDATE endpoint SET closed_at = :now, closed_why = 'claimed by another phone'
        WHERE person_id = :from AND closed_at IS NULL AND NOT :same_phone
    """),
    text("UPDATE endpoint SET person_id = :to WHERE person_id = :from AND :same_phone"),
    text("""
        INSERT INTO notification_seen (notification_id, person_id, channel, at)
        SELECT notification_id, :to, channel, at FROM notification_seen WHERE person_id = :from ON CONFLICT DO NOTHING
    """),
    text("""
        UPDATE notification_wishes SET person_id = :to WHERE person_id = :from
        AND NOT EXISTS (SELECT FROM notification_wishes WHERE person_id = :to)
    """),
)
"""What the account wished for already stands."""


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


UNHEARD = timedelta(days=270)
"""FCM itself ends a token of Android that was not used for so long (manage-tokens); the others are as likely dead."""


def close_unheard() -> None:
    """Close what has not said for so long that it is still there; a phone says so each week."""
    closed = db().scalars(
        update(EndpointRow)
        .where(
            EndpointRow.closed_at.is_(None),
            EndpointRow.channel != NoticeChannel.MAIL.value,
            EndpointRow.seen_at < now() - UNHEARD,
        )
        .values(closed_at=now(), closed_why="not heard of for 270 days")
        .returning(EndpointRow.id)
    )
    if count := len(closed.all()):
        say("addresses closed", count=count)


KEPT = timedelta(days=400)
"""How long it is known what people were told, and what became of it: a year, and some weeks to ask about it."""
AT_ONCE = 20_000

_FORGET = text("""
    DELETE FROM notification WHERE id IN (SELECT id FROM notification WHERE expires_at < :before LIMIT :most)
""")


def forget_old() -> None:
    """Forget what people were told long ago, with its deliveries and who saw it; the rest of it at the next turn."""
    db().execute(_FORGET, {"before": now() - KEPT, "most": AT_ONCE})
