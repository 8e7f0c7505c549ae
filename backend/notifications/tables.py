"""Rows of notifications: what people were told, where they can be reached, and what became of each sending."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.claims import Queued
from backend.core.database import Base, Word
from shared_models.notifications import NoticeKind, Platform


class NotificationRow(Base):
    """One thing that one person was told: the inbox. Its id is the ``mid`` of every push about it."""

    __tablename__ = "notification"
    __table_args__ = (Index(None, "person_id", "at"), UniqueConstraint("person_id", "event_id"))
    page_by = "at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    event_id: Mapped[UUID]
    """The event that it tells of: heard twice, it is told once."""
    kind: Mapped[NoticeKind] = mapped_column(Word(NoticeKind))
    urgency: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    about_kind: Mapped[str]
    about_id: Mapped[UUID]
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class EndpointRow(Base):
    """An address that a person's phone can be reached at, on one channel."""

    __tablename__ = "endpoint"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str]
    platform: Mapped[Platform] = mapped_column(Word(Platform))
    address: Mapped[dict[str, Any]]
    """``{"token": …}`` or ``{"fid": …}``. A capability: it is written to no log."""
    seen_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[str] = mapped_column(server_default="")


class NotificationDeliveryRow(Queued, Base):
    """One notification on its way to one endpoint: the outbox, and the log of what became of it.

    The only place from which anything is sent.
    """

    __tablename__ = "notification_delivery"
    __table_args__ = (
        UniqueConstraint("notification_id", "endpoint_id"),
        Index(
            "ix_notification_delivery_due",
            "channel",
            "urgency",
            "due_at",
            postgresql_where=text("state IN ('queued', 'leased')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notification.id", ondelete="CASCADE"))
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"))
    channel: Mapped[str]
    urgency: Mapped[int]
    provider_id: Mapped[str] = mapped_column(server_default="")
    settled_at: Mapped[datetime | None]


class ChannelPauseRow(Base):
    """A channel that has to wait: its quota is used up, or our own set-up is wrong."""

    __tablename__ = "channel_pause"

    channel: Mapped[str] = mapped_column(primary_key=True)
    until_at: Mapped[datetime]
    why: Mapped[str]
