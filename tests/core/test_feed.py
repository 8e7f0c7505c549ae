"""Feeds: a phone that follows its cursor misses nothing, however many write, and keeps nothing that it lost."""

import base64
import json
import random
import threading
import uuid
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from backend.core import feed
from backend.core.actor import db
from backend.core.clock import later
from backend.core.direct import line
from backend.core.feed import EVERYWHERE, SPEAKERS, FeedLineRow, person, read_cursor, touch
from backend.service_requests.tables import RequestRow
from backend.worker import in_transaction
from shared_models.sync import Changes
from tests.cast import problem
from tests.races import Meanwhile, amid, events

SYNC = "/v1/sync"


def lines(audience):
    query = (
        select(FeedLineRow.id, FeedLineRow.n).where(FeedLineRow.audience == audience).order_by(FeedLineRow.n)
    )
    return [tuple(row) for row in in_transaction(lambda: db().execute(query).all())]


def page(by, cursor="", limit=500):
    answer = by.get(SYNC, query_string={"cursor": cursor, "limit": limit})
    assert answer.status_code == 200, answer.get_json()
    return Changes.check(answer.get_json())


def cursor_of(plain):
    return base64.urlsafe_b64encode(
        (plain if isinstance(plain, str) else json.dumps(plain)).encode()
    ).decode()


def touch_each(audiences, id):
    for name in audiences:
        touch({name}, "staff_request", id)


# ── nothing is missed ────────────────────────────────────────────────────────────────────────────────────


def test_sixteen_writers_and_one_who_pulls_lose_nothing(carol, soak):
    """Each writer touches two audiences in an order of its own, and commits when it likes."""
    rounds = 100 if soak else 12
    audiences = [EVERYWHERE, "dept:police", "zone:3"]
    written, writing = [], threading.Event()

    def write(seed):
        dice = random.Random(seed)
        for _ in range(rounds):
            thing = uuid.UUID(int=dice.getrandbits(128))
            chosen = [dice.choice(audiences[1:]), EVERYWHERE]
            dice.shuffle(chosen)
            in_transaction(partial(touch_each, chosen, thing))
            written.append(str(thing))

    writers = [Meanwhile(lambda seed=seed: write(seed)) for seed in range(16)]
    waiting = Meanwhile(lambda: ([writer.result() for writer in writers], writing.set()))
    seen, cursor = [], ""
    while not writing.is_set():
        changes, cursor, _, _ = carol.pull(cursor)
        seen += [change["id"] for change in changes]
    waiting.result()
    changes, cursor, _, _ = carol.pull(cursor)
    seen += [change["id"] for change in changes]

    assert sorted(seen) == sorted(written)
    assert len(written) == 16 * rounds
    assert [n for _, n in lines(EVERYWHERE)] == list(range(1, 16 * rounds + 1))


def test_a_cursor_does_not_jump_over_who_commits_late(carol, app):
    first, second = uuid.uuid4(), uuid.uuid4()
    with amid() as here:
        touch({EVERYWHERE}, "staff_request", first)
        feed.write_touched()
        line(here.connection).ask(*here.last)  # as the commit does, which comes late
        here.last.clear()
        overtaking = Meanwhile(
            lambda: in_transaction(lambda: touch({EVERYWHERE}, "staff_request", second))
        ).waits()
        nothing, cursor, _, _ = carol.pull()
    overtaking.result()

    changes, _, _, _ = carol.pull(cursor)
    assert nothing == []
    assert [change["id"] for change in changes] == [str(first), str(second)]


def test_a_change_that_is_rolled_back_is_told_to_nobody(carol):
    def fails():
        touch({EVERYWHERE}, "staff_request", uuid.uuid4())
        feed.write_touched()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        in_transaction(fails)

    assert carol.pull()[0] == []


def test_a_thing_that_changes_often_is_one_line_the_newest(carol, make, alice):
    request = make.request(by=alice)
    path = f"/v1/service-requests/{request['id']}"
    carol.post(f"{path}/assign", {"department": "police"})
    carol.post(f"{path}/move", {"status": "in-progress"})

    changes, _, _, _ = alice.pull()

    of_request = [change for change in changes if change["id"] == request["id"]]
    assert [change["value"]["status"] for change in of_request] == ["in-progress"]


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
def test_pages_tell_everything_once_in_its_order(carol, limit):
    ids = [uuid.uuid4() for _ in range(7)]
    in_transaction(lambda: [touch({EVERYWHERE, person(carol.id)}, "staff_request", id) for id in ids])

    told, cursor, more = [], "", True
    while more:
        answer = page(carol, cursor, limit)
        assert len(answer.changes) <= limit
        told += [(change.audience, change.id) for change in answer.changes]
        cursor, more = answer.cursor, answer.more

    assert told == [(name, id) for name in sorted({EVERYWHERE, person(carol.id)}) for id in ids]
    assert page(carol, cursor).changes == ()


# ── what is no longer seen ───────────────────────────────────────────────────────────────────────────────


def test_what_is_no_longer_seen_comes_as_null(alice, carol, dan, make):
    request = make.request(by=alice)
    held, cursor, _, _ = dan.pull()
    assert request["id"] in {change["id"] for change in held}

    carol.post(f"/v1/service-requests/{request['id']}/assign", {"department": "police"})

    changes, _, _, _ = dan.pull(cursor)
    assert [change["value"] for change in changes if change["id"] == request["id"]] == [None]


def test_nobody_is_told_of_what_belongs_to_another(alice, bob, make):
    make.request(by=alice)

    assert bob.pull()[0] == []
    assert {change["audience"] for change in alice.pull()[0]} == {person(alice.id)}


def test_an_audience_that_somebody_writes_into_their_cursor_is_not_theirs(alice, bob, make):
    make.request(by=alice)
    forged = feed.write_cursor({person(alice.id): (1, 0), EVERYWHERE: (1, 0)})

    changes, _, dropped, _ = bob.pull(forged)

    assert changes == []
    assert sorted(dropped) == sorted([EVERYWHERE, person(alice.id)])


# ── beginning anew ───────────────────────────────────────────────────────────────────────────────────────


def test_a_feed_that_begins_anew_is_pulled_whole_and_says_so(alice, carol, make):
    requests = [make.request(by=alice)["id"] for _ in range(5)]
    _, cursor, _, _ = carol.pull()
    things = {"staff_request": select(RequestRow.id)}

    in_transaction(lambda: feed.restart(EVERYWHERE, things))

    first = page(carol, cursor, limit=2)
    assert first.restarted == (EVERYWHERE,)
    changes, cursor, _, restarted = carol.pull(cursor)
    assert restarted == [EVERYWHERE]
    assert {change["id"] for change in changes if change["kind"] == "staff_request"} == set(requests)
    assert carol.pull(cursor) == ([], carol.pull(cursor)[1], [], [])


def test_a_feed_that_begins_anew_while_it_is_pulled_is_pulled_whole(alice, carol, make):
    requests = {make.request(by=alice)["id"] for _ in range(4)}
    half = page(carol, limit=3)

    in_transaction(lambda: feed.restart(EVERYWHERE, {"staff_request": select(RequestRow.id)}))

    changes, _, _, restarted = carol.pull(half.cursor)
    assert restarted == [EVERYWHERE]
    assert {change["id"] for change in changes if change["kind"] == "staff_request"} == requests


def test_a_phone_that_was_away_for_longer_than_lines_are_kept_begins_anew(alice, make):
    request = make.request(by=alice)
    _, cursor, _, _ = alice.pull()
    with later(timedelta(days=89)):
        assert make.signed_in(alice).pull(cursor)[3] == []
    with later(timedelta(days=91)):
        changes, cursor, _, restarted = make.signed_in(alice).pull(cursor)
        assert restarted == [person(alice.id)]
        assert request["id"] in {change["id"] for change in changes}


def test_a_cursor_ahead_of_us_comes_from_before_a_restore_and_begins_anew(alice, make):
    request = make.request(by=alice)
    _, cursor, _, _ = alice.pull()
    plain = json.loads(base64.urlsafe_b64decode(cursor))
    plain["had"][person(alice.id)][1] += 1000

    changes, cursor, _, restarted = alice.pull(cursor_of(plain))

    assert restarted == [person(alice.id)]
    assert request["id"] in {change["id"] for change in changes}
    assert alice.pull(cursor)[0] == []


def test_a_cursor_that_is_too_old_begins_all_audiences_anew_on_however_many_pages(carol, alice, make):
    for person_ in (alice, carol):
        make.request(by=person_)
    _, cursor, *_ = carol.pull()
    plain = json.loads(base64.urlsafe_b64decode(cursor))
    plain["at"] = 1

    restarted, changes, more, cursor = [], [], True, cursor_of(plain)
    while more:
        told = carol.get(SYNC, query_string={"cursor": cursor, "limit": 1}).get_json()
        restarted, changes = restarted + told["restarted"], changes + told["changes"]
        more, cursor = told["more"], told["cursor"]

    assert sorted(restarted) == sorted(plain["had"]) == sorted([person(carol.id), EVERYWHERE, SPEAKERS])
    whole, *_ = carol.pull()
    assert sorted(map(str, changes)) == sorted(map(str, whole))


# ── cursors that are not ours ────────────────────────────────────────────────────────────────────────────


AT = 1_790_000_000


@pytest.mark.parametrize("cursor", [
    "x", "====", "ñandú", "a" * 3999, "\x00",
    cursor_of("{"), cursor_of("null"), cursor_of("[]"), cursor_of("7"), cursor_of("{}"),
    cursor_of("[" * 2000),
    cursor_of({"at": AT}),
    cursor_of({"had": {}}),
    cursor_of({"at": None, "had": {}}),
    cursor_of({"at": "now", "had": {}}),
    cursor_of({"at": 10**30, "had": {}}),
    cursor_of({"at": -(10**30), "had": {}}),
    cursor_of({"at": float("nan"), "had": {}}),
    cursor_of({"at": float("inf"), "had": {}}),
    cursor_of({"at": AT, "had": []}),
    cursor_of({"at": AT, "had": {"a": 1}}),
    cursor_of({"at": AT, "had": {"a": [1]}}),
    cursor_of({"at": AT, "had": {"a": [1, 2, 3]}}),
    cursor_of({"at": AT, "had": {"a": ["1", 2]}}),
    cursor_of({"at": AT, "had": {"a": [1, -2]}}),
    cursor_of({"at": AT, "had": {"a": [1, 2**63]}}),
    cursor_of({"at": AT, "had": {"a": [10**40, 1]}}),
    cursor_of({"at": AT, "had": {"a": [2**31, 1]}}),
    cursor_of({"at": AT, "had": {"a": [1, 1.5]}}),
    cursor_of({"at": AT, "had": {"a": [1, True]}}),
    cursor_of({"at": AT, "had": {"a": [1, None]}}),
    cursor_of({"at": AT, "had": {"a": {"1": 1, "2": 2}}}),
], ids=lambda cursor: cursor[:40])  # fmt: skip
def test_a_cursor_that_is_not_ours_is_refused_by_name(alice, cursor):
    told = problem(alice.get(SYNC, query_string={"cursor": cursor}), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["?cursor"]


def test_a_cursor_is_read_as_it_was_written(app):
    had = {"person:1": (3, 2**62), EVERYWHERE: (1, 0)}
    assert read_cursor(feed.write_cursor(had)) == (had, False)


@pytest.mark.parametrize(("query", "pointer"), [
    ({"limit": 0}, "?limit"), ({"limit": 501}, "?limit"), ({"limit": "many"}, "?limit"),
    ({"since": "x"}, "?since"), ({"cursor": "a" * 4001}, "?cursor"),
])  # fmt: skip
def test_a_wrong_wish_is_named(alice, query, pointer):
    told = problem(alice.get(SYNC, query_string=query), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_pulling_writes_nothing(alice, make):
    make.request(by=alice)
    before = lines(person(alice.id))

    alice.pull()

    assert lines(person(alice.id)) == before
    assert events("core.read") == []
