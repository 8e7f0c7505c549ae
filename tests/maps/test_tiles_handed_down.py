"""Layers that other domains hand down, in tiles: what somebody sees there is what their own lists show."""

import uuid

import pytest
from sqlalchemy import text, update

from backend.assets.tables import AssetRow
from backend.core.actor import db
from backend.worker import in_transaction
from mobile.core import mvt
from shared_models.basics import Point
from tests.cast import problem
from tests.make import HERE
from tests.maps.layers import a_layer, point
from tests.maps.test_tiles import number_of

Z = 15
ROW, COLUMN = number_of(HERE["lat"], HERE["lon"], Z)
QUAD = f"WebMercatorQuad/{Z}/{ROW}/{COLUMN}"


def in_tile(caller, name):
    """The properties of each feature of a layer in the tile that holds HERE, by the domain's own id."""
    answer = caller.get(f"/ogc/collections/{name}/tiles/{QUAD}?properties=*")
    assert answer.status_code in {200, 204}, answer.get_json()
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers
    features = mvt.decode(answer.data)[name].features if answer.data else []
    found = {each.properties["id"]: each.properties for each in features}
    assert len({each.id for each in features} - {None}) == len(found) == len(features)
    return found


def asked(sql, **values):
    """The ids that SQL finds."""
    return set(map(str, in_transaction(lambda: db().scalars(text(sql), values).all())))


@pytest.fixture
def requests(make, alice, bob, carol):
    """Two of Alice's, one of which is closed; one of Bob's; one of his for another department."""
    made = {
        "hers": make.request(by=alice),
        "closed": make.request(by=alice),
        "his": make.request(by=bob),
        "other": make.request(by=bob, type="barking-dog"),
    }
    carol.post(f"/v1/service-requests/{made['closed']['id']}/close", {"reason": "fixed"})
    return {name: each["id"] for name, each in made.items()}


def test_each_sees_on_the_map_the_open_requests_of_their_own_lists_and_no_reporter(
    requests, alice, bob, carol, dan, nobody
):
    every = asked("SELECT id FROM request WHERE status <> 'closed'")
    works = asked("SELECT id FROM request WHERE status <> 'closed' AND department LIKE 'public-works%'")

    assert set(in_tile(carol, "requests")) == every == set(requests.values()) - {requests["closed"]}
    assert requests["hers"] in works != every
    assert set(in_tile(dan, "requests")) == {
        each["id"]
        for each in dan.get("/v1/service-requests/work").get_json()["items"]
        if each["status"] != "closed"
    }
    for caller in (alice, bob):
        mine = caller.get("/v1/service-requests/").get_json()["items"]
        assert set(in_tile(caller, "requests")) == {each["id"] for each in mine if each["status"] != "closed"}
    assert in_tile(nobody, "requests") == {}
    told = in_tile(carol, "requests")[requests["hers"]]
    assert set(told) == {"id", "number", "type", "status", "department", "opened_at"}
    assert told["opened_at"].endswith("Z")
    assert str(alice.id) not in str(told)


def test_a_device_is_on_the_map_of_its_own_department_and_of_nobody_elses(
    make, alice, dan, erin, kim, nobody
):
    radio = make.asset(erin, department="police")["id"]
    pump = make.asset(erin, department="public-works", kind="ups")["id"]
    nowhere = make.asset(erin, department="police")["id"]
    place = Point(**HERE)

    def seen():
        ids = [uuid.UUID(radio), uuid.UUID(pump)]
        db().execute(update(AssetRow).where(AssetRow.id.in_(ids)).values(where=place))

    in_transaction(seen)
    assert set(in_tile(erin, "devices")) == asked('SELECT id FROM asset WHERE "where" IS NOT NULL')
    assert (
        set(in_tile(kim, "devices"))
        == {radio}
        == asked("SELECT id FROM asset WHERE department = 'police' AND id <> CAST(:id AS uuid)", id=nowhere)
    )
    assert set(in_tile(dan, "devices")) == {pump}
    for caller in (alice, nobody):
        problem(caller.get(f"/ogc/collections/devices/tiles/{QUAD}"), 404, "not-found")
        assert "devices" not in {
            layer["name"] for layer in caller.get("/v1/maps/layers/").get_json()["items"]
        }


def test_the_citys_places_are_a_layer_for_everybody(nobody, alice):
    seen, tiles = set(), range(-2, 3)
    for down in tiles:
        for right in tiles:
            path = f"/v1/maps/tiles/facilities/{Z}/{COLUMN + right}/{ROW + down}?properties=name"
            answer = nobody.get(path)
            features = mvt.decode(answer.data)["facilities"].features if answer.data else []
            seen |= {each.properties["id"] for each in features}
    assert seen == asked("SELECT id FROM place WHERE kind = 'facility'")
    assert in_tile(alice, "facilities") == in_tile(nobody, "facilities")


def test_a_tile_that_holds_what_is_handed_down_is_kept_by_nobody(requests, carol, alice):
    a_layer(features=[point(HERE["lon"], HERE["lat"], label="H-1")])
    path = f"/ogc/tiles/{QUAD}?collections=hydrants,requests"
    seen = [set(mvt.decode(caller.get(path).data)) for caller in (carol, alice)]
    counts = [len(mvt.decode(caller.get(path).data)["requests"].features) for caller in (carol, alice)]
    assert seen == [{"hydrants", "requests"}] * 2
    assert counts == [3, 1]
    assert carol.get(path).headers["Cache-Control"] == "private, no-store"
