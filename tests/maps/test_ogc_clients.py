"""Programs that others wrote, against the live server: GDAL and OWSLib read what SQL finds; schemathesis finds no fault."""

import json
import shutil
import subprocess

import pyogrio
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from owslib.ogcapi.features import Features
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance
from sqlalchemy import text

from backend.core.actor import db
from backend.run.house import Address, granian
from backend.worker import in_transaction
from tests.maps.layers import a_layer, point
from tests.maps.survey import a_survey, asked_directly
from tests.processes import Programs, answering, environment, free_port

load_all_checks()
COUNT = 2345
GRID = [
    point(-95.45 + number % 50 / 1000, 29.70 + number // 50 / 1000, label=f"N-{number}", flow=number)
    for number in range(COUNT)
]


@pytest.fixture(scope="module")
def live(house, tmp_path_factory):
    """The address of a real server over the tests' database; it knows what callers see."""
    port = free_port()
    at = f"http://127.0.0.1:{port}"
    told = environment(house.extensions["westu"].settings, PUBLIC_URL=at)
    with Programs(tmp_path_factory.mktemp("ogc")) as programs:
        yield answering(programs.start("server", granian(Address("127.0.0.1", port), workers=1), told), at)


def ran(*command):
    """What a program of GDAL's says; it asks no proxy."""
    if shutil.which(command[0]) is None:
        print(f"NOT RUN: {command[0]} is missing (Debian: gdal-bin)")
        pytest.skip(f"NOT RUN: {command[0]} is missing (Debian: gdal-bin)")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


def test_ogrinfo_and_ogr2ogr_read_a_layer_whole_and_a_part_of_it(app, live, tmp_path):
    a_layer("grid", GRID)
    a_survey()
    source = f"OAPIF:{live}/ogc"
    listed = ran("ogrinfo", source)
    assert "grid" in listed
    assert "survey" in listed
    whole = ran("ogrinfo", "-so", "-oo", "PAGE_SIZE=500", source, "grid")
    assert f"Feature Count: {COUNT}" in whole
    assert "label: String" in whole
    assert "flow: Integer" in whole
    box = ("-95.44", "29.71", "-95.43", "29.72")
    part = ran("ogrinfo", "-so", source, "grid", "-spat", *box)
    inside = asked_in("grid", f"ST_Intersects(geom, ST_MakeEnvelope({','.join(box)}, 4326))")
    assert f"Feature Count: {len(inside)}" in part
    out = tmp_path / "grid.geojson"
    ran("ogr2ogr", "-f", "GeoJSON", "-oo", "PAGE_SIZE=1000", str(out), source, "grid")
    held = json.loads(out.read_text())["features"]
    assert sorted(each["properties"]["label"] for each in held) == sorted(asked_in("grid", "true"))
    ran("ogr2ogr", "-f", "GeoJSON", "-t_srs", "EPSG:2278", str(tmp_path / "survey.geojson"), source, "survey")
    assert len(json.loads((tmp_path / "survey.geojson").read_text())["features"]) == 11


def test_the_gdal_that_comes_from_the_registry_reads_a_layer_too(app, live):
    a_layer("grid", GRID)
    source = f"OAPIF:{live}/ogc"
    assert {name for name, _ in pyogrio.list_layers(source)} == {"grid", "facilities", "requests"}
    _, _, shapes, fields = pyogrio.raw.read(source, layer="grid", columns=["label"])
    assert sorted(fields[0]) == sorted(asked_in("grid", "true"))
    assert all(shape is not None for shape in shapes)
    _, _, shapes, fields = pyogrio.raw.read(source, layer="grid", where="flow > 2300", columns=["label"])
    assert sorted(fields[0]) == sorted(asked_in("grid", "CAST(props ->> 'flow' AS int) > 2300"))


def asked_in(layer, where):
    """The labels of a layer's features for which this holds, as SQL says."""
    asked = text(f"""
        SELECT props ->> 'label' FROM feature JOIN layer ON layer.edition_id = feature.edition_id
        WHERE layer.name = '{layer}' AND {where.replace(":", chr(92) + ":")}
    """)
    return in_transaction(lambda: list(db().scalars(asked)))


def test_owslib_reads_what_there_is_and_filters(app, live):
    ids = a_survey()
    service = Features(f"{live}/ogc/")
    assert (
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in service.conformance()["conformsTo"]
    )
    assert set(service.feature_collections()) == {"survey", "facilities", "requests"}
    assert service.api()["openapi"].startswith("3.0")
    assert service.collection("survey")["itemType"] == "feature"
    assert "floors" in service.collection_queryables("survey")["properties"]
    assert service.collection_item("survey", str(ids[0]))["properties"]["name"] == "Edloe"
    page = service.collection_items("survey", limit=3)
    assert (len(page["features"]), page["numberMatched"]) == (3, 11)
    page = service.collection_items("survey", bbox=[-95.432, 29.7, -95.418, 29.716], limit=100)
    expected = "geom IS NULL OR ST_Intersects(geom, ST_MakeEnvelope(-95.432,29.7,-95.418,29.716,4326))"
    assert [each["id"] for each in page["features"]] == asked_directly(expected)
    page = service.collection_items(
        "survey", filter="floors > 3 AND name LIKE '%a%'", datetime_="../2030-01-01"
    )
    assert [each["id"] for each in page["features"]] == asked_directly("floors > 3 AND name LIKE '%a%'")


def test_made_up_calls_by_the_contract_end_in_no_fault_and_in_no_status_that_it_does_not_tell(app, nobody):
    a_survey()
    contract = nobody.get("/ogc/api").get_json() | {"servers": [{"url": "/ogc"}]}
    schema = schemathesis.openapi.from_dict(contract)
    schema.app = app
    calm = examples(
        max_examples=2,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    checks = [not_a_server_error, status_code_conformance, content_type_conformance]
    told = 0
    for each in schema.get_all_operations():
        operation = each.ok()

        @calm
        @given(case=operation.as_strategy() | operation.as_strategy(GenerationMode.NEGATIVE))
        def called(case):
            case.call_and_validate(headers={"Accept-Encoding": "identity"}, checks=checks)

        called()
        told += 1
    assert told == sum(len(operations) for operations in contract["paths"].values())
