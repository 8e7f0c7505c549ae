"""The inbox over HTTP: what somebody scanned, found or saw broken."""

from uuid import UUID

from flask import Response

from backend.assets import handling, sightings
from backend.assets.tables import SightingRow
from backend.core.actor import me
from backend.core.bodies import caller_address
from backend.core.http import Blueprint
from backend.core.ready import ready
from shared_models.faults import SettleSighting, Sight, Sighting, SightingFilter, Sightings, SightTaken
from shared_models.permissions import Permission

blp = Blueprint("sightings", __name__, url_prefix="/v1/sightings", description="Labels that somebody saw.")


@blp.post("/", permit=Permission.ASSET_FIND)
@blp.arguments(Sight.Schema)
@blp.response(201, SightTaken.Schema)
def take_sighting(body: Sight) -> SightTaken:
    """Say that a label fits nothing, was found, or hangs on something broken. Needs no account."""
    sightings.limit_sightings(caller_address())
    return sightings.take(body)


@blp.get("/", permit=Permission.ASSET_WRITE, audited="sightings")
@blp.arguments(SightingFilter.Schema, location="query")
@blp.alt_response(200, schema=Sightings.Schema, success=True)
def list_sightings(wanted: SightingFilter) -> Response:
    """The inbox, newest first."""
    return ready(handling.sightings(me(), wanted), Sighting, wanted)


@blp.post("/<uuid:id>/settle", permit=Permission.ASSET_WRITE)
@blp.arguments(SettleSighting.Schema)
@blp.response(200, Sighting.Schema)
def settle_sighting(body: SettleSighting, id: UUID) -> SightingRow:
    """Say what came of it; open a fault of it, if it is one."""
    return sightings.settle(id, body)
