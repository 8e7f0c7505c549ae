"""Who sees which request, by which route: the owner, a neighbour, crews, the desk, an administrator, nobody."""

import json
import uuid
from types import SimpleNamespace

import pytest

from shared_models.service_requests import MapDot, ServiceRequest, StaffEntry, StaffRequest
from shared_models.wire import wire_fields
from tests.cast import problem

BOX = "west=-95.5&south=29.6&east=-95.3&north=29.8"
ROOT = "/v1/service-requests"
OWNER, WORKS, NEITHER, STRANGER = "owner", "works", "neither", "stranger"

PEOPLE = {
    "alice": OWNER,
    "bob": NEITHER,  # her neighbour
    "phone": NEITHER,  # a phone without an account
    "carol": WORKS,  # the desk
    "erin": WORKS,  # an administrator
    "dan": WORKS,  # crew of Public Works, of which Solid Waste is a part
    "part": WORKS,  # crew of Solid Waste itself
    "sibling": NEITHER,  # crew of another part of Public Works
    "other": NEITHER,  # crew of the police
    "nobody": STRANGER,
}
"""What each is to a request of alice's that Solid Waste works on."""


@pytest.fixture
def people(request, make):
    named = {
        name: request.getfixturevalue(name) for name in ("alice", "bob", "carol", "dan", "erin", "nobody")
    }
    return named | {
        "phone": make.phone(),
        "part": make.person("part", role="crew", department="solid-waste"),
        "sibling": make.person("sibling", role="crew", department="water-sewer"),
        "other": make.person("other", role="crew", department="police"),
    }


@pytest.fixture
def hers(alice, carol, make, jpeg):
    """A request of alice's at Solid Waste, with a photo of hers, a public note, and an internal one with a photo."""
    reported, internal, public = (
        alice.send_photo(jpeg()),
        carol.send_photo(jpeg("blue")),
        carol.send_photo(jpeg("red")),
    )
    request = make.request(by=alice, type="missed-trash", description="Not taken", photos=[reported])
    path = f"{ROOT}/{request['id']}"
    for words, photo, is_public in (("Owner was rude", internal, False), ("We come today", public, True)):
        note = {"id": str(uuid.uuid4()), "words": words, "public": is_public, "photos": [str(photo)]}
        assert carol.post(f"{path}/notes", note).status_code == 201
    return SimpleNamespace(
        id=request["id"],
        number=request["number"],
        path=path,
        reported=reported,
        internal=internal,
        public=public,
    )


def held(answer):
    """The ids in a list."""
    return [item["id"] for item in answer.get_json()["items"]]


@pytest.mark.parametrize("name", PEOPLE)
def test_the_owners_side_is_seen_by_the_owner_alone(people, hers, name):
    caller, role = people[name], PEOPLE[name]
    single, history, mine = caller.get(hers.path), caller.get(f"{hers.path}/history"), caller.get(f"{ROOT}/")
    if role == STRANGER:
        for answer in (single, history, mine):
            problem(answer, 401, "sign-in")
    elif role == OWNER:
        assert single.get_json()["id"] == hers.id
        assert len(held(history)) == 2
        assert held(mine) == [hers.id]
    else:
        problem(single, 404, "not-found")
        problem(history, 404, "not-found")
        assert held(mine) == []


@pytest.mark.parametrize("name", PEOPLE)
def test_the_staffs_side_is_seen_by_those_who_work_on_it(people, hers, name):
    caller, role = people[name], PEOPLE[name]
    single, history = caller.get(f"{ROOT}/work/{hers.id}"), caller.get(f"{ROOT}/work/{hers.id}/history")
    listed, found = (
        caller.get(f"{ROOT}/work"),
        caller.get(f"{ROOT}/work?q={hers.number}&department=solid-waste"),
    )
    mapped = caller.get(f"{ROOT}/work/map?{BOX}")
    answers = (single, history, listed, found, mapped)
    if role == STRANGER:
        for answer in answers:
            problem(answer, 401, "sign-in")
    elif role == WORKS:
        assert single.get_json()["id"] == hers.id
        assert len(held(history)) == 3
        assert held(listed) == held(found) == held(mapped) == [hers.id]
    elif name in {"sibling", "other"}:
        problem(single, 404, "not-found")
        problem(history, 404, "not-found")
        assert held(listed) == held(found) == held(mapped) == []
    else:
        for answer in answers:
            problem(answer, 403, "forbidden")


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("assign", {"department": "solid-waste"}),
        ("move", {"status": "in-progress"}),
        ("notes", {"id": "6c6ffe4b-0f5a-4d33-8f43-1c1f0f3d4b10", "words": "Seen"}),
        ("close", {"reason": "fixed"}),
    ],
)
def test_work_is_done_by_those_who_work_on_it(people, hers, name, verb, body):
    before = people["carol"].get(f"{ROOT}/work/{hers.id}").get_json()
    answer = people[name].post(f"{hers.path}/{verb}", body)
    if PEOPLE[name] == WORKS:
        assert answer.status_code in {200, 201}, answer.get_json()
        return
    if PEOPLE[name] == STRANGER:
        problem(answer, 401, "sign-in")
    elif name in {"sibling", "other"}:
        problem(answer, 404, "not-found")
    else:
        problem(answer, 403, "forbidden")
    assert people["carol"].get(f"{ROOT}/work/{hers.id}").get_json() == before


@pytest.mark.parametrize("name", PEOPLE)
def test_the_owner_alone_answers(people, hers, name):
    people["carol"].post(f"{hers.path}/close", {"reason": "fixed"})
    answer = people[name].post(f"{hers.path}/answer", {"fixed": True})
    if PEOPLE[name] == OWNER:
        assert answer.get_json()["fixed"] is True
    else:
        problem(answer, *((401, "sign-in") if PEOPLE[name] == STRANGER else (404, "not-found")))
        assert people["alice"].get(hers.path).get_json()["fixed"] is None


@pytest.mark.parametrize("name", PEOPLE)
def test_photos_are_seen_by_who_sees_what_holds_them(people, hers, name):
    seen = {
        what: people[name].get(f"/v1/photos/{photo}").status_code
        for what, photo in (("reported", hers.reported), ("public", hers.public), ("internal", hers.internal))
    }
    assert (
        seen
        == {
            OWNER: {"reported": 200, "public": 200, "internal": 404},
            WORKS: {"reported": 200, "public": 200, "internal": 200},
            NEITHER: {"reported": 404, "public": 404, "internal": 404},
            STRANGER: {"reported": 401, "public": 401, "internal": 401},
        }[PEOPLE[name]]
    )


@pytest.mark.parametrize("name", [name for name, role in PEOPLE.items() if role != STRANGER])
def test_the_feed_holds_what_the_routes_show(people, hers, name):
    changes, *_ = people[name].pull()
    shown = {}
    for change in changes:
        if change["value"] is not None:
            shown.setdefault(change["kind"], set()).add(change["id"])
    counts = {kind: len(ids) for kind, ids in shown.items()}
    assert (
        counts
        == {
            OWNER: {"service_request": 1, "request_entry": 2},
            WORKS: {"staff_request": 1, "staff_entry": 3},
            NEITHER: {},
        }[PEOPLE[name]]
    )


def test_an_internal_note_is_never_seen_by_the_owner(alice, hers, make):
    make.worked()
    said = [
        alice.get(hers.path),
        alice.get(f"{hers.path}/history"),
        alice.get(f"{ROOT}/"),
        alice.get("/v1/notifications/"),
        alice.get("/v1/sync"),
    ]
    for answer in said:
        text = answer.get_data(as_text=True)
        assert "rude" not in text
        assert str(hers.internal) not in text
    assert "We come today" in said[1].get_data(as_text=True)


def test_an_owner_who_works_for_the_city_sees_the_notes_on_their_request_on_the_staffs_side_alone(
    carol, make
):
    path = f"{ROOT}/{make.request(by=carol)['id']}"
    carol.post(f"{path}/notes", {"id": str(uuid.uuid4()), "words": "Between us"})
    assert "Between us" not in carol.get(f"{path}/history").get_data(as_text=True)
    assert "Between us" in carol.get(path.replace("requests/", "requests/work/") + "/history").get_data(
        as_text=True
    )


def test_who_made_a_request_stands_in_no_answer_to_staff(alice, carol, hers, make):
    carol.post(f"{hers.path}/close", {"reason": "fixed"})
    alice.post(f"{hers.path}/answer", {"fixed": False, "words": "Still there"})
    make.worked()
    answers = [
        carol.get(f"{ROOT}/work"),
        carol.get(f"{ROOT}/work/{hers.id}"),
        carol.get(f"{ROOT}/work/{hers.id}/history"),
        carol.get(f"{ROOT}/work/map?{BOX}"),
        carol.get("/v1/sync"),
        carol.get("/v1/notifications/"),
        carol.post(f"{hers.path}/move", {"status": "in-progress"}),
        carol.post(f"{hers.path}/notes", {"id": str(uuid.uuid4()), "words": "Noted"}),
    ]
    for answer in answers:
        assert answer.status_code < 300
        text = answer.get_data(as_text=True)
        for secret in (str(alice.id), alice.name, alice.email):
            assert secret not in text.replace("Still there", ""), answer.request.path
    assert "Still there" in answers[2].get_data(as_text=True)


def test_no_wire_value_of_a_request_has_a_field_for_who_made_it():
    for wire in (ServiceRequest, StaffRequest, StaffEntry, MapDot):
        assert not {"owner_id", "owner", "name", "email", "person_id"} & set(wire_fields(wire))


def test_a_crew_that_loses_a_request_forgets_it_and_its_history(alice, dan, carol, make):
    request = make.request(by=alice)
    path = f"{ROOT}/{request['id']}"
    carol.post(f"{path}/notes", {"id": str(uuid.uuid4()), "words": "Look behind the school"})
    changes, cursor, *_ = dan.pull()
    held_before = {(change["kind"], change["id"]) for change in changes if change["value"]}
    assert {kind for kind, _ in held_before} == {"staff_request", "staff_entry"}
    assert len(held_before) == 3

    carol.post(f"{path}/assign", {"department": "police"})

    changes, *_ = dan.pull(cursor)
    gone = {(change["kind"], change["id"]) for change in changes if change["value"] is None}
    assert held_before <= gone
    assert not [change for change in changes if change["value"]]


def test_a_crew_that_gets_a_request_gets_its_history_as_well(alice, carol, make):
    police = make.person("frank", role="crew", department="police")
    _, cursor, *_ = police.pull()
    request = make.request(by=alice)
    path = f"{ROOT}/{request['id']}"
    carol.post(f"{path}/notes", {"id": str(uuid.uuid4()), "words": "Look behind the school"})

    carol.post(f"{path}/assign", {"department": "police"})

    changes, *_ = police.pull(cursor)
    told = [
        change["value"]["kind"] for change in changes if change["kind"] == "staff_entry" and change["value"]
    ]
    assert sorted(told) == ["assigned", "note", "opened"]
    assert len(held(police.get(f"{ROOT}/work/{request['id']}/history"))) == 3


def test_what_staff_read_is_written_down_with_the_names_of_the_filters_only(carol, erin, hers):
    carol.get(f"{ROOT}/work?q=taken&open=true")
    events = erin.get("/v1/audit/events?kind=core.read").get_json()["items"]
    assert events[0]["fields"] == {
        "what": "work-list",
        "subject_id": None,
        "filters": ["open", "q"],
        "count": 1,
    }
    assert events[0]["actor_id"] == str(carol.id)
    assert "taken" not in json.dumps(events)
