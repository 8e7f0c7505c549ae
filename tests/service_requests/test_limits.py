"""How many requests one person and one address may make; and what came twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor

from backend.service_requests import actions
from tests.cast import problem
from tests.make import HERE


def wish(**more):
    return {"id": str(uuid.uuid4()), "type": "pothole", "description": "Deep", "where": HERE} | more


def test_a_person_who_makes_too_many_requests_in_a_day_waits(alice, bob, make, monkeypatch):
    monkeypatch.setattr(actions, "PER_PERSON", 3)
    for _ in range(3):
        make.request(by=alice)

    refused = alice.post("/v1/service-requests/", wish())

    problem(refused, 429, "slow-down")
    assert int(refused.headers["Retry-After"]) > 0
    assert bob.post("/v1/service-requests/", wish()).status_code == 201
    assert len(alice.get("/v1/service-requests/").get_json()["items"]) == 3


def test_an_address_full_of_new_phones_waits_as_well(make, monkeypatch):
    monkeypatch.setattr(actions, "PER_ADDRESS", 2)
    for _ in range(2):
        make.request(by=make.phone())

    problem(make.phone().post("/v1/service-requests/", wish()), 429, "slow-down")


def test_the_same_request_sent_at_once_without_a_key_is_one_and_all_hear_so(alice):
    same = wish()

    def send(_):
        return (
            alice.client.application.test_client()
            .post(
                "/v1/service-requests/",
                json=same,
                headers={"Authorization": f"Bearer {alice.token}"},
            )
            .status_code
        )

    with ThreadPoolExecutor(6) as senders:
        assert set(senders.map(send, range(6))) == {201}
    assert len(alice.get("/v1/service-requests/").get_json()["items"]) == 1


def test_saying_twice_that_it_is_fixed_is_said_once(alice, carol, make):
    path = f"/v1/service-requests/{make.request(by=alice)['id']}"
    carol.post(f"{path}/close", {"reason": "fixed"})

    for _ in range(2):
        assert alice.post(f"{path}/answer", {"fixed": True}).status_code == 200

    kinds = [entry["kind"] for entry in alice.get(f"{path}/history").get_json()["items"]]
    assert kinds == ["answered", "closed", "opened"]


def test_handed_back_it_is_nobodys(alice, carol, dan, make):
    path = f"/v1/service-requests/{make.request(by=alice)['id']}"
    carol.post(f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)})

    assert dan.post(f"{path}/move", {"status": "received"}).get_json()["assignee_id"] is None


def test_another_note_under_a_known_id_is_refused(alice, carol, make):
    path = f"/v1/service-requests/{make.request(by=alice)['id']}/notes"
    note = {"id": str(uuid.uuid4()), "words": "Called twice"}
    assert carol.post(path, note).status_code == carol.post(path, note).status_code == 201

    problem(carol.post(path, note | {"words": "Something else"}), 409, "already-there")


def test_a_box_the_wrong_way_round_is_refused_by_its_edge(carol):
    box = {"west": 1, "east": 0, "south": 0, "north": 1}
    document = problem(carol.get("/v1/service-requests/work/map", query_string=box), 422, "invalid")

    assert [error["pointer"] for error in document["errors"]] == ["?west"]


def test_refusals_name_the_field_and_whom_to_call_in_the_persons_language(make):
    ana = make.person("ana", language="es")
    bellaire = {"lat": 29.7035, "lon": -95.46}

    outside = problem(ana.post("/v1/service-requests/", wish(where=bellaire)), 409, "outside-city")
    light = problem(ana.post("/v1/service-requests/", wish(type="street-light-out")), 409, "not-handled-here")

    assert [error["pointer"] for error in outside["errors"]] == ["/where"]
    assert [error["pointer"] for error in light["errors"]] == ["/type"]
    assert "713-668-4441" in outside["detail"] and "713-668-4441" in light["detail"]
    assert "Bellaire" in outside["detail"] and "Por favor" in outside["detail"]


def test_a_number_of_thousands_of_digits_is_a_bad_body_and_no_fault(nobody, alice):
    body = '{"email": ' + "9" * 5000 + "}"
    for caller, path in ((nobody, "/v1/identity/sessions"), (alice, "/v1/service-requests/")):
        problem(caller.call("POST", path, data=body, content_type="application/json"), 400, "malformed")


def test_a_body_of_unknown_length_is_refused(alice):
    sent = alice.call(
        "POST",
        "/v1/service-requests/",
        data=b"{}",
        headers={"Transfer-Encoding": "chunked"},
        content_type="application/json",
    )

    problem(sent, 411, "length-needed")


def test_words_that_read_as_others_than_they_are_are_refused(alice):
    document = problem(alice.post("/v1/service-requests/", wish(description="a\u202eb")), 422, "invalid")

    assert document["errors"][0]["pointer"] == "/description"


def test_a_state_that_says_no_names_the_field_where_one_is_to_blame(alice, carol, make, jpeg):
    path = f"/v1/service-requests/{make.request(by=alice)['id']}"
    told = {
        "/version": carol.post(f"{path}/assign", {"department": "public-works", "version": 99}),
        "/code": alice.post("/v1/identity/claim", {"code": "ABCDE-FGHJK"}),
        "header:Idempotency-Key": None,
        "/id": None,
    }
    key = uuid.uuid4()
    alice.post("/v1/service-requests/", wish(), key=key)
    told["header:Idempotency-Key"] = alice.post("/v1/service-requests/", wish(), key=key)
    photo = alice.send_photo(jpeg("orange"))
    told["/id"] = alice.call("PUT", f"/v1/photos/{photo}", data=jpeg("teal"), content_type="image/jpeg")

    for pointer, answer in told.items():
        assert (answer.status_code, [e["pointer"] for e in answer.get_json()["errors"]]) == (409, [pointer])
