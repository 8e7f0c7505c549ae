"""Refresh tokens: the phone names the successor, so a lost answer costs nothing and a stolen token is seen."""

import secrets
from datetime import timedelta

import pytest

from backend.core.clock import later
from backend.identity import actions
from tests.cast import Caller, problem
from tests.races import all_at_once, events

NEVER = "7c856b5054334c4d8ec97fd424bb63bb"
"""No session has this id."""

REFRESH = "/v1/identity/refresh"


def new():
    return secrets.token_urlsafe(32)


@pytest.fixture
def phone(make):
    return make.phone()


@pytest.fixture
def refresh(nobody):
    return lambda token, follows: nobody.post(REFRESH, {"refresh_token": token, "next_token": follows})


def works(app, answer):
    assert answer.status_code == 200, answer.get_json()
    token = answer.get_json()["access_token"]
    assert Caller(app, token=token).get("/v1/me").status_code == 200
    return answer.get_json()["refresh_token"]


def test_each_refresh_gives_the_token_that_the_phone_named(app, phone, refresh):
    first, second = new(), new()

    after_one = works(app, refresh(phone.refresh_token, first))
    after_two = works(app, refresh(after_one, second))

    assert after_one.endswith("." + first)
    assert after_two.endswith("." + second)


def test_a_lost_answer_is_given_again_however_late(app, phone, refresh):
    follows = new()
    first = works(app, refresh(phone.refresh_token, follows))

    with later(timedelta(days=40)):
        assert works(app, refresh(phone.refresh_token, follows)) == first
        works(app, refresh(first, new()))


def test_an_old_token_with_another_successor_ends_the_session_at_once(app, phone, refresh):
    mine = works(app, refresh(phone.refresh_token, new()))

    problem(refresh(phone.refresh_token, new()), 401, "session-ended")

    problem(refresh(mine, new()), 401, "session-ended")
    problem(phone.get("/v1/me"), 401, "session-ended")
    assert [(e.subject_id, e.fields["reason"]) for e in events("identity.session-ended")] == [
        (phone.id, "token-reused")
    ]


def test_a_token_from_two_refreshes_ago_ends_the_session_even_with_its_own_successor(app, phone, refresh):
    follows = new()
    second = works(app, refresh(phone.refresh_token, follows))
    third = works(app, refresh(second, new()))

    problem(refresh(phone.refresh_token, follows), 401, "session-ended")
    problem(refresh(third, new()), 401, "session-ended")


def test_the_thief_who_comes_first_loses_what_they_took_when_the_phone_comes(app, phone, refresh):
    stolen = works(app, refresh(phone.refresh_token, new()))

    problem(refresh(phone.refresh_token, new()), 401, "session-ended")
    problem(refresh(stolen, new()), 401, "session-ended")


def test_a_token_cannot_follow_itself(app, phone, refresh):
    secret = works(app, refresh(phone.refresh_token, new())).partition(".")[2]
    session = phone.refresh_token.partition(".")[0]

    told = problem(refresh(f"{session}.{secret}", secret), 422, "invalid")

    assert told["errors"][0]["pointer"] == "/next_token"
    works(app, refresh(f"{session}.{secret}", new()))


@pytest.mark.parametrize("token", [
    "x", ".", "..", "not-a-session.secret", NEVER, f"{NEVER}.", f"{NEVER}.{'x' * 43}",
    "ñ.ñ", "0" * 240,
])  # fmt: skip
def test_a_token_that_was_never_given_is_no_session(refresh, token):
    problem(refresh(token, new()), 401, "session-ended")


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"refresh_token": "x"}, "/next_token"),
        ({"refresh_token": "x", "next_token": "too-short"}, "/next_token"),
        ({"refresh_token": "x", "next_token": "x" * 201}, "/next_token"),
        ({"refresh_token": "", "next_token": "x" * 43}, "/refresh_token"),
        ({"refresh_token": "x" * 241, "next_token": "x" * 43}, "/refresh_token"),
        ({"refresh_token": "x\0", "next_token": "x" * 43}, "/refresh_token"),
    ],
)
def test_a_wrong_field_is_named(nobody, wish, pointer):
    assert [e["pointer"] for e in problem(nobody.post(REFRESH, wish), 422, "invalid")["errors"]] == [pointer]


def test_the_longest_successor_that_is_taken_can_be_refreshed_again(app, phone, refresh):
    longest = works(app, refresh(phone.refresh_token, "x" * 200))
    works(app, refresh(longest, new()))


def test_a_session_lasts_sixty_days_whatever_is_refreshed(app, phone, refresh):
    with later(timedelta(days=59)):
        mine = works(app, refresh(phone.refresh_token, new()))
    with later(timedelta(days=61)):
        problem(refresh(mine, new()), 401, "session-ended")


def test_the_same_pair_sent_by_many_at_once_is_one_refresh(app, phone, refresh):
    follows = new()

    answers = all_at_once(8, lambda _: refresh(phone.refresh_token, follows))

    assert {works(app, answer) for answer in answers} == {
        phone.refresh_token.partition(".")[0] + "." + follows
    }


def test_two_who_come_at_once_with_one_token_and_other_successors_end_the_session(app, phone, refresh):
    answers = all_at_once(2, lambda _: refresh(phone.refresh_token, new()))

    assert sorted(answer.status_code for answer in answers) == [200, 401]
    problem(phone.get("/v1/me"), 401, "session-ended")


def test_what_ended_is_forgotten_and_stays_ended(app, phone, refresh, make):
    from backend.worker import in_transaction

    assert phone.post("/v1/identity/sign-out").status_code == 204
    with later(timedelta(days=61)):
        in_transaction(actions.forget_ended)

    problem(refresh(phone.refresh_token, new()), 401, "session-ended")
    problem(phone.get("/v1/me"), 401, "session-ended")
