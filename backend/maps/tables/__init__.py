"""Rows of maps: the ground that the pack is made of, and the layers."""

from backend.maps.tables.ground import AddressRow, OutlineRow, PackRow, PlaceRow, StreetRow, ZoneRow
from backend.maps.tables.layers import FEATURE_NUMBERS, EditionRow, FeatureChangeRow, FeatureRow, LayerRow

__all__ = [
    "FEATURE_NUMBERS",
    "AddressRow",
    "EditionRow",
    "FeatureChangeRow",
    "FeatureRow",
    "LayerRow",
    "OutlineRow",
    "PackRow",
    "PlaceRow",
    "StreetRow",
    "ZoneRow",
]
