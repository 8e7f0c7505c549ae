"""Signing up and signing in: who comes in, and what those learn who do not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.core.actor import db
from backend.core.clock import later
from backend.identity import actions
from backend.identity.tables import PersonRow
from backend.worker import in_transaction
from tests.cast import Caller, problem
from tests.make import PASSWORD
from tests.races import Meanwhile, amid, events

SIGN_UP, SIGN_IN = "/v1/identity/accounts", "/v1/identity/sessions"
NEW = {"email": "fay@example.org", "password": PASSWORD, "name": "Fay"}


def holder(app, answer):
    assert answer.status_code == 201, answer.get_json()
    return Caller(app, token=answer.get_json()["access_token"])


def test_who_makes_an_account_is_signed_in_and_can_sign_in_again(app, nobody):
    fay = holder(app, nobody.post(SIGN_UP, NEW))
    again = holder(app, nobody.post(SIGN_IN, {"email": NEW["email"], "password": PASSWORD}))

    told = fay.get("/v1/me").get_json()
    assert (told["name"], told["email"], told["named"], told["grants"]) == ("Fay", NEW["email"], True, [])
    assert again.get("/v1/me").get_json() == told


@pytest.mark.parametrize("email", ["FAY@Example.ORG", "  fay@example.org "])
def test_an_e_mail_is_the_same_however_it_is_written(app, nobody, email):
    nobody.post(SIGN_UP, NEW)

    holder(app, nobody.post(SIGN_IN, {"email": email, "password": PASSWORD}))
    problem(nobody.post(SIGN_UP, NEW | {"email": email}), 409, "already-there")


def test_an_e_mail_in_another_alphabet_can_sign_in_however_it_is_written(app, nobody):
    assert nobody.post(SIGN_UP, NEW | {"email": "İÑIGO@example.org"}).status_code == 201

    holder(app, nobody.post(SIGN_IN, {"email": "İÑIGO@example.org", "password": PASSWORD}))


def test_who_does_not_come_in_learns_the_same_whatever_the_reason(alice, bob, erin, nobody):
    erin.post(f"/v1/identity/people/{bob.id}/disable")

    answers = [
        nobody.post(SIGN_IN, {"email": "nobody.at.all@example.org", "password": PASSWORD}),
        nobody.post(SIGN_IN, {"email": alice.email, "password": "three green parrotz"}),
        nobody.post(SIGN_IN, {"email": bob.email, "password": bob.password}),
    ]

    told = [problem(answer, 401, "wrong-credentials") for answer in answers]
    assert [document.pop("request_id") for document in told] != []
    assert told[0] == told[1] == told[2]
    heads = [{name: value for name, value in a.headers.items() if name != "Request-Id"} for a in answers]
    assert heads[0] == heads[1] == heads[2]
    # The same work as well: each is written down, though the answer is an error.
    failed = [event.subject_id for event in events("identity.sign-in-failed")]
    assert failed == [None, alice.id, bob.id]


def test_a_password_is_kept_as_argon2id_and_nowhere_else(app, nobody):
    nobody.post(SIGN_UP, NEW)

    row = in_transaction(lambda: db().scalars(select(PersonRow).where(PersonRow.email == NEW["email"])).one())
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert all(
        PASSWORD not in str(event) and "fay" not in str(event).lower()
        for event in events("identity.account-made")
    )


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaa", "abababababab", "1234567890", "qwertyuiop!", "Password1234", "fay@example.org",
        "abcdefghij", "0123456789"[1:] + "01",
    ],
)  # fmt: skip
def test_a_password_that_is_guessed_first_is_refused(nobody, password):
    told = problem(nobody.post(SIGN_UP, NEW | {"password": password}), 422, "invalid")
    assert told["errors"][0]["pointer"] == "/password"


def test_a_password_that_is_the_name_before_the_at_sign_is_refused(nobody):
    wish = NEW | {"email": "fay.montgomery@example.org", "password": "Fay.Montgomery99"}
    assert problem(nobody.post(SIGN_UP, wish), 422, "invalid")["errors"][0]["pointer"] == "/password"


@pytest.mark.parametrize(
    "password", ["tab\tin the middle", "ñandú · 鳥 · птица", " spaces around it ", "x" * 150 + "yzw"]
)
def test_any_sign_that_can_be_typed_may_stand_in_a_password_and_counts(app, nobody, password):
    assert nobody.post(SIGN_UP, NEW | {"password": password}).status_code == 201

    holder(app, nobody.post(SIGN_IN, {"email": NEW["email"], "password": password}))
    problem(
        nobody.post(SIGN_IN, {"email": NEW["email"], "password": password[:-1]}), 401, "wrong-credentials"
    )


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"email": "no at sign"}, "/email"),
        ({"email": "a@b"}, "/email"),
        ({"email": "a@b.org and more"}, "/email"),
        ({"email": "a@b@c.org"}, "/email"),
        ({"email": "x" * 250 + "@example.org"}, "/email"),
        ({"email": "nul\0@example.org"}, "/email"),
        ({"email": 3}, "/email"),
        ({"email": None}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "x1y2" * 51}, "/password"),
        ({"password": "a\ud800bcdefghijk"}, "/password"),
        ({"password": ["three green parrots"]}, "/password"),
        ({"name": "   "}, "/name"),
        ({"name": "x" * 121}, "/name"),
        ({"language": "tlh"}, "/language"),
        ({"language": "newer"}, "/language"),
        ({"device": "x" * 81}, "/device"),
        ({"role": "admin"}, "/role"),
        ({"id": "0b8f6a57-3d0e-4a7e-9d5c-000000000000"}, "/id"),
    ],
)
def test_a_wrong_field_is_named(nobody, wrong, pointer):
    told = problem(nobody.post(SIGN_UP, NEW | wrong), 422, "invalid")
    assert {error["pointer"] for error in told["errors"]} == {pointer}


def test_an_account_is_tried_only_so_often_wherever_from(app, alice, bob, nobody):
    for _ in range(20):
        actions.limit_sign_in("elsewhere", alice.email.upper())

    told = nobody.post(SIGN_IN, {"email": alice.email, "password": PASSWORD})
    problem(told, 429, "slow-down")
    assert 1 <= int(told.headers["Retry-After"]) <= 15 * 60 + 1
    holder(app, nobody.post(SIGN_IN, {"email": bob.email, "password": PASSWORD}))
    with later(timedelta(minutes=15)):
        holder(app, nobody.post(SIGN_IN, {"email": alice.email, "password": PASSWORD}))


def test_an_address_tries_only_so_often_whatever_the_account(alice, nobody):
    for number in range(60):
        actions.limit_sign_in("127.0.0.1", f"{number}@example.org")

    problem(nobody.post(SIGN_IN, {"email": alice.email, "password": PASSWORD}), 429, "slow-down")


def test_who_signs_in_with_the_old_password_while_it_changes_stays_outside(app, alice, nobody):
    from shared_models.identity import ChangePassword

    with amid(alice):
        actions.change_password(ChangePassword(old=PASSWORD, new="four yellow canaries"))
        signing_in = Meanwhile(
            lambda: nobody.post(SIGN_IN, {"email": alice.email, "password": PASSWORD})
        ).waits()

    problem(signing_in.result(), 401, "wrong-credentials")
