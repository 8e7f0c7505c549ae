"""Maps: limits, streets and places of the city, and the offline pack of the phone.

The front door: other domains use what stands in ``__all__`` and nothing else.
"""

from datetime import timedelta

from backend.core.database import one
from backend.core.domain import Chore, Domain
from backend.core.maplayer import MapLayer
from backend.maps import packs, queries, routes
from backend.maps.actions import load, load_zones
from backend.maps.gazetteer import refresh_list as load_addresses
from backend.maps.imports.folders import (
    FromFolder,
    changed,
    colours_used,
    files_of,
    options_text,
    read_all,
    said_or_guessed,
    settle,
    take,
)
from backend.maps.packs import make_pack
from backend.maps.queries import CityTold, city, households, in_limits, odd_area, zone_area
from backend.maps.queries import told_whose as whose
from backend.maps.sources import own_layers
from shared_models.layers import FieldKind, Geometry, LayerField, LayerStyle, Whom

DOMAIN = Domain(
    "maps",
    routes.blp,
    more=routes.MORE,
    chores=(Chore("make the pack anew where its layers changed", timedelta(minutes=15), packs.renew),),
    layers=(
        MapLayer(
            "facilities",
            "Facilities",
            "Instalaciones",
            Geometry.POINT,
            (
                LayerField(name="name", kind=FieldKind.TEXT, title_en="Name", title_es="Nombre"),
                LayerField(name="detail", kind=FieldKind.TEXT, title_en="Address", title_es="Dirección"),
                LayerField(
                    name="illustration", kind=FieldKind.BOOLEAN, title_en="Invented", title_es="Inventado"
                ),
            ),
            queries.facilities,
            seen_by=Whom.PUBLIC,
            title_field="name",
            style=LayerStyle(label="name", width=6.0),
            ground=True,
        ),
    ),
)

__all__ = [
    "DOMAIN",
    "CityTold",
    "FromFolder",
    "changed",
    "city",
    "colours_used",
    "files_of",
    "households",
    "in_limits",
    "load",
    "load_addresses",
    "load_zones",
    "make_pack",
    "newest_pack",
    "odd_area",
    "options_text",
    "own_layers",
    "read_all",
    "said_or_guessed",
    "settle",
    "take",
    "whose",
    "zone_area",
]


def newest_pack() -> bytes:
    """The pack that phones are to have: the bytes of an SQLite file. Raises NotFound before there is one."""
    return one(queries.newest_pack()).body
