"""Assets: what the city owns and has to account for: the register, custody, faults.

The front door: other domains use what stands in ``__all__`` and nothing else.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend.assets import handling, queries, routes, sightings
from backend.assets.actions import make_kit, register_model
from backend.assets.custody import hand_out, swap
from backend.assets.documents import file_name as document_file
from backend.assets.events import AssetChanged, FaultMoved, FaultOpened
from backend.assets.faults import FaultFound, open_faults
from backend.assets.readings import Reading, tag_of, take_readings
from backend.assets.records import verify as verify_record
from backend.assets.register import register_all
from backend.assets.sightings import take as take_sighting
from backend.assets.tables import KitRow
from backend.core.actor import db
from backend.core.domain import Domain
from backend.core.feed import Feed
from shared_models.assets import Asset, AssetModel
from shared_models.faults import Fault
from shared_models.kits import Kit

DOMAIN = Domain(
    "assets",
    routes.blp,
    more=routes.MORE,
    feeds={
        "asset_model": Feed(AssetModel, queries.models_visible_to),
        "kit": Feed(Kit, queries.kits_visible_to),
        "asset": Feed(Asset, queries.on_phones),
        "fault": Feed(Fault, queries.faults_on_phones),
    },
    photos=handling.photos_visible_to,
    moves=sightings.move_owner,
)

__all__ = [
    "DOMAIN",
    "AssetChanged",
    "FaultFound",
    "FaultMoved",
    "FaultOpened",
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


def about_fault(id_: UUID) -> Any:
    """Of a fault: ``number, tag, unit, reporter_id, holder_id``."""
    return db().execute(queries.about_fault(id_)).one()


def crew_of(fault_id: UUID) -> set[UUID]:
    """Who has something of the unit in which a fault is."""
    return set(db().scalars(queries.crew_of(fault_id)))


def unit_name(kit_id: UUID) -> str:
    """What a unit is called: its code."""
    return db().get_one(KitRow, kit_id).code


def promised_between(since: datetime, until: datetime) -> Sequence[Any]:
    """What is promised to somebody from a moment in this time on: (reservation, person, thing, tag, department)."""
    return db().execute(queries.promised_between(since, until)).all()


def ending(since: date, until: date) -> Sequence[Any]:
    """What loses its support, or a document, in these days: (department, name, day, how many, one thing's id)."""
    return [
        row
        for query in (queries.support_ending, queries.documents_ending)
        for row in db().execute(query(since, until))
    ]
