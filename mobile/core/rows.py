"""The tables of a store, and what stands in them: as it is, or sealed where its kind is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from mobile.core.sealed import SEALED, Seal, UnreadableError
from shared_models.problems import Problem

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
COLUMNS = (
    "n", "key", "method", "path", "body", "kind", "about", "meanwhile", "photos", "state", "problem", "answered_in", "made_at",
)  # fmt: skip
ADD = """INSERT INTO waiting (key, method, path, body, kind, about, meanwhile, photos, made_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
ADD_ALL = f"INSERT OR IGNORE INTO waiting ({', '.join(COLUMNS[1:])}) VALUES ({', '.join('?' * 12)})"  # noqa: S608 - names of our own
WORDS = ("body", "meanwhile", "problem")
"""The columns of a change in which words stand."""
WAITING, ANSWERED, REFUSED = "waiting", "answered", "refused"
KEY_LOST = Problem(type="key-lost", title="", status=410)
"""What the phone itself says of a change that was sealed with a key that is lost."""


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


def place(change_key: str, column: str) -> tuple[str, str, str]:
    """Where a word of a change stands, for the seal."""
    return "waiting", change_key, column


def shut(seal: Seal, kind: str, text: str, *where: str) -> str | bytes:
    """This text as it is kept: sealed, if its kind is. There must be a key then."""
    return seal.shut(text, *where) if kind in SEALED and text else text


def opened(seal: Seal, kept: str | bytes, *where: str) -> str:
    """What was kept. Raises UnreadableError."""
    return kept if isinstance(kept, str) else seal.open(kept, *where)


def row_of(seal: Seal, change: Waiting) -> tuple[Any, ...]:
    """The values for `ADD`."""
    body, meanwhile = (
        shut(seal, change.kind, json.dumps(words), *place(change.key, column))
        for column, words in (("body", change.body), ("meanwhile", change.meanwhile))
    )
    return (
        change.key, change.method, change.path, body, change.kind, str(change.about), meanwhile,
        json.dumps([str(id_) for id_ in change.photos]), change.made_at,
    )  # fmt: skip


def waiting_of(seal: Seal, row: tuple[Any, ...]) -> Waiting:
    """A row as a change. One that can't be opened any more is refused, for that reason; what it was of is still known."""
    values = dict(zip(COLUMNS, row, strict=True))
    del values["answered_in"]
    try:
        words = {name: opened(seal, values[name], *place(values["key"], name)) for name in WORDS}
    except UnreadableError:
        words = {"body": "{}", "meanwhile": "{}", "problem": json.dumps(KEY_LOST.dump())}
        if values["state"] != ANSWERED:
            values["state"] = REFUSED
    return Waiting(
        **values
        | {name: json.loads(words[name]) for name in ("body", "meanwhile")}
        | {
            "about": UUID(values["about"]),
            "photos": tuple(UUID(id_) for id_ in json.loads(values["photos"])),
            "problem": Problem.read(json.loads(words["problem"])) if words["problem"] else None,
        }
    )


def moved_row(old: Seal, new: Seal, row: tuple[Any, ...], pull: int) -> list[Any]:
    """A row of another store's outbox, for `ADD_ALL` here. What can't be opened stays as it is, and is told."""
    values = dict(zip(COLUMNS, row, strict=True))
    for name in WORDS:
        where = place(values["key"], name)
        if isinstance(values[name], bytes):
            try:
                values[name] = new.shut(old.open(values[name], *where), *where)
            except UnreadableError:
                continue
    if values["answered_in"] is not None:
        values["answered_in"] = pull
    return [values[name] for name in COLUMNS[1:]]
