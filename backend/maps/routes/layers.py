"""Layers of the map over HTTP."""

from uuid import UUID

from flask import Response

from backend.core.actor import asking
from backend.core.http import KNOWN, Blueprint
from backend.core.ready import ready_one
from backend.maps import sources
from shared_models.layers import Layer, Layers

blp = Blueprint(
    "layers",
    __name__,
    url_prefix="/v1/maps/layers",
    description="What the map can show, who may see it, and where it comes from.",
)


@blp.get("/", permit=KNOWN)
@blp.response(200, Layers.Schema)
def list_layers() -> Layers:
    """List all layers that you may see, by their title."""
    return Layers(items=tuple(sources.all_of(asking())))


@blp.get("/<uuid:id>", permit=KNOWN)
@blp.alt_response(200, schema=Layer.Schema)
def get_layer(id: UUID) -> Response:
    """One layer of the city's own."""
    return ready_one(sources.layer_of(asking(), id), Layer, tagged=True)
