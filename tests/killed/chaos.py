"""The driver: draws by a seed whom to kill and when, while people report and staff close; and writes down each death.

Half of the deaths come at any moment. The other half come between COMMIT and answer: PostgreSQL has said that it has
committed, and whoever asked for it (or the phone that waits behind them, or PostgreSQL itself) dies before hearing it.
"""

import json
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from tests.killed.town import DESK, Town, alive, kill, until
from tests.killed.wire import Commit

TARGETS = ("server", "worker", "postgresql", "phone")
MADE = "INSERT INTO request "
"""The statement by which a report is known among all that the server commits."""
TOLD = "INSERT INTO notification"
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE usename = 'westu_app'"
LEASE = 660
"""Seconds: a worker that starts again finds the clock this much later, past the leases of the one before it."""
PATIENCE = 15.0
"""Seconds to wait for a commit at which to kill."""


@dataclass
class Death:
    """Who was killed, and what had just been committed, if it was between COMMIT and answer."""

    target: str
    how: str
    pid: int
    at: float
    between: bool = False
    ids: set[UUID] = field(default_factory=set)


class Chaos:
    """One round: so many reports by so many phones, so many deaths of each kind."""

    def __init__(self, town: Town, seed: int, *, reports: int, phones: int, deaths: int) -> None:
        self.town, self.random, self.reports = town, random.Random(seed), reports
        self.names = [f"phone-{n}" for n in range(phones)]
        plan = [(target, n % 2 == 0) for target in TARGETS for n in range(deaths)]
        self.random.shuffle(plan)
        self.plan = plan
        self.deaths: list[Death] = []
        self.share = {name: reports // phones + (n < reports % phones) for n, name in enumerate(self.names)}

    # ── the round ────────────────────────────────────────────────────────────────────────────────────────

    def run(self, picture: str) -> None:
        """Play the round to its end: everything reported, closed, told, and nobody killed any more."""
        town = self.town
        town.sweep()
        self._allow(0.0)
        town.start_server()
        town.start_worker()
        for name in self.names:
            town.start_phone(name, picture=picture, may=str(town.folder / f"may-{name}"))
        town.start_phone("desk", email=DESK, password=town.password())
        town.await_server()
        until(
            lambda: town.count("endpoint") == len(self.names) + 1, "every phone has said where it is pushed"
        )
        for n, (target, between) in enumerate(self.plan):
            self._allow((n + 1) / len(self.plan))
            time.sleep(self.random.uniform(0, 0.05))
            before = len(self.deaths)
            if not (between and self._kill_at_commit(target)):
                self._kill_now(target)
            self._revive()
            while len(self.deaths) == before:  # it had died by itself meanwhile, with another
                time.sleep(0.05)
                self._kill_now(target)
                self._revive()
        self._allow(1.0)
        self._settle()

    def _allow(self, part: float) -> None:
        """Let people report up to this part of all, so that the reports last as long as the deaths."""
        for name, share in self.share.items():
            file = self.town.folder / f"may-{name}"
            fresh = file.with_suffix(".new")
            fresh.write_text(str(round(share * part)))
            fresh.replace(file)

    def _revive(self) -> None:
        if self.town.worker and not alive(self.town.worker):
            self._later()
        self.town.revive()

    def _later(self) -> None:
        clock = self.town.clock
        fresh = clock.with_suffix(".new")
        fresh.write_text(str(float(clock.read_text()) + LEASE))
        fresh.replace(clock)

    # ── killing ──────────────────────────────────────────────────────────────────────────────────────────

    def _kill_now(self, target: str) -> None:
        """At any moment."""
        town = self.town
        if target == "server":
            workers = town.servers()
            if not workers or self.random.random() < 0.2:
                self._died("server", "all of it", town.server, group=True)
            else:
                self._died("server", "one of its processes", self.random.choice(workers))
        elif target == "worker":
            self._died("worker", "the worker", town.worker)
        elif target == "postgresql":
            backends = [pid for (pid,) in town.rows(BACKENDS)]
            if not backends or self.random.random() < 0.4:
                self._died("postgresql", "its first process", town.postmaster())
            else:
                self._died("postgresql", "one connection's process", self.random.choice(backends))
        else:
            self._died("phone", "the app", town.phones[self.random.choice([*self.names, "desk"])])

    def _kill_at_commit(self, target: str) -> bool:
        """At the next commit of its own that matters; False if none came in time."""
        done, alone = threading.Event(), threading.Lock()
        first = self.random.random() < 0.4

        def hook(commit: Commit) -> bool:
            if not self._matters(target, commit):
                return False
            with alone:
                return not done.is_set() and strike(commit)

        def strike(commit: Commit) -> bool:
            if target == "phone":
                name = self._sender(commit.ids)
                if name is None:
                    return False
                self._died("phone", "the app", self.town.phones[name], commit=commit)
            elif target == "postgresql":
                pid, how = (commit.backend, "one connection's process")
                if first:
                    pid, how = self.town.postmaster(), "its first process"
                self._died("postgresql", how, pid, commit=commit)
            else:
                self._died(target, "who asked for the commit", commit.maker, commit=commit)
            done.set()
            return target != "phone"

        self.town.wire.hook = hook
        done.wait(PATIENCE)
        with alone:
            self.town.wire.hook = lambda _: False
            return done.is_set()

    def _matters(self, target: str, commit: Commit) -> bool:
        if target == "worker":
            return commit.maker == self.town.worker and commit.did(TOLD)
        return commit.maker != self.town.worker and commit.did(MADE)

    def _sender(self, ids: set[UUID]) -> str | None:
        """Whose report this is: it stands in their journal before it is sent."""
        words = [str(id_) for id_ in ids]
        for name in self.names:
            journal = self.town.folder / "phones" / name / "journal"
            if journal.exists() and any(word in journal.read_text() for word in words):
                return name
        return None

    def _died(
        self, target: str, how: str, pid: int, *, group: bool = False, commit: Commit | None = None
    ) -> None:
        lived = alive(pid)
        kill(pid, signal.SIGKILL, group=group)
        if lived:
            ids = commit.ids if commit else set()
            self.deaths.append(Death(target, how, pid, time.time(), commit is not None, ids))
        if not group:
            until(lambda: not alive(pid), f"{target} {pid} is gone")

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────

    def _settle(self) -> None:
        """Nobody is killed any more: until all is made, closed and told, and nothing waits anywhere."""
        town = self.town
        limit = time.monotonic() + 120
        while not self._settled():
            assert time.monotonic() < limit, self.told()
            self._later()  # what was leased to the dead, or put off, is due
            town.revive()
            time.sleep(0.2)

    def _settled(self) -> bool:
        town = self.town
        waits = "IN ('queued', 'leased')"
        return (
            town.count("request WHERE status = 'closed'") >= self.reports
            and not town.count(f"event_delivery WHERE state {waits}")
            and not town.count(f"notification_delivery WHERE state {waits}")
            and not town.count("event LEFT JOIN seal ON seal.event_seq = event.seq WHERE seal.n IS NULL")
            and all(not self.waiting(name) for name in [*self.names, "desk"])
            and all(len(self.inbox(name)) >= self.share[name] for name in self.names)
        )

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────

    def on_phone(self, name: str, statement: str) -> list[tuple]:
        """What lies on a phone's disk."""
        found = []
        for file in (self.town.folder / "phones" / name / "people").glob("*.sqlite3"):
            db = sqlite3.connect(file, timeout=20)
            with suppress(sqlite3.OperationalError):  # it has only just been made
                found += db.execute(statement).fetchall()
            db.close()
        return found

    def waiting(self, name: str) -> list[tuple]:
        """What waits on a phone, or was refused."""
        return self.on_phone(name, "SELECT state, path, problem FROM waiting WHERE state <> 'answered'")

    def inbox(self, name: str) -> list[tuple]:
        """What a phone was told."""
        return self.on_phone(name, "SELECT id, value FROM thing WHERE kind = 'notification'")

    def journal(self, name: str) -> list[dict]:
        """The calls of a phone in their order: what was asked, and what came back, if anything did."""
        calls: dict[str, dict] = {}
        for line in (self.town.folder / "phones" / name / "journal").read_text().splitlines():
            with suppress(ValueError):  # it was killed while it wrote
                words = json.loads(line)
                calls.setdefault(words["n"], {}).update(words)
        return list(calls.values())

    def told(self) -> str:
        """The round in a few lines."""
        town = self.town
        counts = Counter((death.target, death.between) for death in self.deaths)
        lines = [
            f"{target}: {counts[target, False]} at any moment, {counts[target, True]} between COMMIT and answer"
            for target in TARGETS
        ]
        lines += [f"{how}: {count}" for how, count in Counter((d.target, d.how) for d in self.deaths).items()]
        states = [
            f"{table} {town.rows(f'SELECT state, count(*) FROM {table} GROUP BY 1')}"
            for table in ("event_delivery", "notification_delivery")
        ]
        lines += [f"requests {town.rows('SELECT status, count(*) FROM request GROUP BY 1')}", *states]
        lines += [
            f"{name} waits: {self.waiting(name)[:3]}, inbox {len(self.inbox(name))}"
            for name in [*self.names, "desk"]
        ]
        return "\n".join(lines)
