"""The worker dies in the middle of a delivery, or Google is away for an hour: nothing is lost, nothing is told twice."""

import signal

import pytest

from backend.notifications.fakefcm.errors import Fault
from tests.killed.town import alive, kill, until
from tests.make import Make

HOUR = 3600
LEASES = 660
"""Seconds, longer than any lease."""


@pytest.fixture
def told(town):
    """A function that has something told to somebody with a phone; gives the token of the phone."""
    with town.app.app_context():
        make = Make(town.app)
        desk = make.person("carol", role="desk")
        owner = make.person("alice")
        token = town.fcm.fake.register()
        wish = {"platform": "android", "token": token}
        assert owner.put("/v1/notifications/endpoint", wish).status_code == 200

        def tell():
            request = make.request(by=owner)
            path = f"/v1/service-requests/{request['id']}/close"
            assert desk.post(path, {"reason": "fixed"}).status_code == 200
            return token

        yield tell


def move_clock(town, seconds):
    """Let server and worker find it this much later."""
    fresh = town.clock.with_suffix(".new")
    fresh.write_text(str(float(town.clock.read_text()) + seconds))
    fresh.replace(town.clock)


def states(town, table):
    return dict(town.rows(f"SELECT state, count(*) FROM {table} GROUP BY 1"))


def mids(town, token):
    return [push.data["mid"] for push in town.fcm.fake.devices[token].since(0)]


def killed_at(town, *words, when=lambda: True):
    """Kill the worker once PostgreSQL has committed such a statement of its own (one that found nothing does not count)."""
    town.wire.hook = lambda commit: (
        commit.did(*words) and when() and (kill(town.worker, signal.SIGKILL) or True)
    )
    town.start_worker()
    until(lambda: not alive(town.worker), "the worker is dead")
    town.wire.hook = lambda _: False


@pytest.mark.parametrize("table", ["event_delivery", "notification_delivery"])
def test_what_a_dead_worker_had_taken_comes_back_with_its_lease(town, told, table):
    token = told()
    if table == "notification_delivery":
        town.start_worker()
        until(lambda: states(town, table) == {"done": 1}, "the first is sent")
        town.stop(phones=False)
        told()
    killed_at(town, f"UPDATE {table}", when=lambda: states(town, table).get("leased"))
    assert states(town, table).get("leased") == 1
    before = mids(town, token)

    town.start_worker()
    told()
    if table == "notification_delivery":
        move_clock(town, 60)  # longer than a message to the same phone is under way
    others = 1 if table == "event_delivery" else 2
    until(lambda: states(town, table).get("done") == others, "another delivery, by another worker")
    assert states(town, table) == {"done": others, "leased": 1}
    if table == "event_delivery":  # what that one told is sent: the clock must not end a lease at work
        until(lambda: states(town, "notification_delivery") == {"done": others}, "the other is sent")

    move_clock(town, LEASES)
    until(lambda: states(town, table) == {"done": others + 1}, "the delivery that was taken by the dead")
    until(lambda: states(town, "notification_delivery") == {"done": others + 1}, "all are sent")
    assert len(set(mids(town, token))) == len(mids(town, token)) == others + 1
    assert len(before) == others - 1


def test_a_push_that_was_sent_and_not_written_down_is_sent_again_with_the_same_id(town, told):
    token = told()
    killed_at(town, "settled_at = CASE")
    # The worker is dead after the COMMIT of that: done. Now one that dies before it.
    assert states(town, "notification_delivery") == {"done": 1}
    told()
    town.fcm.fake.fault(token, Fault("HANG", times=1))
    sent = len(town.fcm.fake.requests)
    town.start_worker()
    until(lambda: len(town.fcm.fake.requests) > sent + 1, "the worker is sending")
    kill(town.worker, signal.SIGKILL)
    until(lambda: not alive(town.worker), "the worker is dead")
    assert states(town, "notification_delivery") == {"done": 1, "leased": 1}

    move_clock(town, LEASES)
    town.start_worker()
    until(lambda: states(town, "notification_delivery") == {"done": 2}, "it is sent again")
    assert {str(id_) for (id_,) in town.rows("SELECT id FROM notification")} == set(mids(town, token))
    assert town.count("notification") == 2


@pytest.mark.parametrize("known", [True, False], ids=["while it sends", "before it ever sent"])
def test_google_is_away_for_an_hour_and_then_everything_is_delivered(town, told, known):
    town.start_worker()
    first = 0
    if known:  # it holds a token of Google's already
        told()
        first = 1
        until(lambda: states(town, "notification_delivery") == {"done": 1}, "the first is sent")
    town.fcm_air.away = True
    town.fcm_air.cut()
    token = told()
    told()
    until(lambda: town.count("notification_delivery") == first + 2, "the inbox has them")
    for _ in range(12):
        at = town.rows("SELECT max(until_at) FROM channel_pause")[0][0]
        move_clock(town, HOUR / 12)
        until(
            lambda at=at: town.rows("SELECT max(until_at) FROM channel_pause")[0][0] != at,
            "the worker has tried again",
        )
    assert states(town, "notification_delivery").get("done", 0) == first
    assert not town.count("notification_delivery WHERE state IN ('resting', 'gone')")
    assert not town.count("endpoint WHERE closed_at IS NOT NULL")

    town.fcm_air.away = False
    move_clock(town, HOUR / 12)
    until(lambda: states(town, "notification_delivery") == {"done": first + 2}, "everything is sent")
    assert set(mids(town, token)) == {str(id_) for (id_,) in town.rows("SELECT id FROM notification")}
