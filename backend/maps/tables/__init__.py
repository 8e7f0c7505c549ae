"""Rows of maps: the ground that the pack is made of, the layers, and what search finds of them."""

from backend.maps.tables.ground import AddressRow, OutlineRow, PackRow, PlaceRow, StreetRow, ZoneRow
from backend.maps.tables.layers import FEATURE_NUMBERS, EditionRow, FeatureChangeRow, FeatureRow, LayerRow
from backend.maps.tables.reports import ReportRow
from backend.maps.tables.search import LandmarkRow, SearchSourceRow, StreetNameRow, StretchRow

__all__ = [
    "FEATURE_NUMBERS",
    "AddressRow",
    "EditionRow",
    "FeatureChangeRow",
    "FeatureRow",
    "LandmarkRow",
    "LayerRow",
    "OutlineRow",
    "PackRow",
    "PlaceRow",
    "ReportRow",
    "SearchSourceRow",
    "StreetNameRow",
    "StreetRow",
    "StretchRow",
    "ZoneRow",
]
