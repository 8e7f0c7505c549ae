"""Questions, reports and saved areas over HTTP."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.core.actor import me
from backend.core.http import KNOWN, Blueprint
from backend.core.ready import ready
from backend.maps import analysis, report_page, reports
from backend.maps.tables import ReportRow
from shared_models.permissions import Permission
from shared_models.reports import (
    AskMap,
    KeepReport,
    MapAnswer,
    Report,
    ReportFilter,
    Reports,
    SaveArea,
    SavedArea,
    ShareReport,
)

blp = Blueprint(
    "reports", __name__, description="Questions asked of the map, and reports that are kept of them."
)

FILE = {"type": "string", "format": "binary"}

PAGE = {"type": "string"}


@blp.post("/v1/maps/ask", permit=Permission.REPORT_MAKE, takes_key=False)
@blp.arguments(AskMap.Schema)
@blp.response(200, MapAnswer.Schema)
def ask_map(body: AskMap) -> MapAnswer:
    """What lies near, how many in each area, or how it changes over time; of what you may see."""
    return analysis.answered(me(), body)


@blp.get("/v1/maps/reports/", permit=Permission.REPORT_MAKE)
@blp.arguments(ReportFilter.Schema, location="query")
@blp.alt_response(200, schema=Reports.Schema, success=True)
def list_reports(wanted: ReportFilter) -> Response:
    """Reports that you kept, the newest change first."""
    return ready(reports.mine(me()), Report, wanted)


@blp.post("/v1/maps/reports/", permit=Permission.REPORT_MAKE)
@blp.arguments(KeepReport.Schema)
@blp.response(201, Report.Schema)
def keep_report(body: KeepReport) -> ReportRow:
    """Keep a question under a title."""
    return reports.keep_report(body)


@blp.get("/v1/maps/reports/<uuid:id>", permit=KNOWN)
@blp.response(200, Report.Schema)
def get_report(id: UUID) -> Report:
    """A report of yours, or one whose address you were given; what it asks only where you may see all its layers."""
    return reports.told_report(id)


@blp.delete("/v1/maps/reports/<uuid:id>", permit=Permission.REPORT_MAKE)
@blp.response(204)
def drop_report(id: UUID) -> None:
    """Keep a report of yours no longer."""
    reports.drop_report(id)


@blp.post("/v1/maps/reports/<uuid:id>/share", permit=Permission.REPORT_MAKE)
@blp.arguments(ShareReport.Schema)
@blp.response(200, Report.Schema)
def share_report(body: ShareReport, id: UUID) -> ReportRow:
    """Let whoever has its address open a report of yours, or nobody else any more."""
    return reports.share_report(id, body)


@blp.get("/v1/maps/reports/<uuid:id>/answer", permit=KNOWN)
@blp.response(200, MapAnswer.Schema)
def get_answer(id: UUID) -> MapAnswer:
    """What a report answers now, of what you may see."""
    return reports.answer(id)


@blp.get("/v1/maps/reports/<uuid:id>/csv", permit=KNOWN)
@blp.response(200, FILE, content_type="text/csv")
def get_csv(id: UUID) -> Response:
    """The table of a report for a spreadsheet."""
    return reports.as_csv(id)


@blp.get("/v1/maps/reports/<uuid:id>/pdf", permit=KNOWN)
@blp.response(200, FILE, content_type="application/pdf")
def get_pdf(id: UUID) -> Response:
    """A report on paper, with a picture of the map."""
    return reports.as_pdf(id)


@blp.get("/v1/maps/reports/<uuid:id>/picture", permit=KNOWN)
@blp.response(200, {"type": "string"}, content_type="image/svg+xml")
def get_picture(id: UUID) -> Response:
    """The picture of a report."""
    return reports.as_svg(id)


@blp.get("/map/reports/<id>", permit=KNOWN)
@blp.response(200, PAGE, content_type="text/html")
@blp.alt_response(404, schema=PAGE, content_type="text/html", description="There is none that you may see.")
@blp.alt_response(413, schema=PAGE, content_type="text/html", description="It asks too much.")
@blp.alt_response(429, schema=PAGE, content_type="text/html", description="Too many ask at this moment.")
def open_report(id: str) -> Response:
    """A report as a page."""
    return report_page.opened(id)


@blp.post("/v1/maps/areas/", permit=Permission.REPORT_MAKE)
@blp.arguments(SaveArea.Schema)
@blp.response(201, SavedArea.Schema)
def save_area(body: SaveArea) -> Any:
    """Keep what lies so near to a place as an area: an alert takes its `code` as the zone that it is for."""
    return reports.save_area(body)


@blp.delete("/v1/maps/areas/<uuid:id>", permit=Permission.REPORT_MAKE)
@blp.response(204)
def drop_area(id: UUID) -> None:
    """Keep a saved area no longer; alerts that took it keep its outline."""
    reports.drop_area(id)
