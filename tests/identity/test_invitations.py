"""Invitations: how somebody joins the staff, once, by whoever may still invite."""

from datetime import timedelta

import pytest

from backend.core.clock import later
from tests.cast import Caller, problem
from tests.make import PASSWORD
from tests.races import all_at_once, events

INVITE, ACCEPT = "/v1/identity/invitations", "/v1/identity/invitations/accept"


@pytest.fixture
def invited(erin):
    def invite(email="ivy@example.org", role="crew", department="public-works"):
        told = erin.post(INVITE, {"email": email, "role": role, "department": department})
        assert told.status_code == 201, told.get_json()
        return {"token": told.get_json()["token"], "password": PASSWORD, "name": "Ivy"}

    return invite


def roles(app, answer):
    assert answer.status_code == 201, answer.get_json()
    me = Caller(app, token=answer.get_json()["access_token"]).get("/v1/me").get_json()
    return me["email"], [(grant["role"], grant["department"]) for grant in me["grants"]]


def test_who_is_invited_makes_an_account_with_the_role(app, nobody, invited):
    assert roles(app, nobody.post(ACCEPT, invited())) == ("ivy@example.org", [("crew", "public-works")])


def test_who_has_an_account_gets_the_role_by_its_password(app, bob, nobody, invited):
    wish = invited(bob.email.upper())

    problem(nobody.post(ACCEPT, wish | {"password": "four yellow canaries"}), 401, "wrong-credentials")
    assert roles(app, nobody.post(ACCEPT, wish)) == (bob.email, [("crew", "public-works")])


def test_who_was_disabled_is_not_let_in_by_an_invitation(bob, erin, nobody, invited):
    wish = invited(bob.email)
    erin.post(f"/v1/identity/people/{bob.id}/disable")

    problem(nobody.post(ACCEPT, wish), 401, "wrong-credentials")


def test_an_invitation_is_good_once(app, nobody, invited):
    wish = invited()
    nobody.post(ACCEPT, wish)

    problem(nobody.post(ACCEPT, wish), 409, "invitation-ended")


def test_an_invitation_taken_up_by_many_at_once_makes_one_account(nobody, invited):
    wish = invited()

    answers = all_at_once(4, lambda _: nobody.post(ACCEPT, wish))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


def test_an_invitation_is_good_for_a_week(app, nobody, invited):
    wish = invited()
    with later(timedelta(days=7, seconds=1)):
        problem(nobody.post(ACCEPT, wish), 409, "invitation-ended")
    with later(timedelta(days=6, hours=23)):
        assert roles(app, nobody.post(ACCEPT, wish))


@pytest.mark.parametrize("how", ["disabled", "role ended"])
def test_who_was_put_out_leaves_no_door_open(app, erin, make, nobody, invited, how):
    wish = invited("ivy@example.org", "admin", None)
    frank = make.person("frank", role="admin")
    if how == "disabled":
        frank.post(f"/v1/identity/people/{erin.id}/disable")
    else:
        frank.delete(f"/v1/identity/grants/{erin.get('/v1/me').get_json()['grants'][0]['id']}")

    problem(nobody.post(ACCEPT, wish), 409, "invitation-ended")


def test_a_refused_account_leaves_the_invitation_good(app, nobody, invited):
    wish = invited()

    told = problem(nobody.post(ACCEPT, wish | {"password": "aaaaaaaaaaaa"}), 422, "invalid")

    assert told["errors"][0]["pointer"] == "/password"
    assert roles(app, nobody.post(ACCEPT, wish))


@pytest.mark.parametrize("token", ["x", "' OR true --", "💩" * 20, "x" * 200])
def test_a_token_that_was_never_given_invites_nobody(nobody, token):
    wish = {"token": token, "password": PASSWORD, "name": "Ivy"}
    problem(nobody.post(ACCEPT, wish), 409, "invitation-ended")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"role": "newer"}, "/role"),
        ({"department": None}, "/department"),
        ({"department": "no-such-one"}, "/department"),
        ({"token": "mine"}, "/token"),
    ],
)
def test_a_wrong_field_is_named(erin, wrong, pointer):
    wish = {"email": "ivy@example.org", "role": "crew", "department": "public-works"} | wrong
    assert [e["pointer"] for e in problem(erin.post(INVITE, wish), 422, "invalid")["errors"]] == [pointer]


def test_the_ledger_knows_the_invitation_but_neither_e_mail_nor_token(invited):
    token = invited()["token"]

    [event] = events("identity.person-invited")
    assert event.fields.keys() == {"invitation_id", "role", "department"}
    assert token not in str(event)
