"""The stream: it wakes whom a commit concerns, and nobody else, and what it can't tell it makes good. A real process."""

import json
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text

from backend.core import clock, feed
from backend.core.feed import EVERYWHERE, MOST_BYTES, announcements, person, touch
from backend.service_requests.tables import RequestRow
from backend.worker import in_transaction
from tests.streaming import Ear, StreamProcess, until


@pytest.fixture(scope="module")
def stream(house, settings, tmp_path_factory):
    process = StreamProcess(settings, tmp_path_factory.mktemp("stream") / "log")
    yield process
    process.end()


@pytest.fixture
def connect(app, stream):
    """``connect(token)`` asks for a stream; all are closed in the end."""
    made = []

    def open_(token, headers=()):
        made.append(Ear(stream, token, headers))
        return made[-1]

    yield open_
    for one in made:
        one.close()


@pytest.fixture
def ear(connect):
    """``ear(caller)`` listens as that person."""

    def listen(caller):
        one = connect(caller.token)
        assert one.status == 200
        one.listen()
        assert one.hears() is True, "whoever comes is told to pull once"
        return one

    return listen


def tell(audience):
    """Commit a change that concerns this audience."""
    in_transaction(lambda: touch({audience}, "staff_request", uuid.uuid4()))


def test_a_change_wakes_those_whom_it_concerns_and_nobody_else(ear, alice, bob, carol, make):
    mine, neighbours, desk = ear(alice), ear(bob), ear(carol)

    make.request(by=alice)

    assert mine.hears() and desk.hears()
    tell(person(bob.id))
    assert neighbours.hears()
    assert neighbours.heard() == 0, "of alice's request he was told nothing: this was his own"


def test_an_alert_wakes_everybody_and_a_draft_those_who_write_them(ear, alice, carol, erin, make):
    resident, writer = ear(alice), ear(carol)
    draft = make.draft(by=carol)
    assert writer.hears()
    assert erin.post(f"/v1/alerts/{draft['id']}/publish", {"version": draft["version"]}).status_code == 200

    assert resident.hears() and writer.hears()
    assert resident.heard() == 0, "of the draft she was told nothing"


def test_what_is_rolled_back_wakes_nobody(ear, carol):
    desk = ear(carol)

    def fails():
        touch({EVERYWHERE}, "staff_request", uuid.uuid4())
        feed.write_touched()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        in_transaction(fails)
    tell(person(carol.id))

    assert desk.hears()
    assert desk.heard() == 0


def test_a_feed_that_begins_anew_wakes_its_audience(ear, carol):
    desk = ear(carol)
    in_transaction(lambda: feed.restart(EVERYWHERE, {"staff_request": select(RequestRow.id)}))
    assert desk.hears()


def test_a_session_that_ends_ends_its_stream_and_no_other(ear, alice, make):
    here, there = ear(alice), ear(other := make.signed_in(alice))

    assert alice.post("/v1/identity/sign-out").status_code == 204

    assert here.hears() is None
    assert there.hears() is True
    tell(person(other.id))
    assert there.hears() is True


def test_who_gains_a_role_is_woken_and_then_hears_of_its_work(ear, alice, erin):
    mine = ear(alice)
    granted = erin.post("/v1/identity/grants", {"person_id": str(alice.id), "role": "desk"})
    assert granted.status_code == 201, granted.get_json()
    assert mine.hears()
    tell(EVERYWHERE)
    assert mine.hears()

    assert erin.delete(f"/v1/identity/grants/{granted.get_json()['id']}").status_code == 204
    assert mine.hears()
    tell(EVERYWHERE)
    tell(person(alice.id))
    assert mine.hears()
    assert mine.heard() == 0


def test_a_session_has_one_stream_its_newest(ear, alice):
    first = ear(alice)
    second = ear(alice)
    assert first.hears() is None
    tell(person(alice.id))
    assert second.hears()


def test_a_stream_ends_with_its_token(connect, alice, app):
    from backend.identity.clients import access_token, session_in

    key = app.extensions["westu"].settings.secret_key
    person_id, session_id = session_in(alice.token, key, clock.now())
    short = access_token(
        key, person_id=person_id, session_id=session_id, at=clock.now(), life=timedelta(seconds=3)
    )
    ear = connect(short).listen()
    assert ear.hears() is True
    assert ear.hears() is None


@pytest.mark.parametrize(
    ("token", "headers", "status", "type"),
    [
        ("", {}, 401, "sign-in"),
        ("a.b.c", {}, 401, "sign-in"),
        ("", {"Authorization": "Basic YTpi"}, 401, "sign-in"),
        ("", {"Westu-Wire": "0"}, 426, "upgrade"),
    ],
)
def test_who_may_not_listen_is_told_why(connect, token, headers, status, type):
    refused = connect(token, headers)
    assert (refused.status, refused.problem()["type"]) == (status, type)
    assert ("www-authenticate" in refused.headers) == (status == 401)


def test_a_person_has_so_many_streams_and_then_has_to_wait(ear, connect, alice, make):
    others = [ear(make.signed_in(alice)) for _ in range(10)]
    refused = connect(make.signed_in(alice).token)
    assert (refused.status, refused.problem()["type"]) == (429, "slow-down")
    assert int(refused.headers["retry-after"]) > 0
    others[0].close()
    until(lambda: tell(person(alice.id)) or connect(make.signed_in(alice).token).status == 200)


def test_the_database_may_break_the_connection_and_everybody_is_told_to_pull_afterwards(
    ear, alice, bob, settings
):
    ears = [ear(alice), ear(bob)]
    owner = create_engine(settings.database_owner_url)
    with owner.connect() as connection:
        ended = connection.scalar(
            text("""
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND query IN ('LISTEN westu_feed', 'SELECT 1')
        """)
        )
    owner.dispose()
    assert ended
    assert [one.hears() for one in ears] == [True, True]
    tell(person(alice.id))
    assert ears[0].hears() is True


def test_a_stream_that_was_killed_comes_again_and_tells_whoever_comes_to_pull(ear, stream, alice):
    first = ear(alice)
    stream.kill()
    assert first.hears() is None
    tell(person(alice.id))
    stream.start()
    ear(alice)


def test_many_streams_are_all_woken_and_take_little_memory(ear, stream, make, soak, record_property):
    many = 2000 if soak else 200
    callers = [make.person(f"p{number}", role="desk") for number in range(many)]
    before = stream.memory()
    ears = [ear(caller) for caller in callers]
    each = (stream.memory() - before) / many
    assert stream.health()["streams"] >= many

    tell(EVERYWHERE)

    assert all(one.hears() for one in ears)
    record_property("KiB each", round(each, 1))
    assert each < 100


def test_announcements_hold_all_names_and_are_no_longer_than_postgresql_takes():
    names = {person(uuid.uuid4()) for _ in range(500)}
    told = announcements(names)
    assert {name for words in told for name in words.split()} == names
    assert max(len(words) for words in told) <= MOST_BYTES
    assert len(told) == 3
    assert announcements(set()) == []


def test_its_log_names_nobody(stream, connect, ear, alice):
    ear(alice)
    connect("a.b.c")
    written = stream.log.read_text()
    assert [json.loads(line) for line in written.splitlines()]
    assert alice.token not in written and str(alice.id) not in written
