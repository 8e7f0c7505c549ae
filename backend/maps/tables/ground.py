"""Rows of maps: limits of cities, streets, places, documents of the city pack, and the phone's offline pack."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import WGS84, Base
from shared_models.basics import Point


class OutlineRow(Base):
    """The limits of a city, ours or a neighbour's."""

    __tablename__ = "outline"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    ours: Mapped[bool]
    advice_en: Mapped[str]
    advice_es: Mapped[str]
    contacts: Mapped[list[Any]]
    """``Contact`` in its wire form."""
    limits: Mapped[Any | None] = mapped_column(Geometry("POLYGON", srid=WGS84, spatial_index=True))
    """None for the one row that speaks for everywhere else."""


class StreetRow(Base):
    """The course of a street."""

    __tablename__ = "street"

    name: Mapped[str] = mapped_column(primary_key=True)
    illustration: Mapped[bool]
    course: Mapped[Any] = mapped_column(Geometry("MULTILINESTRING", srid=WGS84, spatial_index=True))


class PlaceRow(Base):
    """Something that can be found by name: a facility, a street (a point on it), an intersection."""

    __tablename__ = "place"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    detail: Mapped[str]
    illustration: Mapped[bool]
    where: Mapped[Point]


class ZoneRow(Base):
    """A part of the city with a name: the city loads its own, none is invented."""

    __tablename__ = "zone"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_es: Mapped[str]
    area: Mapped[list[Any]]
    """The corners of its outline, ``Point`` in its wire form."""
    saved_at: Mapped[datetime | None]
    """When somebody of the staff saved it, to tell people in it; null: it is one of the city's own."""
    saved_by: Mapped[UUID | None]


class AddressRow(Base):
    """An address of the city, to be found and to count households in an area: the city loads its own, none is invented."""

    __tablename__ = "address"
    __table_args__ = (
        Index("ix_address_where", "where", postgresql_using="gist"),
        Index("ix_address_street", "street", "number"),
        Index("ix_address_source", "source", "feature"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    where: Mapped[Point]
    source: Mapped[int | None] = mapped_column(ForeignKey("search_source.source", ondelete="CASCADE"))
    """Where it comes from; None only where it was loaded before addresses could be found."""
    feature: Mapped[int | None] = mapped_column(BigInteger)
    street: Mapped[str] = mapped_column(server_default="")
    """The key of its street; empty where the line has no number."""
    number: Mapped[int | None]
    mark: Mapped[str] = mapped_column(server_default="")
    """The whole number, as ``shared_models.streets.plain_number`` writes it."""
    text: Mapped[str] = mapped_column(server_default="")
    """The whole number as it stands in the line."""


class PackRow(Base):
    """The offline map that phones fetch: one SQLite file, made anew when something in it changes."""

    __tablename__ = "pack"

    version: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
