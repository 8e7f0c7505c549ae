"""Files made to do harm: each is refused with a reason, and nothing of it is left."""

import gzip
import io
import json
import os
import sqlite3
import struct
import subprocess
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import pytest

from backend.maps.imports import process
from shared_models.layers import FIELD
from tests.cast import problem
from tests.maps.layers import feature, point
from tests.maps.loads import area, collection, define, loaded, made, send, sql, wkb, zipped

HERE = (-95.43, 29.71)
WKB = [wkb(*HERE)]


@pytest.fixture
def refused(erin, tmp_path, monkeypatch):
    """A function that sends a file and gives what is said of it, once it is seen that nothing is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def sent(data, file="a.geojson", *, status=422, type="invalid", geometry="mixed", **more):
        layer = define(erin, f"layer-{os.urandom(4).hex()}", geometry)
        events = sql("SELECT count(*) FROM event")
        told = problem(send(erin, layer, data, file, **more), status, type)
        assert sql("SELECT (SELECT count(*) FROM edition), (SELECT count(*) FROM feature)") == [(0, 0)]
        assert sql("SELECT count(*) FROM event") == events
        assert erin.get(f"/v1/maps/layers/{layer['id']}").get_json() == layer
        assert list(tmp_path.iterdir()) == [], "no file is left"
        return (
            "; ".join(f"{each['pointer']} {each['detail']}" for each in told["errors"])
            or told["detail"]
            or told["title"]
        )

    return sent


def square(ring):
    return feature({"type": "Polygon", "coordinates": [[list(each) for each in ring]]})


def test_bombs_are_not_unfolded(refused):
    flood = gzip.compress(b'{"type":"FeatureCollection","features":[' + b" " * 40_000_000, 9)
    assert "unfolds" in refused(flood, "a.geojson.gz", status=413, type="too-large")
    parts = {f"a{ending}": b"\0" * 30_000_000 for ending in (".shp", ".shx", ".dbf")}
    assert "unfolds" in refused(zipped(parts), "a.zip", status=413, type="too-large")
    liar = bytearray(zipped({"a.shp": b"\0" * 9_000_000, "a.shx": b"", "a.dbf": b""}))
    for at in (liar.find(b"PK\x03\x04") + 22, liar.find(b"PK\x01\x02") + 24):
        liar[at : at + 4] = struct.pack("<I", 10)
    refused(bytes(liar), "a.zip")
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as packed:
        for number in range(300):
            packed.writestr(f"{number}.shp", b"")
    assert "parts" in refused(many.getvalue(), "a.zip", status=413, type="too-large")


def test_a_file_of_ten_million_corners_is_too_large_and_a_feature_of_too_many_is_told(refused, soak):
    line = [[-95.43 + n * 1e-6, 29.71] for n in range(200_001)]
    told = refused(
        collection(feature({"type": "LineString", "coordinates": line})), status=409, type="import-refused"
    )
    assert told == "/rows/1 More than 200,000 corners in one feature."
    # As GeoJSON the shortest way to say ten million is 60 MB; sent as it is, or packed.
    ten_million = b'{"type":"LineString","coordinates":[' + b"[1,2]," * 9_999_999 + b"[1,3]]}"
    assert "too large" in refused(ten_million + b" " * 8_000_000, status=413, type="too-large")
    assert "unfolds" in refused(gzip.compress(ten_million, 1), "a.json.gz", status=413, type="too-large")
    if soak:
        assert "one feature in it is too large to be read" in refused(ten_million)


def crsless():
    """A file that does not say in which coordinates it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return made("FlatGeobuf", "fgb", WKB, crs=None)


def test_coordinates_in_another_system_than_the_file_says_are_refused(refused):
    feet = [3_103_500.0, 13_820_400.0]
    assert "EPSG:4326" in refused(collection(point(*feet)), status=409, type="import-refused")
    degrees = made("GPKG", "gpkg", WKB, crs="EPSG:2278")
    assert "EPSG:2278" in refused(degrees, "a.gpkg", status=409, type="import-refused")
    unknown = collection(
        point(*HERE), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:MOON::1"}}
    )
    assert "not known" in refused(unknown)
    assert "coordinate system" in refused(crsless(), "a.fgb")
    table = b"x,y\n1,2\n"
    assert "crs" in refused(table, "a.csv", x="x", y="y")
    assert "no coordinate system EPSG:999999" in refused(table, "a.csv", x="x", y="y", crs="EPSG:999999")
    assert "is in EPSG:4326, not in EPSG:2278" in refused(collection(point(*HERE)), crs="EPSG:2278")


def test_edges_that_cross_themselves_and_enclose_nobody_knows_what_are_refused(refused):
    bow = area((-95.44, 29.71), (-95.43, 29.72), (-95.43, 29.71), (-95.44, 29.72))
    told = refused(collection(bow), geometry="area", status=409, type="import-refused")
    assert told.startswith("/rows/1 Its edge crosses itself")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", '"x"', "null", "{}"])
def test_what_is_no_number_is_no_coordinate(refused, number):
    data = (
        f'{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[{number},29.7]}}}}'
    )
    told = refused(data.encode(), status=409, type="import-refused")
    assert told.startswith("/rows/1 ")


def test_no_number_and_no_ring_come_in_by_other_formats(refused):
    nan = struct.pack("<BIdd", 1, 1, float("inf"), 29.7)
    assert "NaN" in refused(
        made("FlatGeobuf", "fgb", [WKB[0], nan][1:], crs="EPSG:4326"),
        "a.fgb",
        status=409,
        type="import-refused",
    )
    assert "no number" in refused(
        b"x,y\nnan,1\n", "a.csv", x="x", y="y", crs="EPSG:4326", status=409, type="import-refused"
    )
    open_ring = square([(-95.4, 29.7), (-95.3, 29.7), (-95.3, 29.8), (-95.35, 29.75)])
    assert "where it began" in refused(collection(open_ring), status=409, type="import-refused")
    two = square([(-95.4, 29.7), (-95.4, 29.7)])
    assert "ring four" in refused(collection(two), status=409, type="import-refused")


def test_what_is_nested_or_no_layer_at_all_is_refused(refused):
    refused(b'{"type":"FeatureCollection","features":[' + b"[" * 500_000)
    refused(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
    deep = {"type": "GeometryCollection", "geometries": []}
    for _ in range(60):
        deep = {"type": "GeometryCollection", "geometries": [deep]}
    refused(collection(feature(deep)), status=409, type="import-refused")
    refused(b'{"type":"FeatureCollection","features":[7,{"type":"Feature","geometry":null,"properties":{}}]}')
    refused(b'{"type":"Topology"}')
    refused(b"{")
    refused(b"\x1f\x8b\x08 and no more", "a.geojson.gz")
    refused(b"PK\x03\x04 and no more", "a.zip")
    refused(made("FlatGeobuf", "fgb", WKB)[:200], "a.fgb")
    refused(made("GPKG", "gpkg", WKB)[:5000], "a.gpkg")


def package(*statements):
    """A GeoPackage in which these were run."""
    with tempfile.NamedTemporaryFile(suffix=".gpkg") as file:
        Path(file.name).write_bytes(made("GPKG", "gpkg", WKB))
        with sqlite3.connect(file.name) as db:
            for statement in statements:
                db.execute(statement)
        db.close()
        return Path(file.name).read_bytes()


@pytest.mark.parametrize(
    "program",
    [
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE TRIGGER harm AFTER INSERT ON made BEGIN DELETE FROM made; END",
        "CREATE VIRTUAL TABLE words USING fts5(a)",
        "CREATE TABLE reckons (a INT, b INT GENERATED ALWAYS AS (a * 2) VIRTUAL)",
    ],
)
def test_a_geopackage_brings_no_program(refused, program):
    assert "program" in refused(package(program), "a.gpkg")


def test_an_archive_reaches_nothing_outside_of_it(refused):
    parts = dict.fromkeys(("a.shp", "a.shx", "a.dbf"), b"")
    for odd in ("../../etc/cron.d/a", "/etc/passwd", "C:\\a.txt", "b\\..\\..\\a"):
        assert "outside" in refused(zipped(parts | {odd: b"x"}), "a.zip")
    assert "one Shapefile" in refused(zipped({"a.vrt": VRT}), "a.zip")
    assert "lacks" in refused(zipped({"a.shp": b""}), "a.zip")
    assert "one Shapefile" in refused(zipped(parts | {"b.shp": b""}), "a.zip")


VRT = b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("a.geojson", VRT),
        ("a.csv", VRT),
        ("a.csv", b'{"type":"FeatureCollection","features":[]}'),
        ("a.fgb", b"SQLite format 3\0"),
        ("a.gpkg", b"PK\x03\x04"),
        ("a.zip", b'{"type":"FeatureCollection"}'),
        ("a.geojson", b'{"type":"Topology","objects":{},"arcs":[]}'),
        (
            "a.geojson",
            b'{"displayFieldName":"","geometryType":"esriGeometryPoint","fields":[],"features":[]}',
        ),
        (
            "a.geojson",
            b'{"stac_version":"1.0.0","type":"gdal_streamed_alg","command_line":"gdal vector pipeline"}',
        ),
        ("a.gpkg", b"SQLite format 3\0" + b"\0" * 500),
        ("a.vrt", VRT),
        ("/vsicurl/http://127.0.0.1/a", b"{}"),
    ],
)
def test_a_file_is_what_its_name_says_or_nothing(refused, file, data):
    assert refused(data, file)


def test_the_reader_knows_five_drivers_and_no_other():
    code = "import pyogrio; print(*sorted(pyogrio.list_drivers()), sep=',')"
    found = subprocess.run(
        [sys.executable, "-I", "-c", code],
        check=True,
        env=process.environment(),
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == "CSV,ESRI Shapefile,FlatGeobuf,GPKG,GeoJSON"


def test_names_that_look_like_formulas_become_plain_names(erin):
    layer = define(erin)
    odd = {
        "=cmd|' /C calc'!A0": "a",
        "@SUM(1)": "b",
        "Straße": "c",
        "a b": "d",
        "A_B": "e",
        "\u202eevil": "f",
        "1st": "g",
    }
    loaded(erin, layer, collection(feature({"type": "Point", "coordinates": list(HERE)}, **odd)))
    told = erin.get(f"/v1/maps/layers/{layer['id']}").get_json()["fields"]
    names = [field["name"] for field in told]
    assert all(FIELD.regex.fullmatch(name) for name in names)
    assert len(set(names)) == len(odd)
    assert not any(field["title_en"].startswith(tuple("=+-@")) for field in told)
    assert not any("\u202e" in field["title_en"] for field in told)
    [(props,)] = sql("SELECT props FROM feature")
    assert list(props.values()) == list(odd.values()) or sorted(props.values()) == sorted(odd.values())


def test_a_reader_that_dies_or_does_not_end_is_a_refusal(refused, monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs")
    dies, sleeps = folder / "dies.py", folder / "sleeps.py"
    dies.write_text("import os; os.kill(os.getpid(), 11)")
    sleeps.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(process, "READER", (sys.executable, str(dies)))
    assert "can't be read" in refused(collection(point(*HERE)))
    monkeypatch.setattr(process, "READER", (sys.executable, str(sleeps)))
    monkeypatch.setattr(process, "SECONDS", 0.3)
    assert "longer" in refused(collection(point(*HERE)))
    assert json.loads(collection())["features"] == []
