"""Rows of the register: things, models, kits, documents, filters that were kept."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base, GeoPoint, Word
from shared_models.assets import AssetKind, AssetState, DataClass, Severity
from shared_models.basics import Point


class ModelRow(Base):
    """A make and model."""

    __tablename__ = "asset_model"
    __table_args__ = (UniqueConstraint("kind", "make", "name"), Index(None, "updated_at", "id"))
    page_by = "updated_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[AssetKind] = mapped_column(Word(AssetKind))
    make: Mapped[str]
    name: Mapped[str]
    fields: Mapped[list[Any]]
    """``FieldSpec`` in its wire form."""
    issue_battery: Mapped[int | None]
    approved_firmware: Mapped[str]
    patch_days: Mapped[int | None]
    support_until_on: Mapped[date | None]
    note: Mapped[str]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class AssetRow(Base):
    """A thing. Who has it, and where it is in its life, change only by the verbs of custody and faults."""

    __tablename__ = "asset"
    __table_args__ = (
        Index(None, "updated_at", "id"),
        Index(None, "department", "updated_at"),
        Index(None, "kind", "updated_at"),
        Index(None, "state", "updated_at"),
        Index(None, "words", postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"}),
        Index(None, "where", postgresql_using="gist"),
    )
    page_by = "updated_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[AssetKind] = mapped_column(Word(AssetKind))
    model_id: Mapped[UUID | None] = mapped_column(ForeignKey("asset_model.id"), index=True)
    serial: Mapped[str]
    name: Mapped[str]
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))
    state: Mapped[AssetState] = mapped_column(Word(AssetState))
    data_class: Mapped[DataClass] = mapped_column(Word(DataClass))
    fields: Mapped[dict[str, Any]]
    pool: Mapped[bool] = mapped_column(default=False)
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    holder: Mapped[str] = mapped_column(default="")
    kit_id: Mapped[UUID | None] = mapped_column(ForeignKey("kit.id"), index=True)
    unit: Mapped[str] = mapped_column(default="")
    place: Mapped[str]
    where: Mapped[Point | None] = mapped_column(GeoPoint())
    seen_at: Mapped[datetime | None]
    battery: Mapped[int | None]
    battery_health: Mapped[int | None]
    firmware: Mapped[str]
    patched_on: Mapped[date | None]
    support_until_on: Mapped[date | None]
    worst_fault: Mapped[Severity | None] = mapped_column(Word(Severity))
    faults: Mapped[int] = mapped_column(default=0)
    links: Mapped[int] = mapped_column(default=0)
    """How many entries its custody chain has: the next one's number, drawn under this row's lock."""
    chain: Mapped[str] = mapped_column(default="")
    """The hash of its newest entry."""
    note: Mapped[str]
    made_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    words: Mapped[str]
    """All that search looks at, in small letters: made by ``rules.words_of`` at each change."""


class IdentifierRow(Base):
    """A code by which a scan finds a thing, as it is compared (``plain_code``)."""

    __tablename__ = "asset_identifier"
    __table_args__ = (
        Index(None, "asset_id"),
        Index(
            "uq_asset_identifier_lives",
            "kind",
            "code",
            unique=True,
            postgresql_where=text("lives AND kind <> 'serial'"),
        ),
        Index(None, "code", postgresql_ops={"code": "text_pattern_ops"}),
    )

    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """``tag``, ``serial``, or the code of a field that identifies. Makers share serial numbers: these may be the same."""
    code: Mapped[str] = mapped_column(primary_key=True)
    lives: Mapped[bool] = mapped_column(default=True)
    """False once the thing is retired: its radio ID may be given to another."""


class AssetChangeRow(Base):
    """A line of the change log: what a thing was, and what it is since. Only ever added."""

    __tablename__ = "asset_change"
    __table_args__ = (Index(None, "asset_id", "at"),)
    page_by = "at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"))
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    by: Mapped[str]
    what: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    version: Mapped[int]


class KitRow(Base):
    """A kit: named slots, and what is in them."""

    __tablename__ = "kit"
    __table_args__ = (Index(None, "updated_at", "id"),)
    page_by = "updated_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    asset_id: Mapped[UUID | None] = mapped_column(unique=True)
    """What carries it. No foreign key: a thing's own points here, and no thing is ever removed."""
    slots: Mapped[list[Any]]
    """``KitSlot`` in its wire form; a thing is in one slot of one kit (``asset.kit_id``)."""
    retired: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class DocumentRow(Base):
    """A file that belongs to a thing; its bytes lie in the store (``core/files``)."""

    __tablename__ = "asset_document"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    valid_until_on: Mapped[date | None] = mapped_column(index=True)
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class SavedFilterRow(Base):
    """A filter that somebody kept."""

    __tablename__ = "asset_filter"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[str]
    shared: Mapped[bool]
    updated_at: Mapped[datetime]
