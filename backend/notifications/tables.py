"""Rows of notifications: what people were told, where they can be reached, and what became of each sending."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.claims import Queued
from backend.core.database import WGS84, Base, Word
from shared_models.notifications import NoticeKind, Platform


class NotificationRow(Base):
    """One thing that one person was told, or everybody: the inbox. Its id is the ``mid`` of every push about it."""

    __tablename__ = "notification"
    __table_args__ = (
        Index(None, "person_id", "at"),
        Index(None, "about_id"),
        UniqueConstraint("person_id", "event_id"),
    )
    page_by = "at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    """None: it is for everybody, one row that all read; only who has seen it is per person."""
    event_id: Mapped[UUID]
    """The event that it tells of: heard twice, it is told once."""
    kind: Mapped[NoticeKind] = mapped_column(Word(NoticeKind))
    urgency: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    """In the person's language; in English, where it is for everybody."""
    title_es: Mapped[str] = mapped_column(server_default="")
    body_es: Mapped[str] = mapped_column(server_default="")
    area: Mapped[str] = mapped_column(server_default="")
    """``lat,lon lat,lon …``: a phone whose home the server does not know decides by this; empty is everywhere."""
    about_kind: Mapped[str]
    about_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(server_default="0")
    """Of what it is about, where that is told to everybody anew: a higher one takes the place of a lower one."""
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
    """What the channel sends to: a token, a subscription, a mailbox. A capability: it is written to no log."""
    language: Mapped[str] = mapped_column(server_default="")
    """What is spoken there; empty is what the person speaks."""
    proven: Mapped[bool] = mapped_column(server_default=text("true"))
    """False: a mailbox whose code was not typed yet; it gets that code and nothing else."""
    seen_at: Mapped[datetime]
    reached_at: Mapped[datetime | None]
    """When a message first got through: an address that never worked says nothing about ours."""
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
            "ix_notification_delivery_waiting",
            "endpoint_id",
            postgresql_where=text("state IN ('queued', 'leased')"),
        ),
        Index("ix_notification_delivery_resting", "channel", postgresql_where=text("state = 'resting'")),
        Index(
            "ix_notification_delivery_due",
            "channel",
            "urgency",
            "due_at",
            "id",
            postgresql_where=text("state IN ('queued', 'leased')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notification.id", ondelete="CASCADE"))
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"))
    channel: Mapped[str]
    urgency: Mapped[int]
    queued_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    unless_seen: Mapped[bool] = mapped_column(server_default=text("false"))
    """The next channel: it goes out only if the person has not seen it by then."""
    held: Mapped[bool] = mapped_column(server_default=text("false"))
    """Quiet hours have held it: what piled up comes as one message."""
    provider_id: Mapped[str] = mapped_column(server_default="")
    settled_at: Mapped[datetime | None]


class SeenRow(Base):
    """Somebody saw a notification."""

    __tablename__ = "notification_seen"

    notification_id: Mapped[UUID] = mapped_column(
        ForeignKey("notification.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    channel: Mapped[str]
    at: Mapped[datetime]


class WishesRow(Base):
    """How a person wants to be told."""

    __tablename__ = "notification_wishes"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    off: Mapped[list[str]]
    """``kind/channel`` of what is turned off."""
    quiet_begin: Mapped[time | None]
    quiet_end: Mapped[time | None]
    zone: Mapped[str]
    places: Mapped[list[Any]]
    """``KeptPlace`` in its wire form: what the person chose to store here, and nothing else."""
    spots: Mapped[Any | None] = mapped_column(Geometry("MULTIPOINT", srid=WGS84, spatial_index=False))
    """The same, for looking whether one lies in an area."""


class MailCodeRow(Base):
    """A code on its way to a mailbox: typed, it proves that the person reads there."""

    __tablename__ = "mail_code"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[str]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    until_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(server_default="0")
    """Wrong ones; after five it is over."""


class ChannelPauseRow(Base):
    """A channel that has to wait: its quota is used up, or our own set-up is wrong."""

    __tablename__ = "channel_pause"

    channel: Mapped[str] = mapped_column(primary_key=True)
    until_at: Mapped[datetime | None]
    """None: stopped, until an operator says so."""
    why: Mapped[str]


class WebhookRow(Base):
    """Another system that is told what happens. Its secret stands nowhere: it is made of the city's key and these."""

    __tablename__ = "webhook"
    page_by = "made_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    url: Mapped[str]
    kinds: Mapped[list[str]]
    departments: Mapped[list[str]]
    version: Mapped[int] = mapped_column(server_default="1")
    made_at: Mapped[datetime]
    secret_number: Mapped[int] = mapped_column(server_default="1")
    old_secret_until_at: Mapped[datetime | None]
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    stopped_why: Mapped[str] = mapped_column(server_default="")
    sealed_n: Mapped[int] = mapped_column(BigInteger)
    """The last link of the ledger's chain that was looked at for it."""
    failures: Mapped[int] = mapped_column(server_default="0")
    failing_since_at: Mapped[datetime | None]
    rests_until_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]


class WebhookDeliveryRow(Queued, Base):
    """One event on its way to one webhook: the outbox, and the log of what became of it."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index(None, "webhook_id", "queued_at", "id"),
        Index(
            "ix_webhook_delivery_due",
            "webhook_id",
            "due_at",
            "id",
            postgresql_where=text("state IN ('queued', 'leased')"),
        ),
    )
    page_by = "queued_at"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id"))
    kind: Mapped[str]
    queued_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    took_ms: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[int] = mapped_column(server_default="0")
