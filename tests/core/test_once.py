"""Idempotency keys: sent again, a change is not done again, and gets the same answer."""

import uuid
from datetime import timedelta

import pytest

from backend.core import once
from backend.core.actor import Context, within
from backend.core.clock import later
from backend.core.house import house
from backend.worker import in_transaction
from tests.cast import problem
from tests.races import Meanwhile, all_at_once, events

INVITE = "/v1/identity/invitations"
WISH = {"email": "ivy@example.org", "role": "desk"}
"""Each invitation is another one, with a token of its own: equal answers are one effect."""


@pytest.fixture
def key():
    return str(uuid.uuid4())


def invited():
    return len(events("identity.person-invited"))


def test_twenty_at_once_with_one_key_are_one_effect_and_equal_answers(erin, key):
    answers = all_at_once(20, lambda _: erin.post(INVITE, WISH, key=key))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
    assert sum("Idempotent-Replay" in answer.headers for answer in answers) == 19
    assert invited() == 1


def test_without_a_key_each_is_done(erin):
    assert erin.post(INVITE, WISH).get_json() != erin.post(INVITE, WISH).get_json()
    assert invited() == 2


def test_an_answer_without_a_body_is_given_again_too(alice, erin, key):
    path = f"/v1/identity/people/{alice.id}/disable"

    answers = [erin.post(path, key=key) for _ in range(2)]

    assert [(answer.status_code, answer.get_data()) for answer in answers] == [(204, b"")] * 2
    assert answers[1].headers["Idempotent-Replay"] == "true"


@pytest.mark.parametrize("other", [
    lambda by, key: by.post(INVITE, WISH | {"email": "jo@example.org"}, key=key),
    lambda by, key: by.post("/v1/identity/grants", WISH, key=key),
    lambda by, key: by.patch("/v1/me", {"name": "Erin"}, key=key),
    lambda by, key: by.post(INVITE, key=key),
])  # fmt: skip
def test_a_key_that_came_with_something_else_is_refused(erin, key, other):
    erin.post(INVITE, WISH, key=key)

    problem(other(erin, key), 409, "key-reused")
    assert invited() == 1


@pytest.mark.parametrize("wrong", [
    {"email": "nobody"},
    {"role": "crew", "department": "no-such-one"},
    {"role": "crew"},
])  # fmt: skip
def test_a_change_that_is_refused_forgets_its_key(erin, key, wrong):
    problem(erin.post(INVITE, WISH | wrong, key=key), 422, "invalid")

    assert erin.post(INVITE, WISH, key=key).status_code == 201


def test_a_change_that_fails_forgets_its_key_and_whoever_waits_does_the_work(erin, key):
    print_ = once.fingerprint("POST", INVITE, b"")
    with house().database.writing() as session, within(Context(session)):
        assert once.claim(erin.id, key, print_) is None
        waiting = Meanwhile(lambda: erin.post(INVITE, WISH, key=key)).waits()
        session.rollback()

    assert waiting.result().status_code == 201
    assert invited() == 1


def test_two_people_may_have_chosen_the_same_key(erin, make, key):
    frank = make.person("frank", role="admin")

    answers = [person.post(INVITE, WISH, key=key) for person in (erin, frank)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() != answers[1].get_json()


def test_who_may_no_longer_do_it_does_not_get_the_answer_again(erin, make, key):
    frank = make.person("frank", role="admin")
    frank.post(INVITE, WISH, key=key)
    erin.delete(f"/v1/identity/grants/{frank.get('/v1/me').get_json()['grants'][0]['id']}")

    problem(frank.post(INVITE, WISH, key=key), 403, "forbidden")


def test_a_key_is_kept_for_ninety_days(erin, make, key):
    first = erin.post(INVITE, WISH, key=key).get_json()
    with later(timedelta(days=89)):
        in_transaction(once.forget_old)
        assert make.signed_in(erin).post(INVITE, WISH, key=key).get_json() == first
    with later(timedelta(days=91)):
        in_transaction(once.forget_old)
        assert make.signed_in(erin).post(INVITE, WISH, key=key).get_json() != first


@pytest.mark.parametrize("wrong", ["short", "x" * 201, "with a space", "ñandúñandú", "tab\there--"])
def test_a_key_that_is_none_is_refused(erin, wrong):
    answer = erin.post(INVITE, WISH, headers={"Idempotency-Key": wrong})
    assert "Idempotency-Key" in problem(answer, 400, "malformed")["detail"]
    assert invited() == 0


def test_a_read_takes_no_key(alice, key):
    answers = [alice.get("/v1/me", key=key) for _ in range(2)]
    assert all("Idempotent-Replay" not in answer.headers for answer in answers)


def test_an_account_that_used_a_phones_key_itself_keeps_its_own_answer(alice, make, key):
    from tests.make import HERE

    phone = make.phone()
    wishes = [
        {"id": str(uuid.uuid4()), "type": "pothole", "description": words, "where": HERE}
        for words in ("One", "Two")
    ]
    mine = alice.post("/v1/service-requests/", wishes[0], key=key).get_json()
    phone.post("/v1/service-requests/", wishes[1], key=key)

    assert (
        alice.post("/v1/identity/claim", {"phone_id": str(phone.id), "secret": phone.secret}).status_code
        == 204
    )

    assert alice.post("/v1/service-requests/", wishes[0], key=key).get_json() == mine
