"""Guessing passwords: five wrong ones lock, wherever they seem to come from, and tell nobody whether there is such a person."""

import dataclasses
from datetime import timedelta

import pytest

from backend.app import create_app
from backend.core.clock import later, now
from backend.core.house import house
from backend.core.limits import Limit, count_try
from backend.identity import clients, tries
from tests.cast import problem
from tests.make import PASSWORD
from tests.races import all_at_once
from tests.statements import statements
from tests.whole.things import forget_tries

SIGN_IN = "/v1/identity/sessions"
WRONG = "four yellow canaries"
UNKNOWN = "nobody.at.all@example.org"


@pytest.fixture
def server(settings, app):
    """``server(proxies)``: another server of the same house, behind so many proxies."""
    made = []

    def one(proxies):
        made.append(create_app(dataclasses.replace(settings, proxies=proxies)))
        return made[-1].test_client()

    yield one
    for other in made:
        other.extensions["westu"].database.close()


def guess(client, email, password=WRONG, **headers):
    return client.post(SIGN_IN, json={"email": email, "password": password}, headers=headers)


def told(answer):
    """All that the caller is told, but for what differs in any two answers: its number, and the seconds that pass."""
    document = {**answer.get_json(), "request_id": "", "detail": ""}
    headers = {name: value for name, value in answer.headers if name not in {"Request-Id", "Retry-After"}}
    return answer.status_code, document, headers | {"Content-Length": ""}


class Counted:
    """The hasher, and how often it compared with a hash of which strength."""

    def __init__(self, real):
        self.real, self.compared = real, []

    def verify(self, hashed, password):
        self.compared.append(hashed.rsplit("$", 2)[0])
        return self.real.verify(hashed, password)

    def hash(self, password):
        self.compared.append("made")
        return self.real.hash(password)


@pytest.fixture(autouse=True)
def _early():
    """Begin with a stretch of time: tries of two stretches are not counted together."""
    with later(timedelta(seconds=Limit("", "", 1, tries.STRETCH).wait(now()))):
        yield


def wrong_before(email, address, times):
    for _ in range(times):
        tries.count_wrong_password(address, email)


def test_five_wrong_passwords_lock_and_then_the_right_one_opens_nothing(alice, nobody):
    answers = [guess(nobody.client, alice.email) for _ in range(5)]
    locked = guess(nobody.client, alice.email, PASSWORD)

    assert [answer.status_code for answer in answers] == [401] * 5
    problem(locked, 429, "slow-down")
    assert 14 * 60 < int(locked.headers["Retry-After"]) <= 15 * 60 + 1


def test_somebody_somebody_put_out_and_nobody_are_told_the_same_after_the_same_work(
    alice, bob, erin, nobody, monkeypatch
):
    erin.post(f"/v1/identity/people/{bob.id}/disable")
    hasher = Counted(clients._hasher)
    monkeypatch.setattr(clients, "_hasher", hasher)
    found = {}
    for email in (alice.email, bob.email, UNKNOWN):
        found[email] = []
        for _ in range(6):
            hasher.compared.clear()
            with statements() as sent:
                answer = guess(nobody.client, email)
            found[email].append((told(answer), list(hasher.compared), [each.text for each in sent]))

    assert found[alice.email] == found[bob.email] == found[UNKNOWN]
    assert [answer[0] for answer, *_ in found[UNKNOWN]] == [401] * 5 + [429]
    assert [compared for _, compared, _ in found[UNKNOWN]] == [["$argon2id$v=19$m=19456,t=2,p=1"]] * 5 + [[]]
    assert all(len(sent) >= 3 for *_, sent in found[UNKNOWN][:5])


def test_who_says_to_come_from_elsewhere_is_counted_where_the_call_comes_from(alice, server):
    """Without proxies nothing that a caller writes counts; behind one, only what that one wrote: the last address."""
    for proxies, forwarded, real in (
        (0, "192.0.2.{0}", "127.0.0.1"),
        (1, "192.0.2.{0}, 203.0.113.9", "203.0.113.9"),
    ):
        forget_tries()
        wrong_before(alice.email, real, 3)
        client = server(proxies)
        for number in range(2):
            spoofed = {
                "X-Forwarded-For": forwarded.format(number),
                "X-Real-Ip": f"192.0.2.{number}",
                "Forwarded": f"for=192.0.2.{number}",
                "Client-Ip": f"192.0.2.{number}",
            }
            assert guess(client, alice.email, **spoofed).status_code == 401
        last = {"X-Forwarded-For": forwarded.format(77)}
        problem(guess(client, alice.email, PASSWORD, **last), 429, "slow-down")
    other = {"X-Forwarded-For": "203.0.113.9, 203.0.113.10"}
    assert guess(server(1), alice.email, PASSWORD, **other).status_code == 201


def test_a_household_counts_as_one_however_many_addresses_of_ipv6_it_has(alice, server):
    client = server(1)
    wrong_before(alice.email, "2001:db8:1:2::/64", 3)
    for number in range(2):
        guess(client, alice.email, **{"X-Forwarded-For": f"2001:db8:1:2:{number}::{number}"})

    one_more = {"X-Forwarded-For": "2001:db8:1:2:ffff::1"}
    problem(guess(client, alice.email, PASSWORD, **one_more), 429, "slow-down")
    wrong_before(alice.email, "192.0.2.1", 5)
    mapped = {"X-Forwarded-For": "::ffff:192.0.2.1"}
    problem(guess(client, alice.email, PASSWORD, **mapped), 429, "slow-down")


@pytest.mark.parametrize(
    "said", ["", "unknown", "256.1.1.1", "<script>", "192.0.2.1:1234", "a" * 5000, "::1%eth0"]
)
def test_an_address_that_is_none_is_no_fault(alice, server, said):
    assert guess(server(1), UNKNOWN, **{"X-Forwarded-For": said}).status_code == 401


def tried(what, who, times, most):
    for _ in range(times):
        count_try(house().database, what, str(who), most=most, per=tries.STRETCH)


def test_who_holds_a_stolen_phone_guesses_its_password_twenty_times_and_waits(alice):
    tried("password", alice.id, 19, 20)
    wish = {"old": WRONG, "new": "three blue herons"}
    problem(alice.post("/v1/me/password", wish), 422, "invalid")

    refused = alice.post("/v1/me/password", wish | {"old": PASSWORD})

    problem(refused, 429, "slow-down")
    assert int(refused.headers["Retry-After"]) > 0


def test_codes_and_secrets_of_phones_are_not_guessed_for_long(alice, make):
    tried("claim", alice.id, 58, 60)
    phone = make.phone()
    secret = {"phone_id": str(phone.id), "secret": "x" * 43}

    answers = [
        alice.post("/v1/identity/claim", wish)
        for wish in ({"code": "ABCDE-FGHJK"}, secret, secret | {"secret": phone.secret})
    ]

    assert [answer.status_code for answer in answers] == [409, 404, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_of_many_guesses_at_once_no_more_than_five_are_looked_at(alice, nobody, monkeypatch):
    hasher = Counted(clients._hasher)
    monkeypatch.setattr(clients, "_hasher", hasher)

    answers = [
        answer
        for _ in range(8)
        for answer in all_at_once(4, lambda _: guess(alice.app.test_client(), alice.email))
    ]

    assert {answer.status_code for answer in answers} == {401, 429}
    assert len(hasher.compared) == sum(answer.status_code == 401 for answer in answers) == tries.FAILURES_HERE
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status_code == 429)
