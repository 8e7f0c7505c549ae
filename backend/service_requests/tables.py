"""Rows of service requests: requests, their history, the photos they hold, the types that can be asked for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column

from backend.core.database import Base, GeoPoint, Word
from shared_models.basics import Point
from shared_models.service_requests import Channel, CloseReason, EntryKind, Outcome, PhotoWish, Status


class RequestTypeRow(Base):
    """Something that can be asked for, from the city pack; one that was dropped stays for old requests."""

    __tablename__ = "request_type"

    code: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]
    """Its place in the list; null-free, so that the list has one order."""
    offered: Mapped[bool]
    group_code: Mapped[str]
    group_en: Mapped[str]
    group_es: Mapped[str]
    name_en: Mapped[str]
    name_es: Mapped[str]
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))
    outcome: Mapped[Outcome] = mapped_column(Word(Outcome))
    reason_en: Mapped[str]
    reason_es: Mapped[str]
    notice_en: Mapped[str]
    notice_es: Mapped[str]
    contacts: Mapped[list[Any]]
    synonyms_en: Mapped[list[str]] = mapped_column(ARRAY(Text))
    synonyms_es: Mapped[list[str]] = mapped_column(ARRAY(Text))
    photo: Mapped[PhotoWish] = mapped_column(Word(PhotoWish))
    place_needed: Mapped[bool]
    anonymous: Mapped[bool]
    duplicate_radius_m: Mapped[int | None]
    reopen_days: Mapped[int]


NUMBER = Sequence("request_number", metadata=Base.metadata)


class RequestRow(Base):
    """One request."""

    __tablename__ = "request"
    __table_args__ = (
        UniqueConstraint("import_name", "import_key"),
        Index(None, "opened_at", "id"),
        Index(None, "department", "opened_at"),
        Index("ix_request_open", "department", "opened_at", postgresql_where=text("status <> 'closed'")),
        Index("ix_request_window", "closed_at", postgresql_where=text("on_phones")),
        Index("ix_request_where", "where", postgresql_using="gist"),
        Index(
            "ix_request_where_open",
            "where",
            postgresql_using="gist",
            postgresql_where=text("status <> 'closed'"),
        ),
        Index("ix_request_words", "words", postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"}),
    )
    page_by = "opened_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str] = mapped_column(ForeignKey("request_type.code"), index=True)
    description: Mapped[str]
    where: Mapped[Point | None] = mapped_column(GeoPoint())
    address: Mapped[str]
    status: Mapped[Status] = mapped_column(Word(Status))
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    by_account: Mapped[bool]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[CloseReason | None] = mapped_column(Word(CloseReason))
    fixed: Mapped[bool | None]
    answer_until_at: Mapped[datetime | None]
    reopened: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    on_phones: Mapped[bool] = mapped_column(default=True)
    """False once it left the window of what phones hold."""
    import_name: Mapped[str | None]
    import_key: Mapped[str | None]
    words: Mapped[str] = mapped_column(
        Computed("lower(number || ' ' || description || ' ' || address)", persisted=True)
    )


class EntryRow(Base):
    """One line of a request's history."""

    __tablename__ = "request_entry"
    __table_args__ = (Index(None, "request_id", "at"),)
    page_by = "at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind))
    at: Mapped[datetime]
    words: Mapped[str]
    status: Mapped[Status] = mapped_column(Word(Status))
    department: Mapped[str]
    close_reason: Mapped[CloseReason | None] = mapped_column(Word(CloseReason))
    public: Mapped[bool]
    by_staff: Mapped[bool]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    """Of the staff; null for whoever made the request, so that their name is told to nobody."""


class RequestPhotoRow(Base):
    """A photo that a request holds, at one line of its history."""

    __tablename__ = "request_photo"

    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("request_entry.id"), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    place: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    """Keeps them in the order in which they were sent."""


def _photos(where: Any) -> Any:
    held = select(RequestPhotoRow.photo_id).where(where).order_by(RequestPhotoRow.place)
    return column_property(func.array(held.scalar_subquery(), type_=ARRAY(Uuid)))


# What was sent with the report itself; photos of notes and of closing stand at their line of the history.
RequestRow.photos = _photos(
    (RequestPhotoRow.request_id == RequestRow.id)
    & select(EntryRow.id)
    .where(EntryRow.id == RequestPhotoRow.entry_id, EntryRow.kind == EntryKind.OPENED)
    .correlate(RequestPhotoRow)
    .exists()
)
EntryRow.photos = _photos(RequestPhotoRow.entry_id == EntryRow.id)
