"""An answer that is cut, wherever: the phone takes it for none, and in the end everything is there once."""

import uuid

import pytest

from tests.killed.air import Air
from tests.killed.hands import phone
from tests.killed.town import DESK, files_below

CUTS = {
    "at once": lambda head, length: 0,
    "in the first line": lambda head, length: 9,
    "in the headers": lambda head, length: head // 2,
    "before the body": lambda head, length: head,
    "in the body": lambda head, length: head + length // 2,
    "before the last byte": lambda head, length: head + length - 1,
}
"""Where an answer is cut, by the bytes of its headers and of its body."""
CALLS = (
    "POST /v1/identity/phones",
    "PUT /v1/photos/",
    "POST /v1/service-requests/",
    "GET /v1/sync",
    "PUT /v1/notifications/endpoint",
    "GET /v1/me",
    "GET /v1/service-requests/types",
    "GET /v1/maps/pack",
    "POST /v1/identity/sessions",
    "POST /v1/identity/claim",
    "POST /v1/identity/refresh",
)
ON_ENTERING = ("POST /v1/identity/sessions", "POST /v1/identity/claim")
ACCESS_LIFE = 660
"""Seconds, and some more: what a phone calls with is over then."""


@pytest.fixture
def air(town):
    """Between phones and the server."""
    town.start_server()
    town.await_server()
    with Air(town.port) as made:
        yield made


def enter(someone, town):
    """Sign in, again where the answer was lost."""
    from mobile.core.api import NoSignal

    for _ in range(2):
        try:
            assert someone.session.sign_in(DESK, town.password()).ok
        except NoSignal:
            continue
        return


def test_an_answer_that_is_cut_is_none_and_the_next_one_counts(town, air, picture, tmp_path, soak):
    typed = []
    for n, call in enumerate(CALLS):
        for place in CUTS if soak else list(CUTS)[n % 6 :: 6]:
            typed.append(f"{call} cut {place}")
            home = tmp_path / str(len(typed))
            with phone(home, f"http://127.0.0.1:{air.port}", push=uuid.uuid4().hex) as someone:
                play(town, air, someone, call, place, picture)
    assert sorted(row[0] for row in town.rows("SELECT description FROM request")) == sorted(typed)
    assert town.count("photo WHERE held_at IS NOT NULL") == len(typed)
    assert len(files_below(town.files)) == 2 * len(typed)


def play(town, air, someone, call, place, picture):
    """Somebody reports; of all answers this one is cut here."""
    words = f"{call} cut {place}"
    if call == "POST /v1/identity/refresh":
        someone.turn()
        someone.ahead = ACCESS_LIFE
    someone.report(words, picture)
    cuts = air.cuts
    air.cut_answer(call, CUTS[place])
    if call in ON_ENTERING:
        enter(someone, town)
    first = someone.turn()
    assert air.cuts == cuts + 1, words
    assert words in someone.shown()
    if call != "POST /v1/identity/sessions":
        assert first.online is False, words
    second = someone.turn()
    assert second.online, words
    assert not second.sign_in_needed, words
    assert someone.shown()[words] == ("received", False)
    assert someone.store.waits() == 0
