"""Verbs of maps: taking over a city's outlines, streets and places, and making the phone's pack of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.core.actor import db
from backend.maps.tables import OutlineRow, PlaceRow, StreetRow, ZoneRow

FIRST_ZOOM, LAST_ZOOM = 12, 16
KEPT_PACKS = 3


def load(
    outlines: Iterable[Mapping[str, Any]],
    streets: Iterable[Mapping[str, Any]],
    places: Iterable[Mapping[str, Any]],
) -> None:
    """Replace limits, streets and places by these; geometry comes as GeoJSON text."""
    for table, rows, shape in (
        (OutlineRow, outlines, "limits"),
        (StreetRow, streets, "course"),
        (PlaceRow, places, ""),
    ):
        db().execute(delete(table))
        for row in rows:
            values = dict(row)
            if shape:
                values[shape] = func.ST_SetSRID(func.ST_GeomFromGeoJSON(values[shape]), 4326)
            db().execute(insert(table).values(**values))


def load_zones(rows: Iterable[Mapping[str, Any]]) -> int:
    """Replace the zones by these (``code, name_en, name_es, area``); gives how many there are."""
    found = [dict(row) for row in rows]
    old = ZoneRow.saved_at.is_(None) & ZoneRow.code.not_in([row["code"] for row in found])
    db().execute(delete(ZoneRow).where(old))
    for row in found:
        fresh = {name: value for name, value in row.items() if name != "code"}
        db().execute(
            upsert(ZoneRow).values(**row).on_conflict_do_update(index_elements=[ZoneRow.code], set_=fresh)
        )
    return len(found)
