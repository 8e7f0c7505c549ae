"""What an operator asks of notifications from a shell."""

import uuid
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text

from backend import identity
from backend.core.actor import db
from backend.core.clock import now
from backend.core.feed import person, touch
from backend.core.log import say
from backend.core.words import title_and_body
from backend.notifications.actions import EXPIRES
from backend.notifications.settling import DOUBTED
from backend.notifications.tables import ChannelPauseRow
from shared_models.basics import Language

_TEST = text("""
    WITH told AS (
        INSERT INTO notification (id, person_id, event_id, kind, urgency, title, body, about_kind, about_id, at, expires_at)
        VALUES (:id, :person, :id, 'news', 1, :title, :body, 'test', :id, :now, :expires)
    )
    INSERT INTO notification_delivery (notification_id, endpoint_id, channel, urgency, queued_at, due_at)
    SELECT :id, id, channel, 1, :now, :now FROM endpoint
    WHERE person_id = :person AND closed_at IS NULL AND proven
""")
_OUTCOMES = text("""
    SELECT delivery.channel, platform, state, delivery.why, extract(epoch FROM settled_at - queued_at) AS seconds
    FROM notification_delivery AS delivery JOIN endpoint ON endpoint.id = endpoint_id
    WHERE notification_id = :id ORDER BY delivery.channel, delivery.id
""")


def test_message(person_id: UUID) -> UUID:
    """Send a person a word on each of their addresses, whatever they wish for; gives the ``mid``."""
    language = identity.languages_of([person_id]).get(person_id, Language.EN)
    title, body = title_and_body(language, "test.message")
    mid = uuid.uuid4()
    values = {
        "id": mid,
        "person": person_id,
        "title": title,
        "body": body,
        "now": now(),
        "expires": now() + EXPIRES,
    }
    db().execute(_TEST, values)
    touch({person(person_id)}, "notification", mid)
    return mid


def outcomes_of(mid: UUID) -> Sequence[Any]:
    """What has become of a message: (channel, platform, state, why, seconds) of each address."""
    return db().execute(_OUTCOMES, {"id": mid}).all()


_FORGET_DEAD = text("""
    WITH dead AS (
        UPDATE notification_delivery SET state = 'gone', settled_at = :now
        WHERE channel = :channel AND state = 'queued' AND starts_with(why, :doubted)
        RETURNING endpoint_id, substr(why, length(:doubted) + 1) AS why
    )
    UPDATE endpoint SET closed_at = :now, closed_why = dead.why FROM dead WHERE endpoint.id = dead.endpoint_id
    RETURNING endpoint.id
""")


def resume(channel: str, *, close_dead: bool) -> int:
    """Let a channel go on. With ``close_dead`` the addresses that it was stopped for are dead indeed; gives how many."""
    db().execute(delete(ChannelPauseRow).where(ChannelPauseRow.channel == channel))
    say("channel goes on", channel=channel)
    values = {"channel": channel, "now": now(), "doubted": DOUBTED}
    return len(db().execute(_FORGET_DEAD, values).all()) if close_dead else 0


_REPLAY = text("""
    UPDATE notification_delivery AS delivery SET state = 'queued', tries = 0, due_at = :now, why = 'replayed', settled_at = NULL
    FROM notification
    WHERE notification.id = delivery.notification_id AND notification.expires_at > :now
      AND delivery.state = 'resting' AND (CAST(:channel AS text) IS NULL OR delivery.channel = :channel)
""")


def replay(channel: str | None) -> int:
    """Try again what got stuck, on one channel or all, as long as anybody wants to know; gives how many."""
    done: Any = db().execute(_REPLAY, {"channel": channel, "now": now()})
    return int(done.rowcount)
