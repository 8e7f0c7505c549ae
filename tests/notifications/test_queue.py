"""The queue of what is sent: who goes first, one at a time per address, nothing twice, nothing lost; and its operator."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.core.clock import later
from backend.notifications.clients import Broken, Gone, Rejected, Retry, Sent
from tests.cast import problem
from tests.notifications.tape import Tape, phone, queue_for_many, sent

MANY = 15_000


@pytest.fixture
def sql(app):
    """Run a statement in a transaction of its own, as a worker would; gives its rows."""

    def run(statement, **values):
        from backend.core.actor import db
        from backend.worker import in_transaction

        def do():
            done = db().execute(text(statement), values)
            return done.all() if done.returns_rows else []

        return in_transaction(do)

    return run


@pytest.fixture
def fill(make):
    """Queue one message for each of so many phones of one person."""

    def run(count, *, good=False):
        run.person = make.person("many")
        queue_for_many(run.person.id, [f"{uuid.uuid4().hex}-{n}" for n in range(count)], good=good)

    return run


def states(sql):
    return dict(sql("SELECT state, count(*) FROM notification_delivery GROUP BY state"))


def channel_of(erin, name="fcm"):
    told = erin.get("/v1/notifications/channels").get_json()["items"]
    return next(one for one in told if one["channel"] == name)


def test_an_alert_overtakes_fifteen_thousand_reminders(fill, sql, carol, erin, alice, make):
    fill(MANY)
    off = [{"kind": "alert", "channel": "fcm"}]
    many = make.signed_in(fill.person)
    assert many.put("/v1/notifications/wishes", {"off": off}).status_code == 200
    phone(alice)
    make.alert(by=carol, publisher=erin)
    make.worked()
    from backend.worker import send_some

    fcm = Tape()
    assert send_some(fcm) == fcm.batch
    assert [job.kind for job in fcm.jobs[:2]] == ["alert", "reminder"]
    assert states(sql) == {"queued": MANY + 1 - fcm.batch, "done": fcm.batch}


def test_two_workers_send_each_once_and_one_at_a_time_to_each_phone(fill, sql, app):
    from backend.worker import send_some

    fill(300)
    sql(
        """
        INSERT INTO notification (id, person_id, event_id, kind, urgency, title, body, about_kind, about_id, at, expires_at)
        SELECT gen_random_uuid(), person_id, gen_random_uuid(), kind, urgency, 'Second', body, about_kind, about_id, at, expires_at
        FROM notification
        """
    )
    sql(
        """
        INSERT INTO notification_delivery (notification_id, endpoint_id, channel, urgency, due_at)
        SELECT notification.id, endpoint.id, 'fcm', 3, now() FROM notification, endpoint WHERE title = 'Second'
        """
    )
    under_way, twice, lock = set(), [], threading.Lock()

    class Slow(Tape):
        def send(self, jobs):
            mine = [job.endpoint for job in jobs]
            with lock:
                twice.extend(under_way & set(mine))
                twice.extend(set(mine) if len(mine) != len(set(mine)) else ())
                under_way.update(mine)
            answers = super().send(jobs)
            with lock:
                under_way.difference_update(mine)
            return answers

    channels = [Slow(batch=40) for _ in range(2)]

    def work(channel):
        with app.app_context():
            while states(sql) != {"done": 600}:
                send_some(channel)

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, channels))
    assert len({job.delivery for channel in channels for job in channel.jobs}) == 600
    assert sum(len(channel.jobs) for channel in channels) == 600
    assert twice == []


def test_what_a_dead_worker_held_is_sent_by_another_and_its_late_word_counts_no_more(fill, sql, app):
    from backend import notifications
    from backend.worker import in_transaction

    fill(3)
    slow, quick = Tape(), Tape(answer=lambda job: Sent("quick"))
    held = in_transaction(lambda: notifications.claim_jobs(slow))
    assert sent(quick) == []
    with later(timedelta(minutes=11)):
        assert len(sent(quick)) == 3
        in_transaction(lambda: notifications.settle(slow, held, [Retry("late")] * 3))
    assert states(sql) == {"done": 3}
    assert {provider for (provider,) in sql("SELECT provider_id FROM notification_delivery")} == {"quick"}


@pytest.mark.parametrize(
    ("dead", "of", "stops"), [(3, 6, False), (4, 6, True), (20, 100, False), (21, 100, True)]
)
def test_more_than_a_fifth_dead_stops_the_channel_and_closes_none(fill, sql, erin, app, dead, of, stops):
    fill(of, good=True)
    count = iter(range(of))
    sent(Tape(answer=lambda job: Gone("UNREGISTERED") if next(count) < dead else Sent("x")), rounds=1)

    closed = sql("SELECT count(*) FROM endpoint WHERE closed_at IS NOT NULL")[0][0]
    assert closed == (0 if stops else dead)
    assert channel_of(erin)["state"] == ("stopped" if stops else "open")
    if stops:
        assert str(dead) in channel_of(erin)["why"]
        with later(timedelta(days=30)):
            assert sent(Tape()) == []  # until somebody says so


def test_one_person_with_many_dead_addresses_stops_nobody_elses_alerts(fill, sql, erin, app):
    fill(40)
    sent(Tape(answer=lambda _: Gone("UNREGISTERED")), rounds=1)
    assert channel_of(erin)["state"] == "open"
    assert sql("SELECT count(*) FROM endpoint WHERE closed_why = 'UNREGISTERED'") == [(40,)]


def test_a_person_has_so_many_addresses_the_newest_and_tells_so_many_a_day(alice, sql):
    for n in range(12):
        with later(timedelta(seconds=n)):
            phone(alice, str(n))
    open_ = sql("SELECT address->>'token' FROM endpoint WHERE closed_at IS NULL ORDER BY seen_at")
    assert [token.rpartition("-")[2] for (token,) in open_] == [str(n) for n in range(2, 12)]
    for _ in range(48):
        phone(alice, "same")
    wish = {"platform": "android", "token": "one-too-many"}
    problem(alice.put("/v1/notifications/endpoint", wish), 429, "slow-down")


def test_what_is_broken_for_some_does_not_hold_the_others(fill, sql, erin, app):
    fill(4)
    answers = iter([Sent("x"), Broken("APNs key refused"), Sent("x"), Broken("APNs key refused")])
    sent(Tape(answer=lambda _: next(answers)), rounds=1)
    assert channel_of(erin)["state"] == "open"
    assert states(sql) == {"done": 2, "queued": 2}
    assert sql("SELECT DISTINCT tries FROM notification_delivery WHERE state = 'queued'") == [(0,)]


def test_an_alert_that_a_dead_worker_held_comes_back_soon(alice, carol, erin, make):
    from backend import notifications
    from backend.worker import in_transaction

    phone(alice)
    make.alert(by=carol, publisher=erin)
    make.worked()
    assert len(in_transaction(lambda: notifications.claim_jobs(Tape()))) == 1  # and then it dies
    with later(timedelta(seconds=60)):
        assert sent(Tape()) == []
    with later(timedelta(seconds=95)):
        assert len(sent(Tape())) == 1


def test_what_waits_for_an_address_does_not_go_to_its_next_owner(alice, bob, carol, make, sql):
    from tests.notifications.test_wishes import told

    token = phone(alice)
    told(make, carol, alice)
    alice.post("/v1/notifications/endpoint/close", {"platform": "android", "token": token})
    assert bob.put("/v1/notifications/endpoint", {"platform": "android", "token": token}).status_code == 200

    assert sent(Tape()) == []
    assert states(sql) == {"spared": 1}


def test_what_was_turned_off_meanwhile_is_not_sent(alice, carol, make, sql):
    from tests.notifications.test_wishes import told

    phone(alice)
    told(make, carol, alice)
    off = [{"kind": "status", "channel": "fcm"}]
    assert alice.put("/v1/notifications/wishes", {"off": off}).status_code == 200
    assert sent(Tape()) == []
    assert states(sql) == {"spared": 1}


def test_what_a_city_has_not_set_up_gets_nothing_queued(alice, carol, make, sql, app, monkeypatch):
    from tests.notifications.test_wishes import told

    phone(alice)
    object.__setattr__(app.extensions["westu"].settings, "firebase_credentials", None)
    try:
        told(make, carol, alice)
    finally:
        object.__setattr__(app.extensions["westu"].settings, "firebase_credentials", Path("x.json"))
    assert states(sql) == {}


def test_a_claim_code_brings_no_address_of_the_phone_that_made_it(make, alice, sql):
    guest = make.phone()
    phone(guest)
    code = guest.post("/v1/identity/claim-codes").get_json()["code"]
    assert alice.post("/v1/identity/claim", {"code": code}).status_code < 300
    assert sql("SELECT closed_why FROM endpoint") == [("claimed by another phone",)]


@pytest.mark.parametrize("really", [False, True])
def test_an_operator_says_whether_they_are_dead_indeed(fill, sql, erin, app, really):
    from backend import notifications
    from backend.worker import in_transaction

    fill(10, good=True)
    sent(Tape(answer=lambda _: Gone("UNREGISTERED")), rounds=1)
    assert in_transaction(lambda: notifications.resume("fcm", close_dead=really)) == (10 if really else 0)

    assert channel_of(erin)["state"] == "open"
    with later(timedelta(minutes=6)):
        assert len(sent(Tape())) == (0 if really else 10)
    why = {why for (why,) in sql("SELECT closed_why FROM endpoint WHERE closed_at IS NOT NULL")}
    assert why == ({"UNREGISTERED"} if really else set())


def test_a_pause_does_not_end_a_stop(fill, erin, app):
    from backend.notifications.settling import pause, stop
    from backend.worker import in_transaction

    in_transaction(lambda: stop("fcm", "dead"))
    in_transaction(lambda: pause("fcm", timedelta(seconds=1), "quota"))
    assert (channel_of(erin)["state"], channel_of(erin)["why"]) == ("stopped", "dead")


def test_a_broken_set_up_pauses_the_channel_and_takes_no_try(fill, sql, erin, app):
    fill(2)
    sent(Tape(answer=lambda _: Broken("key refused")), rounds=1)
    told = channel_of(erin)
    assert (told["state"], told["why"], told["queued"]) == ("paused", "key refused", 2)
    assert sql("SELECT DISTINCT tries FROM notification_delivery") == [(0,)]
    with later(timedelta(minutes=6)):
        assert len(sent(Tape())) == 2


def test_what_was_not_even_tried_costs_no_try_however_long_its_service_rests(fill, sql, app):
    fill(1)
    tape = Tape(answer=lambda _: Retry("rests", 600.0, untried=True))
    for hours in range(12):
        with later(timedelta(hours=hours)):
            assert len(sent(tape, rounds=1)) == 1
    assert sql("SELECT state, tries FROM notification_delivery") == [("queued", 0)]


def test_what_got_stuck_rests_and_is_replayed_once_an_operator_says_so(fill, sql, erin, app):
    from backend import notifications
    from backend.worker import in_transaction

    fill(2)
    answers = iter([Rejected("too long"), *[Retry("busy")] * 8])
    tape = Tape(answer=lambda _: next(answers))
    for hours in range(9):
        with later(timedelta(hours=2 * hours)):
            sent(tape, rounds=1)
    assert states(sql) == {"resting": 2}
    assert channel_of(erin)["resting"] == 2

    assert in_transaction(lambda: notifications.replay("mail")) == 0
    assert in_transaction(lambda: notifications.replay(None)) == 2
    assert len(sent(Tape())) == 2
    with later(timedelta(days=2)):
        assert in_transaction(lambda: notifications.replay(None)) == 0


def test_a_batch_takes_no_more_statements_for_more_messages(fill, app):
    from backend.worker import send_some
    from tests.statements import statements

    fill(200)
    counts = []
    for batch in (2, 100):
        with statements() as seen:
            assert send_some(Tape(batch=batch)) == batch
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_a_service_that_is_away_is_written_down_once_for_a_whole_batch(fill, sql, erin, app):
    from backend.worker import send_some
    from tests.statements import statements

    fill(100)
    waits = iter(range(1, 101))
    with statements() as seen:
        send_some(Tape(answer=lambda _: Retry("quota", float(next(waits)), whole_channel=True)))
    assert len(seen) <= 8
    assert sql("SELECT round(extract(epoch FROM until_at - now())) FROM channel_pause") == [(100,)]


def test_prometheus_is_told_of_each_channel(fill, erin, app, make):
    from backend.core.scrape import exposition

    fill(2)
    sent(Tape(answer=lambda _: Broken("key refused")), rounds=1)
    told = exposition(None).decode()
    for line in (
        'westu_push_queued{channel="fcm"} 2.0',
        'westu_push_held{channel="fcm"} 1.0',
        'westu_push_endpoints{channel="fcm"} 2.0',
        'westu_push_configured{channel="mail"} 1.0',
        'westu_push_configured{channel="fcm"} 1.0',
        'westu_push_oldest_seconds{channel="mail"} 0.0',
    ):
        assert line in told.splitlines(), line
    with later(timedelta(minutes=6)):
        sent(Tape())
        told = exposition(None).decode()
    assert 'westu_push_settled_total{channel="fcm",state="done"}' in told
    assert 'westu_push_queue_seconds_count{channel="fcm"}' in told


def test_only_who_runs_the_house_sees_its_channels(carol, erin):
    problem(carol.get("/v1/notifications/channels"), 403, "forbidden")
    assert [one["channel"] for one in erin.get("/v1/notifications/channels").get_json()["items"]] == [
        "fcm",
        "mail",
        "web-push",
    ]


def test_a_phone_that_says_nothing_for_nine_months_is_closed_with_the_reason(alice, sql, app):
    from backend.notifications.actions import close_unheard
    from backend.worker import in_transaction

    phone(alice, "lost"), phone(alice, "kept")
    with later(timedelta(days=200)):
        from tests.make import Make

        phone(Make(app).signed_in(alice), "kept")
    with later(timedelta(days=271)):
        in_transaction(close_unheard)
    closed = sql("SELECT address->>'token', closed_why FROM endpoint WHERE closed_at IS NOT NULL")
    assert [(token.endswith("lost"), why) for token, why in closed] == [(True, "not heard of for 270 days")]


def test_what_people_were_told_is_forgotten_after_a_year_with_all_that_became_of_it(fill, sql, app):
    from backend.notifications.actions import forget_old
    from backend.worker import in_transaction

    fill(3)
    sent(Tape())
    for days, left in ((390, 3), (402, 0)):
        with later(timedelta(days=days)):
            in_transaction(forget_old)
        assert sql("SELECT count(*) FROM notification_delivery") == [(left,)]
