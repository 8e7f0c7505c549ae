"""The second process: tells listeners what happened, sends what waits, seals the ledger, does the chores.

Run as many as wanted: each row of a queue is taken by one of them at a time, and comes back if it dies.
"""

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVar

import psycopg
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend import notifications
from backend.app import DOMAINS, create_app
from backend.core import claims, feed, ledger, metrics, scrape
from backend.core.actor import Context, db, within
from backend.core.claims import QueueState
from backend.core.domain import Chore
from backend.core.house import house
from backend.core.ledger import EventDeliveryRow
from backend.core.log import say
from backend.notifications import Channel, Webhooks
from backend.settings import Settings, SettingsError

BATCH = 50
LEASE = timedelta(seconds=60)
MOST_TRIES = 10
IDLE_S = 1.0

DATABASE_AWAY = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)

Done = TypeVar("Done")


def in_transaction(do: Callable[[], Done]) -> Done:
    """Do this in a transaction of its own, as the gate does: fed to phones last, then committed."""
    with house().database.writing() as connection, within(Context(connection)) as here:
        done = do()
        feed.write_touched()
        here.commit()
        return done


@contextmanager
def counted(what: str, name: str) -> Iterator[None]:
    """Count this piece of work, and whether it failed."""
    began, failed = time.perf_counter(), True
    try:
        yield
        failed = False
    finally:
        metrics.worked(what, name, time.perf_counter() - began, failed=failed)


def deliver_some() -> int:
    """Tell listeners of up to a batch of events; gives how many deliveries there were."""
    row = EventDeliveryRow
    served = row.listener.in_(sorted(ledger.known_listeners()))
    taken = in_transaction(
        lambda: claims.claim(row, served, order=(row.due_at, row.id), most=BATCH, lease=LEASE)
    )
    for delivery in taken:
        try:
            with counted("delivery", delivery.listener):
                in_transaction(partial(deliver_one, delivery))
        except DATABASE_AWAY:  # no fault of the delivery's: it comes back with its lease
            raise
        except Exception:  # noqa: BLE001 - one delivery that fails must not stop the others
            say("delivery failed", level=40, listener=delivery.listener, tries=delivery.tries, failed=True)
            in_transaction(partial(put_back, delivery))
    return len(taken)


def deliver_one(delivery: EventDeliveryRow) -> None:
    """Tell one listener, unless another worker did so meanwhile."""
    if mine := still_leased(delivery):
        ledger.deliver(mine)
        mine.state, mine.leased_until, mine.why = QueueState.DONE.value, None, ""


def put_back(delivery: EventDeliveryRow) -> None:
    """Again later; after ten tries it rests until an operator looks."""
    if mine := still_leased(delivery):
        rests = mine.tries >= MOST_TRIES
        mine.state = (QueueState.RESTING if rests else QueueState.QUEUED).value
        mine.leased_until, mine.due_at, mine.why = None, claims.retry_at(mine.tries), "failed, see the log"


def still_leased(delivery: EventDeliveryRow) -> EventDeliveryRow | None:
    """The delivery, locked, if it is still ours: after the lease another worker may have taken it."""
    mine = db().get(EventDeliveryRow, delivery.id, with_for_update=True)
    ours = mine is not None and mine.state == QueueState.LEASED.value and mine.tries == delivery.tries
    return mine if ours else None


def send_some(channel: Channel) -> int:
    """Send up to a batch on a channel. No transaction is open during the call outside."""
    jobs = in_transaction(lambda: notifications.claim_jobs(channel))
    if jobs:
        with counted("sending", channel.name):
            outcomes = channel.send(jobs)
        in_transaction(lambda: notifications.settle(channel, jobs, outcomes))
    return len(jobs)


def post_some(way: Webhooks) -> int:
    """Post up to a batch to webhooks, as ``send_some`` sends."""
    posts = in_transaction(lambda: notifications.claim_posts(way))
    if posts:
        with counted("sending", way.name):
            answers = way.post(posts)
        in_transaction(lambda: notifications.settle_posts(posts, answers))
    return len(posts)


class Chores:
    """The clock's work. One worker does each, when its time has come, under a lock in the database."""

    def __init__(self, chores: list[Chore]) -> None:
        self.chores = chores
        self.next = dict.fromkeys((chore.name for chore in chores), 0.0)

    def do_due(self) -> None:
        """Do what is due."""
        moment = time.monotonic()
        for chore in self.chores:
            if self.next[chore.name] <= moment:
                self.next[chore.name] = moment + chore.every.total_seconds()
                try:
                    with counted("chore", chore.name):
                        in_transaction(partial(self.do, chore))
                except Exception:  # noqa: BLE001 - a chore that fails must not stop the worker
                    say("chore failed", level=40, chore=chore.name, failed=True)

    @staticmethod
    def do(chore: Chore) -> None:
        """Do one, unless another worker is at it."""
        if db().scalar(text("SELECT pg_try_advisory_xact_lock(hashtext(:name))"), {"name": chore.lock}):
            chore.do()


def channels(settings: Settings) -> list[Channel]:
    """The channels that are set up; each of the others says so. Raises SettingsError, naming what can't be used."""
    ways: list[Channel] = []
    if account := settings.firebase_credentials:
        fcm = notifications.PooledFcm if settings.fcm_transport == "pooled" else notifications.Fcm
        ways.append(made("FIREBASE_CREDENTIALS", lambda: fcm.from_file(account)))
    else:
        say("push by FCM is off: FIREBASE_CREDENTIALS is not set")
    if key := settings.vapid_key:
        contact, hosts = settings.vapid_contact, settings.webpush_hosts
        ways.append(made("VAPID_KEY", lambda: notifications.WebPush(key, contact, hosts)))
    else:
        say("push to browsers is off: VAPID_KEY is not set")
    if url := settings.smtp_url:
        server = made("SMTP_URL", lambda: notifications.mail_server(url))
        sender = made("MAIL_FROM", lambda: notifications.mail_sender(settings.mail_from))
        ways.append(notifications.Mail(server, sender))
    else:
        say("mail is off: SMTP_URL is not set")
    return ways


def made(variable: str, make: Callable[[], Done]) -> Done:
    """What is made of a variable, or a SettingsError that names it."""
    try:
        return make()
    except (OSError, ValueError) as error:
        raise SettingsError(f"{variable} can't be used: {error}") from error


def once_through(ways: list[Channel]) -> int:
    """One round of everything; gives how much there was to do."""
    done = deliver_some()
    done += in_transaction(ledger.seal)
    done += in_transaction(notifications.queue_posts)
    for channel in ways:
        done += send_some(channel)
    return done


class Pulse:
    """Whether the worker still goes round: a thread that answers proves nothing of the one that works."""

    LONGEST_S, LONGEST_SENDING_S = 120.0, 600.0
    """A round of the ledger, or of one lane with a service that does not answer, takes less."""

    def __init__(self) -> None:
        self.last = time.monotonic()
        self.lanes: list[Lane] = []

    def beat(self) -> None:
        """A round begins."""
        self.last = time.monotonic()

    def alive(self) -> bool:
        """Whether one has begun lately, and each lane's as well."""
        moment = time.monotonic()
        return moment - self.last < self.LONGEST_S and all(
            moment - lane.last < self.LONGEST_SENDING_S for lane in self.lanes
        )


class Lane(threading.Thread):
    """Sends on one channel, or to webhooks, batch after batch, beside everything else: a service that hangs holds up nobody else.

    Two of them keep a channel busy while one of them writes down what became of its last batch.
    """

    PER_CHANNEL = 2

    def __init__(self, app: Flask, channel: Channel | Webhooks, stop: threading.Event) -> None:
        super().__init__(name=f"send-{channel.name}")
        self.app, self.channel, self.stop, self.ring = app, channel, stop, threading.Event()
        self.last = time.monotonic()

    def run(self) -> None:
        """Send until told to stop."""
        with self.app.app_context():
            while not self.stop.is_set():
                self.last = time.monotonic()
                try:
                    if not self.send():
                        self.ring.wait(IDLE_S)
                        self.ring.clear()
                except Exception:  # noqa: BLE001 - the next round tries again
                    say("worker: sending failed", level=40, channel=self.channel.name, failed=True)
                    self.stop.wait(2)

    def send(self) -> int:
        """A batch; gives how much it was."""
        return post_some(self.channel) if isinstance(self.channel, Webhooks) else send_some(self.channel)


def work(
    app: Flask, ways: Sequence[Channel | Webhooks], stop: threading.Event, pulse: Pulse | None = None
) -> None:
    """Work until told to stop. A database that is away is waited for."""
    chores = Chores([chore for domain in DOMAINS for chore in domain.chores])
    pulse = pulse or Pulse()
    lanes = [Lane(app, channel, stop) for channel in ways for _ in range(Lane.PER_CHANNEL)]
    pulse.lanes = lanes
    for lane in lanes:
        lane.start()
    with app.app_context():
        while not stop.is_set():
            pulse.beat()
            try:
                chores.do_due()
                done = once_through([])
                for lane in lanes if done else ():
                    lane.ring.set()
                if not done and not stop.is_set():
                    wait_for_work()
            except Exception:  # noqa: BLE001 - the next round tries again
                say("worker: a round failed", level=40, failed=True)
                stop.wait(2)
    for lane in lanes:
        lane.ring.set()
        lane.join()


def wait_for_work() -> None:
    """Sleep until something is recorded, or a second has passed."""
    raw = house().database.write.raw_connection()
    try:
        connection = raw.driver_connection
        assert isinstance(connection, psycopg.Connection)
        connection.autocommit = True
        connection.execute(f"LISTEN {ledger.LEDGER_CHANNEL}")
        for _ in connection.notifies(timeout=IDLE_S, stop_after=1):
            pass
        connection.execute(f"UNLISTEN {ledger.LEDGER_CHANNEL}")
        connection.autocommit = False
    finally:
        raw.close()


def main() -> None:
    """Run one worker until SIGTERM or SIGINT."""
    app = create_app()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = app.extensions["westu"].settings
    try:
        ways: list[Channel | Webhooks] = [*channels(settings)]
    except SettingsError as error:
        sys.exit(f"worker: {error}")
    ways.append(Webhooks(loopback=settings.webhooks_loopback))
    pulse = Pulse()
    if settings.metrics_port:
        scrape.listen(app, settings.host, settings.metrics_port, pulse.alive)
    gc.freeze()  # what was loaded so far stays: looking through it again and again costs a batch a fifth of its CPU
    say("worker begins")
    work(app, ways, stop, pulse)
    say("worker ends")


if __name__ == "__main__":
    main()
