"""Rows of assets, in a file for each subject."""

from backend.assets.tables.custody import CustodyRow, ReservationRow, StocktakeLineRow, StocktakeRow
from backend.assets.tables.faults import FAULT_NUMBER, AssetPhotoRow, FaultRow, FaultStepRow, SightingRow
from backend.assets.tables.things import (
    AssetChangeRow,
    AssetRow,
    DocumentRow,
    IdentifierRow,
    KitRow,
    ModelRow,
    SavedFilterRow,
)

__all__ = [
    "FAULT_NUMBER",
    "AssetChangeRow",
    "AssetPhotoRow",
    "AssetRow",
    "CustodyRow",
    "DocumentRow",
    "FaultRow",
    "FaultStepRow",
    "IdentifierRow",
    "KitRow",
    "ModelRow",
    "ReservationRow",
    "SavedFilterRow",
    "SightingRow",
    "StocktakeLineRow",
    "StocktakeRow",
]
