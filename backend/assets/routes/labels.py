"""Labels over HTTP."""

from flask import Response

from backend.assets import labels
from backend.core.http import Blueprint
from shared_models.papers import PrintLabels
from shared_models.permissions import Permission

blp = Blueprint(
    "labels", __name__, url_prefix="/v1/assets/labels", description="Labels of things, as sheets to print."
)

PDF = "application/pdf"


@blp.post("/", permit=Permission.ASSET_READ, takes_key=False)
@blp.arguments(PrintLabels.Schema)
@blp.response(200, {"type": "string", "format": "binary"}, content_type=PDF)
def print_labels(body: PrintLabels) -> Response:
    """Labels of these things as a PDF: QR code, bars, tag, name, and whom to call. Nothing is changed."""
    return Response(labels.print_labels(body), mimetype=PDF)
