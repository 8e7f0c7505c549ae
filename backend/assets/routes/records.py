"""Custody records on paper, over HTTP."""

from uuid import UUID

from flask import Response

from backend.assets import records
from backend.core.http import Blueprint
from shared_models.permissions import Permission

blp = Blueprint("records", __name__, url_prefix="/v1/custody", description="Custody records on paper.")

PDF = "application/pdf"


@blp.get("/<uuid:id>/record.pdf", permit=Permission.ASSET_READ)
@blp.response(200, {"type": "string", "format": "binary"}, content_type=PDF)
def print_record(id: UUID) -> Response:
    """A thing's whole chain as a PDF to read and sign for, with the record itself attached: it verifies by itself."""
    return Response(records.printed(id), mimetype=PDF)
