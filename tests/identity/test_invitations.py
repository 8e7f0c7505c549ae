"""Invitations: how somebody joins the staff, once, by whoever may still invite."""

from datetime import timedelta

import pytest

from backend.core.clock import later
from backend.identity import tries
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


def test_who_has_an_account_gets_the_role_by_its_password_and_stays_signed_in(app, bob, nobody, invited):
    wish = invited(bob.email.upper())

    assert roles(app, nobody.post(ACCEPT, wish)) == (bob.email, [("crew", "public-works")])
    assert bob.get("/v1/me").get_json()["name"] == bob.name


def test_an_account_that_somebody_else_made_with_the_e_mail_is_taken_over(app, nobody, invited):
    squatted = {"email": "ivy@example.org", "password": "four yellow canaries", "name": "Mallory"}
    answer = nobody.post("/v1/identity/accounts", squatted).get_json()
    squatter = Caller(app, token=answer["access_token"])
    wish = invited("Ivy@example.org")

    taken = nobody.post(ACCEPT, wish)

    assert roles(app, taken) == ("ivy@example.org", [("crew", "public-works")])
    assert Caller(app, token=taken.get_json()["access_token"]).get("/v1/me").get_json()["name"] == "Ivy"
    problem(squatter.get("/v1/me"), 401, "session-ended")
    again = {"refresh_token": answer["refresh_token"], "next_token": "n" * 43}
    problem(nobody.post("/v1/identity/refresh", again), 401, "session-ended")
    old = {"email": squatted["email"], "password": squatted["password"]}
    problem(nobody.post("/v1/identity/sessions", old), 401, "wrong-credentials")
    assert nobody.post("/v1/identity/sessions", old | {"password": PASSWORD}).status_code == 201
    assert [str(e.subject_id) for e in events("identity.account-taken-over")] == [answer["person_id"]]
    assert [e.fields["reason"] for e in events("identity.session-ended")] == ["taken-over"]


def test_an_account_is_not_taken_over_with_a_password_that_is_guessed_first(bob, nobody, invited):
    wish = invited(bob.email) | {"password": bob.email}

    assert problem(nobody.post(ACCEPT, wish), 422, "invalid")["errors"][0]["pointer"] == "/password"
    assert bob.get("/v1/me").status_code == 200


def test_an_account_that_holds_a_role_asks_for_its_own_password(app, dan, nobody, invited):
    wish = invited(dan.email, "desk", None)

    problem(nobody.post(ACCEPT, wish | {"password": "four yellow canaries"}), 401, "wrong-credentials")
    assert dan.get("/v1/me").get_json()["name"] == dan.name
    assert roles(app, nobody.post(ACCEPT, wish)) == (
        dan.email,
        [("crew", "public-works"), ("desk", None)],
    )


def test_an_invitation_is_no_way_around_the_limit_of_wrong_passwords(dan, nobody, invited):
    wish = invited(dan.email, "desk", None)
    for _ in range(4):
        tries.count_wrong_password("127.0.0.1", dan.email)

    problem(nobody.post(ACCEPT, wish | {"password": "four yellow canaries"}), 401, "wrong-credentials")
    problem(nobody.post(ACCEPT, wish), 429, "slow-down")


def test_invitations_are_taken_up_only_so_often_from_one_address(nobody, invited):
    for _ in range(120):
        tries.limit_accounts("127.0.0.1")

    problem(nobody.post(ACCEPT, invited()), 429, "slow-down")


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
