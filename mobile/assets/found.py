"""Devices for whoever searches the map: those on this phone that have a place."""

from mobile.core.assetindex import ASSET
from mobile.core.parts import Parts
from shared_models.permissions import Permission
from shared_models.places import Place

LOOKED_AT = 50
"""Things that fit, of which only some have a place."""


def on_map(parts: Parts, typed: str, limit: int) -> list[tuple[Place, int]]:
    """What these words may mean, and how well each fits; as the server finds them (`backend/assets/lookup.py`)."""
    if not parts.may(Permission.MAP_READ):
        return []
    store, index = parts.store, parts.index
    index.refresh(store)
    found: list[tuple[Place, int]] = []
    for id_, fit in index.fitting(typed, LOOKED_AT):
        seen = store.one(ASSET, id_)
        where = seen.value.get("where") if seen else None
        if seen and where:
            title = " · ".join(word for word in (seen.value["tag"], seen.value["name"]) if word)
            place = Place(f"devices/{id_}", "thing", title, seen.value["place"], where["lat"], where["lon"])
            found.append((place, fit))
    return found[:limit]
