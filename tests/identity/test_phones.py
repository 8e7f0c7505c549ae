"""Phones without an account: they make themselves known, and are then somebody like anyone."""

import uuid
from datetime import timedelta

import pytest

from backend.core.clock import later
from backend.identity import tries
from shared_models.permissions import Permission
from tests.cast import Caller, problem
from tests.races import all_at_once, events

PHONES = "/v1/identity/phones"


@pytest.fixture
def wish():
    return {"id": str(uuid.uuid4()), "secret": "s" * 43}


def test_a_phone_makes_itself_known_and_reports(app, nobody, make, wish):
    told = nobody.post(PHONES, wish)
    assert told.status_code == 200
    assert told.get_json()["person_id"] == wish["id"]
    phone = Caller(app, token=told.get_json()["access_token"])

    me = phone.get("/v1/me").get_json()

    assert (me["id"], me["named"], me["name"], me["email"], me["grants"]) == (wish["id"], False, "", "", [])
    assert Permission.REQUEST_OPEN in me["permissions"]
    assert Permission.PHONE_CLAIM not in me["permissions"]
    assert make.request(by=phone)["status"] == "received"


def test_making_itself_known_again_is_harmless(app, nobody, wish):
    first, again = nobody.post(PHONES, wish), nobody.post(PHONES, wish)

    assert first.status_code == again.status_code == 200
    for answer in (first, again):
        assert Caller(app, token=answer.get_json()["access_token"]).get("/v1/me").status_code == 200
    assert [event.subject_id for event in events("identity.phone-registered")] == [uuid.UUID(wish["id"])]


def test_many_at_once_with_one_id_and_secret_are_one_phone(nobody, wish):
    answers = all_at_once(8, lambda _: nobody.post(PHONES, wish))

    assert {answer.status_code for answer in answers} == {200}
    assert len(events("identity.phone-registered")) == 1


def test_the_same_id_with_another_secret_is_another_phone(nobody, wish):
    nobody.post(PHONES, wish)

    problem(nobody.post(PHONES, wish | {"secret": "t" * 43}), 409, "phone-differs")


def test_an_account_cannot_be_entered_as_if_it_were_a_phone(alice, nobody, wish):
    problem(nobody.post(PHONES, wish | {"id": str(alice.id)}), 409, "phone-differs")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"id": "7"}, "/id"),
        ({"id": None}, "/id"),
        ({"secret": "s" * 42}, "/secret"),
        ({"secret": "s" * 201}, "/secret"),
        ({"secret": "s" * 43 + "\0"}, "/secret"),
        ({"language": "xx"}, "/language"),
        ({"name": "Alice"}, "/name"),
    ],
)
def test_a_wrong_field_is_named(nobody, wish, wrong, pointer):
    told = problem(nobody.post(PHONES, wish | wrong), 422, "invalid")
    assert {error["pointer"] for error in told["errors"]} == {pointer}


def test_one_address_makes_only_so_many_phones_known(nobody, wish):
    for _ in range(120):
        tries.limit_phones("127.0.0.1")

    told = nobody.post(PHONES, wish)
    problem(told, 429, "slow-down")
    assert int(told.headers["Retry-After"]) >= 1
    with later(timedelta(minutes=15)):
        assert nobody.post(PHONES, wish).status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unknown", "unknown", True),
    ],
)
def test_a_household_is_counted_as_one_whatever_its_addresses(house, one, other, together):
    from backend.core.bodies import caller_address

    def address(remote):
        with house.test_request_context(environ_base={"REMOTE_ADDR": remote}):
            return caller_address()

    assert (address(one) == address(other)) is together


def test_what_an_account_alone_may_do_a_phone_may_not(make):
    phone = make.phone()

    problem(
        phone.post("/v1/identity/claim", {"phone_id": str(phone.id), "secret": phone.secret}),
        403,
        "forbidden",
    )
    problem(phone.post("/v1/me/password", {"old": "x", "new": "four yellow canaries"}), 422, "invalid")
