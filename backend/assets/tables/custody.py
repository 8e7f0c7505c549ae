"""Rows of custody: entries, reservations, counts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column

from backend.core.database import Base, GeoPoint, Word
from shared_models.basics import Point
from shared_models.custody import Act, CountOutcome


class CustodyRow(Base):
    """One link of a thing's custody chain. The application may only add to it."""

    __tablename__ = "custody_entry"
    __table_args__ = (UniqueConstraint("asset_id", "n"), Index(None, "asset_id", "taken_at"))
    page_by = "taken_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"))
    n: Mapped[int]
    act: Mapped[Act] = mapped_column(Word(Act))
    done_at: Mapped[datetime]
    taken_at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    by: Mapped[str]
    from_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    from_name: Mapped[str]
    to_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    to_name: Mapped[str]
    unit: Mapped[str]
    place: Mapped[str]
    condition: Mapped[str]
    signature: Mapped[str]
    override: Mapped[str]
    fault_id: Mapped[UUID | None]
    previous: Mapped[str]
    hash: Mapped[str]


class ReservationRow(Base):
    """A thing promised to somebody for a time."""

    __tablename__ = "reservation"
    __table_args__ = (Index(None, "asset_id", "from_at"), Index(None, "from_at", "id"))
    page_by = "from_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    person: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    note: Mapped[str]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class StocktakeRow(Base):
    """A count of what should be somewhere."""

    __tablename__ = "stocktake"
    __table_args__ = (Index(None, "begun_at", "id"),)
    page_by = "begun_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    department: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    place: Mapped[str | None]
    kit_id: Mapped[UUID | None] = mapped_column(ForeignKey("kit.id"))
    begun_at: Mapped[datetime]
    begun_by: Mapped[str]
    begun_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class StocktakeLineRow(Base):
    """One thing of a count."""

    __tablename__ = "stocktake_line"
    __table_args__ = (UniqueConstraint("stocktake_id", "asset_id"), Index(None, "stocktake_id", "changed_at"))
    page_by = "changed_at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    stocktake_id: Mapped[UUID] = mapped_column(ForeignKey("stocktake.id", ondelete="CASCADE"))
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("asset.id"))
    tag: Mapped[str]
    outcome: Mapped[CountOutcome] = mapped_column(Word(CountOutcome))
    counted_at: Mapped[datetime | None]
    counted_by: Mapped[str]
    place: Mapped[str]
    where: Mapped[Point | None] = mapped_column(GeoPoint())
    changed_at: Mapped[datetime]


def _counted(outcome: CountOutcome) -> Any:
    held = select(func.count()).where(
        StocktakeLineRow.stocktake_id == StocktakeRow.id, StocktakeLineRow.outcome == outcome
    )
    return column_property(held.correlate(StocktakeRow).scalar_subquery())


for _outcome in (CountOutcome.EXPECTED, CountOutcome.FOUND, CountOutcome.MISSING, CountOutcome.UNEXPECTED):
    setattr(StocktakeRow, _outcome.value, _counted(_outcome))
