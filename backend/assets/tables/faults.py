"""Rows of faults, of what was scanned or found, and of the photos of all of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    Uuid,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column

from backend.core.database import Base, GeoPoint, Word
from shared_models.assets import Severity
from shared_models.basics import Point
from shared_models.faults import FaultState, SightingKind, Step

FAULT_NUMBER = Sequence("fault_number", metadata=Base.metadata)


class FaultRow(Base):
    """A fault: the ticket."""

    __tablename__ = "fault"
    __table_args__ = (
        Index(None, "reported_at", "id"),
        Index("ix_fault_open", "asset_id", postgresql_where=text("closed_at IS NULL")),
        Index(None, "asset_id", "reported_at"),
        Index(None, "kit_id"),
    )
    page_by = "reported_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"))
    tag: Mapped[str]
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    kit_id: Mapped[UUID | None] = mapped_column(ForeignKey("kit.id"))
    unit: Mapped[str]
    severity: Mapped[Severity] = mapped_column(Word(Severity))
    state: Mapped[FaultState] = mapped_column(Word(FaultState))
    words: Mapped[str]
    line: Mapped[str] = mapped_column(default="")
    check_id: Mapped[UUID | None]
    reported_at: Mapped[datetime]
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    reporter: Mapped[str]
    worker_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    worker: Mapped[str] = mapped_column(default="")
    replacement_id: Mapped[UUID | None] = mapped_column(ForeignKey("asset.id"))
    approved: Mapped[bool] = mapped_column(default=False)
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    sanitised: Mapped[bool] = mapped_column(default=False)
    sanitised_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    vendor: Mapped[str] = mapped_column(default="")
    rejected: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class FaultStepRow(Base):
    """One line of a fault's history. Only ever added."""

    __tablename__ = "fault_step"
    __table_args__ = (Index(None, "fault_id", "at"),)
    page_by = "at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fault_id: Mapped[UUID] = mapped_column(ForeignKey("fault.id"))
    step: Mapped[Step] = mapped_column(Word(Step))
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    by: Mapped[str]
    words: Mapped[str]


class SightingRow(Base):
    """A scan that matched nothing, or a finder's word."""

    __tablename__ = "sighting"
    __table_args__ = (
        Index(None, "at", "id"),
        Index("ix_sighting_open", "at", postgresql_where=text("settled_at IS NULL")),
    )
    page_by = "at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[SightingKind] = mapped_column(Word(SightingKind))
    code: Mapped[str]
    asset_id: Mapped[UUID | None] = mapped_column(ForeignKey("asset.id"), index=True)
    words: Mapped[str]
    contact: Mapped[str]
    where: Mapped[Point | None] = mapped_column(GeoPoint())
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    by_staff: Mapped[bool]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    settled_by: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class AssetPhotoRow(Base):
    """A photo of a thing, of a step of its fault, or of a sighting."""

    __tablename__ = "asset_photo"

    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"), primary_key=True)
    asset_id: Mapped[UUID | None] = mapped_column(ForeignKey("asset.id"), index=True)
    fault_id: Mapped[UUID | None] = mapped_column(ForeignKey("fault.id"), index=True)
    step_id: Mapped[UUID | None] = mapped_column(ForeignKey("fault_step.id"), index=True)
    sighting_id: Mapped[UUID | None] = mapped_column(ForeignKey("sighting.id"), index=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    """Keeps them in the order in which they were sent."""


def _photos(where: Any) -> Any:
    held = select(AssetPhotoRow.photo_id).where(where).order_by(AssetPhotoRow.number)
    return column_property(func.array(held.scalar_subquery(), type_=ARRAY(Uuid)))


# What came with the report itself; photos of later steps stand at their step.
FaultRow.photos = _photos(
    (AssetPhotoRow.fault_id == FaultRow.id)
    & select(FaultStepRow.id)
    .where(FaultStepRow.id == AssetPhotoRow.step_id, FaultStepRow.step == Step.REPORTED)
    .correlate(AssetPhotoRow)
    .exists()
)
FaultStepRow.photos = _photos(AssetPhotoRow.step_id == FaultStepRow.id)
SightingRow.photos = _photos(AssetPhotoRow.sighting_id == SightingRow.id)
