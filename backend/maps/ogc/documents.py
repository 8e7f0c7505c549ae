"""What is told of the service and its layers: landing page, conformance, collections, queryables, schemas."""

from math import ceil, floor
from typing import Any

from flask import Response

from backend.core.actor import asking
from backend.core.words import reader_language
from backend.maps import sources
from backend.maps.ogc import parameters
from backend.maps.ogc.answers import (
    GEOJSON,
    HTML,
    JSON,
    OPENAPI,
    SCHEMA,
    Link,
    form_of,
    link,
    root,
    said,
    self_links,
    tell,
)
from backend.maps.ogc.crs import CRS84, SPOKEN
from backend.maps.sources import Source
from shared_models.basics import Language
from shared_models.layers import FieldKind, Geometry, Layer

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
SPEC = "http://www.opengis.net/spec/"
CLASSES = {
    "ogcapi-features-1/1.0": ("core", "geojson", "html", "oas30"),
    "ogcapi-features-2/1.0": ("crs",),
    "ogcapi-features-3/1.0": ("queryables", "queryables-query-parameters", "filter", "features-filter"),
    "ogcapi-features-4/1.0": ("create-replace-delete", "update", "features", "optimistic-locking-etags"),
    "ogcapi-features-5/1.0": ("schemas", "queryables", "returnables-and-receivables"),
    "cql2/1.0": (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "property-property",
        "arithmetic",
    ),
    "ogcapi-tiles-1/1.0": (
        "core",
        "tileset",
        "tilesets-list",
        "geodata-tilesets",
        "dataset-tilesets",
        "collections-selection",
        "mvt",
        "oas30",
    ),
}
"""The conformance classes that hold, by standard. Sorting and text search are there, and not claimed: they are drafts."""
SHAPES = {
    Geometry.POINT: "geometry-point",
    Geometry.LINE: "geometry-linestring-or-multilinestring",
    Geometry.AREA: "geometry-polygon-or-multipolygon",
    Geometry.MIXED: "geometry-any",
    Geometry.NEWER: "geometry-any",
}
"""Part 5 §8.5."""
TYPES: dict[FieldKind, dict[str, str]] = {
    FieldKind.TEXT: {"type": "string"},
    FieldKind.NUMBER: {"type": "number"},
    FieldKind.INTEGER: {"type": "integer"},
    FieldKind.BOOLEAN: {"type": "boolean"},
    FieldKind.DATE: {"type": "string", "format": "date"},
    FieldKind.INSTANT: {"type": "string", "format": "date-time"},
}


MICRO = 1_000_000
"""Coordinates are told to six decimals; a box of them is rounded outwards."""


def titled(layer: Layer) -> str:
    """What a layer is called in the caller's language."""
    return layer.title_es if reader_language() is Language.ES and layer.title_es else layer.title_en


def landing() -> Response:
    """Where it begins."""
    form = form_of(JSON, parameters.form_alone())
    title = said("title")
    links = [
        *self_links(JSON, form),
        link(f"{root()}/api", "service-desc", OPENAPI, "OpenAPI 3.0"),
        link(f"{root()}/api?f=html", "service-doc", HTML, "OpenAPI 3.0"),
        link(f"{root()}/conformance", "conformance", JSON),
        link(f"{root()}/collections", "data", JSON, said("layers")),
        link(f"{root()}/collections?f=html", "data", HTML, said("layers")),
        link(f"{root()}/tiles", f"{REL}tilesets-vector", JSON),
        link(f"{root()}/tileMatrixSets", f"{REL}tiling-schemes", JSON),
    ]
    document = {"title": title, "description": said("about"), "links": links}
    return tell(document, JSON, form, title)


def conformance() -> Response:
    """Which parts of which standards hold."""
    form = form_of(JSON, parameters.form_alone())
    classes = [f"{SPEC}{standard}/conf/{each}" for standard, all_ in CLASSES.items() for each in all_]
    return tell(
        {"links": self_links(JSON, form), "conformsTo": classes},
        JSON,
        form,
        said("conformance"),
    )


def told_as(document: dict[str, Any]) -> Response:
    """What is said of tiles, as a document or a page, with the ways to both."""
    form = form_of(JSON, parameters.form_alone())
    leads_on = [each for each in document.get("links", []) if each["rel"] != "self"]
    return tell(document | {"links": self_links(JSON, form) + leads_on}, JSON, form, document["title"])


def collections() -> Response:
    """All layers that the caller may see."""
    form = form_of(JSON, parameters.form_alone())
    told = [collection(layer) for layer in sources.all_of(asking())]
    document = {"links": self_links(JSON, form), "crs": list(SPOKEN), "collections": told}
    return tell(document, JSON, form, said("layers"))


def one_collection(name: str) -> Response:
    """One layer. Raises NotFound."""
    layer = sources.source(asking(), name).layer
    form = form_of(JSON, parameters.form_alone())
    document = collection(layer)
    document["links"] = self_links(JSON, form) + [each for each in document["links"] if each["rel"] != "self"]
    return tell(document, JSON, form, titled(layer))


def collection(layer: Layer) -> dict[str, Any]:
    """What is told of a layer."""
    at, title = f"{root()}/collections/{layer.name}", titled(layer)
    about = layer.about_es if reader_language() is Language.ES and layer.about_es else layer.about_en
    told: dict[str, Any] = {"id": layer.name, "title": title, "description": about or title}
    if layer.attribution:
        told["attribution"] = layer.attribution
    extent = extent_of(layer)
    if extent:
        told["extent"] = extent
    links: list[Link] = [
        link(at, "self", JSON, title),
        link(f"{at}/items", "items", GEOJSON, title),
        link(f"{at}/items?f=html", "items", HTML, title),
        link(f"{at}/queryables", f"{REL}queryables", SCHEMA),
        link(f"{at}/schema", f"{REL}schema", SCHEMA),
        link(f"{at}/tiles", f"{REL}tilesets-vector", JSON),
    ]
    return told | {
        "itemType": "feature",
        "crs": list(SPOKEN),
        "storageCrs": CRS84.uri,
        "links": links,
    }


def extent_of(layer: Layer) -> dict[str, Any]:
    """Where and when its features are; nothing is said of what is not known. From when to when, is left open."""
    extent: dict[str, Any] = {}
    if layer.bounds:
        west, south, east, north = (edge * MICRO for edge in layer.bounds)
        box = [floor(west) / MICRO, floor(south) / MICRO, ceil(east) / MICRO, ceil(north) / MICRO]
        extent["spatial"] = {"bbox": [box], "crs": CRS84.uri}
    if layer.time_field:
        extent["temporal"] = {"interval": [[None, None]]}
    return extent


def queryables(name: str) -> Response:
    """What may be asked of a layer's features (Part 3 §6.2). Raises NotFound."""
    return _schema(sources.source(asking(), name), receivable=False)


def schema(name: str) -> Response:
    """What a layer's features hold, and what may be sent (Part 5 §8, §11). Raises NotFound."""
    return _schema(sources.source(asking(), name), receivable=True)


def _schema(source: Source, *, receivable: bool) -> Response:
    layer = source.layer
    form = form_of(SCHEMA, parameters.form_alone())
    which = "schema" if receivable else "queryables"
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{root()}/collections/{layer.name}/{which}",
        "type": "object",
        "title": titled(layer),
        "properties": properties_of(source, receivable=receivable),
        "additionalProperties": False,
    }
    return tell(document, SCHEMA, form, titled(layer))


def properties_of(source: Source, *, receivable: bool) -> dict[str, Any]:
    """The schema of each thing that a feature tells, by name; a field of the layer's comes before one of ours."""
    layer = source.layer
    id_: dict[str, Any] = {"title": "id", "x-ogc-role": "id", "type": "string" if source.given else "integer"}
    if receivable:
        id_["readOnly"] = True
    found: dict[str, Any] = {
        "id": id_,
        "geometry": {"title": "geometry", "x-ogc-role": "primary-geometry", "format": SHAPES[layer.geometry]},
    }
    for field in layer.fields:
        title = field.title_es if reader_language() is Language.ES else field.title_en
        found[field.name] = {"title": title or field.name} | TYPES.get(field.kind, {})
        if field.name == layer.time_field:
            found[field.name]["x-ogc-role"] = "primary-instant"
    return found
