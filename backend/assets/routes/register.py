"""The register over HTTP."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.assets import lookup, queries, register
from backend.assets.register import Change
from backend.assets.tables import AssetRow
from backend.core.actor import me
from backend.core.changes import said, said_each, version_seen, versioned
from backend.core.database import one
from backend.core.filtering import Wanted, filter_schema
from backend.core.http import Blueprint
from backend.core.ready import JSON, list_text, ready, ready_one
from shared_models.assets import (
    Asset,
    AssetChange,
    AssetChanges,
    AssetFilter,
    Assets,
    ChangeAsset,
    Found,
    LookUp,
    MoveAsset,
    RegisterAsset,
    Scanned,
)
from shared_models.basics import PageWanted
from shared_models.permissions import Permission
from shared_models.register import AssetsDone, ChangeAssets, RegisterAssets

blp = Blueprint("assets", __name__, url_prefix="/v1/assets", description="What the city owns.")

AssetQuery = filter_schema(AssetFilter, Asset)


@blp.get("/", permit=Permission.ASSET_READ)
@blp.arguments(AssetQuery, location="query")
@blp.alt_response(200, schema=Assets.Schema, success=True)
def list_assets(wanted: Wanted[AssetFilter]) -> Response:
    """Things that you may know of, the newest change first. Filters on each field, and `fields.CODE` on typed ones."""
    return ready(queries.matching(me(), wanted), Asset, wanted.page, wanted.chosen)


@blp.post("/", permit=Permission.ASSET_WRITE)
@blp.arguments(RegisterAsset.Schema)
@blp.response(201, Asset.Schema)
def register_asset(body: RegisterAsset) -> Any:
    """Register a thing. It begins in stock, or on order."""
    return versioned(register.register_asset(body))


@blp.post("/bulk", permit=Permission.ASSET_WRITE)
@blp.arguments(RegisterAssets.Schema)
@blp.response(201, AssetsDone.Schema)
def register_all(body: RegisterAssets) -> dict[str, list[AssetRow]]:
    """Register many things: all of them, or none."""
    return {"items": register.register_all(body.items)}


@blp.patch("/bulk", permit=Permission.ASSET_WRITE)
@blp.arguments(ChangeAssets.Schema)
@blp.response(200, AssetsDone.Schema)
def change_all(body: ChangeAssets) -> dict[str, list[AssetRow]]:
    """Change many things, each as you saw it: all of them, or none."""
    return {
        "items": register.change_all(
            [Change(each.id, each.version, its) for each, its in said_each(body.items)]
        )
    }


@blp.get("/look-up", permit=Permission.ASSET_READ)
@blp.arguments(LookUp.Schema, location="query")
@blp.alt_response(200, schema=Found.Schema, success=True)
def look_up(wanted: LookUp) -> Response:
    """What these words may mean, as you type: a code, the beginning of one, words of it; last, words alike."""
    return Response(f'{{"items":{list_text(lookup.looked_up(me(), wanted), Asset)}}}', mimetype=JSON)


@blp.get("/scan", permit=Permission.ASSET_READ)
@blp.arguments(Scanned.Schema, location="query")
@blp.alt_response(200, schema=Found.Schema, success=True)
def scan(wanted: Scanned) -> Response:
    """What has exactly this code: a label of ours, or any code of the thing itself. Nothing is an answer too."""
    found = list_text(lookup.scanned(me()), Asset, **lookup.codes_of(wanted))
    return Response(f'{{"items":{found}}}', mimetype=JSON)


@blp.get("/<uuid:id>", permit=Permission.ASSET_READ)
@blp.alt_response(200, schema=Asset.Schema, success=True)
@blp.alt_response(304, description="You have this version.")
def get_asset(id: UUID) -> Response:
    """One thing. Its version is its ETag."""
    return ready_one(queries.visible_to(me()), Asset, id=id, tagged=True)


@blp.patch("/<uuid:id>", permit=Permission.ASSET_WRITE, needs_version=True)
@blp.arguments(ChangeAsset.Schema)
@blp.response(200, Asset.Schema)
def change_asset(body: ChangeAsset, id: UUID) -> Any:
    """Change what is said of a thing, as you saw it: `If-Match` is needed."""
    return versioned(register.change_asset(id, said(body), version_seen()))


@blp.post("/<uuid:id>/move", permit=Permission.ASSET_WRITE)
@blp.arguments(MoveAsset.Schema)
@blp.response(200, Asset.Schema)
def move_asset(body: MoveAsset, id: UUID) -> Any:
    """Say where a thing is in its life now. Needs words where it ends or was lost."""
    return versioned(register.move_asset(id, body))


@blp.get("/<uuid:id>/changes", permit=Permission.ASSET_READ)
@blp.arguments(PageWanted.Schema, location="query")
@blp.alt_response(200, schema=AssetChanges.Schema, success=True)
def list_changes(wanted: PageWanted, id: UUID) -> Response:
    """The change log of a thing, with before and after, newest first."""
    one(queries.visible_to(me()).where(AssetRow.id == id))
    return ready(queries.changes_of(me(), id), AssetChange, wanted)
