"""Files and photos of things over HTTP."""

from uuid import UUID

from flask import Response, g

from backend.assets import documents
from backend.assets.tables import DocumentRow
from backend.core.http import Blueprint
from shared_models.assets import Document, Documents
from shared_models.papers import MOST_DOCUMENT_BYTES, AddPhotos, SendDocument, ThingPhotos
from shared_models.permissions import Permission

blp = Blueprint("documents", __name__, url_prefix="/v1/assets", description="Files and photos of things.")

ANY_FILE = {"schema": {"type": "string", "format": "binary"}}


@blp.put(
    "/<uuid:id>/documents",
    permit=Permission.ASSET_WRITE,
    takes_key=False,
    most_bytes=MOST_DOCUMENT_BYTES,
    prepare=documents.taken,
)
@blp.doc(requestBody={"required": True, "content": {"application/octet-stream": ANY_FILE}})
@blp.arguments(SendDocument.Schema, location="query")
@blp.response(200, Document.Schema)
def put_document(wanted: SendDocument, id: UUID) -> DocumentRow:
    """Send a file of a thing, under an id of your own (a UUID). Again with the same bytes changes name and last day."""
    return documents.keep(id, wanted, g.prepared)


@blp.get("/documents/<uuid:id>", permit=Permission.ASSET_READ, audited="document")
@blp.response(200, ANY_FILE["schema"], content_type="application/octet-stream")
def get_document(id: UUID) -> Response:
    """A file of a thing, as it was sent."""
    return documents.bytes_of(id)


@blp.delete("/documents/<uuid:id>", permit=Permission.ASSET_WRITE)
@blp.response(204)
def drop_document(id: UUID) -> None:
    """Drop a file of a thing."""
    documents.drop(id)


@blp.get("/<uuid:id>/documents", permit=Permission.ASSET_READ)
@blp.response(200, Documents.Schema)
def list_documents(id: UUID) -> dict[str, list[DocumentRow]]:
    """The files of a thing, the newest first."""
    return {"items": documents.of_thing(id)}


@blp.post("/<uuid:id>/photos", permit=Permission.ASSET_WRITE)
@blp.arguments(AddPhotos.Schema)
@blp.response(200, ThingPhotos.Schema)
def add_photos(body: AddPhotos, id: UUID) -> ThingPhotos:
    """Let photos that you sent show a thing."""
    return documents.add_photos(id, body)


@blp.get("/<uuid:id>/photos", permit=Permission.ASSET_READ)
@blp.response(200, ThingPhotos.Schema)
def list_photos(id: UUID) -> ThingPhotos:
    """The photos of a thing."""
    return documents.photos_of(id)
