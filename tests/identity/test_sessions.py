"""Sessions: seen, ended one by one or all, and over with the next request."""

import uuid
from datetime import timedelta

import pytest

from backend.core.clock import later
from tests.cast import Caller, problem
from tests.make import PASSWORD
from tests.races import events

SESSIONS, PASSWORD_PATH = "/v1/identity/sessions", "/v1/me/password"


@pytest.fixture
def elsewhere(app, alice, nobody):
    """Alice on her other phone."""
    answer = nobody.post(SESSIONS, {"email": alice.email, "password": PASSWORD, "device": "Her other phone"})
    other = Caller(app, alice.id, answer.get_json()["access_token"])
    other.refresh_token = answer.get_json()["refresh_token"]
    return other


def listed(person):
    return person.get(SESSIONS).get_json()["items"]


def test_a_person_sees_where_they_are_signed_in(alice, bob, elsewhere):
    assert [(s["device"], s["this_one"]) for s in listed(alice)] == [
        ("Her other phone", False),
        ("test", True),
    ]
    assert [(s["device"], s["this_one"]) for s in listed(elsewhere)] == [
        ("Her other phone", True),
        ("test", False),
    ]
    assert [s["device"] for s in listed(bob)] == ["test"]


def test_signing_out_ends_this_session_at_once_and_no_other(alice, elsewhere, nobody):
    assert elsewhere.post("/v1/identity/sign-out").status_code == 204

    problem(elsewhere.get("/v1/me"), 401, "session-ended")
    problem(elsewhere.post("/v1/identity/sign-out"), 401, "session-ended")
    refresh = {"refresh_token": elsewhere.refresh_token, "next_token": "n" * 43}
    problem(nobody.post("/v1/identity/refresh", refresh), 401, "session-ended")
    assert alice.get("/v1/me").status_code == 200
    assert [event.fields["reason"] for event in events("identity.session-ended")] == ["signed-out"]


def test_another_session_of_mine_can_be_ended_from_here(alice, elsewhere):
    [there] = [session["id"] for session in listed(alice) if not session["this_one"]]

    assert alice.delete(f"{SESSIONS}/{there}").status_code == 204

    problem(elsewhere.get("/v1/me"), 401, "session-ended")
    problem(alice.delete(f"{SESSIONS}/{there}"), 404, "not-found")


def test_nobody_ends_a_session_of_another(alice, bob, erin):
    [mine] = [session["id"] for session in listed(alice)]

    for other in (bob, erin):
        problem(other.delete(f"{SESSIONS}/{mine}"), 404, "not-found")
    problem(alice.delete(f"{SESSIONS}/{uuid.uuid4()}"), 404, "not-found")
    problem(alice.delete(f"{SESSIONS}/not-a-uuid"), 404, "not-found")
    assert alice.get("/v1/me").status_code == 200


def test_a_session_ends_by_itself_after_sixty_days(alice, make):
    with later(timedelta(days=61)):
        assert [session["this_one"] for session in listed(make.signed_in(alice))] == [True]


def test_a_new_password_ends_all_other_sessions_and_is_the_only_one(app, alice, elsewhere, nobody):
    new = "four yellow canaries"
    assert alice.post(PASSWORD_PATH, {"old": PASSWORD, "new": new}).status_code == 204

    assert alice.get("/v1/me").status_code == 200
    problem(elsewhere.get("/v1/me"), 401, "session-ended")
    problem(nobody.post(SESSIONS, {"email": alice.email, "password": PASSWORD}), 401, "wrong-credentials")
    assert nobody.post(SESSIONS, {"email": alice.email, "password": new}).status_code == 201
    assert [event.fields["reason"] for event in events("identity.session-ended")] == ["password-changed"]


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"old": "not the password", "new": "four yellow canaries"}, "/old"),
        ({"old": PASSWORD, "new": "short"}, "/new"),
        ({"old": PASSWORD, "new": "aaaaaaaaaa"}, "/new"),
        ({"old": PASSWORD}, "/new"),
        ({"new": "four yellow canaries"}, "/old"),
    ],
)
def test_a_password_that_is_not_changed_ends_nothing(alice, elsewhere, wish, pointer):
    told = problem(alice.post(PASSWORD_PATH, wish), 422, "invalid")

    assert [error["pointer"] for error in told["errors"]] == [pointer]
    assert elsewhere.get("/v1/me").status_code == 200


def test_who_found_an_open_phone_cannot_try_passwords_for_long(alice):
    from backend.core.limits import count_try
    from backend.identity.tries import STRETCH

    for _ in range(20):
        count_try(alice.app.extensions["westu"].database, "password", str(alice.id), most=20, per=STRETCH)

    answer = alice.post(PASSWORD_PATH, {"old": PASSWORD, "new": "four yellow canaries"})
    problem(answer, 429, "slow-down")
    assert int(answer.headers["Retry-After"]) >= 1


def test_who_is_disabled_is_out_everywhere_at_once_and_for_good(alice, elsewhere, erin, nobody):
    disable = f"/v1/identity/people/{alice.id}/disable"
    assert [erin.post(disable).status_code for _ in range(2)] == [204, 204]

    problem(alice.get("/v1/me"), 401, "session-ended")
    problem(elsewhere.post("/v1/service-requests/", {}), 401, "session-ended")
    problem(nobody.post(SESSIONS, {"email": alice.email, "password": PASSWORD}), 401, "wrong-credentials")
    refresh = {"refresh_token": elsewhere.refresh_token, "next_token": "n" * 43}
    problem(nobody.post("/v1/identity/refresh", refresh), 401, "session-ended")
    assert [event.subject_id for event in events("identity.person-disabled")] == [alice.id]


def test_who_is_not_there_cannot_be_disabled(erin, make):
    for person in (make.phone().id, uuid.uuid4()):
        problem(erin.post(f"/v1/identity/people/{person}/disable"), 404, "not-found")
