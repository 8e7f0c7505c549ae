"""What was made ready to draw, kept from one start to the next: one SQLite file of the app's own, which may go at any time.

Whoever keeps something names it by all that it was made of; what is asked for under that name is then true, whatever
became of the pack or the style since, and what nobody asks for any more makes room. The file is worth nothing but time:
one that is torn or of another make is thrown away, and where the disk is full nothing more is kept.
"""

import logging
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
log = logging.getLogger(__name__)

MOST = 48 * 2**20
"""Bytes of what is kept, packed; beyond, what was not used for longest goes."""
ROOM = 0.9
"""What part of that is left then."""
_MAKE_NUMBER = 1
_DAY = 86_400
_TORN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""What SQLite says of a file that is torn, is no database, or has other tables."""
_TABLES = f"""
    CREATE TABLE art (key BLOB PRIMARY KEY, used INTEGER NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX art_by_use ON art (used, size);
    PRAGMA user_version = {_MAKE_NUMBER};
"""  # `used` is a day: what is read again the same day costs no writing
_TOO_MANY = """
    DELETE FROM art WHERE rowid IN (
        SELECT rowid FROM (SELECT rowid, sum(size) OVER (ORDER BY used DESC, rowid DESC) AS so_far FROM art) WHERE so_far > ?
    )
"""


class ArtFile:
    """The file. From any thread; it writes in a thread of its own, so that nobody waits for the disk."""

    def __init__(self, file: Path, most: int = MOST) -> None:
        """Nothing is opened before something is asked for."""
        self._file, self._most = file, most
        self._turn = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._closed = False
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="art")

    def get(self, key: bytes) -> bytes | None:
        """What was kept under this name, whole; None for nothing."""
        rows: list[tuple[bytes, int]] = self._do(
            lambda db: db.execute("SELECT body, used FROM art WHERE key = ?", (key,)).fetchall(), []
        )
        for body, used in rows:
            try:
                art = zlib.decompress(body)  # it sums up what it unpacks, so that nothing torn gets through
            except (zlib.error, TypeError):
                return None  # made anew, it is written over this
            if used != _today():
                self._later(lambda: self._do(partial(_use, key), None))
            return art
        return None

    def put(self, key: bytes, pack: Callable[[], bytes]) -> None:
        """Keep this soon, packed by the thread that writes."""

        def keep() -> None:
            body = zlib.compress(pack(), 1)
            self._do(lambda db: self._keep(db, key, body), None)

        self._later(keep)

    def _keep(self, db: sqlite3.Connection, key: bytes, body: bytes) -> None:
        row = key, _today(), len(body), body
        db.execute("INSERT OR REPLACE INTO art (key, used, size, body) VALUES (?, ?, ?, ?)", row)
        [(held,)] = db.execute("SELECT sum(size) FROM art").fetchall()
        if held > self._most:
            db.execute(_TOO_MANY, (int(self._most * ROOM),))

    def written(self) -> None:
        """Wait until all is written that was put so far."""
        self._writer.submit(lambda: None).result()

    def close(self) -> None:
        """Let go of the file; what is not written yet is made anew another time."""
        self._writer.shutdown(wait=True, cancel_futures=True)
        with self._turn:
            self._closed = True
            if self._db is not None:
                self._db.close()
                self._db = None

    # ── the file ─────────────────────────────────────────────────────────────────────────────────────────

    def _later(self, work: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # it was closed
            self._writer.submit(work)

    def _do(self, work: Work[T], nothing: T) -> T:
        """Work on the file; `nothing` where that can't be. A file that is torn is begun anew."""
        with self._turn:
            try:
                return self._work(work, nothing)
            except (sqlite3.Error, OSError) as error:
                if not _is_torn(error):
                    log.info("what is ready to draw is not kept: %s", error)
                    return nothing
                log.warning("what is ready to draw is made anew: %s", error)
            try:
                self._begin_anew()
                return self._work(work, nothing)
            except (sqlite3.Error, OSError) as error:
                log.warning("what is ready to draw is not kept: %s", error)
                return nothing

    def _work(self, work: Work[T], nothing: T) -> T:
        if self._closed:
            return nothing
        if self._db is None:
            self._db = self._opened()
        with self._db:
            return work(self._db)

    def _opened(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._file, check_same_thread=False)
        try:
            _make(db)
        except BaseException:
            db.close()
            raise
        return db

    def _begin_anew(self) -> None:
        if self._db is not None:
            with closing(self._db):
                self._db = None
        for end in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + end).unlink(missing_ok=True)


def _make(db: sqlite3.Connection) -> None:
    """The tables, in a file that is empty."""
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    [(number,)] = db.execute("PRAGMA user_version").fetchall()
    [(tables,)] = db.execute("SELECT count(*) FROM sqlite_master").fetchall()
    if not tables:
        db.executescript(_TABLES)
    elif number != _MAKE_NUMBER:
        raise sqlite3.DatabaseError("a file of another make")


def _use(key: bytes, db: sqlite3.Connection) -> None:
    db.execute("UPDATE art SET used = ? WHERE key = ?", (_today(), key))


def _is_torn(error: Exception) -> bool:
    """Whether the file itself is to blame, not the disk or the moment."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.Error) and (code & 0xFF) in _TORN


def _today() -> int:
    return int(time.time() // _DAY)
