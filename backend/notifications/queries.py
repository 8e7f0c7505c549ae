"""Which notifications, whose; and what is to be sent."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from backend.core.actor import Actor
from backend.core.clock import now
from backend.notifications.tables import (
    ChannelPauseRow,
    EndpointRow,
    NotificationDeliveryRow,
    NotificationRow,
)

KEPT = timedelta(days=90)
"""How long a notification is on phones."""


def visible_to(actor: Actor) -> Select[NotificationRow]:
    """What this person was told."""
    return select(NotificationRow).where(NotificationRow.person_id == actor.id)


def on_phones(actor: Actor) -> Select[NotificationRow]:
    """What of it is on phones."""
    return visible_to(actor).where(NotificationRow.at >= now() - KEPT)


def endpoints_of(actor: Actor) -> Select[EndpointRow]:
    """Where this person is pushed."""
    return select(EndpointRow).where(EndpointRow.person_id == actor.id, EndpointRow.closed_at.is_(None))


def pause_of(channel: str) -> Select[ChannelPauseRow]:
    """The pause that a channel makes now, if it makes one."""
    return select(ChannelPauseRow).where(ChannelPauseRow.channel == channel, ChannelPauseRow.until_at > now())


def jobs(deliveries: Collection[int]) -> Select[Any]:
    """All that a channel needs to know of these deliveries."""
    return (
        select(
            NotificationDeliveryRow.id,
            NotificationDeliveryRow.tries,
            EndpointRow.id.label("endpoint"),
            EndpointRow.address,
            EndpointRow.closed_at,
            NotificationRow.id.label("mid"),
            NotificationRow.kind,
            NotificationRow.urgency,
            NotificationRow.title,
            NotificationRow.body,
            NotificationRow.about_kind,
            NotificationRow.about_id,
            NotificationRow.expires_at,
        )
        .join(EndpointRow, EndpointRow.id == NotificationDeliveryRow.endpoint_id)
        .join(NotificationRow, NotificationRow.id == NotificationDeliveryRow.notification_id)
        .where(NotificationDeliveryRow.id.in_(deliveries))
        .order_by(NotificationRow.urgency, NotificationDeliveryRow.id)
    )
