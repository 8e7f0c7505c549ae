"""Layers of the map over HTTP."""

from typing import Any
from uuid import UUID

from flask import Response, g, request

from backend.core.actor import asking
from backend.core.bodies import caller_address, whole_body
from backend.core.changes import said, version_seen, versioned
from backend.core.http import KNOWN, Blueprint
from backend.core.ready import ready, ready_one
from backend.maps import exports, features, imports, layers, sources
from shared_models.layers import (
    ChangeLayer,
    DefineLayer,
    Edition,
    Editions,
    FeatureChange,
    FeatureChanges,
    FindChanges,
    Layer,
    Layers,
    LoadLayer,
)
from shared_models.permissions import Permission

blp = Blueprint(
    "layers",
    __name__,
    url_prefix="/v1/maps/layers",
    description="What the map can show, who may see it, and where it comes from.",
)

ANY_FILE = {"schema": {"type": "string", "format": "binary"}}


@blp.get("/", permit=KNOWN)
@blp.response(200, Layers.Schema)
def list_layers() -> Layers:
    """List all layers that you may see, by their title."""
    return Layers(items=tuple(sources.all_of(asking())))


@blp.post("/", permit=Permission.MAP_MANAGE)
@blp.arguments(DefineLayer.Schema)
@blp.response(201, Layer.Schema)
def define_layer(body: DefineLayer) -> Any:
    """Define a layer, under an id of your own (a UUID). It holds nothing until a file is loaded or somebody draws."""
    return versioned(layers.define_layer(body))


@blp.get("/<uuid:id>", permit=KNOWN)
@blp.alt_response(200, schema=Layer.Schema)
def get_layer(id: UUID) -> Response:
    """One layer of the city's own."""
    return ready_one(sources.layer_of(asking(), id), Layer, tagged=True)


@blp.patch("/<uuid:id>", permit=Permission.MAP_MANAGE, needs_version=True)
@blp.arguments(ChangeLayer.Schema)
@blp.response(200, Layer.Schema)
def change_layer(body: ChangeLayer, id: UUID) -> Any:
    """Change what is said of a layer, as you saw it: `If-Match` is needed."""
    return versioned(layers.change_layer(id, said(body), version_seen()))


@blp.delete("/<uuid:id>", permit=Permission.MAP_MANAGE, needs_version=True)
@blp.response(204)
def remove_layer(id: UUID) -> None:
    """Remove a layer with all its editions and features, as you saw it: `If-Match` is needed."""
    layers.remove_layer(id, version_seen())


def read_file() -> imports.Lines:
    """Before the transaction: the file that was sent, read as the query says."""
    wanted = imports.wanted_of(request.args)
    return imports.prepared((request.view_args or {})["id"], wanted, whole_body(caller_address()))


@blp.post(
    "/<uuid:id>/editions",
    permit=Permission.MAP_MANAGE,
    takes_key=False,
    most_bytes=imports.MOST_BYTES,
    prepare=read_file,
)
@blp.doc(requestBody={"required": True, "content": {"application/octet-stream": ANY_FILE}})
@blp.arguments(LoadLayer.Schema, location="query")
@blp.response(200, Edition.Schema)
def load_layer(wanted: LoadLayer, id: UUID) -> Edition:
    """Load a file as a new edition: GeoJSON, GeoPackage, zipped Shapefile, CSV or FlatGeobuf; with what became of each row.

    The edition before stays, and can be shown again. With `trial` only the report.
    """
    return imports.load(id, wanted, g.prepared)


@blp.get("/<uuid:id>/editions", permit=Permission.MAP_MANAGE)
@blp.response(200, Editions.Schema)
def list_editions(id: UUID) -> Editions:
    """The editions of a layer that are kept, the newest first."""
    return Editions(items=tuple(imports.editions_of(id)))


@blp.post("/<uuid:id>/editions/<int:number>/show", permit=Permission.MAP_MANAGE, needs_version=True)
@blp.response(200, Layer.Schema)
def show_edition(id: UUID, number: int) -> Any:
    """Show an edition that is kept in place of the one that is shown: `If-Match` is needed."""
    return versioned(imports.show(id, number, version_seen()))


@blp.get("/<uuid:id>/changes", permit=Permission.MAP_READ)
@blp.arguments(FindChanges.Schema, location="query")
@blp.alt_response(200, schema=FeatureChanges.Schema, success=True)
def list_feature_changes(wanted: FindChanges, id: UUID) -> Response:
    """What was changed by hand in a layer, or in one feature of it: before and after, newest first."""
    return ready(features.changes_of(id, wanted.feature_id), FeatureChange, wanted)


@blp.get("/<uuid:id>/export", permit=KNOWN)
@blp.arguments(exports.ExportQuery, location="query")
@blp.response(200, ANY_FILE["schema"], content_type="application/octet-stream")
def export_layer(wanted: exports.Wanted, id: UUID) -> Response:
    """A layer as GeoJSON, GeoPackage, FlatGeobuf or CSV: all of it, or what a box, fields (`label=H-1`) and CQL2 leave."""
    return exports.export(id, wanted)
