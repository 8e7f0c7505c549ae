"""Layers of the map on the phone: what each is called, holds and looks like, as the pack or the server tells it."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from mobile.core import strings
from shared_models.layers import Geometry, Layer, LayerField, LayerStyle


class MapLayer(NamedTuple):
    """A layer. Its features stand in the tiles under its name. The fields are the columns of the pack's table."""

    name: str
    title_en: str
    title_es: str
    geometry: Geometry
    fields: tuple[LayerField, ...]
    style: LayerStyle
    on: bool
    """Shown until somebody turns it off."""
    illustration: bool
    """Invented, and each screen says so."""
    attribution: str
    title_field: str

    def title(self, language: str) -> str:
        """What it is called in this language."""
        return (self.title_es if language == "es" else self.title_en) or self.title_en or self.name

    def name_of(self, properties: dict[str, Any]) -> str:
        """What one of its features is called; empty where it has no name."""
        return said(properties.get(self.title_field))

    def facts(self, properties: dict[str, Any], language: str) -> list[tuple[str, str]]:
        """What is known of a feature: the fields by their titles, in their order; those without a value are left out."""
        told = [
            (
                (field.title_es if language == "es" else field.title_en) or field.title_en or field.name,
                field.name,
            )
            for field in self.fields
        ]
        return [(title, words) for title, name in told if (words := said(properties.get(name)))]


class Tiles(Protocol):
    """Where a layer's tiles come from. `tile` is called by workers, and may wait for the network."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what they cover."""

    @property
    def minzoom(self) -> int:
        """The smallest zoom that has tiles."""

    @property
    def maxzoom(self) -> int:
        """The largest zoom that has tiles."""

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """One unpacked tile, y counted from the north; None where there is none."""


class Shown(NamedTuple):
    """A layer to be shown, and where its tiles come from."""

    layer: MapLayer
    tiles: Tiles
    slow: bool = False
    """Its tiles come from the network: they may keep no others waiting."""


def said(value: Any) -> str:
    """A value as people read it; empty for none."""
    if isinstance(value, bool):
        return strings.t("map.yes") if value else strings.t("map.no")
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value).strip()


def layers_of(rows: Iterable[tuple[Any, ...]]) -> list[MapLayer]:
    """The rows of a pack's table `layer`.

    Raises:
        Exception: whatever is wrong with a row that is none of a layer.
    """
    return [
        MapLayer(
            name,
            title_en or "",
            title_es or "",
            next((one for one in Geometry if one == geometry), Geometry.NEWER),
            tuple(LayerField.read(field) for field in json.loads(fields or "[]")),
            LayerStyle.read(json.loads(style or "{}")),
            bool(on),
            bool(illustration),
            attribution or "",
            title_field or "",
        )
        for name, title_en, title_es, geometry, fields, style, on, illustration, attribution, title_field in rows
    ]


def layer_of(told: Layer) -> MapLayer:
    """A layer as the server tells it."""
    return MapLayer(*(getattr(told, name) for name in MapLayer._fields))
