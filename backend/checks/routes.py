"""Checks over HTTP."""

from typing import Any
from uuid import UUID

from flask import Response, g

from backend.checks import actions, due, queries, readiness, templates, trends, xlsform
from backend.checks.tables import CheckRow, ScheduleRow, ShiftRow, TemplateRow
from backend.core.actor import me
from backend.core.bodies import caller_address, whole_body
from backend.core.http import Blueprint, cached
from backend.core.ready import JSON, list_text, ready, ready_one
from shared_models.checks import (
    Board,
    BoardWanted,
    Check,
    CheckFilter,
    Checks,
    DueList,
    DueWanted,
    FinishCheck,
    Repeats,
    RepeatsWanted,
    Schedule,
    Schedules,
    Shift,
    Shifts,
    Trend,
    TrendWanted,
    WriteSchedule,
    WriteShift,
)
from shared_models.permissions import Permission
from shared_models.templates import (
    CheckTemplate,
    CheckTemplates,
    ImportTemplate,
    TemplateFilter,
    WriteTemplate,
)

blp = Blueprint("checks", __name__, url_prefix="/v1/checks", description="What is looked at before a shift.")


@blp.get("/", permit=Permission.CHECK_READ, audited="checks")
@blp.arguments(CheckFilter.Schema, location="query")
@blp.alt_response(200, schema=Checks.Schema, success=True)
def list_checks(wanted: CheckFilter) -> Response:
    """The checks that were done, newest first: yours, and those of the departments that you may see."""
    return ready(queries.matching(me(), wanted), Check, wanted)


@blp.get("/<uuid:id>", permit=Permission.CHECK_READ)
@blp.alt_response(200, schema=Check.Schema, success=True)
def get_check(id: UUID) -> Response:
    """One check that was done."""
    return ready_one(queries.visible_to(me()).where(CheckRow.id == id), Check)


@blp.post("/", permit=Permission.CHECK_DO, takes_key=False)
@blp.arguments(FinishCheck.Schema)
@blp.response(201, Check.Schema)
def finish_check(body: FinishCheck) -> CheckRow | Check:
    """Send a check that was done, whole. Again under the same id changes nothing. Send the photos first."""
    return actions.finish_check(body)


@blp.get("/due", permit=Permission.CHECK_READ)
@blp.arguments(DueWanted.Schema, location="query")
@blp.alt_response(200, schema=DueList.Schema, success=True)
def list_due(wanted: DueWanted) -> Response:
    """What is to be checked now, the most urgent first, and what of it was done in its period."""
    return Response(due.due_text(me(), wanted), mimetype=JSON)


@blp.get("/board", permit=Permission.CHECK_READ)
@blp.arguments(BoardWanted.Schema, location="query")
@blp.response(200, Board.Schema)
@blp.alt_response(304, description="You have the newest.")
def get_board(wanted: BoardWanted) -> Response:
    """What can roll now: each unit, red first, why not, and since when."""
    version, body = readiness.board(me(), wanted.department)
    return cached(version, lambda: body, JSON, fresh_s=0)


@blp.get("/trend", permit=Permission.CHECK_READ)
@blp.arguments(TrendWanted.Schema, location="query")
@blp.response(200, Trend.Schema)
def get_trend(wanted: TrendWanted) -> Trend:
    """How one reading of a thing ran: battery health, say."""
    return trends.trend_of(me(), wanted)


@blp.get("/repeats", permit=Permission.CHECK_READ)
@blp.arguments(RepeatsWanted.Schema, location="query")
@blp.alt_response(200, schema=Repeats.Schema, success=True)
def list_repeats(wanted: RepeatsWanted) -> Response:
    """Which models fail again and again."""
    return Response(trends.repeats_text(me(), wanted), mimetype=JSON)


@blp.get("/templates", permit=Permission.CHECK_READ)
@blp.arguments(TemplateFilter.Schema, location="query")
@blp.alt_response(200, schema=CheckTemplates.Schema, success=True)
def list_templates(wanted: TemplateFilter) -> Response:
    """Templates, the newest change first: those in force; for those who write them, all versions."""
    return ready(queries.templates_matching(me(), wanted), CheckTemplate, wanted)


@blp.get("/templates/<uuid:id>", permit=Permission.CHECK_READ)
@blp.alt_response(200, schema=CheckTemplate.Schema, success=True)
def get_template(id: UUID) -> Response:
    """One version of a template."""
    return ready_one(queries.templates_visible_to(me()).where(TemplateRow.id == id), CheckTemplate)


@blp.post("/templates", permit=Permission.CHECK_WRITE)
@blp.arguments(WriteTemplate.Schema)
@blp.response(201, CheckTemplate.Schema)
def write_template(body: WriteTemplate) -> TemplateRow:
    """Begin a new version of a template, or a template of your own. Nobody is asked by it yet."""
    return templates.write_template(body)


@blp.post("/templates/<uuid:id>/change", permit=Permission.CHECK_WRITE)
@blp.arguments(WriteTemplate.Schema)
@blp.response(200, CheckTemplate.Schema)
def change_template(body: WriteTemplate, id: UUID) -> TemplateRow:
    """Write a draft anew. What was ever in force never changes."""
    return templates.change_template(id, body)


@blp.post("/templates/<uuid:id>/put-in-force", permit=Permission.CHECK_WRITE)
@blp.response(200, CheckTemplate.Schema)
def put_in_force(id: UUID) -> TemplateRow:
    """Let this version be the one that is asked from now on."""
    return templates.put_in_force(id)


def read_body() -> dict[str, Any]:
    """Before any transaction: what the workbook says that is sent."""
    return xlsform.read_workbook(whole_body(caller_address()))


@blp.post(
    "/templates/xlsform",
    permit=Permission.CHECK_WRITE,
    takes_key=False,
    most_bytes=xlsform.MOST_BYTES,
    prepare=read_body,
)
@blp.doc(
    requestBody={
        "required": True,
        "content": {xlsform.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
)
@blp.arguments(ImportTemplate.Schema, location="query")
@blp.response(201, CheckTemplate.Schema)
def import_template(wanted: ImportTemplate) -> TemplateRow:
    """Take a workbook in XLSForm as a new version. What can't be carried over is refused by its row and column."""
    return templates.write_template(xlsform.template_from(g.prepared, wanted.id, wanted.kind, wanted.code))


@blp.get("/templates/<uuid:id>/xlsform", permit=Permission.CHECK_READ)
@blp.response(200, {"type": "string", "format": "binary"}, content_type=xlsform.MEDIA_TYPE)
def export_template(id: UUID) -> Response:
    """A version of a template as a workbook in XLSForm, for other collectors of forms."""
    return Response(xlsform.write_workbook(templates.seen(id)), mimetype=xlsform.MEDIA_TYPE)


@blp.get("/schedules", permit=Permission.CHECK_READ)
@blp.alt_response(200, schema=Schedules.Schema, success=True)
def list_schedules() -> Response:
    """When things are due."""
    return Response(f'{{"items":{list_text(queries.schedules_in_order(me()), Schedule)}}}', mimetype=JSON)


@blp.put("/schedules/<uuid:id>", permit=Permission.CHECK_WRITE)
@blp.arguments(WriteSchedule.Schema)
@blp.response(200, Schedule.Schema)
def write_schedule(body: WriteSchedule, id: UUID) -> ScheduleRow:
    """Say when something is due, under an id of your own, or that it is not any more."""
    return templates.write_schedule(id, body)


@blp.get("/shifts", permit=Permission.CHECK_READ)
@blp.alt_response(200, schema=Shifts.Schema, success=True)
def list_shifts() -> Response:
    """When shifts begin, by the city's clock. A department without any has one a day, from midnight."""
    return Response(f'{{"items":{list_text(queries.shifts_in_order(me()), Shift)}}}', mimetype=JSON)


@blp.put("/shifts/<uuid:id>", permit=Permission.CHECK_WRITE)
@blp.arguments(WriteShift.Schema)
@blp.response(200, Shift.Schema)
def write_shift(body: WriteShift, id: UUID) -> ShiftRow:
    """Say when a shift begins and how long it lasts, under an id of your own."""
    return templates.write_shift(id, body)


@blp.delete("/shifts/<uuid:id>", permit=Permission.CHECK_WRITE)
@blp.response(204)
def end_shift(id: UUID) -> None:
    """There is no such shift any more."""
    templates.end_shift(id)
