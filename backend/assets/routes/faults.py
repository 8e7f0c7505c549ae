"""Faults over HTTP: what is broken, and what becomes of it."""

from uuid import UUID

from flask import Response

from backend.assets import faults, handling, queries
from backend.assets.tables import FaultRow, FaultStepRow
from backend.core.actor import me
from backend.core.database import one
from backend.core.http import Blueprint
from backend.core.ready import ready, ready_one
from shared_models.basics import PageWanted
from shared_models.faults import Fault, FaultFilter, Faults, FaultStep, FaultSteps, ReportFault, TakeStep
from shared_models.permissions import Permission

blp = Blueprint("faults", __name__, url_prefix="/v1/faults", description="What is broken.")


@blp.get("/", permit=Permission.ASSET_READ)
@blp.arguments(FaultFilter.Schema, location="query")
@blp.alt_response(200, schema=Faults.Schema, success=True)
def list_faults(wanted: FaultFilter) -> Response:
    """The faults of things that you may know of, newest first."""
    return ready(handling.faults(me(), wanted), Fault, wanted)


@blp.post("/", permit=Permission.FAULT_REPORT)
@blp.arguments(ReportFault.Schema)
@blp.response(201, Fault.Schema)
def report_fault(body: ReportFault) -> FaultRow | Fault:
    """Say that a thing is broken. Send the photos first."""
    return faults.report(body)


@blp.get("/to-mend", permit=Permission.FAULT_WORK)
@blp.arguments(PageWanted.Schema, location="query")
@blp.alt_response(200, schema=Faults.Schema, success=True)
def list_to_mend(wanted: PageWanted) -> Response:
    """The faults that wait for you to mend them, newest first."""
    return ready(handling.to_mend(me()), Fault, wanted)


@blp.get("/to-approve", permit=Permission.REPAIR_APPROVE)
@blp.arguments(PageWanted.Schema, location="query")
@blp.alt_response(200, schema=Faults.Schema, success=True)
def list_to_approve(wanted: PageWanted) -> Response:
    """The faults of things that stay inside until you, or somebody like you, approve that they leave, newest first."""
    return ready(handling.to_approve(me()), Fault, wanted)


@blp.get("/<uuid:id>", permit=Permission.ASSET_READ)
@blp.alt_response(200, schema=Fault.Schema, success=True)
def get_fault(id: UUID) -> Response:
    """One fault."""
    return ready_one(queries.faults_visible_to(me()).where(FaultRow.id == id), Fault)


@blp.get("/<uuid:id>/history", permit=Permission.ASSET_READ)
@blp.arguments(PageWanted.Schema, location="query")
@blp.alt_response(200, schema=FaultSteps.Schema, success=True)
def fault_history(wanted: PageWanted, id: UUID) -> Response:
    """What became of a fault, newest first."""
    one(queries.faults_visible_to(me()).where(FaultRow.id == id))
    return ready(handling.steps_of(me(), id), FaultStep, wanted)


@blp.post("/<uuid:id>/steps", permit=Permission.FAULT_REPORT)
@blp.arguments(TakeStep.Schema)
@blp.response(201, FaultStep.Schema)
def take_step(body: TakeStep, id: UUID) -> FaultStepRow:
    """Take a step with a fault: which ones you may take, your roles say; who mended it never says that it works."""
    return faults.take_step(id, body)
