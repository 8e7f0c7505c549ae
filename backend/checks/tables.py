"""Rows of checks: templates, shifts, schedules; checks and their answers; readiness."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base, GeoPoint, Word
from shared_models.assets import AssetKind, Severity
from shared_models.basics import Point
from shared_models.checks import Level, SlotOutcome
from shared_models.templates import Cadence, TemplateState


class TemplateRow(Base):
    """One version of a template. What was ever in force never changes: checks point at it."""

    __tablename__ = "check_template"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        Index("uq_check_template_in_force", "code", unique=True, postgresql_where=text("state = 'in-force'")),
        Index(None, "updated_at", "id"),
    )
    page_by = "updated_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    version: Mapped[int]
    state: Mapped[TemplateState] = mapped_column(Word(TemplateState))
    kind: Mapped[AssetKind] = mapped_column(Word(AssetKind))
    name_en: Mapped[str]
    name_es: Mapped[str]
    lines: Mapped[list[Any]]
    """``Line`` in its wire form."""
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime]


class ShiftRow(Base):
    """When a department's shifts begin. No city fact is known of them: each city says its own."""

    __tablename__ = "shift"
    __table_args__ = (UniqueConstraint("department", "code"),)
    page_by = "updated_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))
    code: Mapped[str]
    name_en: Mapped[str]
    name_es: Mapped[str]
    starts: Mapped[str]
    hours: Mapped[int]
    updated_at: Mapped[datetime]


class ScheduleRow(Base):
    """Which lines of a template are due how often, of whose things."""

    __tablename__ = "check_schedule"
    __table_args__ = (
        Index(
            "uq_check_schedule_same",
            "template",
            "cadence",
            text("coalesce(department, '')"),
            "kits",
            unique=True,
        ),
    )
    page_by = "updated_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    template: Mapped[str]
    cadence: Mapped[Cadence] = mapped_column(Word(Cadence))
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    kits: Mapped[bool]
    active: Mapped[bool]
    updated_at: Mapped[datetime]


class CheckRow(Base):
    """A check that was done. The application may only add it."""

    __tablename__ = "check"
    __table_args__ = (Index(None, "finished_at", "id"), Index(None, "kit_id", "finished_at"))
    page_by = "finished_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kit_id: Mapped[UUID | None] = mapped_column(ForeignKey("kit.id"))
    unit: Mapped[str]
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    parts: Mapped[list[Any]]
    slots: Mapped[list[Any]]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    taken_at: Mapped[datetime]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    by: Mapped[str]
    where: Mapped[Point | None] = mapped_column(GeoPoint())
    signature: Mapped[str]
    app: Mapped[str]
    worst: Mapped[Severity | None] = mapped_column(Word(Severity))
    failed: Mapped[int]
    hash: Mapped[str]


class AnswerRow(Base):
    """One answer of a check, as trends and reports look for it. The application may only add it."""

    __tablename__ = "check_answer"
    __table_args__ = (
        Index(None, "asset_id", "line", "at"),
        Index("ix_check_answer_failed", "asset_id", "at", postgresql_where=text("severity IS NOT NULL")),
    )

    check_id: Mapped[UUID] = mapped_column(ForeignKey("check.id"), primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"), primary_key=True)
    line: Mapped[str] = mapped_column(primary_key=True)
    """``template:line``."""
    at: Mapped[datetime]
    value: Mapped[str]
    number: Mapped[float | None]
    severity: Mapped[Severity | None] = mapped_column(Word(Severity))
    fault_id: Mapped[UUID | None] = mapped_column(ForeignKey("fault.id"))


class CheckPhotoRow(Base):
    """A photo that a check holds."""

    __tablename__ = "check_photo"

    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.id"), primary_key=True)
    check_id: Mapped[UUID] = mapped_column(ForeignKey("check.id"), index=True)


class DoneRow(Base):
    """When a thing was last looked at by the lines of a template that are due so often."""

    __tablename__ = "check_done"
    __table_args__ = (UniqueConstraint("asset_id", "template", "cadence"), Index(None, "kit_id"))
    page_by = "done_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kit_id: Mapped[UUID | None] = mapped_column(ForeignKey("kit.id"))
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"))
    template: Mapped[str]
    cadence: Mapped[Cadence] = mapped_column(Word(Cadence))
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))
    done_at: Mapped[datetime]
    by: Mapped[str]


class SlotSeenRow(Base):
    """The newest word of what is in a slot of a kit: what the last check that looked at it found there."""

    __tablename__ = "slot_seen"

    kit_id: Mapped[UUID] = mapped_column(ForeignKey("kit.id"), primary_key=True)
    slot_id: Mapped[UUID] = mapped_column(primary_key=True)
    outcome: Mapped[SlotOutcome] = mapped_column(Word(SlotOutcome))
    asset_id: Mapped[UUID | None]
    """Of what is missing: the thing that belonged there."""
    seen_at: Mapped[datetime]


class ReadinessRow(Base):
    """Whether a unit can roll now, why not, since when. Its id is the kit's."""

    __tablename__ = "readiness"
    __table_args__ = (Index(None, "department", "level"),)
    page_by = "updated_at"

    id: Mapped[UUID] = mapped_column(ForeignKey("kit.id"), primary_key=True)
    unit: Mapped[str]
    name: Mapped[str]
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))
    level: Mapped[Level] = mapped_column(Word(Level))
    reasons: Mapped[list[Any]]
    since_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[str]
    overdue_at: Mapped[datetime | None]
    """Since when the newest of what is overdue is: whoever answers for it is told once for each such moment."""
    updated_at: Mapped[datetime]


class ClockRow(Base):
    """The city's own clock, by which shifts begin and days end. One row, of the city's pack."""

    __tablename__ = "check_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    zone: Mapped[str]
    """As the IANA names it."""
