"""An alert to everybody: how long it takes to queue it, to deliver it, and to wake all who have the app open."""

import gc
import os
import threading
import time
import uuid
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import psycopg
from sqlalchemy import text

from backend.core.clock import now
from backend.notifications.clients import Urgency
from backend.notifications.clients.fcm import Fcm, as_message
from backend.notifications.clients.fcm_pooled import PooledFcm
from shared_models.notifications import NoticeKind
from tests.bench.push import jobs, responder
from tests.bench.server import populate
from tests.bench.table import ROUNDS, Line, interleaved
from tests.statements import statements
from tests.streaming import Ear, StreamProcess

PEOPLE, DELIVERED, STREAMS = 15_000, 3000, 2000
LATENCY_MS = 50
PHONES = """
    WITH people AS (
        INSERT INTO person (id, name, secret_hash, language, made_at)
        SELECT gen_random_uuid(), '', sha256(n::text::bytea), 'en', now() FROM generate_series(1, %(count)s) AS n RETURNING id
    )
    INSERT INTO endpoint (id, person_id, channel, platform, address, language, seen_at)
    SELECT gen_random_uuid(), id, 'fcm', 'android', jsonb_build_object('token', repeat(id::text, 4)), 'en', now() FROM people
"""


def lines():
    """All figures of an alert."""
    from backend.app import create_app
    from backend.settings import Settings

    secret = {
        "SECRET_KEY": "a key for benchmarks, long enough for HMAC",
        "FIREBASE_CREDENTIALS": "the-channels-here-have-their-own.json",
    }
    populate(secret)
    settings = Settings.from_env(os.environ | secret)
    app = create_app(settings)
    owner = psycopg.connect(settings.database_owner_url.replace("+psycopg", ""), autocommit=True)
    with app.app_context(), owner:
        owner.execute(PHONES, {"count": PEOPLE})
        owner.execute("VACUUM ANALYZE")
        yield queueing(owner)
        yield from delivering(app, owner)
        yield from waking(app, settings)
    app.extensions["westu"].database.close()


def queue():
    """Queue an alert to everybody; gives for how many addresses."""
    from backend.notifications.actions import Broadcast, tell_all
    from backend.worker import in_transaction

    notice = Broadcast(
        kind=NoticeKind.ALERT, urgency=Urgency.ALERT, mid=uuid.uuid4(), revision=1, title="Boil water", title_es="Hierva el agua",
        body="Until further notice, boil water before you drink it.", body_es="Hierva el agua antes de beberla.",
        about_kind="alert", about_id=uuid.uuid4(), area=(), expires_at=now() + timedelta(hours=6),
    )  # fmt: skip
    return in_transaction(lambda: tell_all(uuid.uuid4(), notice))


def queueing(owner):
    """Milliseconds until it is committed for everybody."""
    rounds = []
    for _ in range(ROUNDS):
        owner.execute("TRUNCATE notification CASCADE")
        began = time.perf_counter()
        with statements() as seen:
            assert queue() == PEOPLE
        rounds.append((time.perf_counter() - began) * 1000)
        assert sum("INSERT INTO notification" in each.text for each in seen) == 1
    return Line(f"queue an alert for {PEOPLE:,} people, one statement", "ms", tuple(rounds), aim="≤ 500")


def delivering(app, owner):
    """Messages a second out of the outbox, rows and all, against a pool that has nothing else to do."""
    import firebase_admin
    from firebase_admin import credentials, messaging

    with ExitStack() as stack:
        account = stack.enter_context(responder(LATENCY_MS))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        sdk = firebase_admin.initialize_app(
            credentials.Certificate(str(account)), {"httpTimeout": 10}, "alone"
        )
        stack.callback(firebase_admin.delete_app, sdk)
        pool = stack.enter_context(ThreadPoolExecutor(64))

        def alone():
            made = list(map(as_message, jobs(DELIVERED)))
            began = time.perf_counter()
            list(pool.map(lambda each: messaging.send(each, app=sdk), made))
            return DELIVERED / (time.perf_counter() - began)

        ways = {"alone": alone}
        for name, kind in (("firebase", Fcm), ("pooled", PooledFcm)):
            channel = kind.from_file(account)
            stack.callback(channel.close)
            ways[name] = lambda channel=channel: delivered(app, owner, channel)
        gc.freeze()
        stack.callback(gc.unfreeze)
        found = interleaved(ways, lambda way: way())
    yardstick = "messaging.send() from 64 threads, alone"
    aims = {"alone": "", "firebase": "≥ 0.9", "pooled": "≥ 0.9, beat it"}
    for name, rounds in found.items():
        against = (found["alone"], yardstick) if name != "alone" else ((), "")
        words = {
            "alone": yardstick,
            "firebase": "from the outbox, firebase-admin",
            "pooled": "from the outbox, pooled",
        }
        yield Line(
            f"{words[name]}, answers after {LATENCY_MS} ms", "messages/s", rounds, *against, aim=aims[name],
            more_is_better=True,
        )  # fmt: skip


def delivered(app, owner, channel):
    """Messages a second while the worker's lanes empty the outbox."""
    from backend.worker import Lane

    owner.execute("TRUNCATE notification CASCADE")
    queue()
    owner.execute(
        "DELETE FROM notification_delivery WHERE id NOT IN (SELECT id FROM notification_delivery ORDER BY id LIMIT %s)",
        [DELIVERED],
    )
    owner.execute("VACUUM ANALYZE notification_delivery")
    stop = threading.Event()
    lanes = [Lane(app, channel, stop) for _ in range(Lane.PER_CHANNEL)]
    began = time.perf_counter()
    for lane in lanes:
        lane.start()
    while owner.execute("SELECT count(*) FROM notification_delivery WHERE state <> 'done'").fetchone()[0]:
        time.sleep(0.02)  # looked at seldom enough to take nothing from the lanes
    taken = time.perf_counter() - began
    stop.set()
    for lane in lanes:
        lane.ring.set()
        lane.join()
    return DELIVERED / taken


def waking(app, settings):
    """Seconds from an alert's commit until all who listen were told to pull, and what each of them costs."""
    import tempfile
    from pathlib import Path

    from backend.core.actor import db
    from backend.core.feed import EVERYBODY, wake
    from backend.identity.actions import begin_session
    from backend.identity.tables import PersonRow
    from backend.worker import in_transaction

    def signed_in(id_):
        return in_transaction(lambda: begin_session(db().get_one(PersonRow, id_), "bench").access_token)

    ids = in_transaction(
        lambda: list(
            db().scalars(text("SELECT id FROM person WHERE secret_hash IS NOT NULL LIMIT :n"), {"n": STREAMS})
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        stream = StreamProcess(settings, Path(folder) / "stream.log")
        before = stream.memory()
        ears = [Ear(stream, signed_in(id_)).listen() for id_ in ids]
        for ear in ears:
            ear.hears()
        each = (stream.memory() - before) / len(ears)
        rounds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            in_transaction(lambda: wake(EVERYBODY))
            for ear in ears:
                assert ear.hears()
            rounds.append(time.perf_counter() - began)
        for ear in ears:
            ear.close()
        stream.end()
    yield Line(f"wake {STREAMS:,} open streams", "s", tuple(rounds))
    yield Line("memory of each open stream", "KiB", (each,))
