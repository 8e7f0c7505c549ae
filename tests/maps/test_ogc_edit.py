"""OGC API Features, Part 4: features made, replaced, changed and removed by other programs, by those who may."""

import json

import pytest

from shared_models.layers import Geometry, Whom
from tests.cast import problem
from tests.maps.layers import a_layer, point
from tests.maps.test_ogc_crs import LAT_LON, MERCATOR, TEXAS, moved

GEOJSON, MERGE = "application/geo+json", "application/merge-patch+json"
ITEMS = "/ogc/collections/hydrants/items"


@pytest.fixture
def hydrants(app):
    return a_layer()[1]


def send(who, method, at, body, kind=GEOJSON, **headers):
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return who.call(method, at, data=data, content_type=kind, headers=named)


def test_a_feature_is_made_where_the_server_says(hydrants, crew, nobody):
    sent = point(-95.425, 29.72, label="H-6", flow=600) | {"id": 7}
    answer = send(crew, "POST", ITEMS, sent)
    assert (answer.status_code, answer.content_type) == (201, GEOJSON)
    made = answer.get_json()
    assert answer.headers["Location"] == f"http://127.0.0.1:8000{ITEMS}/{made['id']}"
    assert made["id"] not in (7, *hydrants)
    got = nobody.get(f"{ITEMS}/{made['id']}")
    assert got.headers["ETag"] == answer.headers["ETag"]
    for name in ("id", "geometry", "properties"):
        assert got.get_json()[name] == made[name]
    assert (made["geometry"], made["properties"]) == (sent["geometry"], sent["properties"])
    assert nobody.get(ITEMS).get_json()["numberMatched"] == 6


def test_what_is_no_feature_of_the_layer_is_400_and_another_media_type_415(hydrants, crew, nobody):
    good = point(-95.425, 29.72, label="H-6", flow=600)
    before = nobody.get(ITEMS).headers["ETag"]
    at = f"{ITEMS}/{hydrants[0]}"
    seen = nobody.get(at).headers["ETag"]
    for method, where in (("POST", ITEMS), ("PUT", at)):
        for odd in ("{", "[]", "1", "null", b"\xff", "[" * 5000, {}, good | {"type": "Point"},
                    good | {"geometry": {"type": "Polygon", "coordinates": []}},
                    good | {"geometry": {"type": "Point", "coordinates": ["a", 1]}},
                    good | {"properties": {"flow": "much"}}, good | {"properties": 5},
                    good | {"properties": {"nonsense": 1}}):  # fmt: skip
            problem(send(crew, method, where, odd, If_Match=seen), 400, "malformed")
        for member in ("geometry", "properties"):  # RFC 7946 §3.2: a feature has both
            partial = {name: value for name, value in good.items() if name != member}
            told = problem(send(crew, method, where, partial, If_Match=seen), 400, "malformed")
            assert [each["pointer"] for each in told["errors"]] == [f"/{member}"]
        for kind in ("application/json", "text/plain", MERGE, "application/x-www-form-urlencoded"):
            problem(send(crew, method, where, good, kind, If_Match=seen), 415, "media-type")
    problem(send(crew, "PATCH", at, {"properties": {"flow": 1}}, GEOJSON, If_Match=seen), 415, "media-type")
    problem(send(crew, "POST", ITEMS + "?nonsense=1", good), 400, "malformed")
    assert nobody.get(ITEMS).headers["ETag"] == before


def test_a_feature_is_replaced_by_who_saw_it_as_it_is(hydrants, crew, nobody):
    at = f"{ITEMS}/{hydrants[0]}"
    sent = point(-95.431, 29.717, label="H-1b") | {"id": 99999}
    first = nobody.get(at).headers["ETag"]
    problem(send(crew, "PUT", at, sent), 428, "version-needed")
    answer = send(crew, "PUT", at, sent, If_Match=first)
    assert (answer.status_code, answer.data) == (204, b"")
    got = nobody.get(at)
    assert got.headers["ETag"] == answer.headers["ETag"] != first
    assert got.get_json()["id"] == hydrants[0]
    assert got.get_json()["geometry"] == sent["geometry"]
    assert got.get_json()["properties"] == {"label": "H-1b"} | {
        name: value for name, value in got.get_json()["properties"].items() if value is None
    }
    problem(send(crew, "PUT", at, sent, If_Match=first), 412, "version-differs")
    problem(send(crew, "PUT", at, sent, If_Match='"nonsense"'), 412, "version-differs")


def test_what_is_not_there_is_404_and_412_to_who_saw_it(hydrants, crew):
    sent, patch = point(-95.431, 29.717, label="H-1b"), {"properties": {"flow": 5}}
    for id_ in ("99999999", "x", "0"):
        at = f"{ITEMS}/{id_}"
        for method, body, kind in (("PUT", sent, GEOJSON), ("PATCH", patch, MERGE), ("DELETE", "", GEOJSON)):
            problem(send(crew, method, at, body, kind), 404, "not-found")
            problem(send(crew, method, at, body, kind, If_Match='"1"'), 412, "version-differs")
            problem(
                send(crew, method, "/ogc/collections/no/items/1", body, kind, If_Match='"1"'),
                404,
                "not-found",
            )
    problem(send(crew, "POST", "/ogc/collections/no/items", sent), 404, "not-found")


def test_a_feature_is_changed_by_a_merge_patch(hydrants, crew, nobody):
    at = f"{ITEMS}/{hydrants[1]}"
    answer = send(
        crew, "PATCH", at, {"properties": {"flow": None}}, MERGE, If_Match=nobody.get(at).headers["ETag"]
    )
    assert answer.status_code == 204
    told = nobody.get(at).get_json()
    assert told["properties"]["label"] == "H-2"
    assert told["properties"].get("flow") is None
    elsewhere = {"type": "Point", "coordinates": [-95.42, 29.71]}
    tag = answer.headers["ETag"]
    assert send(crew, "PATCH", at, {"geometry": elsewhere}, MERGE, If_Match=tag).status_code == 204
    told = nobody.get(at).get_json()
    assert (told["geometry"], told["properties"]["label"]) == (elsewhere, "H-2")
    fresh = nobody.get(at).headers["ETag"]
    problem(send(crew, "PATCH", at, {"id": 5}, MERGE, If_Match=fresh), 400, "malformed")
    problem(send(crew, "PATCH", at, {"properties": {"flow": 1}}, MERGE, If_Match=tag), 412, "version-differs")
    problem(send(crew, "PATCH", at, {"properties": {"flow": 1}}, MERGE), 428, "version-needed")


def test_a_feature_is_removed_and_then_is_not_there(hydrants, crew, nobody):
    at = f"{ITEMS}/{hydrants[4]}"
    tag = nobody.get(at).headers["ETag"]
    problem(crew.delete(at), 428, "version-needed")
    problem(crew.delete(at, headers={"If-Match": '"99"'}), 412, "version-differs")
    assert crew.delete(at, headers={"If-Match": tag}).status_code == 204
    problem(nobody.get(at), 404, "not-found")
    problem(crew.delete(at), 404, "not-found")
    page = nobody.get(ITEMS).get_json()
    assert ([each["id"] for each in page["features"]], page["numberMatched"]) == (hydrants[:4], 4)


def test_coordinates_may_be_sent_in_each_system(hydrants, crew, nobody):
    for crs in (LAT_LON, TEXAS):
        there = {"type": "Point", "coordinates": list(moved(-95.425, 29.72, crs))}
        sent = point(0, 0, label="there", flow=1) | {"geometry": there}
        made = send(crew, "POST", ITEMS, sent, Content_Crs=f"<{crs}>").get_json()
        assert made["geometry"]["coordinates"] == pytest.approx([-95.425, 29.72], abs=2e-6)
        at = f"{ITEMS}/{made['id']}"
        there["coordinates"] = list(moved(-95.426, 29.721, crs))
        tag = nobody.get(at).headers["ETag"]
        assert (
            send(crew, "PATCH", at, {"geometry": there}, MERGE, If_Match=tag, Content_Crs=crs).status_code
            == 204
        )
        told = nobody.get(at).get_json()["geometry"]["coordinates"]
        assert told == pytest.approx([-95.426, 29.721], abs=2e-6)
    refused = send(crew, "POST", ITEMS, point(1, 2, label="x"), Content_Crs="<EPSG:1>")
    assert problem(refused, 400, "malformed")["errors"][0]["pointer"] == "header:Content-Crs"
    for odd in ([1e300, 2], [1], ["a", "b"], "x", None):
        shape = {"type": "Point", "coordinates": odd}
        refused = send(crew, "POST", ITEMS, point(1, 2) | {"geometry": shape}, Content_Crs=f"<{MERCATOR}>")
        problem(refused, 400, "malformed")


def test_what_somebody_may_do_is_told_when_asked_and_holds(hydrants, make, crew, nobody):
    a_layer("kept", edited_by=Whom.NOBODY, geometry=Geometry.POINT)
    police, desk = make.person("police", role="crew", department="police"), make.person("resident")
    one = f"{ITEMS}/{hydrants[0]}"
    for who, may in ((nobody, False), (desk, False), (police, False), (crew, True)):
        for at, verbs in ((ITEMS, {"POST"}), (one, {"PUT", "PATCH", "DELETE"})):
            answer = who.call("OPTIONS", at)
            assert answer.status_code == 200
            allowed = set(answer.headers["Allow"].split(", "))
            assert allowed == {"GET", "HEAD", "OPTIONS"} | (verbs if may else set())
    sent = point(-95.43, 29.72, label="H-7")
    problem(send(nobody, "POST", ITEMS, sent), 401, "sign-in")
    for who in (desk, police):
        problem(send(who, "POST", ITEMS, sent), 403, "forbidden")
        problem(who.delete(one, headers={"If-Match": '"1"'}), 403, "forbidden")
    problem(send(crew, "POST", "/ogc/collections/kept/items", sent), 403, "forbidden")
    assert nobody.call("OPTIONS", "/ogc/collections/kept/items").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert nobody.get(ITEMS).get_json()["numberMatched"] == 5


def test_what_may_be_sent_is_what_the_schema_says(hydrants, crew, nobody):
    schema = nobody.get("/ogc/collections/hydrants/schema").get_json()
    assert schema["additionalProperties"] is False
    values = {"string": "H-8", "integer": 8, "number": 8.5, "boolean": True}
    props = {
        name: values[each["type"]]
        for name, each in schema["properties"].items()
        if "type" in each and not each.get("readOnly")
    }
    made = send(crew, "POST", ITEMS, point(-95.43, 29.72, **props))
    assert made.get_json()["properties"] == props


@pytest.mark.parametrize("sign", [r"\ud800", r"a\udfff", r"\u0000"])
def test_half_of_a_sign_is_refused_with_the_field_that_it_stands_in(sign, hydrants, crew, nobody):
    at = f"{ITEMS}/{hydrants[0]}"
    seen = nobody.get(at).headers["ETag"]
    shape = '"geometry":{"type":"Point","coordinates":[-95.425,29.72]}'
    for props, pointer in ((f'{{"label":"{sign}"}}', "/properties/label"), (f'{{"{sign}":"a"}}', None)):
        for method, where, kind in (("POST", ITEMS, GEOJSON), ("PUT", at, GEOJSON), ("PATCH", at, MERGE)):
            body = f'{{"type":"Feature",{shape},"properties":{props}}}'
            told = problem(send(crew, method, where, body, kind, If_Match=seen), 400, "malformed")
            assert told["errors"][0]["pointer"].startswith(pointer or "/properties/")
    assert nobody.get(at).headers["ETag"] == seen
    body = f'{{"type":"Feature","geometry":{{"type":"{sign}"}},"properties":{{}}}}'
    problem(send(crew, "POST", ITEMS, body), 400, "malformed")
