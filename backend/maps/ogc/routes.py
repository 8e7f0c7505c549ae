"""OGC API Features over HTTP. Its contract is ``/ogc/api``, in OpenAPI 3.0, as the standard wants it."""

from flask import Response, request

from backend.core.http import KNOWN, PUBLIC, Blueprint, read
from backend.maps.ogc import contract, documents, editing, items
from backend.maps.ogc.answers import GEOJSON, JSON, MERGE, OPENAPI, SCHEMA
from shared_models.permissions import Permission

blp = Blueprint(
    "ogc",
    __name__,
    url_prefix="/ogc",
    description="The layers by the OGC's open standards; parameters and answers are told in /ogc/api.",
)
COLLECTION, ITEMS, ITEM = "/collections/<id>", "/collections/<id>/items", "/collections/<layer>/items/<id>"
AN_OBJECT = {"type": "object"}


def sent_as(kind: str) -> dict[str, object]:
    """What the contract says of a body of this media type."""
    return {"required": True, "content": {kind: {"schema": AN_OBJECT}}}


@blp.before_request
def options() -> Response | None:
    """What whoever asks may do with features, where they ask just that."""
    if request.method != "OPTIONS" or not (request.view_args and "items" in request.path):
        return None
    return read(lambda: editing.allowed(**request.view_args or {}), KNOWN, "")


@blp.get("/", permit=PUBLIC)
@blp.alt_response(200, schema=AN_OBJECT, content_type=JSON, success=True)
def landing() -> Response:
    """Where it begins: what there is, and where."""
    return documents.landing()


@blp.get("/conformance", permit=PUBLIC)
@blp.alt_response(200, schema=AN_OBJECT, content_type=JSON, success=True)
def conformance() -> Response:
    """Which parts of which standards hold."""
    return documents.conformance()


@blp.get("/api", permit=KNOWN)
@blp.alt_response(200, schema=AN_OBJECT, content_type=OPENAPI, success=True)
def api() -> Response:
    """The contract of these routes, in OpenAPI 3.0, with the layers that you may see."""
    return contract.told()


@blp.get("/collections", permit=KNOWN)
@blp.alt_response(200, schema=AN_OBJECT, content_type=JSON, success=True)
def list_collections() -> Response:
    """List all layers that you may see."""
    return documents.collections()


@blp.get(COLLECTION, permit=KNOWN)
@blp.alt_response(200, schema=AN_OBJECT, content_type=JSON, success=True)
def get_collection(id: str) -> Response:
    """One layer: what it is called, where its features are, what can be asked of it."""
    return documents.one_collection(id)


@blp.get(f"{COLLECTION}/queryables", permit=KNOWN)
@blp.alt_response(200, schema=AN_OBJECT, content_type=SCHEMA, success=True)
def get_queryables(id: str) -> Response:
    """What filters may ask of a layer's features."""
    return documents.queryables(id)


@blp.get(f"{COLLECTION}/schema", permit=KNOWN)
@blp.alt_response(200, schema=AN_OBJECT, content_type=SCHEMA, success=True)
def get_schema(id: str) -> Response:
    """What a layer's features hold, and what may be sent."""
    return documents.schema(id)


@blp.get(ITEMS, permit=KNOWN)
@blp.alt_response(200, schema=AN_OBJECT, content_type=GEOJSON, success=True)
def list_items(id: str) -> Response:
    """A page of features, as filters say."""
    return items.items(id)


@blp.get(ITEM, permit=KNOWN)
@blp.alt_response(200, schema=AN_OBJECT, content_type=GEOJSON, success=True)
def get_item(layer: str, id: str) -> Response:
    """One feature."""
    return items.item(layer, id)


@blp.post(ITEMS, permit=Permission.MAP_EDIT)
@blp.doc(requestBody=sent_as(GEOJSON))
@blp.alt_response(201, schema=AN_OBJECT, content_type=GEOJSON, success=True)
def add_item(id: str) -> Response:
    """Make a feature; its number is given here."""
    return editing.add(id)


@blp.put(ITEM, permit=Permission.MAP_EDIT, needs_version=True)
@blp.doc(requestBody=sent_as(GEOJSON))
@blp.alt_response(204, description="It is so.", success=True)
def replace_item(layer: str, id: str) -> Response:
    """Let a feature be exactly this."""
    return editing.replace(layer, id)


@blp.patch(ITEM, permit=Permission.MAP_EDIT, needs_version=True)
@blp.doc(requestBody=sent_as(MERGE))
@blp.alt_response(204, description="It is so.", success=True)
def change_item(layer: str, id: str) -> Response:
    """Change a feature by a merge patch (RFC 7396)."""
    return editing.change(layer, id)


@blp.delete(ITEM, permit=Permission.MAP_EDIT, needs_version=True)
@blp.alt_response(204, description="It is gone.", success=True)
def remove_item(layer: str, id: str) -> Response:
    """Remove a feature."""
    return editing.remove(layer, id)
