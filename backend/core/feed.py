"""Feeds: per audience, a numbered list of what changed; the phone follows it.

An audience is one person or a named group with one counter for all its members. A line says *that* a thing
changed, never *what*: the pull loads it as the person may see it then, so what they may no longer see comes
back as null. That is deletion, un-assignment and revoked rights in one rule.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Select, delete, func, literal, select, text, union_all, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import prepared
from backend.core.actor import Actor, context, db
from backend.core.clock import now
from backend.core.database import Base
from backend.core.problems import Invalid
from backend.core.ready import texts_by_id
from shared_models.problems import FieldError
from shared_models.sync import Pull
from shared_models.wire import Wire


class AudienceRow(Base):
    """One audience: how far its feed has come, and how often it began anew."""

    __tablename__ = "audience"

    name: Mapped[str] = mapped_column(primary_key=True)
    counter: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[int] = mapped_column(server_default="1")


class FeedLineRow(Base):
    """The newest line about one thing for one audience."""

    __tablename__ = "feed_line"
    __table_args__ = (Index(None, "audience", "n"),)

    audience: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True)
class Feed:
    """How a domain shows one kind of thing in feeds."""

    wire: type[Wire]
    query: Callable[[Actor], Select[Any]]
    """The things of this kind that the person may hold on a phone now."""


def person(id_: UUID) -> str:
    """The audience of one person."""
    return f"person:{id_}"


def department(code: str) -> str:
    """The audience of those who work a department's requests."""
    return f"dept:{code}"


EVERYWHERE = "staff:requests"
"""The audience of those who work the requests of all departments."""


THINGS = "staff:assets"
"""The audience of those who may know of the things of all departments."""


def things(code: str) -> str:
    """The audience of those who may know of a department's things."""
    return f"assets:{code}"


SPEAKERS = "staff:alerts"
"""The audience of those who write alerts."""

EVERYBODY = "everybody"
"""Who is woken when the city says something to all. No feed: what all read is one GET (``/v1/alerts/``)."""


def touch(audiences: Collection[str], kind: str, id_: UUID) -> None:
    """Let the phones of these audiences know that something of theirs changed.

    The gate writes what was touched as the last statement of the transaction, audiences in one fixed order,
    so two actions that touch the same ones can't wait for each other for ever, and an audience's counter is
    held for no longer than the commit takes. The row lock makes number order equal commit order: a cursor
    never jumps over a change that commits late.
    """
    for audience in audiences:
        context().touched[audience, kind, id_] = None


def wake(audience: str) -> None:
    """Let the phones of this audience pull now, with no line in its feed: who they are may have changed."""
    context().woken.add(audience)


def write_touched() -> None:
    """Write what was touched to the feeds, and announce to the stream whom it concerns.

    The gate (and the worker) call it just before the commit. PostgreSQL hands out announcements with the commit, so
    nobody is told of what is rolled back. Announcing takes a lock of the whole database until the commit is on disk:
    being the last statement keeps that short (`make bench` shows what it costs).
    """
    lines, woken = context().touched, context().woken
    if lines or woken:
        counts: Counter[str] = Counter()
        behind = []  # how many of its audience's lines stand behind each
        for audience, _, _ in reversed(lines):
            behind.append(counts[audience])
            counts[audience] += 1
        names = sorted(counts)
        prepared.run_last(
            _TOUCH,
            names=names,
            counts=[counts[name] for name in names],
            audiences=[audience for audience, _, _ in lines],
            kinds=[kind for _, kind, _ in lines],
            ids=[id_ for _, _, id_ in lines],
            behind=behind[::-1],
            told=announcements({*counts, *woken}),
        )
        lines.clear()
        woken.clear()


CHANNEL = "westu_feed"
"""Where PostgreSQL announces, at each commit, the audiences that were touched."""
MOST_BYTES = 7900
"""PostgreSQL takes less than 8000 bytes in one announcement."""


def announcements(audiences: Collection[str]) -> list[str]:
    """The names of these audiences, by spaces, in as few announcements as take them."""
    told: list[str] = []
    for name in sorted(audiences):
        if told and len(told[-1].encode()) + 1 + len(name.encode()) <= MOST_BYTES:
            told[-1] += " " + name
        else:
            told.append(name)
    return told


_TOUCH = text("""
    WITH counted AS (
        INSERT INTO audience (name, counter)
        SELECT * FROM unnest(CAST(:names AS text[]), CAST(:counts AS bigint[]))
        ON CONFLICT (name) DO UPDATE SET counter = audience.counter + excluded.counter
        RETURNING name, counter
    ), written AS (
        INSERT INTO feed_line (audience, kind, id, n)
        SELECT name, kind, id, counter - behind
        FROM unnest(
            CAST(:audiences AS text[]), CAST(:kinds AS text[]), CAST(:ids AS uuid[]), CAST(:behind AS bigint[])
        ) AS line(audience, kind, id, behind) JOIN counted ON name = audience
        ON CONFLICT (audience, kind, id) DO UPDATE SET n = excluded.n
    )
    SELECT pg_notify('westu_feed', names) FROM unnest(CAST(:told AS text[])) AS names
""")


def restart(audience: str, things: Mapping[str, Select[UUID]]) -> None:
    """Begin an audience's feed anew after a bulk action: its phones pull it whole.

    ``things`` are, by kind, those that the bulk action made or changed and that belong on phones. Call it last,
    and for audiences in name order, as ``touch`` does. Each line gets a number of its own: pages end between two.
    """
    fresh = union_all(
        *(
            select(literal(kind).label("kind"), query.subquery().c[0].label("id"))
            for kind, query in things.items()
        )
    ).subquery()
    wake(audience)
    # There first, with the epoch that new audiences have (which a restore raises), so that it can be raised by one.
    db().execute(upsert(AudienceRow).values(name=audience, counter=0).on_conflict_do_nothing())
    count = select(func.count()).select_from(fresh).scalar_subquery()
    counter = db().scalar(
        update(AudienceRow)
        .where(AudienceRow.name == audience)
        .values(counter=AudienceRow.counter + count, epoch=AudienceRow.epoch + 1)
        .returning(AudienceRow.counter)
    )
    number = literal(counter) + 1 - func.row_number().over()
    lines = upsert(FeedLineRow).from_select(
        ["audience", "kind", "id", "n"],
        select(literal(audience), fresh.c.kind, fresh.c.id, number),
    )
    db().execute(
        lines.on_conflict_do_update(
            index_elements=[FeedLineRow.audience, FeedLineRow.kind, FeedLineRow.id],
            set_={"n": lines.excluded.n},
        )
    )


def forget(kind: str, ids: Select[UUID]) -> None:
    """Drop the lines about things that left every phone long ago (see OLDEST_CURSOR)."""
    db().execute(delete(FeedLineRow).where(FeedLineRow.kind == kind, FeedLineRow.id.in_(ids)))


def move(from_id: UUID, to_id: UUID) -> None:
    """Let everything in one person's feed be told to another, and to the first that it is gone."""
    lines = (
        db()
        .execute(select(FeedLineRow.kind, FeedLineRow.id).where(FeedLineRow.audience == person(from_id)))
        .all()
    )
    for line in lines:
        touch({person(from_id), person(to_id)}, line.kind, line.id)


Cursor = dict[str, tuple[int, int]]


OLDEST_CURSOR = timedelta(days=90)
"""A phone that was away for longer begins anew: lines about what left its feeds may be gone by then."""


def read_cursor(words: str) -> tuple[Cursor, bool]:
    """What the phone has: audience → (epoch, number), and whether it is too old to go on from.

    Raises Invalid for what we did not write.
    """
    if not words:
        return {}, False
    try:
        plain = json.loads(base64.urlsafe_b64decode(words.encode()))
        made = datetime.fromtimestamp(int(plain["at"]), UTC)
        cursor = {
            str(name): (_counted(epoch, 2**31), _counted(n, 2**63))
            for name, (epoch, n) in plain["had"].items()
        }
        return cursor, made < now() - OLDEST_CURSOR
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
        raise Invalid(FieldError(pointer="?cursor", detail="Not a cursor of ours.")) from None


def _counted(value: object, end: int) -> int:
    if type(value) is not int or not 0 <= value < end:
        raise ValueError
    return value


def write_cursor(cursor: Cursor) -> str:
    """The cursor as one opaque word."""
    plain = {"at": int(now().timestamp()), "had": cursor}
    return base64.urlsafe_b64encode(
        json.dumps(plain, separators=(",", ":"), sort_keys=True).encode()
    ).decode()


def changes_since(actor: Actor, audiences: Iterable[str], wanted: Pull, feeds: Mapping[str, Feed]) -> str:
    """The JSON text of ``Changes``: what changed for these audiences after the cursor, as the actor may see it."""
    had, too_old = read_cursor(wanted.cursor)
    names = sorted(set(audiences))
    news = prepared.run_here(
        _NEWS,
        names=names,
        epochs=[had[name][0] if name in had else None for name in names],
        numbers=[had[name][1] if name in had else 0 for name in names],
        too_old=too_old,
        most=wanted.limit + 1,
        rows=wanted.limit + 1 + len(names),
    )
    # An audience that the page has no room for keeps its place: the next page tells of it, and whether it began anew
    # (no epoch is 0: of a cursor that is too old each of them does).
    cursor: Cursor = {name: (0, 0) if too_old else had[name] for name in names if name in had}
    lines: list[tuple[str, str, UUID]] = []
    restarted, more = [], False
    for name, epoch, began_anew, after, kind, id_, n in news:
        if kind is not None and len(lines) == wanted.limit:
            more = True
            break
        if began_anew and name not in restarted:
            restarted.append(name)
        cursor[name] = (epoch, after if kind is None else n)
        if kind is not None:
            lines.append((name, kind, id_))
    rest = {
        "cursor": write_cursor(cursor),
        "more": more,
        "dropped": sorted(set(had) - set(names)),
        "restarted": restarted,
    }
    return f'{{"changes":[{",".join(_change_texts(actor, lines, feeds))}],{json.dumps(rest)[1:]}'


# A number ahead of ours comes from before a backup was restored: what it stood for is gone.
_NEWS = text("""
    WITH asked AS (
        SELECT name, coalesce(audience.epoch, 1) AS epoch, had.n,
               coalesce(:too_old OR had.epoch <> coalesce(audience.epoch, 1) OR had.n > coalesce(audience.counter, 0), false) AS anew
        FROM unnest(CAST(:names AS text[]), CAST(:epochs AS integer[]), CAST(:numbers AS bigint[])) AS had(name, epoch, n)
        LEFT JOIN audience USING (name)
    )
    SELECT asked.name, asked.epoch, anew, CASE WHEN anew THEN 0 ELSE asked.n END, line.kind, line.id, line.n
    FROM asked LEFT JOIN LATERAL (
        SELECT kind, id, n FROM feed_line
        WHERE audience = asked.name AND n > CASE WHEN anew THEN 0 ELSE asked.n END ORDER BY n LIMIT :most
    ) AS line ON true
    ORDER BY asked.name, line.n LIMIT :rows
""")


def _change_texts(
    actor: Actor, lines: Collection[tuple[str, str, UUID]], feeds: Mapping[str, Feed]
) -> Iterable[str]:
    ids = {kind: [id_ for _, its, id_ in lines if its == kind] for kind in {kind for _, kind, _ in lines}}
    kinds = [kind for kind in feeds if kind in ids]
    wanted = [(feeds[kind].query(actor), feeds[kind].wire, ids[kind]) for kind in kinds]
    values = dict(zip(kinds, texts_by_id(wanted), strict=True))
    for audience, kind, id_ in lines:
        value = values.get(kind, {}).get(id_, "null")
        yield f'{{"audience":{json.dumps(audience)},"kind":"{kind}","id":"{id_}","value":{value}}}'
