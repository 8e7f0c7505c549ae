"""What was said, and what waits: one SQLite file per person.

What is seen is what the server said with what still waits laid over it, made at reading. Nothing that somebody
typed is ever out of sight.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from mobile.core import rows
from mobile.core.device.camera import thumbnail_of, write_whole
from mobile.core.file import EVERY, SEEN, PersonFile
from mobile.core.rows import ANSWERED, KEY_LOST, REFUSED, WAITING, Waiting
from mobile.core.sealed import SEALED_PHOTO, UnreadableError
from shared_models.problems import Problem
from shared_models.sync import Changes

__all__ = ["ANSWERED", "DRAFT", "EVERY", "REFUSED", "SEEN", "WAITING", "Seen", "Store", "Waiting"]

DRAFT = "draft:"
"""How the names of small facts begin that were typed and not sent yet."""
DROP_UNHELD = """DELETE FROM thing WHERE NOT EXISTS
    (SELECT 1 FROM member WHERE member.kind = thing.kind AND member.id = thing.id)"""
MOVED = "moved"
"""The audience of what came from a phone without an account, until the account's own feed brings it."""


@dataclass(frozen=True)
class Seen:
    """A thing as it is shown."""

    id: UUID
    value: dict[str, Any]
    waits: bool
    """Something about it has not reached the server yet."""
    refused: Waiting | None
    """The newest change of it that the server refused; kept until the person puts it away."""


class Store(PersonFile):
    """One person's file. Each thread has a connection of its own."""

    # ── what is seen ─────────────────────────────────────────────────────────────────────────────────────

    def view(self, kind: str, mentioning: UUID | None = None) -> list[Seen]:
        """All things of a kind, as they are to be shown; or only those that the server said with this id in them."""
        # A scan, but of one kind and (unless that is sealed) inside SQLite: what it passes over is never read as JSON.
        wanted = f'"{mentioning}"' if mentioning else "{"
        found = self.db().execute(
            "SELECT id, value FROM thing WHERE kind = ? AND (typeof(value) = 'blob' OR instr(value, ?))",
            (kind, wanted),
        )
        values = {id_: json.loads(text) for id_, text in self._opened(kind, found).items() if wanted in text}
        return self._laid_over(values, self._changes(kind))

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
        texts = self._opened(kind, [(str(id_), row[0])] if row else [])
        seen = self._laid_over({key: json.loads(text) for key, text in texts.items()}, changes)
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

    def add(
        self, change: Waiting, photos: Mapping[UUID, Path] | None = None, *then: Waiting, ends: str = ""
    ) -> None:
        """Put a change into the outbox, with its photos, what follows it and the end of its draft: all of it or nothing."""
        files = [(str(id_), str(path)) for id_, path in (photos or {}).items()]
        seal = self._sealing(one.kind for one in (change, *then))
        made = [rows.row_of(seal, one) for one in (change, *then)]
        with self.db() as db:
            db.executemany("INSERT OR IGNORE INTO photo (id, path) VALUES (?, ?)", files)
            db.executemany(rows.ADD, made)
            db.execute("DELETE FROM meta WHERE name = ?", (ends,))
        self._touch(one.kind for one in (change, *then))

    def _changes(self, kind: str) -> list[Waiting]:
        found = self.db().execute("SELECT * FROM waiting WHERE kind = ? ORDER BY n", (kind,))
        return [rows.waiting_of(self._seal, row) for row in found]

    def outbox(self) -> list[Waiting]:
        """Everything that the person asked for and is not settled, oldest first."""
        found = self.db().execute("SELECT * FROM waiting WHERE kind <> ? ORDER BY n", (SEEN,))
        return [rows.waiting_of(self._seal, row) for row in found]

    def waiting(self, kind: str) -> list[Waiting]:
        """What was asked for about things of a kind and is not settled, oldest first."""
        return self._changes(kind)

    def quiet(self) -> list[Waiting]:
        """What is to be sent without a word to the person."""
        return self._changes(SEEN)

    def next_to_send(self) -> Waiting | None:
        """The oldest change of the person's that the server has not answered."""
        sql = "SELECT * FROM waiting WHERE state = 'waiting' AND kind <> ? ORDER BY n LIMIT 1"
        while row := self.db().execute(sql, (SEEN,)).fetchone():
            change = rows.waiting_of(self._seal, row)
            if change.state == WAITING:
                return change
            self.refused(change, KEY_LOST)  # it can't be opened, so not sent either
        return None

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
        seal, text = self._sealing([change.kind]), json.dumps(problem.dump())
        kept = rows.shut(seal, change.kind, text, *rows.place(change.key, "problem"))
        with self.db() as db:
            db.execute("UPDATE waiting SET state = 'refused', problem = ? WHERE n = ?", (kept, change.n))
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
        seal = self._sealing(one.kind for one in told)
        things = [
            (
                kind,
                id_,
                rows.shut(seal, kind, json.dumps(one.value, separators=(",", ":")), "thing", kind, id_),
            )
            for one, (_, kind, id_) in zip(told, members, strict=True)
        ]
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
        begun = other.db().execute("SELECT name FROM meta WHERE name LIKE ?", (f"{DRAFT}%",)).fetchall()
        drafts = {name: other.get(name) for (name,) in begun}
        kinds = [kind for (kind,) in other.db().execute("SELECT DISTINCT kind FROM thing")]
        found = {kind: other.things(kind) for kind in kinds}
        changes = other.db().execute("SELECT * FROM waiting ORDER BY state <> 'answered', n").fetchall()
        photos = other.db().execute("SELECT id, path, sent FROM photo").fetchall()
        self._reseal(other, [Path(path) for _, path, _ in photos])
        seal = self._sealing([*kinds, *(row[rows.COLUMNS.index("kind")] for row in changes)])
        things = [
            (kind, id_, rows.shut(seal, kind, text, "thing", kind, id_))
            for kind, texts in found.items()
            for id_, text in texts.items()
        ]
        for name, text in drafts.items():
            if text and not self.get(name):
                self.set(name, text)
        with self.db() as db:
            db.executemany("INSERT OR IGNORE INTO thing VALUES (?, ?, ?)", things)
            db.executemany(
                "INSERT OR IGNORE INTO member VALUES (?, ?, ?, 0)", [(MOVED, k, i) for k, i, _ in things]
            )
            db.executemany("INSERT OR IGNORE INTO photo VALUES (?, ?, ?)", photos)
            pull = int((db.execute("SELECT value FROM meta WHERE name = 'pull'").fetchone() or (0,))[0])
            db.executemany(
                rows.ADD_ALL,
                [rows.moved_row(other._seal, seal, row, pull) for row in changes],  # noqa: SLF001 - it is one of us
            )
        self._touch()

    def _reseal(self, other: "Store", files: Iterable[Path]) -> None:
        """Shut the photos that another store sealed by our own key; those that are ours already stay."""
        for file in (each for photo in files for each in (photo, thumbnail_of(photo))):
            if file.suffix != SEALED_PHOTO:
                continue
            with suppress(FileNotFoundError, UnreadableError):
                picture = other.open_photo(file)
                write_whole(file, self.shut_photo(picture, file.name))

    def things(self, kind: str) -> dict[str, str]:
        """Id → value of all things of a kind as the server said them: JSON, with nothing laid over."""
        return self._opened(kind, self.db().execute("SELECT id, value FROM thing WHERE kind = ?", (kind,)))
