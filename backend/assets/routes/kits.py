"""Models, kits, and filters that are kept, over HTTP."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.assets import actions, queries
from backend.assets.routes.register import AssetQuery, blp
from backend.assets.tables import KitRow, ModelRow
from backend.core.actor import me
from backend.core.changes import said, version_seen, versioned
from backend.core.filtering import Wanted, filter_schema, read_query
from backend.core.ready import ready, ready_one
from shared_models.assets import AssetModel, AssetModels, SavedFilter, SavedFilters, SaveFilter
from shared_models.kits import ChangeKit, Kit, KitFilter, Kits, MakeKit
from shared_models.permissions import Permission
from shared_models.register import ChangeModel, ModelFilter, RegisterModel


@blp.get("/models/", permit=Permission.ASSET_READ)
@blp.arguments(filter_schema(ModelFilter, AssetModel), location="query")
@blp.alt_response(200, schema=AssetModels.Schema, success=True)
def list_models(wanted: Wanted[ModelFilter]) -> Response:
    """Makes and models, the newest change first. Filters on each field."""
    return ready(queries.matching_models(me(), wanted), AssetModel, wanted.page)


@blp.post("/models/", permit=Permission.ASSET_WRITE)
@blp.arguments(RegisterModel.Schema)
@blp.response(201, AssetModel.Schema)
def register_model(body: RegisterModel) -> Any:
    """Register a make and model."""
    return versioned(actions.register_model(body))


@blp.get("/models/<uuid:id>", permit=Permission.ASSET_READ)
@blp.alt_response(200, schema=AssetModel.Schema, success=True)
@blp.alt_response(304, description="You have this version.")
def get_model(id: UUID) -> Response:
    """One model. Its version is its ETag."""
    return ready_one(queries.models_visible_to(me()).where(ModelRow.id == id), AssetModel, tagged=True)


@blp.patch("/models/<uuid:id>", permit=Permission.ASSET_WRITE, needs_version=True)
@blp.arguments(ChangeModel.Schema)
@blp.response(200, AssetModel.Schema)
def change_model(body: ChangeModel, id: UUID) -> Any:
    """Change a model, as you saw it: `If-Match` is needed."""
    return versioned(actions.change_model(id, said(body), version_seen()))


@blp.get("/kits/", permit=Permission.ASSET_READ)
@blp.arguments(filter_schema(KitFilter, Kit), location="query")
@blp.alt_response(200, schema=Kits.Schema, success=True)
def list_kits(wanted: Wanted[KitFilter]) -> Response:
    """Kits that you may know of, the newest change first. Filters on each field."""
    return ready(queries.matching_kits(me(), wanted), Kit, wanted.page)


@blp.post("/kits/", permit=Permission.ASSET_WRITE)
@blp.arguments(MakeKit.Schema)
@blp.response(201, Kit.Schema)
def make_kit(body: MakeKit) -> Any:
    """Make a kit: a car, and what belongs in it."""
    return versioned(actions.make_kit(body))


@blp.get("/kits/<uuid:id>", permit=Permission.ASSET_READ)
@blp.alt_response(200, schema=Kit.Schema, success=True)
@blp.alt_response(304, description="You have this version.")
def get_kit(id: UUID) -> Response:
    """One kit. Its version is its ETag."""
    return ready_one(queries.kits_visible_to(me()).where(KitRow.id == id), Kit, tagged=True)


@blp.patch("/kits/<uuid:id>", permit=Permission.ASSET_WRITE, needs_version=True)
@blp.arguments(ChangeKit.Schema)
@blp.response(200, Kit.Schema)
def change_kit(body: ChangeKit, id: UUID) -> Any:
    """Change a kit, as you saw it: `If-Match` is needed. What comes into it and leaves it is told so."""
    return versioned(actions.change_kit(id, said(body), version_seen()))


@blp.get("/filters/", permit=Permission.ASSET_READ)
@blp.response(200, SavedFilters.Schema)
def list_filters() -> SavedFilters:
    """Filters that you kept, and those that others share."""
    return queries.saved_filters(me())


@blp.post("/filters/", permit=Permission.ASSET_READ)
@blp.arguments(SaveFilter.Schema)
@blp.response(201, SavedFilter.Schema)
def save_filter(body: SaveFilter) -> SavedFilter:
    """Keep a filter under a name, in place of one of yours that has it."""
    read_query(AssetQuery, body.query)
    return queries.saved_filter(me(), actions.save_filter(body))


@blp.delete("/filters/<uuid:id>", permit=Permission.ASSET_READ)
@blp.response(204)
def drop_filter(id: UUID) -> None:
    """Let go of a filter of yours."""
    actions.drop_filter(id)
