"""The contract of ``/ogc`` in OpenAPI 3.0, with the fragments that Part 1 asks for word by word."""

from typing import Any

from flask import Response

from backend.core.actor import asking
from backend.core.house import house
from backend.maps import sources
from backend.maps.ogc import parameters
from backend.maps.ogc.answers import GEOJSON, HTML, JSON, MERGE, OPENAPI, SCHEMA, form_of, said, tell
from backend.maps.ogc.crs import CRS84, SPOKEN
from backend.maps.ogc.documents import TYPES, titled
from backend.maps.tiles import MVT
from backend.maps.tilesets import QUAD
from shared_models.layers import Layer
from shared_models.tiles import NEAREST_TILES

PROBLEM = "application/problem+json"
COLLECTION, ITEMS = "/collections/{collectionId}", "/collections/{collectionId}/items"
ITEM = f"{ITEMS}/{{featureId}}"
REFUSALS = {
    "400": "Something in the request can't be read, or is not known.",
    "401": "Please sign in: the token is none, or is over.",
    "403": "You may not do this.",
    "404": "There is no such thing, or you may not see it.",
    "406": "The answer can't be given in that form.",
    "500": "Something went wrong on our side.",
}
OF_CHANGES = {
    "409": "This exists already.",
    "412": "This is not the version that you saw.",
    "413": "That is too large.",
    "415": "That kind of content is not taken here.",
    "428": "Say which version you saw (If-Match).",
}
NUMBERS = {"type": "number"}
TILE = {
    "tileMatrix": "How near: the zoom.",
    "tileRow": "The row, from the north.",
    "tileCol": "The column, from the west.",
}


def told() -> Response:
    """The contract, with the layers that the caller may see, as a document or a page."""
    form = form_of(OPENAPI, parameters.form_alone())
    return tell(document(), OPENAPI, form, said("title"))


def document() -> dict[str, Any]:
    """The contract."""
    layers = sources.all_of(asking())
    return {
        "openapi": "3.0.3",
        "info": {
            "title": said("title"),
            "description": said("about"),
            "version": "1.0.0",
            "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
        },
        "servers": [{"url": house().settings.public_url + "/ogc"}],
        "tags": [{"name": "Capabilities"}, {"name": "Data"}],
        "paths": paths()
        | tile_paths()
        | {f"/collections/{each.name}/items": {"get": _items_of(each)} for each in layers},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "parameters": PARAMETERS | {"collectionId": _collection_id([each.name for each in layers])},
            "responses": {
                f"Refused{status}": _refused(what) for status, what in {**REFUSALS, **OF_CHANGES}.items()
            },
            "schemas": {
                "problem": PROBLEM_SCHEMA,
                "document": {"type": "object"},
                "feature": {"type": "object"},
            },
        },
    }


def _parameter(name: str, schema: dict[str, Any], about: str, **more: Any) -> dict[str, Any]:
    told_ = {"name": name, "in": "query", "description": about, "required": False, "schema": schema}
    return told_ | {"style": "form", "explode": False} | more


def _collection_id(names: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"} | ({"enum": names} if names else {})
    return {
        "name": "collectionId",
        "in": "path",
        "description": "A layer.",
        "required": True,
        "schema": schema,
    }


def _of_tile(name: str) -> dict[str, Any]:
    most = NEAREST_TILES if name == "tileMatrix" else 2**NEAREST_TILES - 1
    schema = {"type": "integer", "minimum": 0, "maximum": most}
    return {"name": name, "in": "path", "description": TILE[name], "required": True, "schema": schema}


PARAMETERS: dict[str, Any] = {
    "f": _parameter(
        "f", {"type": "string", "enum": ["json", "html"]}, "JSON or a page; stronger than Accept."
    ),
    "limit": _parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": parameters.MOST, "default": parameters.USUAL},
        "At most so many features; a larger number is cut.",
    ),
    "bbox": _parameter(
        "bbox",
        {
            "type": "array",
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "items": NUMBERS,
        },
        "Features that meet this box, and those that are nowhere: lower corner, upper corner.",
    ),
    "datetime": _parameter(
        "datetime",
        {"type": "string"},
        "Features of this instant or interval (RFC 3339, / between the ends, .. for an open one), and those of no time.",
    ),
    "crs": _parameter(
        "crs",
        {"type": "string", "format": "uri", "enum": list(SPOKEN), "default": CRS84.uri},
        "In which system coordinates are told.",
    ),
    "bbox-crs": _parameter(
        "bbox-crs",
        {"type": "string", "format": "uri", "enum": list(SPOKEN), "default": CRS84.uri},
        "In which system the box is.",
    ),
    "filter": _parameter("filter", {"type": "string"}, "A condition in CQL2."),
    "filter-lang": _parameter(
        "filter-lang",
        {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
        "How the filter is written.",
    ),
    "filter-crs": _parameter(
        "filter-crs",
        {"type": "string", "format": "uri", "enum": list(SPOKEN), "default": CRS84.uri},
        "In which system the filter's coordinates are.",
    ),
    "sortby": _parameter(
        "sortby", {"type": "array", "items": {"type": "string"}}, "Fields; with - before it: downwards."
    ),
    "q": _parameter("q", {"type": "string"}, "Words that stand in the texts of a feature, each of them."),
    "properties": _parameter(
        "properties", {"type": "array", "items": {"type": "string"}}, "The fields that are told."
    ),
    "count": _parameter("count", {"type": "boolean", "default": False}, "Say how many there are in all."),
    "after": _parameter("after", {"type": "string"}, "Where the page begins: as the link to it says."),
    "featureId": {
        "name": "featureId",
        "in": "path",
        "description": "A feature.",
        "required": True,
        "schema": {"type": "string"},
    },
    "collections": _parameter(
        "collections", {"type": "array", "items": {"type": "string"}}, "The layers of a tile, in this order."
    ),
    **{name: _of_tile(name) for name in TILE},
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of what you saw.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Content-Crs": {
        "name": "Content-Crs",
        "in": "header",
        "description": "In which system the coordinates that are sent are.",
        "required": False,
        "schema": {"type": "string"},
    },
}
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def paths() -> dict[str, Any]:
    """What can be asked and done, for any layer."""
    items_too = ["collectionId", *(name for name in PARAMETERS if name in parameters.OF_ITEMS)]
    of_one = ["collectionId", "featureId"]
    change = {GEOJSON: {"schema": {"$ref": "#/components/schemas/feature"}}}
    patch = {MERGE: {"schema": {"$ref": "#/components/schemas/feature"}}}
    return {
        "/": {"get": _read("getLandingPage", "Where it begins.", JSON, ["f"], "Capabilities")},
        "/conformance": {"get": _read("getConformance", "What holds.", JSON, ["f"], "Capabilities")},
        "/api": {"get": _read("getApi", "This contract.", OPENAPI, ["f"], "Capabilities")},
        "/collections": {"get": _read("getCollections", "All layers.", JSON, ["f"], "Capabilities")},
        COLLECTION: {"get": _read("getCollection", "A layer.", JSON, ["collectionId", "f"], "Capabilities")},
        f"{COLLECTION}/queryables": {
            "get": _read("getQueryables", "What can be asked.", SCHEMA, ["collectionId", "f"], "Capabilities")
        },
        f"{COLLECTION}/schema": {
            "get": _read("getSchema", "What a feature holds.", SCHEMA, ["collectionId", "f"], "Capabilities")
        },
        ITEMS: {
            "get": _read("getFeatures", "Features, page by page.", GEOJSON, items_too),
            "post": _change("addFeature", "Make a feature.", ["collectionId", "Content-Crs"], "201", change),
        },
        ITEM: {
            "get": _read("getFeature", "One feature.", GEOJSON, [*of_one, "f", "crs"]),
            "put": _change(
                "replaceFeature", "Replace a feature.", [*of_one, "If-Match", "Content-Crs"], "204", change
            ),
            "patch": _change(
                "changeFeature", "Change a feature.", [*of_one, "If-Match", "Content-Crs"], "204", patch
            ),
            "delete": _change("removeFeature", "Remove a feature.", [*of_one, "If-Match"], "204"),
        },
    }


def tile_paths() -> dict[str, Any]:
    """What can be asked of tiles (OGC API Tiles, 20-057, Annex B: the ends of the operations' ids are the standard's)."""
    own = {f"{COLLECTION}/tiles": "collection", "/tiles": "dataset"}
    found: dict[str, Any] = {}
    for base, whose in own.items():
        path, name = ["collectionId"] if whose == "collection" else [], f".{whose}.vector"
        chosen = "properties" if path else "collections"
        found |= {
            base: {"get": _read(f"{name}.getTileSetsList", "All sorts of tiles.", JSON, [*path, "f"])},
            f"{base}/{QUAD}": {"get": _read(f"{name}.getTileSet", "What tiles hold.", JSON, [*path, "f"])},
            f"{base}/{QUAD}/{''.join(f'/{{{each}}}' for each in TILE)[1:]}": {
                "get": _tile(f"{name}.getTile", [*path, *TILE, chosen])
            },
        }
    cut = "How the world is cut."
    return found | {
        "/tileMatrixSets": {"get": _read("getTileMatrixSetsList", cut, JSON, ["f"], "Capabilities")},
        f"/tileMatrixSets/{QUAD}": {"get": _read("getTileMatrixSet", cut, JSON, ["f"], "Capabilities")},
    }


def _tile(name: str, takes: list[str]) -> dict[str, Any]:
    told_ = _read(name, "A vector tile.", MVT, takes)
    content = {MVT: {"schema": {"type": "string", "format": "binary"}}}
    told_["responses"] |= {
        "200": {"description": "A vector tile.", "content": content},
        "204": {"description": "Nothing lies there."},
    }
    return told_


def _items_of(layer: Layer) -> dict[str, Any]:
    """The features of one layer: with a parameter for each field besides those that all have."""
    common = [name for name in PARAMETERS if name in parameters.OF_ITEMS]
    told_ = _read(f"{layer.name}.getFeatures", titled(layer), GEOJSON, common)
    fields = [
        _parameter(field.name, TYPES.get(field.kind, {"type": "string"}), field.title_en or field.name)
        for field in layer.fields
        if field.name not in parameters.OF_ITEMS
    ]
    return told_ | {"parameters": told_["parameters"] + fields}


def _read(name: str, about: str, kind: str, takes: list[str], tag: str = "Data") -> dict[str, Any]:
    content = {each: {"schema": {"$ref": "#/components/schemas/document"}} for each in (kind,)}
    content[HTML] = {"schema": {"type": "string"}}
    answers: dict[str, Any] = {"200": {"description": about, "content": content}}
    answers["304"] = {"description": "You have the newest."}
    return {
        "operationId": name,
        "summary": about,
        "tags": [tag],
        "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in takes],
        "responses": answers | _refusals(REFUSALS),
        "security": [{}, {"bearer": []}],
    }


def _change(
    name: str, about: str, takes: list[str], status: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    done: dict[str, Any] = {"description": about}
    if status != "204":
        done["content"] = {GEOJSON: {"schema": {"$ref": "#/components/schemas/feature"}}}
    told_ = {
        "operationId": name,
        "summary": about,
        "tags": ["Data"],
        "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in takes],
        "responses": {status: done} | _refusals({**REFUSALS, **OF_CHANGES}),
        "security": [{"bearer": []}],
    }
    return told_ | ({"requestBody": {"required": True, "content": body}} if body else {})


def _refusals(which: dict[str, str]) -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/Refused{status}"} for status in which}


def _refused(what: str) -> dict[str, Any]:
    return {"description": what, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}}}
