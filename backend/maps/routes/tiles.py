"""Vector tiles over HTTP: by the rows and columns of the standard (OGC API Tiles), and by the x and y of everybody else."""

from typing import Any

from flask import Response

from backend.core.actor import asking
from backend.core.http import KNOWN, PUBLIC, Blueprint
from backend.maps import mvt, tiles, tilesets
from backend.maps.ogc.answers import JSON
from backend.maps.ogc.documents import told_as
from shared_models.tiles import TilesWanted, TileWanted

TILE: dict[str, Any] = {"type": "string", "format": "binary"}
TOLD: dict[str, Any] = {"type": "object"}
QUAD = "WebMercatorQuad"

blp = Blueprint(
    "ogc-tiles",
    __name__,
    url_prefix="/ogc",
    description="Vector tiles by OGC API Tiles: row before column.",
)
xyz = Blueprint(
    "tiles",
    __name__,
    url_prefix="/v1/maps/tiles",
    description="The same tiles as maps on the web ask for them, and TileJSON.",
)


@blp.get("/collections/<id>/tiles", permit=KNOWN)
@blp.doc(operationId=".collection.vector.getTileSetsList")
@blp.alt_response(200, schema=TOLD, content_type=JSON, success=True)
def list_tile_sets(id: str) -> Response:
    """All sorts of tiles of a layer."""
    return told_as(tilesets.tile_sets(asking(), id))


@blp.get(f"/collections/<id>/tiles/{QUAD}", permit=KNOWN)
@blp.doc(operationId=".collection.vector.getTileSet")
@blp.alt_response(200, schema=TOLD, content_type=JSON, success=True)
def get_tile_set(id: str) -> Response:
    """What there is to know of a layer's tiles."""
    return told_as(tilesets.tile_set(asking(), id))


@blp.get(f"/collections/<id>/tiles/{QUAD}/<int:tileMatrix>/<int:tileRow>/<int:tileCol>", permit=KNOWN)
@blp.doc(operationId=".collection.vector.getTile")
@blp.arguments(TileWanted.Schema, location="query", error_status_code=400)
@blp.alt_response(200, schema=TILE, content_type=tiles.MVT)
@blp.alt_response(204, description="Nothing lies there.")
@blp.alt_response(304, description="You have the newest.")
def get_tile(
    wanted: TileWanted,
    id: str,
    tileMatrix: int,  # noqa: N803 - the standard's name
    tileRow: int,  # noqa: N803 - the standard's name
    tileCol: int,  # noqa: N803 - the standard's name
) -> Response:
    """A tile of one layer."""
    return tiles.of_one(asking(), id, mvt.place(tileMatrix, tileRow, tileCol), wanted.properties)


@blp.get("/tiles", permit=KNOWN)
@blp.doc(operationId=".dataset.vector.getTileSetsList")
@blp.alt_response(200, schema=TOLD, content_type=JSON, success=True)
def list_map_tile_sets() -> Response:
    """All sorts of tiles of the map."""
    return told_as(tilesets.tile_sets(asking()))


@blp.get(f"/tiles/{QUAD}", permit=KNOWN)
@blp.doc(operationId=".dataset.vector.getTileSet")
@blp.alt_response(200, schema=TOLD, content_type=JSON, success=True)
def get_map_tile_set() -> Response:
    """What there is to know of the map's tiles."""
    return told_as(tilesets.tile_set(asking()))


@blp.get(f"/tiles/{QUAD}/<int:tileMatrix>/<int:tileRow>/<int:tileCol>", permit=KNOWN)
@blp.doc(operationId=".dataset.vector.getTile")
@blp.arguments(TilesWanted.Schema, location="query", error_status_code=400)
@blp.alt_response(200, schema=TILE, content_type=tiles.MVT)
@blp.alt_response(204, description="Nothing lies there.")
@blp.alt_response(304, description="You have the newest.")
def get_map_tile(
    wanted: TilesWanted,
    tileMatrix: int,  # noqa: N803 - the standard's name
    tileRow: int,  # noqa: N803 - the standard's name
    tileCol: int,  # noqa: N803 - the standard's name
) -> Response:
    """A tile of several layers."""
    return tiles.of_several(asking(), wanted.collections, mvt.place(tileMatrix, tileRow, tileCol))


@blp.get("/tileMatrixSets", permit=PUBLIC)
@blp.doc(operationId="getTileMatrixSetsList")
@blp.alt_response(200, schema=TOLD, content_type=JSON, success=True)
def list_tile_matrix_sets() -> Response:
    """The ways to cut the world into tiles that are spoken here."""
    return told_as(tilesets.tile_matrix_sets())


@blp.get(f"/tileMatrixSets/{QUAD}", permit=PUBLIC)
@blp.doc(operationId="getTileMatrixSet")
@blp.alt_response(200, schema=TOLD, content_type=JSON, success=True)
def get_tile_matrix_set() -> Response:
    """How WebMercatorQuad cuts the world."""
    return told_as(tilesets.web_mercator_quad())


@xyz.get("/", permit=KNOWN)
@xyz.arguments(TilesWanted.Schema, location="query")
@xyz.alt_response(200, schema=TOLD)
def get_map_tile_json(wanted: TilesWanted) -> dict[str, Any]:
    """TileJSON of the map."""
    return tilesets.tile_json_of_all(asking(), wanted.collections)


@xyz.get("/<id>", permit=KNOWN)
@xyz.alt_response(200, schema=TOLD)
def get_tile_json(id: str) -> dict[str, Any]:
    """TileJSON of one layer."""
    return tilesets.tile_json(asking(), id)


@xyz.get("/<int:z>/<int:x>/<int:y>", permit=KNOWN)
@xyz.arguments(TilesWanted.Schema, location="query")
@xyz.alt_response(200, schema=TILE, content_type=tiles.MVT)
@xyz.alt_response(204, description="Nothing lies there.")
@xyz.alt_response(304, description="You have the newest.")
def get_map_tile_by_xy(wanted: TilesWanted, z: int, x: int, y: int) -> Response:
    """A tile of several layers, by x and y."""
    return tiles.of_several(asking(), wanted.collections, mvt.place(z, y, x))


@xyz.get("/<id>/<int:z>/<int:x>/<int:y>", permit=KNOWN)
@xyz.arguments(TileWanted.Schema, location="query")
@xyz.alt_response(200, schema=TILE, content_type=tiles.MVT)
@xyz.alt_response(204, description="Nothing lies there.")
@xyz.alt_response(304, description="You have the newest.")
def get_tile_by_xy(wanted: TileWanted, id: str, z: int, x: int, y: int) -> Response:
    """A tile of one layer, by x and y."""
    return tiles.of_one(asking(), id, mvt.place(z, y, x), wanted.properties)
