"""Rows of layers, their editions, their features and what was changed in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry as Shape
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import WGS84, Base, Word
from shared_models.layers import FeatureChangeKind, Geometry, Part, Whom


class LayerRow(Base):
    """A layer of the city's own. What other domains hand down has no row (``core/domain.py``, ``MapLayer``)."""

    __tablename__ = "layer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    title_en: Mapped[str]
    title_es: Mapped[str]
    about_en: Mapped[str]
    about_es: Mapped[str]
    geometry: Mapped[Geometry] = mapped_column(Word(Geometry))
    fields: Mapped[list[Any]]
    """``LayerField`` in its wire form."""
    seen_by: Mapped[Whom] = mapped_column(Word(Whom))
    edited_by: Mapped[Whom] = mapped_column(Word(Whom))
    department: Mapped[str | None]
    title_field: Mapped[str]
    time_field: Mapped[str]
    part: Mapped[Part] = mapped_column(Word(Part))
    part_fields: Mapped[dict[str, Any]]
    style: Mapped[dict[str, Any]]
    """``LayerStyle`` in its wire form."""
    on: Mapped[bool]
    illustration: Mapped[bool]
    attribution: Mapped[str]
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("edition.number_of_all", use_alter=True))
    """The edition that is shown. To roll back is to point at an older one."""
    edition: Mapped[int] = mapped_column(server_default="0")
    """Its number among the layer's own."""
    count: Mapped[int] = mapped_column(server_default="0")
    bounds: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")
    """Raised in the transaction of each change of it or of a feature: tiles and ETags are made of it."""
    changed_at: Mapped[datetime]


class EditionRow(Base):
    """One loading of a layer: its features are a set of their own, so the old one is whole until the new one is."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("layer_id", "number"),)

    number_of_all: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    """Short, for it stands in each feature's row and index."""
    id: Mapped[UUID] = mapped_column(primary_key=True)
    layer_id: Mapped[UUID] = mapped_column(ForeignKey("layer.id", ondelete="CASCADE"))
    number: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    file: Mapped[str]
    format: Mapped[str]
    crs: Mapped[str]
    sha256: Mapped[str]
    key: Mapped[str] = mapped_column(server_default="")
    """The field that names a feature from edition to edition; empty: none does."""
    fields: Mapped[list[Any]]
    """The layer's fields as this edition has them: rolling back brings them back."""
    found: Mapped[int]
    taken: Mapped[int]
    mended: Mapped[int]
    refused: Mapped[int]
    refusals: Mapped[list[Any]]
    """``Refusal`` in its wire form, at most a thousand."""


FEATURE_NUMBERS = Sequence("feature_number", metadata=Base.metadata)
"""Numbers of features, one for all layers: a tile's features need numbers (MVT 2.1)."""


class FeatureRow(Base):
    """A feature of one edition. The same thing keeps its number from edition to edition, by its ``ref``."""

    __tablename__ = "feature"
    __table_args__ = (
        Index("ix_feature_place", "edition_id", "geom", postgresql_using="gist"),
        UniqueConstraint("edition_id", "ref"),
    )

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.number_of_all", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[int] = mapped_column(
        BigInteger, FEATURE_NUMBERS, primary_key=True, server_default=FEATURE_NUMBERS.next_value()
    )
    ref: Mapped[str | None]
    geom: Mapped[Any | None] = mapped_column(Shape("GEOMETRY", srid=WGS84, spatial_index=False))
    props: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(server_default="1")
    changed_at: Mapped[datetime]


class FeatureChangeRow(Base):
    """What was done to a feature by hand: append-only, kept when the layer is loaded anew."""

    __tablename__ = "feature_change"
    __table_args__ = (Index("ix_feature_change_of", "layer_id", "feature_id", "version"),)
    page_by = "at"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    layer_id: Mapped[UUID] = mapped_column(ForeignKey("layer.id", ondelete="CASCADE"))
    feature_id: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]
    kind: Mapped[FeatureChangeKind] = mapped_column(Word(FeatureChangeKind))
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[UUID]
    by: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    """As GeoJSON features."""
