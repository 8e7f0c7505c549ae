"""Custody over HTTP: who has what, since when, by whose hand."""

from uuid import UUID

from flask import Response

from backend import identity
from backend.assets import counting, custody, handling, queries
from backend.assets.custody import Entry
from backend.assets.tables import AssetRow, ReservationRow
from backend.core.actor import me
from backend.core.database import one
from backend.core.http import Blueprint
from backend.core.ready import JSON, ready
from shared_models.basics import PageWanted
from shared_models.custody import (
    Attest,
    Attested,
    Bars,
    CustodyEntry,
    CustodyPage,
    CustodyRecord,
    HandOut,
    HolderFilter,
    PassOn,
    Reservation,
    ReservationFilter,
    Reservations,
    Reserve,
    Swap,
    TakeBack,
)
from shared_models.identity import Colleagues
from shared_models.permissions import Permission

blp = Blueprint("custody", __name__, url_prefix="/v1/custody", description="Who has what.")


@blp.get("/<uuid:id>", permit=Permission.ASSET_READ)
@blp.arguments(PageWanted.Schema, location="query")
@blp.alt_response(200, schema=CustodyPage.Schema, success=True)
def list_entries(wanted: PageWanted, id: UUID) -> Response:
    """A thing's custody chain, the newest entry first."""
    one(queries.visible_to(me()).where(AssetRow.id == id))
    return ready(handling.entries_of(me(), id), CustodyEntry, wanted)


@blp.get("/<uuid:id>/record", permit=Permission.ASSET_READ)
@blp.alt_response(200, schema=CustodyRecord.Schema, success=True)
def custody_record(id: UUID) -> Response:
    """A thing's whole chain, to be kept or handed on: it verifies by itself."""
    return Response(handling.record_text(me(), id), mimetype=JSON)


@blp.get("/<uuid:id>/bars", permit=Permission.CUSTODY_TAKE)
@blp.response(200, Bars.Schema)
def list_bars(id: UUID) -> Bars:
    """What stands against your taking a thing now."""
    return custody.bars(id)


@blp.post("/<uuid:id>/hand-out", permit=Permission.CUSTODY_TAKE)
@blp.arguments(HandOut.Schema)
@blp.response(201, CustodyEntry.Schema)
def hand_out(body: HandOut, id: UUID) -> Entry:
    """Take a thing from stock; or, where you answer for it, give it to somebody, into a unit or at a place."""
    return custody.hand_out(id, body)


@blp.post("/<uuid:id>/take-back", permit=Permission.CUSTODY_TAKE)
@blp.arguments(TakeBack.Schema)
@blp.response(201, CustodyEntry.Schema)
def take_back(body: TakeBack, id: UUID) -> Entry:
    """Give back what you have; or, where you answer for it, take it back."""
    return custody.take_back(id, body)


@blp.post("/<uuid:id>/pass-on", permit=Permission.CUSTODY_TAKE)
@blp.arguments(PassOn.Schema)
@blp.response(201, CustodyEntry.Schema)
def pass_on(body: PassOn, id: UUID) -> Entry:
    """At relief: pass on what you have; who takes it signs."""
    return custody.pass_on(id, body)


@blp.post("/<uuid:id>/swap", permit=Permission.CUSTODY_TAKE)
@blp.arguments(Swap.Schema)
@blp.response(201, CustodyPage.Schema)
def swap(body: Swap, id: UUID) -> CustodyPage:
    """Put a spare where a thing is. Answers with the entries of what was taken out and of what was put in."""
    return custody.swap(id, body)


@blp.post("/attest", permit=Permission.CUSTODY_TAKE)
@blp.arguments(Attest.Schema)
@blp.response(200, Attested.Schema)
def attest(body: Attest) -> Attested:
    """Say which things you have, each by its tag."""
    return counting.attest(body)


@blp.get("/holders", permit=Permission.CUSTODY_TAKE)
@blp.arguments(HolderFilter.Schema, location="query")
@blp.response(200, Colleagues.Schema)
def list_holders(wanted: HolderFilter) -> Colleagues:
    """Those to whom a department's things can be handed."""
    custody.refuse_beyond_reach(wanted.department)
    return identity.told_holders(wanted.department)


@blp.get("/reservations", permit=Permission.ASSET_READ)
@blp.arguments(ReservationFilter.Schema, location="query")
@blp.alt_response(200, schema=Reservations.Schema, success=True)
def list_reservations(wanted: ReservationFilter) -> Response:
    """What is promised to whom, newest first."""
    return ready(handling.reservations(me(), wanted), Reservation, wanted)


@blp.post("/reservations", permit=Permission.CUSTODY_TAKE)
@blp.arguments(Reserve.Schema)
@blp.response(201, Reservation.Schema)
def reserve(body: Reserve) -> ReservationRow:
    """Promise a thing to yourself for a time; or, where you answer for it, to somebody."""
    return custody.reserve(body)


@blp.post("/reservations/<uuid:id>/end", permit=Permission.CUSTODY_TAKE)
@blp.response(200, Reservation.Schema)
def end_reservation(id: UUID) -> ReservationRow:
    """Say that a promise is no longer needed."""
    return custody.end_reservation(id)
