"""Claiming: what a phone without an account reported becomes an account's, whole, once."""

import uuid
from datetime import timedelta

import pytest

from backend.core.clock import later
from backend.service_requests.actions import open_request
from shared_models.basics import Point
from shared_models.service_requests import OpenRequest
from tests.cast import problem
from tests.make import HERE
from tests.races import Meanwhile, all_at_once, amid, events

CLAIM, CODES = "/v1/identity/claim", "/v1/identity/claim-codes"


@pytest.fixture
def phone(make):
    return make.phone()


def secret_of(phone):
    return {"phone_id": str(phone.id), "secret": phone.secret}


def code_of(phone):
    told = phone.post(CODES)
    assert told.status_code == 201, told.get_json()
    return {"code": told.get_json()["code"]}


def mine(person):
    return [item["id"] for item in person.get("/v1/service-requests/").get_json()["items"]]


def on_phone(person, cursor=""):
    changes, cursor, _, _ = person.pull(cursor)
    held = {change["id"] for change in changes if change["value"] is not None}
    return held, {change["id"] for change in changes if change["value"] is None}, cursor


@pytest.mark.parametrize("way", [secret_of, code_of])
def test_everything_moves(alice, carol, phone, make, jpeg, way):
    photo = phone.send_photo(jpeg())
    unheld = phone.send_photo(jpeg("blue"))
    request = make.request(by=phone, photos=[photo])
    phone.put("/v1/notifications/endpoint", {"platform": "android", "token": "token-of-the-phone"})
    carol.post(f"/v1/service-requests/{request['id']}/assign", {"department": "public-works"})
    make.worked()
    assert [len(person.get("/v1/notifications/").get_json()["items"]) for person in (phone, alice)] == [1, 0]
    _, _, cursor = on_phone(alice)

    assert alice.post(CLAIM, way(phone)).status_code == 204

    assert mine(alice) == [request["id"]]
    assert (
        alice.get(f"/v1/photos/{photo}").status_code == alice.get(f"/v1/photos/{unheld}").status_code == 200
    )
    assert len(alice.get("/v1/notifications/").get_json()["items"]) == 1
    history = alice.get(f"/v1/service-requests/{request['id']}/history").get_json()["items"]
    assert [entry["kind"] for entry in history] == ["assigned", "opened"]
    held, _, _ = on_phone(alice, cursor)
    note = alice.get("/v1/notifications/").get_json()["items"][0]
    assert held == {request["id"], note["id"], *(entry["id"] for entry in history)}
    carol.post(f"/v1/service-requests/{request['id']}/move", {"status": "in-progress"})
    make.worked()
    assert len(alice.get("/v1/notifications/").get_json()["items"]) == 2
    assert [(e.actor_id, e.fields["phone_id"]) for e in events("identity.phone-claimed")] == [
        (alice.id, str(phone.id))
    ]


def test_the_phone_itself_is_signed_out_and_stays_nobody(alice, phone, nobody):
    alice.post(CLAIM, secret_of(phone))

    problem(phone.get("/v1/me"), 401, "session-ended")
    problem(phone.post("/v1/service-requests/", {}), 401, "session-ended")
    again = {"id": str(phone.id), "secret": phone.secret}
    problem(nobody.post("/v1/identity/phones", again), 401, "session-ended")
    refresh = {"refresh_token": phone.refresh_token, "next_token": "n" * 43}
    problem(nobody.post("/v1/identity/refresh", refresh), 401, "session-ended")


@pytest.mark.parametrize("way", [secret_of, code_of])
def test_claimed_twice_is_claimed_once(alice, phone, make, way):
    request, wish = make.request(by=phone), way(phone)

    assert [alice.post(CLAIM, wish).status_code for _ in range(2)] == [204, 204]

    assert mine(alice) == [request["id"]]
    assert len(events("identity.phone-claimed")) == 1


def test_two_who_claim_at_once_do_not_both_get_it(alice, bob, phone, make):
    request = make.request(by=phone)

    answers = all_at_once(2, lambda number: (alice, bob)[number].post(CLAIM, secret_of(phone)))

    assert sorted(answer.status_code for answer in answers) == [204, 404]
    assert sorted([mine(alice), mine(bob)]) == [[], [request["id"]]]


def test_what_another_claimed_is_not_found(alice, bob, phone, make):
    request, code = make.request(by=phone), code_of(phone)
    alice.post(CLAIM, secret_of(phone))

    problem(bob.post(CLAIM, secret_of(phone)), 404, "not-found")
    problem(bob.post(CLAIM, code), 404, "not-found")
    assert (mine(alice), mine(bob)) == ([request["id"]], [])


def test_without_the_secret_there_is_nothing_to_find(alice, bob, phone):
    for wish in (
        secret_of(phone) | {"secret": "t" * 64},
        secret_of(phone) | {"phone_id": str(uuid.uuid4())},
        {"phone_id": str(bob.id), "secret": "t" * 64},
        {"phone_id": str(alice.id), "secret": "t" * 64},
    ):
        problem(alice.post(CLAIM, wish), 404, "not-found")


@pytest.mark.parametrize("wish", [
    {}, {"secret": "s" * 43}, {"phone_id": str(uuid.uuid4())}, {"code": None}, {"phone_id": None, "secret": None},
])  # fmt: skip
def test_a_claim_without_anything_to_go_by_says_so(alice, wish):
    assert problem(alice.post(CLAIM, wish), 422, "invalid")["errors"][0]["pointer"] == "/phone_id"


@pytest.mark.parametrize(
    "written", [str.lower, lambda c: c.replace("-", ""), lambda c: f" {c[:3]} {c[3:]}. "]
)
def test_a_code_is_read_as_people_type_it(alice, phone, make, written):
    request = make.request(by=phone)

    assert alice.post(CLAIM, {"code": written(code_of(phone)["code"])}).status_code == 204
    assert mine(alice) == [request["id"]]


def test_a_code_is_good_for_ten_minutes_and_once(alice, bob, phone, make):
    make.request(by=phone)
    code = code_of(phone)
    with later(timedelta(minutes=10, seconds=1)):
        problem(make.signed_in(alice).post(CLAIM, code), 409, "claim-code-ended")

    assert alice.post(CLAIM, code).status_code == 204
    problem(bob.post(CLAIM, code), 409, "claim-code-ended")


def test_a_new_code_ends_the_one_before(alice, phone):
    before, after = code_of(phone), code_of(phone)

    problem(alice.post(CLAIM, before), 409, "claim-code-ended")
    assert alice.post(CLAIM, after).status_code == 204


@pytest.mark.parametrize("code", ["ABCDE-FGHJK", "-----", "💩", "' OR 1=1 --"])
def test_a_code_that_nobody_made_is_over(alice, code):
    problem(alice.post(CLAIM, {"code": code}), 409, "claim-code-ended")


def test_an_account_needs_no_code(alice):
    problem(alice.post(CODES), 409, "account-signed-in")


def test_codes_are_tried_only_so_often(alice, phone):
    for _ in range(60):
        alice.post(CLAIM, {"code": "ABCDE-FGHJK"})

    problem(alice.post(CLAIM, code_of(phone)), 429, "slow-down")


def test_what_the_phone_sent_is_not_done_again_when_the_account_sends_it(alice, phone):
    key = uuid.uuid4()
    wish = {"id": str(uuid.uuid4()), "type": "pothole", "description": "Deep", "where": HERE}
    first = phone.post("/v1/service-requests/", wish, key=key)
    alice.post(CLAIM, secret_of(phone))

    again = alice.post("/v1/service-requests/", wish, key=key)

    assert (again.status_code, again.get_json()) == (first.status_code, first.get_json())
    assert again.headers["Idempotent-Replay"] == "true"
    assert len(mine(alice)) == 1
    problem(alice.post("/v1/service-requests/", wish | {"description": "Deeper"}, key=key), 409, "key-reused")


def test_a_report_that_is_under_way_while_the_phone_is_claimed_comes_along(alice, phone, make):
    wish = OpenRequest(id=uuid.uuid4(), type="pothole", description="Deep", where=Point(**HERE))
    with amid(phone):
        claiming = Meanwhile(lambda: alice.post(CLAIM, secret_of(phone))).waits()
        open_request(wish)

    assert claiming.result().status_code == 204
    assert mine(alice) == [str(wish.id)]


def test_a_report_that_comes_while_the_phone_is_being_claimed_is_refused_and_so_not_lost(alice, phone):
    from backend.identity.actions import claim_phone
    from shared_models.identity import ClaimPhone

    wish = {"id": str(uuid.uuid4()), "type": "pothole", "description": "Deep", "where": HERE}
    with amid(alice):
        claim_phone(ClaimPhone(phone_id=phone.id, secret=phone.secret))
        reporting = Meanwhile(lambda: phone.post("/v1/service-requests/", wish)).waits()

    problem(reporting.result(), 401, "session-ended")
    assert mine(alice) == []
    assert alice.post("/v1/service-requests/", wish).status_code == 201


def test_a_phone_that_makes_itself_known_while_it_is_claimed_gets_no_session(alice, phone, nobody):
    from backend.identity.actions import claim_phone
    from shared_models.identity import ClaimPhone

    again = {"id": str(phone.id), "secret": phone.secret}
    with amid(alice):
        claim_phone(ClaimPhone(phone_id=phone.id, secret=phone.secret))
        coming = Meanwhile(lambda: nobody.post("/v1/identity/phones", again)).waits()

    problem(coming.result(), 401, "session-ended")


def test_a_claim_that_fails_half_way_moves_nothing(alice, phone, make, app, monkeypatch):
    from dataclasses import replace

    request = make.request(by=phone)

    def breaks(*_):
        raise RuntimeError

    house = app.extensions["westu"]
    monkeypatch.setitem(app.extensions, "westu", replace(house, moves=[*house.moves, breaks]))

    problem(alice.post(CLAIM, secret_of(phone)), 500, "fault")

    assert (mine(alice), mine(phone)) == ([], [request["id"]])
    assert events("identity.phone-claimed") == []
