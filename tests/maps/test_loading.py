"""Files loaded into layers: what is taken, mended and refused; editions, trials and rolling back."""

import json
import uuid

import numpy as np
import pytest

from tests.cast import problem
from tests.maps.layers import feature, point
from tests.maps.loads import area, collection, define, loaded, made, send, shared, sql, wkb

TAKEN = """SELECT feature.id, ref, ST_AsGeoJSON(geom, 6)::jsonb, props, feature.version FROM feature
JOIN layer USING (edition_id) WHERE layer.id = :id ORDER BY feature.id"""


def layer_of(caller, layer):
    return caller.get(f"/v1/maps/layers/{layer['id']}").get_json()


def test_a_whole_file_goes_in_with_each_of_its_features(erin, nobody):
    data, features = shared("hydrants")
    layer = define(erin, "hydrants")
    edition = loaded(erin, layer, data, "hydrants.geojson.gz")

    assert (edition["found"], edition["taken"], edition["mended"], edition["refused"]) == (
        len(features),
        len(features),
        0,
        0,
    )
    taken = sql(TAKEN, id=layer["id"])
    assert [row[2]["coordinates"] for row in taken] == [each["geometry"]["coordinates"] for each in features]
    for row, each in zip(taken, features, strict=True):
        said = {name: value for name, value in row[3].items() if value is not None}
        assert said == {name: value for name, value in each["properties"].items() if value is not None}
    now = layer_of(nobody, layer)
    assert now["count"] == len(features)
    assert now["version"] == 2
    [edges] = sql(
        """SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)
        FROM (SELECT ST_Extent(geom) AS b FROM feature) AS f"""
    )
    assert now["bounds"] == pytest.approx(edges)
    kinds = {field["name"]: field["kind"] for field in now["fields"]}
    assert (kinds["hydrant_gpm"], kinds["rotation"], kinds["hydrant_id"]) == ("integer", "number", "text")


@pytest.mark.parametrize(
    ("driver", "ending", "file"),
    [("GPKG", "gpkg", "a.gpkg"), ("FlatGeobuf", "fgb", "a.FGB"), ("ESRI Shapefile", "shp", "a.zip")],
)
def test_formats_are_read_and_brought_from_their_own_coordinates(erin, driver, ending, file):
    feet = [3_103_500.0, 13_820_400.0]
    fields = {
        "Name (old)": np.array(["Edloe", None], dtype=object),
        "zip": np.array(["02138", "77005"], dtype=object),
        "width": np.array([1.5, 2.0]),
        "lanes": np.array([2, 3], dtype="int64"),
    }
    shapes = [wkb(*feet), wkb(feet[0] + 100, feet[1])]
    layer = define(erin)
    edition = loaded(erin, layer, made(driver, ending, shapes, fields, crs="EPSG:2278"), file)

    assert (edition["crs"], edition["taken"], edition["format"]) == ("EPSG:2278", 2, driver)
    [[lon, lat]] = sql(
        "SELECT round(ST_X(p)::numeric, 6)::float, round(ST_Y(p)::numeric, 6)::float "
        "FROM ST_Transform(ST_SetSRID(ST_MakePoint(:x, :y), 2278), 4326) AS p",
        x=feet[0],
        y=feet[1],
    )
    places = sql("SELECT ST_X(geom), ST_Y(geom), props->>'zip', props->'lanes' FROM feature ORDER BY 3")
    assert places[0] == (pytest.approx(lon, abs=1e-9), pytest.approx(lat, abs=1e-9), "02138", 2)
    assert places[1][2:] == ("77005", 3)
    names = {field["name"]: field["kind"] for field in layer_of(erin, layer)["fields"]}
    assert names["zip"] == "text", "text that is all digits stays text"
    assert names["width"] == "number"
    assert (
        next(iter(names)) == "name_old"
        if driver != "ESRI Shapefile"
        else next(iter(names)).startswith("name")
    )


def test_a_table_is_read_by_its_columns_or_its_wkt_as_its_layer_types_it(erin):
    fields = [{"name": "flow", "kind": "integer"}, {"name": "made", "kind": "date"}]
    layer = define(erin, fields=fields)
    table = "Lon,Lat,Flow,Made,Zip\n-95.43,29.71,100,2026-11-27,02138\n-95.42,29.72,many,,\n,,7,,\nwest,29.7,7,,\n"
    edition = loaded(erin, layer, table.encode(), "a.csv", x="Lon", y="Lat", crs="EPSG:4326")
    assert [(each["row"], each["why"], each["mended"]) for each in edition["refusals"]] == [
        (2, "flow: this is no integer.", False),
        (3, "It says no place.", True),
        (4, "Its geometry can't be read.", False),
    ]
    assert (edition["found"], edition["taken"], edition["mended"], edition["refused"]) == (4, 2, 1, 2)
    [(place, props), _] = sql("SELECT ST_AsText(geom), props FROM feature ORDER BY id")
    assert place == "POINT(-95.43 29.71)"
    assert (props["flow"], props["made"], props["zip"]) == (100, "2026-11-27", "02138")

    words = 'name,wkt\nEdloe,"LINESTRING(-95.43 29.71, -95.42 29.71)"\nNowhere,LINE?\n'
    lines = define(erin, "lines", "line")
    edition = loaded(erin, lines, words.encode(), "b.csv", crs="EPSG:4326")
    assert (edition["taken"], edition["refusals"][0]["why"]) == (1, "Its geometry can't be read.")
    assert [field["name"] for field in layer_of(erin, lines)["fields"]] == ["name"]


def test_what_is_wrong_with_a_feature_is_told_and_the_others_go_in(erin):
    sliver = [[-95.43, 29.71], [-95.42, 29.71], [-95.42, 29.72], [-95.4200001, 29.7099], [-95.43, 29.71]]
    ring = {"type": "Polygon", "coordinates": [sliver]}
    good = area((-95.44, 29.71), (-95.43, 29.71), (-95.43, 29.72), name="good")
    features = [
        good,
        feature(ring, name="sliver"),
        area((-95.44, 29.71), (-95.43, 29.72), (-95.43, 29.71), (-95.44, 29.72), name="bow tie"),
        area((-95.44, 29.71), (-95.44, 29.71), (-95.44, 29.71), name="speck"),
        point(-95.43, 29.71, name="point"),
        feature({"type": "Polygon", "coordinates": []}, name="empty"),
        feature({"type": "Polygon", "coordinates": [[["x", 1]]]}, name="words"),
        feature({"type": "Polygon", "coordinates": [[[float("nan"), 29.7], [-95, 29], [-95, 30], [float("nan"), 29.7]]]}, name="nan"),
        area((-95.44, 29.71), (-95.43, 29.71), (-195.43, 29.72), name="beyond"),
        area((-95.44, 29.71), (-95.43, 29.71), (-95.43, 29.72), name="good"),
        feature(None, name="nowhere"),
        feature({"type": "Polygon", "coordinates": [[[-95.44, 29.71, 7], [-95.43, 29.71, 7], [-95.43, 29.72, 7], [-95.44, 29.71, 7]]]}, name="high"),
    ]  # fmt: skip
    layer = define(erin, geometry="area")
    edition = loaded(erin, layer, collection(*features), key="name")
    why = {each["ref"]: (each["row"], each["mended"], each["why"]) for each in edition["refusals"]}

    assert why["sliver"][1]
    assert why["bow tie"][:2] == (3, False)
    assert "not clear" in why["bow tie"][2]
    assert why["speck"][1:] == (
        True,
        "It has no extent that six decimals tell apart: kept, without its place.",
    )
    assert why["point"][1:] == (False, "A Point: this layer holds areas.")
    assert why["empty"][1:] == (False, "Its geometry is empty.")
    assert why["words"][1:] == (False, "Its geometry can't be read.")
    assert "NaN" in why["nan"][2]
    assert why["beyond"][1:] == (False, "Its coordinates lie outside of where EPSG:4326 is used.")
    assert why["good"][1:] == (False, "An earlier row has the same key.")
    assert why["nowhere"][1:] == (True, "It says no place.")
    assert "high" not in why
    assert (edition["found"], edition["taken"], edition["mended"], edition["refused"]) == (12, 5, 3, 7)
    assert sql("SELECT count(*), bool_and(ST_IsValid(geom)), max(ST_NDims(geom)) FROM feature") == [
        (5, True, 2)
    ]


def test_a_thing_keeps_its_number_and_what_did_not_change_its_version(erin):
    layer = define(erin)
    first = loaded(
        erin,
        layer,
        collection(*(point(-95.43, 29.71 + n / 1000, code=f"A{n}", flow=n) for n in range(4))),
        key="code",
    )
    before = {row[1]: row for row in sql(TAKEN, id=layer["id"])}
    loaded(
        erin,
        layer,
        collection(
            point(-95.43, 29.8, code="A3", flow=3), point(-95.43, 29.71, code="A0", flow=0), point(-95.43, 29.711, code="A1", flow=9),
            point(-95.4, 29.7, code="B", flow=1),
        ),
        key="code",
    )  # fmt: skip
    after = {row[1]: row for row in sql(TAKEN, id=layer["id"])}
    assert {ref: row[0] for ref, row in after.items() if ref != "B"} == {
        ref: before[ref][0] for ref in ("A0", "A1", "A3")
    }
    assert after["B"][0] not in {row[0] for row in before.values()}
    assert after["A0"][4] == before["A0"][4] == 2
    assert after["A1"][4] == after["A3"][4] == after["B"][4] == 3

    again = send(erin, layer, collection(point(0, 0)), id=first["id"])
    problem(again, 409, "already-there")
    loaded(erin, layer, collection(point(-95.43, 29.713, code="A2", flow=2)), key="code")
    [back] = sql(TAKEN, id=layer["id"])
    assert back[0] == before["A2"][0], "what was gone for an edition comes back under its number"


def test_an_edition_is_shown_again_as_it_was_left_and_five_are_kept(erin, dan, nobody):
    layer = define(erin, edited_by="staff")
    for n in range(1, 4):
        loaded(
            erin,
            layer,
            collection(*(point(-95.43, 29.71, code=f"{each}", n=n) for each in range(n))),
            key="code",
        )
    seen = layer_of(erin, layer)
    whole = sql(TAKEN, id=layer["id"])
    path = f"/v1/maps/layers/{layer['id']}/editions"
    problem(erin.post(f"{path}/1/show", headers={"If-Match": '"1"'}), 412, "version-differs")
    problem(erin.post(f"{path}/1/show"), 428, "version-needed")
    problem(erin.post(f"{path}/9/show", headers={"If-Match": f'"{seen["version"]}"'}), 404, "not-found")
    problem(dan.post(f"{path}/1/show", headers={"If-Match": f'"{seen["version"]}"'}), 403, "forbidden")
    answer = erin.post(f"{path}/1/show", headers={"If-Match": f'"{seen["version"]}"'})
    assert answer.status_code == 200, answer.get_json()
    assert (answer.get_json()["count"], answer.get_json()["edition"]) == (1, 1)
    assert layer_of(nobody, layer)["version"] == seen["version"] + 1
    erin.post(f"{path}/3/show", headers={"If-Match": answer.headers["ETag"]})
    assert sql(TAKEN, id=layer["id"]) == whole

    for n in range(4, 8):
        loaded(erin, layer, collection(point(-95.43, 29.71, code="0", n=n)), key="code")
    kept = erin.get(path).get_json()["items"]
    assert [(each["number"], each["shown"]) for each in kept] == [
        (7, True),
        (6, False),
        (5, False),
        (4, False),
        (3, False),
    ]
    assert sql("SELECT count(*) FROM feature") == [(4 + 3,)]


def test_a_trial_says_what_would_come_of_it_and_leaves_nothing(erin):
    layer = define(erin)
    before = sql("SELECT count(*) FROM event")
    edition = loaded(erin, layer, collection(point(-95.43, 29.71), point(-295.43, 29.71)), trial="true")
    assert (edition["taken"], edition["refused"], edition["shown"]) == (1, 1, False)
    assert layer_of(erin, layer) == layer
    assert sql("SELECT (SELECT count(*) FROM edition), (SELECT count(*) FROM feature)") == [(0, 0)]
    assert sql("SELECT count(*) FROM event") == before


def test_a_field_that_is_called_as_what_each_feature_has_gets_another_name_which_is_told(erin, nobody):
    layer = define(erin)
    data = collection(*(point(-95.43, 29.71 + n / 1000, id=n, Geometry="odd") for n in (7, 8)))
    edition = loaded(erin, layer, data, file="..\\..//etc/../../x.geojson", key="id")
    assert edition["file"] == "x.geojson"
    assert (edition["taken"], edition["mended"], edition["key"]) == (2, 0, "own_id")
    assert [(each["row"], each["ref"], "own_" in each["why"]) for each in edition["refusals"]] == [
        (0, "id", True),
        (0, "Geometry", True),
    ]
    names = [each["name"] for each in layer_of(erin, layer)["fields"]]
    assert names == ["own_id", "own_geometry"]
    at = f"/ogc/collections/{layer['name']}"
    assert {"id", "own_id", "geometry"} <= nobody.get(f"{at}/queryables").get_json()["properties"].keys()
    [found] = nobody.get(f"{at}/items", query_string={"own_id": 7}).get_json()["features"]
    assert found["properties"]["own_id"] == 7
    assert nobody.get(f"{at}/items", query_string={"id": found["id"]}).get_json()["features"] == [found]
    assert nobody.get(f"{at}/items", query_string={"id": 7}).get_json()["features"] == []
    loaded(erin, layer, data, key="id")
    assert nobody.get(f"{at}/items/{found['id']}").status_code == 200, "it keeps its number by that key"


def test_those_who_do_not_keep_layers_load_none(erin, dan, nobody, make):
    layer = define(erin)
    data = collection(point(-95.43, 29.71))
    problem(send(nobody, layer, data), 401, "sign-in")
    problem(send(dan, layer, data), 403, "forbidden")
    problem(send(erin, {"id": str(uuid.uuid4())}, data), 404, "not-found")
    problem(send(erin, layer, data, file="a.kml"), 422, "invalid")
    problem(send(erin, layer, data, colour="red"), 422, "invalid")
    problem(send(erin, layer, b""), 422, "invalid")
    assert json.loads(data)["features"]
    assert loaded(erin, layer, data)["taken"] == 1
