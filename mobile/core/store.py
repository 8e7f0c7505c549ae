"""What was said, and what waits: one SQLite file per person.

What is seen is what the server said with what still waits laid over it, made at reading. Nothing that somebody
typed is ever out of sight.
"""

import itertools
import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from shared_models.problems import Problem
from shared_models.sync import Changes

TABLES = """
CREATE TABLE IF NOT EXISTS meta (name text PRIMARY KEY, value text) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS thing (kind text, id text, value text NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS member (
    audience text, kind text, id text, stale int NOT NULL DEFAULT 0, PRIMARY KEY (audience, kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_thing ON member (kind, id);
CREATE INDEX IF NOT EXISTS member_stale ON member (audience) WHERE stale = 1;
CREATE TABLE IF NOT EXISTS waiting (
    n integer PRIMARY KEY AUTOINCREMENT, key text UNIQUE NOT NULL, method text NOT NULL, path text NOT NULL,
    body text NOT NULL, kind text NOT NULL, about text NOT NULL, meanwhile text NOT NULL, photos text NOT NULL,
    state text NOT NULL DEFAULT 'waiting', problem text NOT NULL DEFAULT '', answered_in int, made_at text NOT NULL
);
CREATE TABLE IF NOT EXISTS photo (id text PRIMARY KEY, path text NOT NULL, sent int NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS document (name text PRIMARY KEY, etag text NOT NULL, body blob NOT NULL) WITHOUT ROWID;
"""
DRAFT = "draft:"
"""How the names of small facts begin that were typed and not sent yet."""
DROP_UNHELD = """DELETE FROM thing WHERE NOT EXISTS
    (SELECT 1 FROM member WHERE member.kind = thing.kind AND member.id = thing.id)"""
MOVED = "moved"
"""The audience of what came from a phone without an account, until the account's own feed brings it."""

WAITING, ANSWERED, REFUSED = "waiting", "answered", "refused"
SEEN = "seen"
"""The kind of change that says what was before the person's eyes: no wish of theirs, so they are not told that it waits."""
EVERY = "*"
"""Stands for each kind, where something may have changed in all of them."""


@dataclass(frozen=True)
class Waiting:
    """Something asked for that the server has not answered: an ordinary call, and what to show meanwhile."""

    method: str
    path: str
    body: Mapping[str, Any]
    kind: str
    about: UUID
    meanwhile: Mapping[str, Any] = field(default_factory=dict)
    photos: tuple[UUID, ...] = ()
    key: str = field(default_factory=lambda: str(uuid4()))
    n: int = 0
    state: str = WAITING
    problem: Problem | None = None
    made_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


@dataclass(frozen=True)
class Seen:
    """A thing as it is shown."""

    id: UUID
    value: dict[str, Any]
    waits: bool
    """Something about it has not reached the server yet."""
    refused: Waiting | None
    """The newest change of it that the server refused; kept until the person puts it away."""


class Store:
    """One person's file. Each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._gone = False
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._changes_so_far = itertools.count(1)
        self._touched: dict[str, int] = {}
        with self.db() as db:
            db.executescript(TABLES)

    def db(self) -> sqlite3.Connection:
        """This thread's connection; ``with`` makes a transaction."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            # Whoever still reads a store that was deleted finds it empty, and makes no file anew.
            db = sqlite3.connect(":memory:" if self._gone else self.path, timeout=20, check_same_thread=False)
            if self._gone:
                db.executescript(TABLES)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")  # what was typed survives a battery that is pulled
            self._local.db = db
            self._open.append(db)
        return db

    def close(self) -> None:
        """Let go of the file."""
        for db in self._open:
            db.close()
        self._open.clear()
        self._local = threading.local()

    def delete(self) -> None:
        """Remove everything that is known of this person from the phone."""
        self._gone = True
        self.close()
        for name in (self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))):
            name.unlink(missing_ok=True)

    # ── what may be new ──────────────────────────────────────────────────────────────────────────────────

    def revision(self, kind: str = "") -> int:
        """A number that is another one once something of this kind (or of any) may be seen otherwise."""
        if not kind:
            return max(self._touched.values(), default=0)
        return max(self._touched.get(kind, 0), self._touched.get(EVERY, 0))

    def _touch(self, kinds: Iterable[str] = ()) -> None:
        """Say so, after it is on disk. Numbers come from one counter: two threads never give the same."""
        for kind in kinds or (EVERY,):
            if kind == SEEN:  # nothing is shown of it
                continue
            self._touched[kind] = next(self._changes_so_far)

    # ── small facts ──────────────────────────────────────────────────────────────────────────────────────

    def get(self, name: str) -> str:
        """A small fact, or nothing."""
        row = self.db().execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def set(self, name: str, value: str, *, shown: bool = True) -> None:
        """Keep a small fact; unless it is `shown` nowhere, something may be seen otherwise by it."""
        with self.db() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
        if shown:
            self._touch()

    def document(self, name: str) -> tuple[str, bytes]:
        """(ETag, body) of something public; empty if we never had it."""
        row = self.db().execute("SELECT etag, body FROM document WHERE name = ?", (name,)).fetchone()
        return (row[0], bytes(row[1])) if row else ("", b"")

    def set_document(self, name: str, etag: str, body: bytes) -> None:
        """Keep something public."""
        with self.db() as db:
            db.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (name, etag, body))
        self._touch()

    # ── what is seen ─────────────────────────────────────────────────────────────────────────────────────

    def view(self, kind: str, mentioning: UUID | None = None) -> list[Seen]:
        """All things of a kind, as they are to be shown; or only those that the server said with this id in them."""
        # A scan, but of one kind and inside SQLite: what it passes over is never read as JSON.
        rows = self.db().execute(
            "SELECT id, value FROM thing WHERE kind = ? AND instr(value, ?)",
            (kind, f'"{mentioning}"' if mentioning else "{"),
        )
        return self._laid_over({id_: json.loads(value) for id_, value in rows}, self._changes(kind))

    def count(self, kind: str) -> int:
        """How many things of a kind the server told of."""
        return int(self.db().execute("SELECT count(*) FROM thing WHERE kind = ?", (kind,)).fetchone()[0])

    def one(self, kind: str, id_: UUID) -> Seen | None:
        """One thing, as it is to be shown."""
        row = (
            self.db()
            .execute("SELECT value FROM thing WHERE kind = ? AND id = ?", (kind, str(id_)))
            .fetchone()
        )
        changes = [change for change in self._changes(kind) if change.about == id_]
        seen = self._laid_over({str(id_): json.loads(row[0])} if row else {}, changes)
        return seen[0] if seen else None

    @staticmethod
    def _laid_over(values: dict[str, dict[str, Any]], changes: Iterable[Waiting]) -> list[Seen]:
        waits: set[str] = set()
        refused: dict[str, Waiting] = {}
        for change in changes:
            id_ = str(change.about)
            if change.state == REFUSED:
                refused[id_] = change
                if id_ in values:
                    continue  # the server's word stands; what was wished is told beside it
            if change.state == WAITING:
                waits.add(id_)
            if change.meanwhile:
                values[id_] = {**values.get(id_, {}), **change.meanwhile}
        return [Seen(UUID(id_), value, id_ in waits, refused.get(id_)) for id_, value in values.items()]

    # ── what waits ───────────────────────────────────────────────────────────────────────────────────────

    def add(self, change: Waiting, photos: Mapping[UUID, Path] | None = None) -> None:
        """Put a change into the outbox, with the photos that it needs; on disk when this returns."""
        with self.db() as db:
            for id_, path in (photos or {}).items():
                db.execute("INSERT OR IGNORE INTO photo (id, path) VALUES (?, ?)", (str(id_), str(path)))
            db.execute(
                "INSERT INTO waiting (key, method, path, body, kind, about, meanwhile, photos, made_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    change.key, change.method, change.path, json.dumps(change.body), change.kind, str(change.about),
                    json.dumps(change.meanwhile), json.dumps([str(id_) for id_ in change.photos]), change.made_at,
                ),
            )  # fmt: skip
        self._touch([change.kind])

    def _changes(self, kind: str) -> list[Waiting]:
        rows = self.db().execute("SELECT * FROM waiting WHERE kind = ? ORDER BY n", (kind,))
        return [_waiting(row) for row in rows]

    def outbox(self) -> list[Waiting]:
        """Everything that the person asked for and is not settled, oldest first."""
        rows = self.db().execute("SELECT * FROM waiting WHERE kind <> ? ORDER BY n", (SEEN,))
        return [_waiting(row) for row in rows]

    def quiet(self) -> list[Waiting]:
        """What is to be sent without a word to the person."""
        return self._changes(SEEN)

    def next_to_send(self) -> Waiting | None:
        """The oldest change of the person's that the server has not answered."""
        sql = "SELECT * FROM waiting WHERE state = 'waiting' AND kind <> ? ORDER BY n LIMIT 1"
        row = self.db().execute(sql, (SEEN,)).fetchone()
        return _waiting(row) if row else None

    def waits(self) -> int:
        """How many changes that the person made have not reached the server."""
        sql = "SELECT count(*) FROM waiting WHERE state = 'waiting' AND kind <> ?"
        return int(self.db().execute(sql, (SEEN,)).fetchone()[0])

    def answered(self, change: Waiting) -> None:
        """The server did it. It stays laid over the view until a pull that begins later has ended."""
        if change.kind == SEEN:
            self._forget(change.key)
            return
        with self.db() as db:
            db.execute(
                "UPDATE waiting SET state = 'answered', answered_in = "
                "coalesce((SELECT CAST(value AS int) FROM meta WHERE name = 'pull'), 0) WHERE n = ?",
                (change.n,),
            )
        self._touch([change.kind])

    def refused(self, change: Waiting, problem: Problem) -> None:
        """The server said no. The words are kept, and the reason; what the person never asked for is forgotten."""
        if change.kind == SEEN:
            self._forget(change.key)
            return
        with self.db() as db:
            db.execute(
                "UPDATE waiting SET state = 'refused', problem = ? WHERE n = ?",
                (json.dumps(problem.dump()), change.n),
            )
        self._touch([change.kind])

    def put_away(self, key: str) -> None:
        """The person has seen that it was refused, or takes it back before it is sent."""
        self._forget(key)
        self._touch()

    def _forget(self, key: str) -> None:
        with self.db() as db:
            db.execute("DELETE FROM waiting WHERE key = ? AND state <> 'answered'", (key,))

    def send_again(self, key: str) -> None:
        """The person wants a refused change to be tried once more: a refusal forgot its key."""
        with self.db() as db:
            db.execute(
                "UPDATE waiting SET state = 'waiting', problem = '' WHERE key = ? AND state = 'refused'",
                (key,),
            )
        self._touch()

    # ── photos ───────────────────────────────────────────────────────────────────────────────────────────

    def unsent_photos(self, ids: Collection[UUID]) -> list[tuple[UUID, Path]]:
        """Those of these photos that the server does not have yet, with their files."""
        rows = self.db().execute("SELECT id, path FROM photo WHERE NOT sent").fetchall()
        wanted = {str(id_) for id_ in ids}
        return [(UUID(id_), Path(path)) for id_, path in rows if id_ in wanted]

    def photo_sent(self, ids: Iterable[UUID], *, sent: bool = True) -> None:
        """The server has (or, after all, has not) these photos."""
        with self.db() as db:
            db.executemany("UPDATE photo SET sent = ? WHERE id = ?", [(int(sent), str(id_)) for id_ in ids])
        self._touch()

    def photo_file(self, id_: UUID) -> Path | None:
        """The file of a photo that was taken on this phone."""
        row = self.db().execute("SELECT path FROM photo WHERE id = ?", (str(id_),)).fetchone()
        return Path(row[0]) if row else None

    # ── pulling ──────────────────────────────────────────────────────────────────────────────────────────

    def begin_pull(self) -> int:
        """Count a pull that begins now."""
        with self.db() as db:
            db.execute(
                "INSERT INTO meta VALUES ('pull', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
            )
            return int(db.execute("SELECT value FROM meta WHERE name = 'pull'").fetchone()[0])

    def take(self, page: Changes, pull: int) -> None:
        """Take over one page, with its cursor, in one transaction; the last page ends the pull."""
        gone = [(one.kind, str(one.id)) for one in page.changes if one.value is None]
        told = [one for one in page.changes if one.value is not None]
        members = [(one.audience, one.kind, str(one.id)) for one in told]
        things = [(one.kind, str(one.id), json.dumps(one.value, separators=(",", ":"))) for one in told]
        with self.db() as db:
            before = db.total_changes
            for audience in page.restarted:
                db.execute("UPDATE member SET stale = 1 WHERE audience = ?", (audience,))
            db.executemany("DELETE FROM member WHERE kind = ? AND id = ?", gone)
            db.executemany("DELETE FROM thing WHERE kind = ? AND id = ?", gone)
            db.executemany("INSERT OR REPLACE INTO member VALUES (?, ?, ?, 0)", members)
            db.executemany("INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", things)
            left = sum(
                db.execute("DELETE FROM member WHERE audience = ?", (audience,)).rowcount
                for audience in page.dropped
            )
            db.execute("INSERT OR REPLACE INTO meta VALUES ('cursor', ?)", (page.cursor,))
            if not page.more:
                left += db.execute("DELETE FROM member WHERE stale = 1").rowcount
                db.execute("DELETE FROM waiting WHERE state = 'answered' AND answered_in < ?", (pull,))
            if left:  # it looks at each thing: only where an audience let go of some
                db.execute(DROP_UNHELD)
            changed = db.total_changes - before > 1  # the cursor itself is one
        if changed:
            self._touch()

    def drop_moved(self) -> None:
        """The account's own feed has brought what came from the phone: forget the phone's copies."""
        with self.db() as db:
            db.execute("DELETE FROM member WHERE audience = ?", (MOVED,))
            db.execute(DROP_UNHELD)
        self._touch()

    def take_from(self, other: "Store") -> None:
        """Take over what another store shows, what waits there and what was begun. Again changes nothing."""
        drafts = (
            other.db().execute("SELECT name, value FROM meta WHERE name LIKE ?", (f"{DRAFT}%",)).fetchall()
        )
        things = other.db().execute("SELECT kind, id, value FROM thing").fetchall()
        waiting = other.db().execute("SELECT * FROM waiting WHERE state <> 'answered' ORDER BY n").fetchall()
        answered = other.db().execute("SELECT * FROM waiting WHERE state = 'answered' ORDER BY n").fetchall()
        photos = other.db().execute("SELECT id, path, sent FROM photo").fetchall()
        with self.db() as db:
            db.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", drafts)
            db.executemany("INSERT OR IGNORE INTO thing VALUES (?, ?, ?)", things)
            db.executemany(
                "INSERT OR IGNORE INTO member VALUES (?, ?, ?, 0)", [(MOVED, k, i) for k, i, _ in things]
            )
            db.executemany("INSERT OR IGNORE INTO photo VALUES (?, ?, ?)", photos)
            pull = int((db.execute("SELECT value FROM meta WHERE name = 'pull'").fetchone() or (0,))[0])
            for row in (*answered, *waiting):
                place = _COLUMNS.index("answered_in")
                db.execute(
                    f"INSERT OR IGNORE INTO waiting ({', '.join(_COLUMNS[1:])}) VALUES ({', '.join('?' * 12)})",  # noqa: S608
                    [pull if n == place and row[n] is not None else row[n] for n in range(1, 13)],
                )
        self._touch()


_COLUMNS = (
    "n", "key", "method", "path", "body", "kind", "about", "meanwhile", "photos", "state", "problem", "answered_in", "made_at",
)  # fmt: skip


def _waiting(row: tuple[Any, ...]) -> Waiting:
    values = dict(zip(_COLUMNS, row, strict=True))
    return Waiting(
        n=values["n"],
        key=values["key"],
        method=values["method"],
        path=values["path"],
        body=json.loads(values["body"]),
        kind=values["kind"],
        about=UUID(values["about"]),
        meanwhile=json.loads(values["meanwhile"]),
        photos=tuple(UUID(id_) for id_ in json.loads(values["photos"])),
        state=values["state"],
        problem=Problem.read(json.loads(values["problem"])) if values["problem"] else None,
        made_at=values["made_at"],
    )
