"""OGC API Features, Part 1 and Part 5: a test, or a part of one, for each line of the checklist (its numbers stand beside)."""

import gzip
import re

import pytest

from shared_models.layers import Whom
from tests.cast import problem
from tests.maps.layers import HYDRANTS, a_layer, feature
from tests.maps.survey import a_survey, asked_directly, told

ROOT = "http://127.0.0.1:8000"
GEOJSON, SCHEMA = "application/geo+json", "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
HYDRANT = "/ogc/collections/hydrants"
PLACES = ("/ogc/", "/ogc/conformance", "/ogc/api", "/ogc/collections", HYDRANT, f"{HYDRANT}/items",
          f"{HYDRANT}/queryables", f"{HYDRANT}/schema", "/ogc/tiles", "/ogc/tiles/WebMercatorQuad", f"{HYDRANT}/tiles",
          f"{HYDRANT}/tiles/WebMercatorQuad", "/ogc/tileMatrixSets", "/ogc/tileMatrixSets/WebMercatorQuad")  # fmt: skip


@pytest.fixture
def hydrants(app):
    """The numbers of five hydrants."""
    return a_layer()[1]


def links(document, rel, kind=None):
    """Where links of this relation (and media type) lead, without the host."""
    found = [each for each in document["links"] if each["rel"] == rel and kind in (None, each["type"])]
    assert all(each["href"].startswith(ROOT) and each["type"] for each in found)
    return [each["href"].removeprefix(ROOT) for each in found]


def the_link(document, rel, kind=None):
    [found] = links(document, rel, kind)
    return found


# 1, 2, 4
def test_the_landing_page_leads_to_everything_with_or_without_a_slash(hydrants, nobody):
    for at in ("/ogc", "/ogc/"):
        answer = nobody.get(at)
        assert (answer.status_code, answer.content_type) == (200, "application/json")
        document = answer.get_json()
        assert document["title"]
        for rel, kind in (
            ("service-desc", OPENAPI),
            ("service-doc", "text/html"),
            ("conformance", "application/json"),
            ("data", "application/json"),
            ("self", "application/json"),
            ("alternate", "text/html"),
        ):
            reached = nobody.get(the_link(document, rel, kind))
            assert reached.status_code == 200
            assert reached.content_type.partition(";")[0] == kind.partition(";")[0]
    classes = nobody.get("/ogc/conformance").get_json()["conformsTo"]
    spec = "http://www.opengis.net/spec/"
    for each in ("core", "geojson", "html", "oas30"):
        assert f"{spec}ogcapi-features-1/1.0/conf/{each}" in classes
    assert f"{spec}ogcapi-features-2/1.0/conf/crs" in classes
    assert f"{spec}cql2/1.0/conf/temporal-functions" in classes
    assert len(classes) == len(set(classes))
    assert not [each for each in classes if "sorting" in each or "text-search" in each or "array" in each]


# 5, 6, 7, 8
def test_a_layer_is_told_alike_in_the_list_and_by_itself(hydrants, nobody):
    listed = nobody.get("/ogc/collections").get_json()
    assert the_link(listed, "self", "application/json") == "/ogc/collections"
    assert nobody.get(the_link(listed, "alternate", "text/html")).status_code == 200
    [entry] = [each for each in listed["collections"] if each["id"] == "hydrants"]
    alone = nobody.get(HYDRANT).get_json()
    for name in ("id", "title", "description", "extent", "itemType", "crs", "storageCrs"):
        assert alone[name] == entry[name]
    assert (entry["title"], entry["itemType"]) == ("Hydrants", "feature")
    for document in (entry, alone):
        for kind in (GEOJSON, "text/html"):
            assert nobody.get(the_link(document, "items", kind)).content_type.startswith(kind)
        for rel in ("queryables", "schema"):
            at = the_link(document, f"http://www.opengis.net/def/rel/ogc/1.0/{rel}", SCHEMA)
            assert nobody.get(at).content_type == SCHEMA
    assert {each["rel"] for each in entry["links"]} <= {each["rel"] for each in alone["links"]}
    [[west, south, east, north]] = alone["extent"]["spatial"]["bbox"]
    for each in nobody.get(f"{HYDRANT}/items").get_json()["features"]:
        lon, lat = each["geometry"]["coordinates"]
        assert west <= lon <= east
        assert south <= lat <= north
    spanish = nobody.get(HYDRANT, headers={"Accept-Language": "es-MX, en;q=0.5"}).get_json()
    assert spanish["title"] == "Hydrants"  # its Spanish title, as it was made
    problem(nobody.get("/ogc/collections/nothing"), 404, "not-found")


# 9, 15, 16, 18
def test_features_are_geojson_with_links_and_counts(hydrants, nobody):
    answer = nobody.get(f"{HYDRANT}/items")
    assert answer.headers["Content-Type"] == GEOJSON
    page = answer.get_json()
    assert page["type"] == "FeatureCollection"
    assert [each["id"] for each in page["features"]] == hydrants == asked_directly("true", "hydrants")
    assert (page["numberReturned"], page["numberMatched"]) == (5, 5)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", page["timeStamp"])
    for rel in ("self", "alternate", "collection", "http://www.opengis.net/def/rel/ogc/1.0/queryables"):
        assert nobody.get(the_link(page, rel)).status_code == 200
    assert links(page, "next") == []
    for told_, sent in zip(page["features"], HYDRANTS, strict=True):
        assert set(told_) == {"type", "id", "geometry", "properties"}
        assert told_["geometry"] == {
            "type": "Point",
            "coordinates": [round(each, 6) for each in sent["geometry"]["coordinates"]],
        }
        assert told_["properties"] == sent["properties"]
    assert nobody.get("/ogc/collections/nothing/items").status_code == 404


# 10
def test_a_page_has_at_most_so_many_features(hydrants, nobody):
    for said, most in (("1", 1), ("3", 3), ("1000", 5), ("1001", 5), ("9" * 30, 5)):
        page = nobody.get(f"{HYDRANT}/items?limit={said}").get_json()
        assert page["numberReturned"] == len(page["features"]) == most
    for said in ("0", "-1", "abc", "", "1.5", "٣", "+1"):
        refused = problem(nobody.get(f"{HYDRANT}/items", query_string={"limit": said}), 400, "malformed")
        assert refused["errors"][0]["pointer"] == "?limit"


def test_a_limit_beyond_the_largest_is_cut(app, nobody):
    a_layer("many", [feature(label=str(number)) for number in range(1003)])
    page = nobody.get("/ogc/collections/many/items?limit=5000").get_json()
    assert page["numberReturned"] == 1000
    assert len(told(nobody, "many", limit=5000)[0]) == 1003


# 15, 16
def test_walking_from_page_to_page_tells_each_feature_once_and_keeps_every_parameter(hydrants, nobody):
    for query in (
        {"limit": 2},
        {"limit": 1, "bbox": "-96,29,-95,30", "flow": "300"},
        {"limit": 2, "filter": "flow > 100 AND label LIKE 'H%'", "properties": "label"},
        {"limit": 2, "sortby": "-flow"},
        {
            "limit": 2,
            "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
            "datetime": "../2026-01-01T00:00:00Z",
        },
    ):
        found, pages = told(nobody, "hydrants", **query)
        whole, _ = told(nobody, "hydrants", **{name: said for name, said in query.items() if name != "limit"})
        assert found == whole
        assert len(found) == len(set(found))
        assert pages == max(1, -(-len(found) // query["limit"]))
    page = nobody.get(f"{HYDRANT}/items?limit=2&flow=300&crs=nothing")
    problem(page, 400, "malformed")
    page = nobody.get(f"{HYDRANT}/items?limit=2&q=H&f=json").get_json()
    following = the_link(page, "next", GEOJSON)
    for said in ("limit=2", "q=H", "f=json"):
        assert said in following
    assert "numberMatched" not in page
    assert nobody.get(f"{HYDRANT}/items?limit=2&q=H&count=true").get_json()["numberMatched"] == 5
    for odd in ("x", "-1", "1e5", "9" * 40, "9" * 5000):
        problem(nobody.get(f"{HYDRANT}/items?after={odd}"), 400, "malformed")


# 11
def test_a_box_finds_what_meets_it_and_what_is_nowhere(app, nobody):
    a_survey()
    nowhere = "geom IS NULL OR "
    for box, where in (
        ("-95.432,29.7,-95.418,29.716", "ST_Intersects(geom, ST_MakeEnvelope(-95.432,29.7,-95.418,29.716,4326))"),
        ("-95.432,29.7,-10,-95.418,29.716,10", "ST_Intersects(geom, ST_MakeEnvelope(-95.432,29.7,-95.418,29.716,4326))"),
        # a corner of the speedway's own box, where nothing of it is
        ("-95.405,29.70,-95.402,29.702", "false"),
        ("-95.43,29.71,-95.43,29.71", "ST_Covers(geom, ST_SetSRID(ST_MakePoint(-95.43,29.71),4326))"),
        ("-95.43,29.6,-95.43,29.8", "ST_Intersects(geom, ST_GeomFromText('LINESTRING(-95.43 29.6,-95.43 29.8)',4326))"),
        ("179,-1,-179,1", "name = 'Antimeridian'"),
        ("-180,-90,180,90", "true"),
    ):  # fmt: skip
        assert told(nobody, bbox=box)[0] == asked_directly(nowhere + where), box
    for odd in ("1,2,3", "1,2,3,4,5", "a,b,c,d", "", "1,2,3,nan", "1,2,3,inf", "0,2,1,1", "1,2,3,4,5,6,7"):
        refused = problem(
            nobody.get("/ogc/collections/survey/items", query_string={"bbox": odd}), 400, "malformed"
        )
        assert refused["errors"][0]["pointer"] == "?bbox"


# 12
def test_a_time_finds_what_meets_it_and_what_has_none(app, nobody):
    a_survey()
    a_layer()
    timeless = "begins IS NULL OR "
    for said, where in (
        ("2025-01-01T08:00:00Z", "begins = '2025-01-01 08:00+00'"),
        ("2025-01-01", "begins >= '2025-01-01 00:00+00' AND begins < '2025-01-02 00:00+00'"),
        ("2025-01-01T08:00:00Z/2025-01-01T09:00:00Z", "begins BETWEEN '2025-01-01 08:00+00' AND '2025-01-01 09:00+00'"),
        ("../2025-01-01T08:00:00Z", "begins <= '2025-01-01 08:00+00'"),
        ("/2025-01-01T08:00:00Z", "begins <= '2025-01-01 08:00+00'"),
        ("2025-06-01T00:00:00Z/..", "begins >= '2025-06-01 00:00+00'"),
        ("2025-06-01T00:00:00Z/", "begins >= '2025-06-01 00:00+00'"),
        ("2025-01-01/2025-05-31", "begins >= '2025-01-01 00:00+00' AND begins < '2025-06-01 00:00+00'"),
    ):  # fmt: skip
        assert told(nobody, datetime=said)[0] == asked_directly(timeless + where), said
        assert len(told(nobody, "hydrants", datetime=said)[0]) == 5
    for layer in ("survey", "hydrants"):
        for odd in (
            "",
            "yesterday",
            "2025-13-01",
            "2025-01-01T00:00:00",
            "../..",
            "2025-02-01/2025-01-01",
            "a/b/c",
        ):
            answer = nobody.get(f"/ogc/collections/{layer}/items", query_string={"datetime": odd})
            assert problem(answer, 400, "malformed")["errors"][0]["pointer"] == "?datetime"


# 13, 14
def test_a_parameter_that_nobody_knows_or_a_value_that_is_none_is_400(hydrants, nobody):
    feature_ = f"{HYDRANT}/items/{hydrants[0]}"
    for at in (*PLACES, feature_):
        for odd in ("nonsense=1", "f=xml", "f=json&f=html", "Limit=5"):
            refused = problem(nobody.get(f"{at}?{odd}"), 400, "malformed")
            assert refused["errors"][0]["pointer"].startswith("?"), (at, odd)
    for odd in ("flow=many", "flow=1&flow=2", "count=perhaps", "properties=nothing", "sortby=nothing",
                "filter-lang=cql", "crs=EPSG:4326", "bbox-crs=x", "filter-crs=x", "label=%00"):  # fmt: skip
        problem(nobody.get(f"{HYDRANT}/items?{odd}"), 400, "malformed")
    problem(nobody.get(f"{feature_}?limit=1"), 400, "malformed")


# 17
def test_one_feature_is_told_with_its_links(hydrants, nobody):
    at = f"{HYDRANT}/items/{hydrants[2]}"
    answer = nobody.get(at)
    assert answer.headers["Content-Type"] == GEOJSON
    document = answer.get_json()
    assert (document["type"], document["id"]) == ("Feature", hydrants[2])
    assert document["properties"] == {"label": "H-3", "flow": 300}
    assert the_link(document, "self", GEOJSON) == at
    assert nobody.get(the_link(document, "alternate", "text/html")).mimetype == "text/html"
    assert the_link(document, "collection") == HYDRANT
    for odd in ("0", "9" * 18, "9" * 40, "x", "-1", "%00", "٣"):
        problem(nobody.get(f"{HYDRANT}/items/{odd}"), 404, "not-found")


# 19
def test_http_is_kept_head_405_406_304_and_gzip(hydrants, nobody):
    feature_ = f"{HYDRANT}/items/{hydrants[0]}"
    for at in (*PLACES, feature_):
        got, head = nobody.get(at), nobody.call("HEAD", at)
        assert (head.status_code, head.data) == (200, b"")
        assert head.content_type == got.content_type
        refused = nobody.call("TRACE", at)
        problem(refused, 405, "method-not-allowed")
        assert "GET" in refused.headers["Allow"]
        problem(nobody.get(at, headers={"Accept": "image/png"}), 406, "not-acceptable")
        again = nobody.get(at, headers={"If-None-Match": got.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert nobody.get(at, headers={"If-None-Match": '"other"'}).status_code == 200
    packed = nobody.get("/ogc/api", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == nobody.get("/ogc/api").data
    assert "Accept-Encoding" in packed.headers["Vary"]


# 19
def test_a_page_that_somebody_has_is_304_until_a_feature_is_changed(hydrants, nobody, make):
    crew = make.person("crew", role="crew", department="public-works")
    at = f"{HYDRANT}/items?bbox=-96,29,-95,30"
    tag = nobody.get(at).headers["ETag"]
    assert nobody.get(at, headers={"If-None-Match": tag}).status_code == 304
    feature_ = f"{HYDRANT}/items/{hydrants[0]}"
    changed = crew.patch(
        feature_,
        {"properties": {"flow": 1}},
        content_type="application/merge-patch+json",
        headers={"If-Match": crew.get(feature_).headers["ETag"]},
    )
    assert changed.status_code == 204
    fresh = nobody.get(at, headers={"If-None-Match": tag})
    assert fresh.status_code == 200
    assert fresh.get_json()["features"][0]["properties"]["flow"] == 1


# 20
def test_each_answer_is_also_a_page_with_all_its_data_that_needs_no_script_and_no_other_host(
    hydrants, nobody
):
    a_layer("odd", [feature(label="<script>alert(1)</script>", flow=1)])
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for at in (*PLACES, f"{HYDRANT}/items/{hydrants[0]}", "/ogc/collections/odd/items"):
        asked, chosen = nobody.get(at, headers=browser), nobody.get(f"{at}?f=html")
        for answer in (asked, chosen):
            assert (answer.status_code, answer.mimetype) == (200, "text/html")
            page = answer.get_data(as_text=True)
            assert "<script" not in page
            assert not re.search(r"""(src|<link[^>]*href)=["']?http""", page)
            assert answer.headers["Content-Security-Policy"].startswith(
                "default-src 'none'; style-src 'sha256-"
            )
        for each in nobody.get(at).get_json().get("links", []):
            if each["rel"] not in ("self", "alternate"):
                assert each["href"].replace("&", "&amp;") in page, (at, each)
    page = nobody.get(f"{HYDRANT}/items?f=html&limit=2").get_data(as_text=True)
    for words in ("H-1", "H-2", "29.716", "100", "Next page", f"{HYDRANT}/items/{hydrants[0]}"):
        assert words in page
    assert "H-3" not in page
    assert "Página siguiente" in nobody.get(
        f"{HYDRANT}/items?f=html&limit=2", headers={"Accept-Language": "es"}
    ).get_data(as_text=True)


# 21
def test_fields_are_parameters_that_hold_together_with_the_others(app, nobody):
    a_survey()
    for query, where in (
        ({"name": "Edloe"}, "name = 'Edloe'"),
        ({"floors": "3"}, "floors = 3"),
        ({"score": "12.5", "open": "true"}, "score = 12.5 AND open"),
        ({"built": "1999-12-31"}, "built = '1999-12-31'"),
        ({"begins": "2025-01-01T08:00:00Z"}, "begins = '2025-01-01 08:00+00'"),
        ({"open": "false", "bbox": "-95.426,29.7,-95.41,29.73"},
         "NOT open AND ST_Intersects(geom, ST_MakeEnvelope(-95.426,29.7,-95.41,29.73,4326))"),
        ({"open": "true", "filter": "floors > 2", "datetime": "2025-01-01/.."},
         "open AND floors > 2 AND (begins IS NULL OR begins >= '2025-01-01 00:00+00')"),
        ({"q": "buffalo SPEED"}, "name = 'Buffalo Speedway'"),
        ({"q": "100%"}, "false"),
    ):  # fmt: skip
        assert told(nobody, **query)[0] == asked_directly(where), query
    ids = asked_directly("true")
    assert told(nobody, id=ids[3])[0] == [ids[3]]
    page = nobody.get("/ogc/collections/survey/items?properties=floors,name&limit=1").get_json()
    assert page["features"][0]["properties"] == {"floors": 1, "name": "Edloe"}


def test_features_come_in_the_order_that_is_wanted(app, nobody):
    ids = a_survey()
    by_number = dict(zip(range(len(ids)), ids, strict=True))
    found, pages = told(nobody, sortby="-floors,name", limit=3)
    assert pages == 4
    assert found[:3] == [by_number[10], by_number[5], by_number[4]]
    assert set(found) == set(ids)
    found, _ = told(nobody, sortby="name")
    assert found[:3] == [by_number[10], by_number[7], by_number[3]]  # code points: "", Antimeridian, Buffalo


def test_a_layer_that_is_not_for_somebody_is_nothing_in_every_door(app, nobody, make):
    _, [number, *_] = a_layer("valves", seen_by=Whom.STAFF, edited_by=Whom.STAFF)
    at = "/ogc/collections/valves"
    resident, crew = make.person("resident"), make.person("crew", role="crew", department="police")
    doors = (at, f"{at}/items", f"{at}/items/{number}", f"{at}/queryables", f"{at}/schema")
    for who in (nobody, resident):
        for door in doors:
            problem(who.get(door), 404, "not-found")
            assert who.call("OPTIONS", door).status_code == (404 if "items" in door else 200)
        for whole in ("/ogc/collections", "/ogc/api", "/ogc/collections?f=html", "/ogc/api?f=html"):
            assert "valves" not in who.get(whole).get_data(as_text=True)
    for door in doors:
        assert crew.get(door).status_code == 200
    assert "valves" in crew.get("/ogc/collections").get_data(as_text=True)
    assert "valves" in crew.get("/ogc/api").get_data(as_text=True)
