"""Signing up and signing in: who comes in, and what those learn who do not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.core.actor import db
from backend.core.clock import later
from backend.identity import actions, tries
from backend.identity.tables import PersonRow
from backend.worker import in_transaction
from tests.cast import Caller, problem
from tests.make import PASSWORD
from tests.races import Meanwhile, all_at_once, amid, events

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
    told = problem(nobody.post(SIGN_UP, NEW | {"email": email}), 409, "already-there")
    assert [error["pointer"] for error in told["errors"]] == ["/email"]


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


WRONG = "four yellow canaries"
MOST = 5
"""Wrong passwords for one account from one address."""
LAST = 1
"""One failure less than the most: the last is made over HTTP."""


def failed(address, email, times):
    for _ in range(times):
        tries.count_wrong_password(address, email)


def test_after_five_wrong_passwords_an_account_waits_at_that_address_and_nowhere_else(
    app, alice, bob, nobody
):
    failed("127.0.0.1", alice.email.upper(), MOST - LAST)
    problem(nobody.post(SIGN_IN, {"email": alice.email, "password": WRONG}), 401, "wrong-credentials")

    told = nobody.post(SIGN_IN, {"email": alice.email, "password": PASSWORD})
    problem(told, 429, "slow-down")
    assert 1 <= int(told.headers["Retry-After"]) <= 15 * 60 + 1
    holder(app, nobody.post(SIGN_IN, {"email": bob.email, "password": PASSWORD}))
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    wish = {"email": alice.email, "password": PASSWORD}
    holder(app, nobody.post(SIGN_IN, wish, environ_overrides=elsewhere))
    with later(timedelta(minutes=15)):
        holder(app, nobody.post(SIGN_IN, {"email": alice.email, "password": PASSWORD}))


def test_after_a_hundred_wrong_passwords_from_anywhere_an_account_waits_everywhere(app, alice, bob, nobody):
    for number in range(20):
        failed(f"192.0.2.{number}", alice.email, MOST)

    problem(nobody.post(SIGN_IN, {"email": alice.email, "password": PASSWORD}), 429, "slow-down")
    holder(app, nobody.post(SIGN_IN, {"email": bob.email, "password": PASSWORD}))


def test_after_three_hundred_wrong_passwords_an_address_waits_whatever_the_account(app, alice, nobody):
    for number in range(100):
        failed("127.0.0.1", f"{number}@example.org", 3)

    wish = {"email": alice.email, "password": PASSWORD}
    problem(nobody.post(SIGN_IN, wish), 429, "slow-down")
    holder(app, nobody.post(SIGN_IN, wish, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}))


def test_an_unknown_e_mail_waits_as_a_known_one_does(alice, nobody):
    told = []
    for email in (alice.email, "nobody.at.all@example.org"):
        failed("127.0.0.1", email, MOST - LAST)
        answers = [nobody.post(SIGN_IN, {"email": email, "password": WRONG}) for _ in range(2)]
        told.append([(answer.status_code, answer.get_json()["type"]) for answer in answers])

    assert told[0] == told[1] == [(401, "wrong-credentials"), (429, "slow-down")]


def test_who_comes_in_counts_for_nothing_and_clears_nothing(app, alice, nobody):
    wish = {"email": alice.email, "password": PASSWORD}
    for _ in range(11):
        holder(app, nobody.post(SIGN_IN, wish))
    failed("127.0.0.1", alice.email, MOST - LAST)
    holder(app, nobody.post(SIGN_IN, wish))

    problem(nobody.post(SIGN_IN, wish | {"password": WRONG}), 401, "wrong-credentials")
    problem(nobody.post(SIGN_IN, wish), 429, "slow-down")


def test_sign_ups_are_counted_by_address_and_leave_signing_in_alone(app, alice, nobody):
    for _ in range(120):
        tries.limit_accounts("127.0.0.1")

    problem(nobody.post(SIGN_UP, NEW), 429, "slow-down")
    holder(app, nobody.post(SIGN_IN, {"email": alice.email, "password": PASSWORD}))


def test_two_who_sign_up_with_one_e_mail_at_once_make_one_account(nobody):
    answers = all_at_once(2, lambda _: nobody.post(SIGN_UP, NEW))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len(events("identity.account-made")) == 1


def test_who_signs_in_with_the_old_password_while_it_changes_stays_outside(app, alice, nobody):
    from shared_models.identity import ChangePassword

    with amid(alice):
        actions.change_password(ChangePassword(old=PASSWORD, new="four yellow canaries"))
        signing_in = Meanwhile(
            lambda: nobody.post(SIGN_IN, {"email": alice.email, "password": PASSWORD})
        ).waits()

    problem(signing_in.result(), 401, "wrong-credentials")
