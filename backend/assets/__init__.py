"""Assets: what the city owns and has to account for: the register, custody, faults.

The front door: other domains use what stands in ``__all__`` and nothing else.
"""

from backend.assets import handling, lookup, queries, routes, sightings
from backend.assets.actions import make_kit, register_model
from backend.assets.custody import hand_out, swap
from backend.assets.documents import file_name as document_file
from backend.assets.events import (
    AssetChanged,
    DocumentDropped,
    DocumentKept,
    FaultMoved,
    FaultOpened,
    KitChanged,
    ModelChanged,
)
from backend.assets.faults import FaultFound, open_faults
from backend.assets.queries import about_fault, crew_of, ending, promised_between, unit_name
from backend.assets.readings import Reading, tag_of, take_readings
from backend.assets.records import verify as verify_record
from backend.assets.register import register_all
from backend.assets.sightings import take as take_sighting
from backend.core.domain import Domain
from backend.core.feed import Feed
from backend.core.maplayer import MapLayer
from shared_models.assets import Asset, AssetModel
from shared_models.custody import Reservation
from shared_models.faults import Fault
from shared_models.kits import Kit
from shared_models.layers import FieldKind, Geometry, LayerField, LayerStyle, Whom

DOMAIN = Domain(
    "assets",
    routes.blp,
    more=routes.MORE,
    feeds={
        "asset_model": Feed(AssetModel, queries.models_visible_to),
        "kit": Feed(Kit, queries.kits_visible_to),
        "asset": Feed(Asset, queries.on_phones),
        "fault": Feed(Fault, queries.faults_on_phones),
        "reservation": Feed(Reservation, handling.reservations_on_phones),
    },
    photos=handling.photos_visible_to,
    moves=sightings.move_owner,
    layers=(
        MapLayer(
            "devices",
            "Devices",
            "Equipos",
            Geometry.POINT,
            (
                LayerField(name="tag", kind=FieldKind.TEXT, title_en="Tag", title_es="Etiqueta"),
                LayerField(name="kind", kind=FieldKind.TEXT, title_en="Kind", title_es="Clase"),
                LayerField(name="name", kind=FieldKind.TEXT, title_en="Name", title_es="Nombre"),
                LayerField(name="state", kind=FieldKind.TEXT, title_en="State", title_es="Estado"),
                LayerField(
                    name="department", kind=FieldKind.TEXT, title_en="Department", title_es="Departamento"
                ),
                LayerField(name="seen_at", kind=FieldKind.INSTANT, title_en="Last seen", title_es="Visto"),
            ),
            queries.on_map,
            find=lookup.on_map,
            seen_by=Whom.STAFF,
            title_field="tag",
            time_field="seen_at",
            style=LayerStyle(colour="#6750a4", night="#d0bcff", width=6.0),
        ),
    ),
)

__all__ = [
    "DOMAIN",
    "AssetChanged",
    "DocumentDropped",
    "DocumentKept",
    "FaultFound",
    "FaultMoved",
    "FaultOpened",
    "KitChanged",
    "ModelChanged",
    "Reading",
    "about_fault",
    "crew_of",
    "document_file",
    "ending",
    "hand_out",
    "make_kit",
    "open_faults",
    "promised_between",
    "register_all",
    "register_model",
    "swap",
    "tag_of",
    "take_readings",
    "take_sighting",
    "unit_name",
    "verify_record",
]
