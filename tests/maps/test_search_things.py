"""What domains hand down is found on the map by whoever may see it: by the server, and by the phone with no signal."""

import pytest

from tests.make import HERE
from tests.phones import NONE

pytest.importorskip("kivy")

TYPED = (
    "WU-00123",
    "wu0012",
    "motorway",
    "motrway",
    "581ctx",
    "ups-7",
    "pump house",
    "nowhere",
    "6600 university",
)


@pytest.fixture
def things(make, erin):
    """A radio of the police and a battery of public works, each with a place; another radio with none."""
    make.asset(
        erin,
        tag="WU-00123",
        serial="581CTX-1",
        name="Motorway",
        department="police",
        place="Closet 2",
        where=HERE,
    )
    make.asset(erin, tag="WU-00124", name="Motorway too, nowhere", department="police")
    make.asset(erin, tag="UPS-7", kind="ups", department="public-works", place="Pump house", where=HERE)


def online(caller, typed, **more):
    """Kind and title of each answer of the server."""
    items = caller.get("/v1/maps/places", query_string={"q": typed, "limit": 8} | more).get_json()["items"]
    return [(item["id"], item["title"], item["detail"]) for item in items if item["kind"] == "thing"]


@pytest.fixture
def offline(show_app):
    """A function: what the app's map finds of things on somebody's phone, which has pulled and has no signal since."""

    def phone(person):
        from mobile.maps.map_model import MapPlace

        shown = show_app(str(person.id))
        shown.sign_in(person)
        shown.air.rest = NONE
        place = MapPlace()
        place.parts = shown.parts
        return lambda typed: [
            (hit.place.id, hit.title, hit.place.detail)
            for hit in place.search(typed, None)
            if hit.place.kind == "thing"
        ]

    return phone


def titles(found):
    return [title for _, title, _ in found]


def test_a_device_is_found_by_its_own_department_and_by_nobody_else_on_server_and_phone(
    things, kim, dan, alice, nobody, offline
):
    asked = {who: {typed: online(who, typed) for typed in TYPED} for who in (kim, dan, alice)}

    assert titles(asked[kim]["WU-00123"]) == ["WU-00123 · Motorway"]
    assert titles(asked[kim]["motrway"]) == titles(asked[kim]["581ctx"]) == ["WU-00123 · Motorway"]
    assert titles(asked[dan]["ups-7"]) == titles(asked[dan]["pump house"]) == ["UPS-7"]
    assert not asked[kim]["ups-7"] and not asked[dan]["motorway"] and not any(asked[alice].values())
    assert not any(online(nobody, typed) for typed in TYPED)
    assert online(kim, "wu-00123", kinds="thing,address") and not online(kim, "wu-00123", kinds="address")
    for who in (kim, dan, alice):
        find = offline(who)
        assert {typed: find(typed) for typed in TYPED} == asked[who]


def test_an_open_request_is_found_by_its_number_by_whoever_may_see_it(
    make, alice, bob, carol, nobody, offline
):
    hers = make.request(by=alice)
    shut = make.request(by=alice)
    carol.post(f"/v1/service-requests/{shut['id']}/close", {"reason": "fixed"})
    number = hers["number"]
    ways = (number, number.replace("-", ""), number.replace("-", " "))

    for typed in ways:
        for who in (alice, carol):
            assert titles(online(who, typed)) == [number], typed
        assert online(bob, typed) == online(nobody, typed) == online(alice, shut["number"]) == []
    assert titles(online(carol, number[:6])) == [number]  # of those that are open
    for who in (alice, bob, carol):
        find = offline(who)
        assert [find(typed) for typed in ways] == [online(who, typed) for typed in ways]
