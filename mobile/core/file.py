"""One person's SQLite file: its connections, its seal, what may be new in it, small facts and documents."""

import itertools
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from mobile.core import rows
from mobile.core.rows import TABLES
from mobile.core.sealed import (
    HEAD,
    SEALED,
    SEALED_DOCUMENTS,
    SEALED_FACTS,
    SEALED_PHOTO,
    Seal,
    UnreadableError,
)

SEEN = "seen"
"""The kind of change that says what was before the person's eyes: no wish of theirs, so they are not told that it waits."""
KEY_NAME = "sealed_by"
"""The small fact by which key things are sealed here."""
NEVER = (b"", "")
EVERY = "*"
"""Stands for each kind, where something may have changed in all of them."""


class PersonFile:
    """What a `Store` stands on. Each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._gone = False
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._changes_so_far = itertools.count(1)
        self._touched: dict[str, int] = {}
        self._seal = Seal(path.with_suffix(".key"))
        self._named = ""  # by which key things are sealed, once that is on disk
        self._warm = False
        with self.db() as db:
            db.executescript(TABLES)
        self._look_at_key()

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
        self._seal.delete()  # first: without it the rest is noise
        self._named = ""
        self.close()
        for name in (self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))):
            name.unlink(missing_ok=True)

    # ── what is sealed ───────────────────────────────────────────────────────────────────────────────────

    def _sealing(self, kinds: Iterable[str]) -> Seal:
        """The seal, with a key if something of these kinds is to be shut: on disk before anything is shut by it."""
        if not SEALED.isdisjoint(kinds) and not self._named:
            name = self._seal.make(keep=not self._gone)
            with self.db() as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (KEY_NAME, name))
            self._named = name
        return self._seal

    def _look_at_key(self) -> None:
        """With a lost key, or another, forget what was sealed and can be had again; what waits stays, and is told."""
        sealed_by = self.get(KEY_NAME)
        if sealed_by and sealed_by == self._seal.name():
            self._named = sealed_by
        elif sealed_by:
            with self.db() as db:
                db.execute("DELETE FROM thing WHERE typeof(value) = 'blob'")
                db.execute("DELETE FROM meta WHERE name = ?", (KEY_NAME,))
                self._pull_all(db)

    @staticmethod
    def _pull_all(db: sqlite3.Connection) -> None:
        """Begin anew with the next pull; what it does not bring is dropped at its end."""
        db.execute("UPDATE member SET stale = 1")
        db.execute("DELETE FROM meta WHERE name = 'cursor'")

    def _opened(self, kind: str, found: Iterable[tuple[str, str | bytes]]) -> dict[str, str]:
        """Id → value of things as they were kept. What is broken is dropped, and comes with the next pull."""
        texts, broken, known = {}, [], self._seal.known
        for id_, value in found:
            if isinstance(value, str):
                texts[id_] = value
                continue
            where = ("thing", kind, id_)
            head, text = known.get(where, NEVER)
            if value[:HEAD] == head:  # as `open` does; a list of thousands is not to wait for the calls
                texts[id_] = text
                continue
            try:
                texts[id_] = self._seal.open(value, *where)
            except UnreadableError:
                broken.append((kind, id_))
        if broken:
            with self.db() as db:
                db.executemany("DELETE FROM thing WHERE kind = ? AND id = ?", broken)
                self._pull_all(db)
        return texts

    def shut_photo(self, picture: bytes, name: str) -> bytes:
        """The bytes of a picture as they are kept in a sealed file of this name. From any thread."""
        return self._sealing(SEALED).shut_bytes(picture, "photo", name)

    def open_photo(self, file: Path) -> bytes:
        """The picture in a file of ours, sealed or not. Raises OSError; UnreadableError where the key is lost."""
        kept = file.read_bytes()
        return self._seal.open_bytes(kept, "photo", file.name) if file.suffix == SEALED_PHOTO else kept

    def warm(self) -> None:
        """Open what is sealed, once, so that no list waits for it. Not on the main thread."""
        if self._warm or not self._named:
            return
        self._warm = True
        for kind in SEALED:
            self._opened(kind, self.db().execute("SELECT id, value FROM thing WHERE kind = ?", (kind,)))

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
        return self._fact(row[0], "fact", name) if row else ""

    def _fact(self, kept: str | bytes, *where: str) -> str:
        try:
            return rows.opened(self._seal, kept, *where)
        except UnreadableError:
            return ""

    def set(self, name: str, value: str, *, shown: bool = True) -> None:
        """Keep a small fact; unless it is `shown` nowhere, something may be seen otherwise by it."""
        kept: str | bytes = value
        if value and name.startswith(SEALED_FACTS):
            kept = self._sealing(SEALED).shut(value, "fact", name)
        with self.db() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, kept))
        if shown:
            self._touch()

    def document(self, name: str) -> tuple[str, bytes]:
        """(ETag, body) of something that the server gives as a whole; empty if we never had it."""
        row = self.db().execute("SELECT etag, body FROM document WHERE name = ?", (name,)).fetchone()
        if row and name in SEALED_DOCUMENTS:
            text = self._fact(row[1], "document", name)
            return (row[0], text.encode()) if text else ("", b"")
        return (row[0], bytes(row[1])) if row else ("", b"")

    def set_document(self, name: str, etag: str, body: bytes) -> None:
        """Keep something that the server gives as a whole."""
        if name in SEALED_DOCUMENTS:
            body = self._sealing(SEALED).shut(body.decode(), "document", name)
        with self.db() as db:
            db.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (name, etag, body))
        self._touch()
