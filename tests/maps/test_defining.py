"""Layers defined, changed and removed; and a folder of files taken in by one command."""

import json
import uuid
from functools import partial

import pytest

from backend.core.house import house
from tests.cast import problem
from tests.maps.layers import a_layer, point
from tests.maps.loads import SHARED, collection, define, loaded, shared, sql


def wish(**more):
    return {
        "id": str(uuid.uuid4()),
        "name": "things",
        "title_en": "Things",
        "title_es": "Cosas",
        "geometry": "point",
    } | more


def test_a_layer_is_defined_once_changed_as_it_was_seen_and_removed_whole(erin, dan, nobody):
    said = wish(seen_by="public", style={"colour": "#ff0000"})
    made = erin.post("/v1/maps/layers/", said)
    assert made.status_code == 201
    assert made.headers["ETag"] == '"1"'
    assert (made.get_json()["style"]["colour"], made.get_json()["count"]) == ("#ff0000", 0)
    again = erin.post("/v1/maps/layers/", said)
    assert (again.status_code, again.get_json()) == (201, made.get_json())
    path = f"/v1/maps/layers/{said['id']}"
    loaded(erin, said, collection(point(-95.43, 29.71, label="a")))
    problem(erin.patch(path, {"title_en": "More"}), 428, "version-needed")
    problem(erin.patch(path, {"title_en": "More"}, headers={"If-Match": '"1"'}), 412, "version-differs")
    changed = erin.patch(path, {"title_en": "More", "title_field": "label"}, headers={"If-Match": '"2"'})
    assert (changed.get_json()["title_en"], changed.get_json()["title_es"]) == ("More", "Cosas")
    assert changed.headers["ETag"] == nobody.get(path).headers["ETag"] == '"3"'
    problem(dan.patch(path, {"title_en": "Mine"}, headers={"If-Match": '"3"'}), 403, "forbidden")
    problem(dan.delete(path, headers={"If-Match": '"3"'}), 403, "forbidden")
    problem(erin.delete(path, headers={"If-Match": '"2"'}), 412, "version-differs")
    assert erin.delete(path, headers={"If-Match": '"3"'}).status_code == 204
    problem(erin.get(path), 404, "not-found")
    assert sql("SELECT (SELECT count(*) FROM edition), (SELECT count(*) FROM feature)") == [(0, 0)]
    assert [row for (row,) in sql("SELECT fields->>'what' FROM event WHERE kind = 'maps.layer-changed' ORDER BY seq")] == ["defined", "changed", "removed"]  # fmt: skip


def test_a_layer_that_contradicts_itself_is_refused_with_the_place(erin, dan):
    define(erin, "taken")
    for more, pointer in (
        ({"seen_by": "nobody"}, "/seen_by"),
        ({"edited_by": "public"}, "/edited_by"),
        ({"seen_by": "department"}, "/department"),
        ({"department": "circus"}, "/department"),
        ({"fields": [{"name": "a", "kind": "text"}, {"name": "a", "kind": "text"}]}, "/fields/1/name"),
        ({"fields": [{"name": "a", "kind": "text"}], "title_field": "b"}, "/title_field"),
        ({"fields": [{"name": "a", "kind": "text"}], "style": {"label": "b"}}, "/style/label"),
        ({"fields": [{"name": "=a", "kind": "text"}]}, "/fields/0/name"),
        ({"geometry": "newer"}, "/geometry"),
        ({"fields": [{"name": "id", "kind": "integer"}]}, "/fields/0/name"),
        ({"title_en": "\ud800"}, "/title_en"),
        ({"name": "\ud800"}, "/name"),
        ({"fields": [{"name": "a\ud800", "kind": "text"}]}, "/fields/0/name"),
        ({"title_field": "\ud800"}, "/title_field"),
        ({"style": {"label": "\ud800"}}, "/style/label"),
        ({"part": "places", "part_fields": {"name": "\ud800"}}, "/part_fields/name"),
        ({"part": "places", "part_fields": {"name": "\0"}}, "/part_fields/name"),
        ({"part": "places", "part_fields": {"\ud800": "a"}}, "/part_fields/\ufffd"),
    ):
        told = problem(erin.post("/v1/maps/layers/", wish(**more)), 422, "invalid")
        assert pointer in [each["pointer"] for each in told["errors"]]
    problem(erin.post("/v1/maps/layers/", wish(name="taken")), 409, "already-there")
    for name in house().layers:
        problem(erin.post("/v1/maps/layers/", wish(name=name)), 409, "already-there")
    problem(dan.post("/v1/maps/layers/", wish()), 403, "forbidden")
    layer = define(erin, "named", title_field="label")
    from tests.maps.loads import send

    told = problem(send(erin, layer, collection(point(-95.43, 29.71, name="a"))), 422, "invalid")
    assert told["errors"][0]["pointer"] == "/title_field"


def test_a_folder_goes_in_by_one_command_and_again_only_what_changed(run, tmp_path, nobody):
    names = ("fire_stations", "benches", "zip_codes", "bridges")
    whole = {name: shared(name) for name in names}
    for name, (data, _) in whole.items():
        (tmp_path / f"{name}.geojson.gz").write_bytes(data)
    (tmp_path / "README.md").write_text("no layer")
    (tmp_path / "broken.geojson").write_text("{")
    (tmp_path / "layers.toml").write_text(
        '[zip_codes]\ntitle_en = "ZIP"\nkey = "zip_code"\nseen_by = "staff"\n'
    )
    code, out, err = run("load", tmp_path, "--seen-by", "public")
    assert code == 1
    assert "broken.geojson" in err
    assert "4 layers" in out
    told = {layer["name"]: layer for layer in nobody.get("/v1/maps/layers/").get_json()["items"]}
    assert "zip-codes" not in told
    assert [told[name]["geometry"] for name in ("fire-stations", "benches", "bridges")] == [
        "point",
        "mixed",
        "area",
    ]
    for name in ("fire_stations", "benches", "bridges"):
        assert told[name.replace("_", "-")]["count"] == len(whole[name][1])
    [(title, key)] = sql(
        "SELECT title_en, key FROM layer JOIN edition ON number_of_all = edition_id WHERE name = 'zip-codes'"
    )
    assert (title, key) == ("ZIP", "zip_code")

    (tmp_path / "broken.geojson").unlink()
    (tmp_path / "bridges.geojson.gz").unlink()
    (tmp_path / "bridges.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": whole["bridges"][1][:3]})
    )
    code, out, _ = run("load", tmp_path, "--seen-by", "public")
    assert (code, "1 layers with 3 features" in out, "3 as they were" in out) == (0, True, True)
    code, out, _ = run("list")
    assert [line.split()[:2] for line in out.splitlines() if line.startswith("bridges")] == [["bridges", "3"]]
    (tmp_path / "layers.toml").write_text("[nowhere]\n")
    code, _, err = run("load", tmp_path)
    assert (code, "nowhere" in err) == (1, True)


def test_all_of_cambridge_goes_in_whole(run, soak):
    if not soak:
        pytest.skip("NOT RUN without --soak: it takes a minute")
    if not SHARED.exists():
        pytest.skip(f"NOT RUN: {SHARED} is missing")
    code, out, _ = run("load", SHARED)
    assert code == 0
    print(out)
    counts = dict(
        sql("SELECT name, count(feature.id) FROM layer JOIN feature USING (edition_id) GROUP BY name")
    )
    for file in SHARED.glob("*.geojson.gz"):
        name = file.name.removesuffix(".geojson.gz")
        assert counts[name.replace("_", "-")] == len(shared(name)[1])
    assert sql("SELECT count(*) FROM feature WHERE NOT ST_IsValid(geom)") == [(0,)]


def test_a_layer_of_rows_and_one_of_a_file_are_told_alike(erin, nobody):
    a_layer("rows")
    layer = define(erin, "file")
    loaded(erin, layer, collection(point(-95.43, 29.71, label="a")))
    get = partial(nobody.get, "/v1/maps/layers/")
    rows, file = (
        {each["name"]: each for each in get().get_json()["items"]}[name] for name in ("rows", "file")
    )
    assert rows.keys() == file.keys()
    assert file["fields"] == [{"name": "label", "kind": "text", "title_en": "Label", "title_es": "Label"}]
