"""What is said of tiles: OGC API Tiles (20-057) with WebMercatorQuad (17-083r4), and TileJSON 3.0.0."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from backend.core.actor import Actor
from backend.core.house import house
from backend.maps import mvt, sources, tiles
from backend.maps.mvt import HALF_WORLD, Place
from backend.maps.tiles import MVT
from shared_models.layers import FieldKind, Layer
from shared_models.tiles import NEAREST_TILES

OGC = "http://www.opengis.net/def"
QUAD = "WebMercatorQuad"
QUAD_URI = f"{OGC}/tilematrixset/OGC/1.0/{QUAD}"
CRS = f"{OGC}/crs/EPSG/0/3857"
TILING_SCHEME = f"{OGC}/rel/ogc/1.0/tiling-scheme"
JSON = "application/json"
PIXEL_M = 0.00028
"""The standard's pixel, by which it reckons scales."""
SIDE = 256
LAST_MADE = 16
"""Maps draw this zoom larger from here on: a unit of its tiles is 15 cm in the city."""
WORLD = (-180.0, -85.051129, 180.0, 85.051129)
KINDS = {FieldKind.NUMBER: "Number", FieldKind.INTEGER: "Number", FieldKind.BOOLEAN: "Boolean"}
SHAPES = {"point": 0, "line": 1, "area": 2}
"""The standard's number of dimensions of what a layer holds."""


def url(path: str) -> str:
    """An address of this house, as callers reach it: never as one of them says that it is called."""
    return house().settings.public_url + path


def link(rel: str, path: str, media: str, title: str, **more: Any) -> dict[str, Any]:
    """Where to go from here (RFC 8288)."""
    return {"rel": rel, "href": url(path), "type": media, "title": title} | more


# ── OGC API Tiles ────────────────────────────────────────────────────────────────────────────────────────────


def tile_sets(actor: Actor | None, name: str = "") -> dict[str, Any]:
    """All sorts of tiles of a layer, or of the map. Raises NotFound."""
    whole = tile_set(actor, name)
    shown = ("title", "dataType", "crs", "tileMatrixSetURI", "links")
    return {
        "title": whole["title"],
        "tilesets": [{key: whole[key] for key in shown}],
    }


def tile_set(actor: Actor | None, name: str = "") -> dict[str, Any]:
    """What there is to know of the tiles of a layer, or of the map. Raises NotFound."""
    if name:
        layers = [sources.source(actor, name).layer]
        base, tilejson, title = f"/ogc/collections/{name}/tiles", f"/v1/maps/tiles/{name}", layers[0].title_en
    else:
        layers = sources.all_of(actor)
        base, tilejson, title = "/ogc/tiles", "/v1/maps/tiles", "All layers"
    item = f"{base}/{QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    box = bounds(layers)
    return {
        "title": title,
        "dataType": "vector",
        "crs": CRS,
        "tileMatrixSetURI": QUAD_URI,
        "links": [
            link("self", f"{base}/{QUAD}", JSON, "These tiles"),
            link(TILING_SCHEME, f"/ogc/tileMatrixSets/{QUAD}", JSON, "How the world is cut"),
            link("item", item, MVT, "A tile", templated=True),
            link("alternate", tilejson, JSON, "The same as TileJSON"),
        ],
        "tileMatrixSetLimits": [limits(box, zoom) for zoom in range(NEAREST_TILES + 1)],
        "boundingBox": {
            "lowerLeft": list(box[:2]),
            "upperRight": list(box[2:]),
            "crs": f"{OGC}/crs/OGC/1.3/CRS84",
        },
        "layers": [told(layer) for layer in layers],
    }


def told(layer: Layer) -> dict[str, Any]:
    """A layer in a tile set's metadata."""
    shape = SHAPES.get(layer.geometry.value)
    return {
        "id": layer.name,
        "title": layer.title_en,
        "description": layer.about_en,
        "dataType": "vector",
        **({} if shape is None else {"geometryDimension": shape}),
        "links": [link("data", f"/ogc/collections/{layer.name}", JSON, layer.title_en)],
    }


def bounds(layers: Iterable[Layer]) -> tuple[float, ...]:
    """West, south, east, north of all of these; the world, where one does not say."""
    boxes = [layer.bounds for layer in layers]
    if not boxes or not all(boxes):
        return WORLD
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def limits(box: Sequence[float], zoom: int) -> dict[str, Any]:
    """The rows and columns of one zoom that a box in degrees touches."""
    west, south, east, north = box
    first, last = mvt.at(mvt.on_map(north), west, zoom), mvt.at(mvt.on_map(south), east, zoom)
    return {
        "tileMatrix": str(zoom),
        "minTileRow": first.row,
        "maxTileRow": last.row,
        "minTileCol": first.column,
        "maxTileCol": last.column,
    }


def tile_matrix_sets() -> dict[str, Any]:
    """The ways to cut the world into tiles that are spoken here."""
    quad = link("self", f"/ogc/tileMatrixSets/{QUAD}", JSON, QUAD)
    return {
        "title": "How the world is cut",
        "tileMatrixSets": [
            {"id": QUAD, "title": "Web Mercator", "uri": QUAD_URI, "crs": CRS, "links": [quad]}
        ],
    }


def web_mercator_quad() -> dict[str, Any]:
    """How WebMercatorQuad cuts the world."""
    return {
        "id": QUAD,
        "title": "Google Maps Compatible for the World",
        "uri": QUAD_URI,
        "crs": CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": f"{OGC}/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [matrix(zoom) for zoom in range(NEAREST_TILES + 1)],
    }


def matrix(zoom: int) -> dict[str, Any]:
    """One zoom of it."""
    cell = 2 * HALF_WORLD / SIDE / 2**zoom
    return {
        "id": str(zoom),
        "scaleDenominator": cell / PIXEL_M,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_WORLD, HALF_WORLD],
        "tileWidth": SIDE,
        "tileHeight": SIDE,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }


# ── TileJSON ─────────────────────────────────────────────────────────────────────────────────────────────────


def tile_json(actor: Actor | None, name: str) -> dict[str, Any]:
    """Where the tiles of one layer are, and what is in them. Raises NotFound."""
    layer = sources.source(actor, name).layer
    return tile_json_of([layer], layer.title_en, f"/v1/maps/tiles/{name}/{{z}}/{{x}}/{{y}}")


def tile_json_of_all(actor: Actor | None, collections: str | None) -> dict[str, Any]:
    """The same of the map: of the layers that somebody names, or of those that are shown until turned off."""
    layers = [source.layer for source in tiles.wanted_layers(actor, collections)]
    named = ",".join(layer.name for layer in layers)
    query = "" if collections is None else f"?collections={named}"
    return tile_json_of(layers, "All layers", f"/v1/maps/tiles/{{z}}/{{x}}/{{y}}{query}")


def tile_json_of(layers: Sequence[Layer], name: str, path: str) -> dict[str, Any]:
    """TileJSON of some layers."""
    return {
        "tilejson": "3.0.0",
        "name": name,
        "scheme": "xyz",
        "tiles": [url(path)],
        "minzoom": min((first_zoom(layer) for layer in layers), default=0),
        "maxzoom": LAST_MADE,
        "bounds": list(bounds(layers)),
        "attribution": ", ".join(dict.fromkeys(layer.attribution for layer in layers if layer.attribution)),
        "vector_layers": [
            {
                "id": layer.name,
                "description": layer.title_en,
                "minzoom": first_zoom(layer),
                "maxzoom": LAST_MADE,
                "fields": {
                    field.name: KINDS.get(field.kind, "String")
                    for field in layer.fields
                    if field.name in tiles.drawn_by(layer)
                },
            }
            for layer in layers
        ],
    }


def first_zoom(layer: Layer) -> int:
    """The zoom from which on a layer's tiles are asked for."""
    return min(math.floor(layer.style.from_zoom), LAST_MADE)


__all__ = [
    "Place",
    "tile_json",
    "tile_json_of_all",
    "tile_matrix_sets",
    "tile_set",
    "tile_sets",
    "web_mercator_quad",
]
