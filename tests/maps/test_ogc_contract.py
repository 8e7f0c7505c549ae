"""The contract of ``/ogc``: OpenAPI 3.0, by the checklist of the standards."""

import pytest

from tests.maps.layers import a_layer
from tests.maps.test_ogc_core import OPENAPI, ROOT


@pytest.fixture(autouse=True)
def hydrants(app):
    """Some layer to be told of."""
    a_layer()


# 2, 3
def test_the_contract_is_openapi_3_0_of_just_that_media_type_with_the_fragments_of_the_standard(nobody):
    answer = nobody.get("/ogc/api")
    assert answer.headers["Content-Type"] == OPENAPI
    contract = answer.get_json()
    assert contract["openapi"].startswith("3.0.")
    held = contract["components"]["parameters"]
    number = {"type": "number"}
    boxes = [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]
    for name, schema in (
        ("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}),
        ("bbox", {"type": "array", "oneOf": boxes, "items": number}),
        ("datetime", {"type": "string"}),
    ):
        assert held[name]["schema"] == schema
        assert (held[name]["in"], held[name]["style"], held[name]["explode"]) == ("query", "form", False)
        taken = contract["paths"]["/collections/{collectionId}/items"]["get"]["parameters"]
        assert {"$ref": f"#/components/parameters/{name}"} in taken
    own = contract["paths"]["/collections/hydrants/items"]["get"]["parameters"]
    assert {each["name"]: each["schema"]["type"] for each in own if "name" in each} == {
        "label": "string",
        "flow": "integer",
    }
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert {"400", "401", "403", "404", "406", "500"} <= set(answers), (path, method)
            assert operation["security"] == ([{}, {"bearer": []}] if method == "get" else [{"bearer": []}])
    assert contract["servers"] == [{"url": f"{ROOT}/ogc"}]


# Tiles
def test_the_contract_tells_of_all_tiles_by_the_standard_s_names(nobody):
    contract = nobody.get("/ogc/api").get_json()
    named = {
        operation["operationId"]: path
        for path, operations in contract["paths"].items()
        for operation in operations.values()
    }
    quad, cell = "WebMercatorQuad", "{tileMatrix}/{tileRow}/{tileCol}"
    for whose, base in (("collection", "/collections/{collectionId}/tiles"), ("dataset", "/tiles")):
        assert named[f".{whose}.vector.getTileSetsList"] == base
        assert named[f".{whose}.vector.getTileSet"] == f"{base}/{quad}"
        assert named[f".{whose}.vector.getTile"] == f"{base}/{quad}/{cell}"
        tile = contract["paths"][f"{base}/{quad}/{cell}"]["get"]
        assert list(tile["responses"]["200"]["content"]) == ["application/vnd.mapbox-vector-tile"]
        taken = {each["$ref"].rpartition("/")[2] for each in tile["parameters"]}
        assert taken >= {"tileMatrix", "tileRow", "tileCol"}
        assert taken <= set(contract["components"]["parameters"])
    assert len(named) == sum(map(len, contract["paths"].values())), "each id once"
    assert named["getTileMatrixSet"] == f"/tileMatrixSets/{quad}"
    classes = nobody.get("/ogc/conformance").get_json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30" in classes
