"""OGC API Features, Part 2 (reference systems) and Part 3 (queryables and filters over HTTP)."""

import pytest
from sqlalchemy import text

from backend.core.actor import db
from backend.worker import in_transaction
from tests.cast import problem
from tests.maps.layers import POINTS, a_layer
from tests.maps.survey import a_survey, asked_directly, told

DEFINED = "http://www.opengis.net/def/crs/"
CRS84 = f"{DEFINED}OGC/1.3/CRS84"
LAT_LON, MERCATOR, TEXAS = (f"{DEFINED}EPSG/0/{code}" for code in (4326, 3857, 2278))
HYDRANT = "/ogc/collections/hydrants"
SRID = {CRS84: 4326, LAT_LON: 4326, MERCATOR: 3857, TEXAS: 2278}


def moved(lon, lat, crs):
    """A place in this system, as PostGIS says, in the order of the system's axes."""
    asked = text(f"""
        SELECT ST_X(p), ST_Y(p)
        FROM ST_Transform(ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326), {SRID[crs]}) AS p
    """)
    x, y = in_transaction(lambda: tuple(db().execute(asked).one()))
    return (y, x) if crs == LAT_LON else (x, y)


@pytest.fixture
def hydrants(app):
    return a_layer()[1]


def test_a_layer_says_which_reference_systems_it_is_told_in(hydrants, nobody):
    document = nobody.get(HYDRANT).get_json()
    assert document["crs"] == [CRS84, LAT_LON, MERCATOR, TEXAS]
    assert document["storageCrs"] == CRS84


@pytest.mark.parametrize("crs", [CRS84, LAT_LON, MERCATOR, TEXAS])
def test_coordinates_come_in_the_system_that_is_wanted_with_its_axes_in_order(crs, hydrants, nobody):
    page = nobody.get(f"{HYDRANT}/items", query_string={"crs": crs})
    one = nobody.get(f"{HYDRANT}/items/{hydrants[0]}", query_string={"crs": crs})
    for answer in (page, one):
        assert answer.headers["Content-Crs"] == f"<{crs}>"
        assert answer.headers["Content-Type"] == "application/geo+json"
    least = 1e-6 if SRID[crs] == 4326 else 1e-3
    shapes = [each["geometry"] for each in page.get_json()["features"]]
    assert one.get_json()["geometry"] == shapes[0]
    for place, told_ in zip(POINTS, shapes, strict=True):
        assert "crs" not in told_
        assert told_["coordinates"] == pytest.approx(moved(*place, crs), abs=least)
    assert nobody.get(f"{HYDRANT}/items").headers["Content-Crs"] == f"<{CRS84}>"


def test_a_system_that_is_not_spoken_is_400(hydrants, nobody):
    for odd in ("EPSG:4326", f"{DEFINED}EPSG/0/1", "", f"<{CRS84}>", "urn:ogc:def:crs:OGC:1.3:CRS84"):
        for name in ("crs", "bbox-crs", "filter-crs"):
            answer = nobody.get(f"{HYDRANT}/items", query_string={name: odd})
            assert problem(answer, 400, "malformed")["errors"][0]["pointer"] == f"?{name}"
        problem(nobody.get(f"{HYDRANT}/items/{hydrants[0]}", query_string={"crs": odd}), 400, "malformed")


@pytest.mark.parametrize("crs", [CRS84, LAT_LON, MERCATOR, TEXAS])
def test_boxes_and_filters_may_come_in_each_system(crs, app, nobody):
    a_survey()
    lower, upper = moved(-95.432, 29.7, crs), moved(-95.418, 29.716, crs)
    box = ",".join(f"{each:.6f}" for each in (*lower, *upper))
    within = "ST_Intersects(geom, ST_MakeEnvelope(-95.432,29.7,-95.418,29.716,4326))"
    assert told(nobody, bbox=box, bbox_crs=crs)[0] == asked_directly(f"geom IS NULL OR {within}")
    assert told(nobody, filter=f"S_INTERSECTS(geometry, BBOX({box}))", filter_crs=crs)[0] == asked_directly(
        within
    )
    place = " ".join(f"{each:.6f}" for each in moved(-95.4297, 29.7097, crs))
    inside = "name = 'O''Brien''s'"
    assert told(nobody, filter=f"S_CONTAINS(geometry, POINT({place}))", filter_crs=crs)[0] == asked_directly(
        inside
    )
    at = "/ogc/collections/survey/items"
    assert (
        nobody.get(at, query_string={"bbox": box, "bbox-crs": crs, "crs": crs}).headers["Content-Crs"]
        == f"<{crs}>"
    )


def test_what_can_be_asked_is_told_as_a_schema(app, nobody):
    a_survey()
    answer = nobody.get("/ogc/collections/survey/queryables")
    assert answer.content_type == "application/schema+json"
    schema = answer.get_json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith("/ogc/collections/survey/queryables")
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)
    told_ = schema["properties"]
    assert told_["geometry"]["format"] == "geometry-any"
    assert not {"type", "$ref"} & set(told_["geometry"])
    kinds = {name: (each["type"], each.get("format")) for name, each in told_.items() if name != "geometry"}
    assert kinds == {
        "id": ("integer", None),
        "name": ("string", None),
        "alias": ("string", None),
        "score": ("number", None),
        "floors": ("integer", None),
        "most_floors": ("integer", None),
        "open": ("boolean", None),
        "built": ("string", "date"),
        "begins": ("string", "date-time"),
        "ends": ("string", "date-time"),
    }
    for document in (nobody.get("/ogc/collections/survey"), nobody.get("/ogc/collections/survey/items")):
        rels = {each["rel"]: each["type"] for each in document.get_json()["links"]}
        assert rels["http://www.opengis.net/def/rel/ogc/1.0/queryables"] == "application/schema+json"
    points = nobody.get(f"/ogc/collections/{a_layer() and 'hydrants'}/queryables").get_json()
    assert points["properties"]["geometry"]["format"] == "geometry-point"
    # Part 5: the schema says which is which, and what is not to be sent
    whole = nobody.get("/ogc/collections/survey/schema").get_json()["properties"]
    assert whole["id"]["readOnly"]
    roles = {each["x-ogc-role"]: name for name, each in whole.items() if "x-ogc-role" in each}
    assert roles == {"id": "id", "primary-geometry": "geometry", "primary-instant": "begins"}


def test_each_queryable_can_be_asked(app, nobody):
    a_survey()
    schema = nobody.get("/ogc/collections/survey/queryables").get_json()["properties"]
    values = {"string": "'foo'", "number": "3.14", "integer": "1", "boolean": "true",
              "date": "DATE('2022-04-14')", "date-time": "TIMESTAMP('2022-04-14T14:48:46Z')"}  # fmt: skip
    for name, each in schema.items():
        some = told(nobody, filter=f"{name} IS NOT NULL")[0]
        none = told(nobody, filter=f"{name} IS NULL")[0]
        assert len(some) + len(none) == 11
        assert not set(some) & set(none)
        if name == "geometry":
            continue
        value = values[each.get("format", each["type"])]
        for one, other in (("=", "<>"), (">", "<="), ("<", ">=")):
            found = [set(told(nobody, filter=f"{name} {op} {value}")[0]) for op in (one, other)]
            assert not found[0] & found[1]
            assert found[0] | found[1] == set(some)
