"""Rows of search: what is found of layers that are addresses, streets, intersections, places or parcels."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base
from shared_models.basics import Point


class SearchSourceRow(Base):
    """A layer that is searched, or (without one) the addresses that the city loaded as a list."""

    __tablename__ = "search_source"

    source: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    layer_id: Mapped[UUID | None] = mapped_column(ForeignKey("layer.id", ondelete="CASCADE"), unique=True)
    made_of: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Edition, fields …: another, and all of its rows are made anew."""
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Of the layer, when its rows were last made: features of later ones are taken over."""
    changed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    """When its streets or places changed: what a process keeps of them is for this moment. Numbers are read each time."""


class StreetNameRow(Base):
    """A street that a source knows."""

    __tablename__ = "street_name"

    source: Mapped[int] = mapped_column(
        ForeignKey("search_source.source", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    """``shared_models.streets.key_of`` its name."""
    name: Mapped[str]
    where: Mapped[Point]
    illustration: Mapped[bool]


class StretchRow(Base):
    """One side of a piece of street, with the numbers between its ends where they are known."""

    __tablename__ = "stretch"
    __table_args__ = (Index("ix_stretch_street", "street", "low"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    source: Mapped[int] = mapped_column(ForeignKey("search_source.source", ondelete="CASCADE"), index=True)
    feature: Mapped[int] = mapped_column(BigInteger)
    street: Mapped[str]
    name: Mapped[str]
    low: Mapped[int | None]
    high: Mapped[int | None]
    course: Mapped[str]
    """From the lower number to the higher: latitudes and longitudes in millionths of a degree."""
    where: Mapped[Point]


class LandmarkRow(Base):
    """Something with a name: a place, a parcel, an intersection (a row for each pair of its streets)."""

    __tablename__ = "landmark"
    __table_args__ = (Index("ix_landmark_one", "kind", "one"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    one: Mapped[str] = mapped_column(primary_key=True)
    """A street's key, or the key of a parcel; of a place nothing."""
    other: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[int] = mapped_column(ForeignKey("search_source.source", ondelete="CASCADE"), index=True)
    feature: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    name: Mapped[str]
    detail: Mapped[str]
    where: Mapped[Point]
    illustration: Mapped[bool]
