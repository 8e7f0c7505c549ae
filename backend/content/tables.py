"""Rows of content: alerts as they are written, and each revision of them that went out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base, Word
from shared_models.content import AlertAudience, AlertState, Severity


class Said:
    """The columns of what an alert says, to whom, until when."""

    severity: Mapped[Severity] = mapped_column(Word(Severity))
    headline_en: Mapped[str]
    headline_es: Mapped[str]
    text_en: Mapped[str]
    text_es: Mapped[str]
    audience: Mapped[AlertAudience] = mapped_column(Word(AlertAudience))
    area: Mapped[list[Any]]
    """Corners (``Point`` in its wire form) of the zone or of what was drawn; empty for all."""
    expires_at: Mapped[datetime]


class AlertRow(Said, Base):
    """An alert as it is written. What is out is its newest revision."""

    __tablename__ = "alert"
    page_by = "made_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    zone: Mapped[str | None] = mapped_column(ForeignKey("zone.code", ondelete="SET NULL"))
    state: Mapped[AlertState] = mapped_column(Word(AlertState))
    revision: Mapped[int] = mapped_column(default=0)
    """Of what is out; 0 before anything is."""
    changed: Mapped[bool] = mapped_column(default=True)
    """Whether this is not what is out."""
    emergency: Mapped[bool] = mapped_column(default=False)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    """Who wrote it, or changed it last: they may not publish it."""
    author: Mapped[str]
    publisher_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    publisher: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class AlertRevisionRow(Said, Base):
    """What went out, as everybody reads it. Never changed: what the city said stays said."""

    __tablename__ = "alert_revision"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[UUID] = mapped_column(ForeignKey("alert.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[AlertState] = mapped_column(Word(AlertState))
    published_at: Mapped[datetime]
    """When the first revision went out."""
    updated_at: Mapped[datetime]
    """When this one did."""
