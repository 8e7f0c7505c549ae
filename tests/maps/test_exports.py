"""Layers taken away as files: the features that SQL finds, in each format, and those alone that somebody may see."""

import csv
import io
import json

import pytest
from pyogrio import raw

from shared_models.layers import Geometry, Whom
from tests.cast import problem
from tests.maps.layers import FIELDS, a_layer, feature, point
from tests.maps.loads import define, loaded, sql

MORE = [
    *FIELDS,
    {"name": "wide", "kind": "number", "title_en": "", "title_es": ""},
    {"name": "open", "kind": "boolean", "title_en": "", "title_es": ""},
    {"name": "made", "kind": "date", "title_en": "", "title_es": ""},
    {"name": "seen", "kind": "instant", "title_en": "", "title_es": ""},
]
FULL = {
    "label": 'Ñandú, "1"\n2',
    "flow": 7,
    "wide": 1.5,
    "open": False,
    "made": "2026-11-27",
    "seen": "2026-11-27T08:00:00.000000Z",
}
EMPTY = dict.fromkeys(FULL)
FEATURES = [
    point(-95.43, 29.71, **FULL),
    point(-95.42, 29.72, **EMPTY | {"label": "=cmd|' /C calc'!A0", "flow": -3}),
    feature(None, **EMPTY),
]


def away(caller, id, **query):
    answer = caller.get(f"/v1/maps/layers/{id}/export", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_data()


@pytest.fixture
def opened(tmp_path):
    """A function that has GDAL read a file: what it says of it, its geometries, its columns by their names."""

    def read(data, format):
        file = tmp_path / f"away.{format}"
        file.write_bytes(data)
        about, _, shapes, columns = raw.read(file, datetime_as_string=True)
        return about, shapes, dict(zip(about["fields"], columns, strict=True))

    return read


@pytest.fixture
def layer(app):
    """Three features of all kinds of fields: one full, one all but empty and dangerous, one without a place."""
    return a_layer("things", FEATURES, MORE)


def test_geojson_says_what_sql_says(layer, nobody):
    id, made = layer
    told = json.loads(away(nobody, id))
    assert [each["id"] for each in told["features"]] == made
    assert [each["properties"] for each in told["features"]] == [each["properties"] for each in FEATURES]
    assert [each["geometry"] for each in told["features"]] == [each["geometry"] for each in FEATURES]
    assert (told["name"], told["illustration"]) == ("things", True)


@pytest.mark.parametrize("format", ["gpkg", "fgb"])
def test_gdal_reads_what_gdal_wrote_with_all_kinds_of_fields(layer, nobody, format, opened, erin):
    id, made = layer
    data = away(nobody, id, format=format)
    about, shapes, table = opened(data, format)
    assert about["crs"] == "EPSG:4326"
    order = [made.index(int(number)) for number in table["number"]]
    assert sorted(order) == [0, 1, 2]
    at = order.index(0)
    assert [table[name][at] for name in ("label", "flow", "wide", "open")] == [FULL["label"], 7, 1.5, False]
    assert table["made"][at][:10] == "2026-11-27"
    assert table["seen"][at][:19] == "2026-11-27T08:00:00"
    assert table["label"][order.index(2)] is None
    assert shapes[order.index(2)] is None
    again = define(erin, "again")
    edition = loaded(erin, again, data, f"things.{format}")
    assert (edition["taken"], edition["refused"]) == (3, 0)
    kinds = {
        field["name"]: field["kind"]
        for field in erin.get(f"/v1/maps/layers/{again['id']}").get_json()["fields"]
    }
    assert kinds["seen"] == "instant"
    assert kinds["open"] == "boolean"


def test_csv_runs_nothing_in_a_spreadsheet_and_keeps_numbers(layer, nobody):
    id, made = layer
    [head, *lines] = csv.reader(io.StringIO(away(nobody, id, format="csv").decode("utf-8-sig"), newline=""))
    assert head == ["id", *FULL, "wkt"]
    assert lines[0] == [
        str(made[0]),
        FULL["label"],
        "7",
        "1.5",
        "false",
        "2026-11-27",
        FULL["seen"],
        "POINT(-95.43 29.71)",
    ]
    assert lines[1][1:3] == ["'=cmd|' /C calc'!A0", "-3"]
    assert lines[2][1:] == [""] * 7


def test_a_box_fields_and_cql2_narrow_what_leaves(layer, nobody):
    id, made = layer

    def ids(**query):
        return [each["id"] for each in json.loads(away(nobody, id, **query))["features"]]

    assert ids(bbox="-95.425,29.70,-95.41,29.73") == [made[1]]
    assert ids(bbox="-95.43,29.71,-95.43,29.71") == [made[0]], "a box without width is a place"
    assert (
        ids(flow="7")
        == ids(open="false")
        == ids(made="2026-11-27")
        == ids(seen="2026-11-27T02:00:00-06:00")
        == [made[0]]
    )
    assert ids(label="nobody's") == []
    assert ids(filter="flow < 0 AND label LIKE '=%'") == [made[1]]
    assert ids(filter="flow IN (7, 8)") == [made[0]]
    for query, where in (
        ({"colour": "red"}, "?colour"),
        ({"flow": "many"}, "?flow"),
        ({"made": "soon"}, None),
        ({"bbox": "1,2,3"}, "?bbox"),
        ({"bbox": "nan,0,1,1"}, "?bbox"),
        ({"format": "shp"}, "?format"),
    ):
        answer = nobody.get(f"/v1/maps/layers/{id}/export", query_string=query)
        assert answer.status_code in {400, 422}, query
        if where:
            assert answer.get_json()["errors"][0]["pointer"] == where
    problem(
        nobody.get(f"/v1/maps/layers/{id}/export", query_string={"filter": "colour = 1"}), 400, "malformed"
    )


def test_only_what_somebody_may_see_leaves(app, nobody, make):
    id, _ = a_layer("valves", seen_by=Whom.STAFF)
    problem(nobody.get(f"/v1/maps/layers/{id}/export"), 404, "not-found")
    problem(make.person("resident").get(f"/v1/maps/layers/{id}/export"), 404, "not-found")
    assert len(json.loads(away(make.person("crew", role="crew", department="fire"), id))["features"]) == 5


def test_an_empty_layer_leaves_as_an_empty_file_of_its_kind(app, nobody, opened):
    id, _ = a_layer("none", [], geometry=Geometry.AREA)
    assert json.loads(away(nobody, id))["features"] == []
    for format in ("gpkg", "fgb"):
        about, shapes, _ = opened(away(nobody, id, format=format), format)
        assert len(shapes) == 0
        assert about["geometry_type"] == "MultiPolygon"
    assert sql("SELECT count(*) FROM feature") == [(0,)]
