"""Lists of things, in and out, over HTTP."""

from flask import Response, g

from backend.assets import imports, queries
from backend.assets.routes.register import AssetQuery
from backend.core.actor import me
from backend.core.filtering import Wanted
from backend.core.http import Blueprint
from shared_models.assets import AssetFilter
from shared_models.papers import MOST_IMPORT_BYTES, ImportColumns, ImportReport, ImportWanted
from shared_models.permissions import Permission

blp = Blueprint("imports", __name__, url_prefix="/v1/assets", description="Lists of things, in and out.")

FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@blp.post(
    "/imports/columns",
    permit=Permission.ASSET_WRITE,
    takes_key=False,
    most_bytes=MOST_IMPORT_BYTES,
    prepare=imports.read_body,
)
@blp.doc(**FILE)
@blp.response(200, ImportColumns.Schema)
def look_at_columns() -> ImportColumns:
    """Look at a file, CSV or XLSX: its columns, what stands in them, and what each seems to hold. Nothing is changed."""
    return imports.columns_of(g.prepared)


@blp.post("/imports", permit=Permission.ASSET_WRITE, most_bytes=MOST_IMPORT_BYTES, prepare=imports.read_body)
@blp.doc(**FILE)
@blp.arguments(ImportWanted.Schema, location="query")
@blp.response(200, ImportReport.Schema)
def import_things(wanted: ImportWanted) -> ImportReport:
    """Take over a file: all of it, or nothing and the reasons. With ``dry_run`` only the report."""
    return imports.take(g.prepared, wanted.mapping, dry_run=wanted.dry_run)


CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIST = {"type": "string", "format": "binary"}


@blp.get("/export.csv", permit=Permission.ASSET_READ, audited="asset-export")
@blp.arguments(AssetQuery, location="query")
@blp.response(200, LIST, content_type=CSV)
def export_csv(wanted: Wanted[AssetFilter]) -> Response:
    """The list of things, filtered as the list is, as CSV: taken in again unchanged it changes nothing."""
    return saved(imports.as_csv(queries.matching(me(), wanted)), CSV, "things.csv")


@blp.get("/export.xlsx", permit=Permission.ASSET_READ, audited="asset-export")
@blp.arguments(AssetQuery, location="query")
@blp.response(200, LIST, content_type=XLSX)
def export_xlsx(wanted: Wanted[AssetFilter]) -> Response:
    """The same as a workbook."""
    return saved(imports.as_xlsx(queries.matching(me(), wanted)), XLSX, "things.xlsx")


def saved(data: bytes, media_type: str, name: str) -> Response:
    """A file to be saved under this name."""
    return Response(
        data, mimetype=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
