"""Rows of maps: limits of cities, streets, places, documents of the city pack, and the phone's offline pack."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import Index, LargeBinary
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


class AddressRow(Base):
    """An address of the city, for counting households in an area: the city loads its own, none is invented."""

    __tablename__ = "address"
    __table_args__ = (Index("ix_address_where", "where", postgresql_using="gist"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    where: Mapped[Point]


class PackRow(Base):
    """The offline map that phones fetch: one SQLite file, made anew when something in it changes."""

    __tablename__ = "pack"

    version: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
