"""The ledger: what happened, who did it and when. Append-only; audit trail and work queue at once.

Events hold ids, codes, states and numbers, never names, words, addresses or places of people: they are kept
for ever, and a person's wish to be forgotten must not need the chain to be broken.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import prepared
from backend.core.actor import context, db
from backend.core.claims import Queued
from backend.core.clock import now
from backend.core.database import Base
from shared_models.basics import Code
from shared_models.wire import Wire, instant_text

LEDGER_CHANNEL = "westu_ledger"


class EventRow(Base):
    """One thing that happened. The application may add to this table and read it; nothing else."""

    __tablename__ = "event"
    page_by = "at"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(index=True)
    actor_id: Mapped[UUID | None] = mapped_column(index=True)
    subject_id: Mapped[UUID | None] = mapped_column(index=True)
    fields: Mapped[dict[str, Any]]
    request_id: Mapped[str]


class EventDeliveryRow(Queued, Base):
    """One listener that has still to hear (or has heard) of one event."""

    __tablename__ = "event_delivery"
    __table_args__ = (
        Index(
            "ix_event_delivery_due", "due_at", "id", postgresql_where=text("state IN ('queued', 'leased')")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_seq: Mapped[int] = mapped_column(ForeignKey("event.seq"), index=True)
    listener: Mapped[str]


class SealRow(Base):
    """A link of the chain: the hash over the one before and one event, in the order of sealing."""

    __tablename__ = "seal"

    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_seq: Mapped[int] = mapped_column(ForeignKey("event.seq"), unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Event(Wire):
    """Something that happened, in the past tense. Subclass it in a domain's ``events.py``."""

    subject: ClassVar[str] = ""
    """The field that holds the id of what it happened to."""
    for_the_record: ClassVar[bool] = False
    """True: nobody listens; it is written down and that is all."""

    @classmethod
    def kind(cls) -> str:
        """Its name in the ledger: ``service_requests.request-closed``."""
        domain = cls.__module__.split(".")[-2]
        return domain + "." + re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class Read(Event):
    """Somebody looked at what is only looked at for a reason."""

    subject: ClassVar[str] = "subject_id"
    for_the_record: ClassVar[bool] = True

    what: Code
    subject_id: UUID | None
    """The one thing that was looked at; None for a list."""
    filters: tuple[Code, ...]
    """Names of the filters used, never what was typed into them."""
    count: int


Reaction = Callable[[Any, EventRow], None]

_listeners: dict[str, list[str]] = {}
_reactions: dict[str, tuple[type[Event], Reaction]] = {}


def listen(domain: str, event: type[Event], reaction: Reaction) -> None:
    """Have the worker call ``reaction(event, row)`` for each such event, each time in its own transaction.

    It may be called twice for one event and must not mind.
    """
    listener = f"{domain}:{event.kind()}"
    if listener not in _reactions:
        _listeners.setdefault(event.kind(), []).append(listener)
    _reactions[listener] = (event, reaction)


def record(event: Event) -> UUID:
    """Write down what happened, in the transaction in which it happens: with its commit. Gives the event's id."""
    where = context()
    id_ = uuid.uuid4()
    listeners = _listeners.get(event.kind(), [])
    fields = event.dump()
    values = {
        "id": id_,
        "at": now(),
        "kind": event.kind(),
        "fields": json.dumps(fields),
        "actor": where.actor.id if where.actor else None,
        "subject": getattr(event, event.subject) if event.subject else None,
        "request": where.request_id,
        "listeners": listeners,
    }
    prepared.run_last(_RECORD, **values)
    return id_


_RECORD = text("""
    WITH happened AS (
        INSERT INTO event (id, at, kind, actor_id, subject_id, fields, request_id)
        VALUES (:id, :at, :kind, CAST(:actor AS uuid), CAST(:subject AS uuid), CAST(:fields AS jsonb), :request)
        RETURNING seq
    ), queued AS (
        INSERT INTO event_delivery (event_seq, listener, due_at)
        SELECT seq, listener, :at FROM happened, unnest(CAST(:listeners AS text[])) AS listener
        RETURNING id
    )
    SELECT pg_notify('westu_ledger', '') FROM queued LIMIT 1
""")


def record_all(events: Sequence[Event]) -> None:
    """Write down all of these, in their order: one statement for any number."""
    if len(events) == 1:
        record(events[0])
    elif events:
        where, kinds = context(), sorted({event.kind() for event in events})
        heard = [(kind, listener) for kind in kinds for listener in _listeners.get(kind, [])]
        prepared.run_last(
            _RECORD_ALL,
            ids=[uuid.uuid4() for _ in events],
            kinds=[event.kind() for event in events],
            subjects=[getattr(event, event.subject) if event.subject else None for event in events],
            fields=[json.dumps(event.dump()) for event in events],
            at=now(),
            actor=where.actor.id if where.actor else None,
            request=where.request_id,
            heard=[kind for kind, _ in heard],
            listeners=[listener for _, listener in heard],
        )


_RECORD_ALL = text("""
    WITH happened AS (
        INSERT INTO event (id, at, kind, actor_id, subject_id, fields, request_id)
        SELECT id, :at, kind, CAST(:actor AS uuid), subject, CAST(fields AS jsonb), :request
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:subjects AS uuid[]), CAST(:fields AS text[])
        ) WITH ORDINALITY AS told(id, kind, subject, fields, place) ORDER BY place
        RETURNING seq, kind
    ), queued AS (
        INSERT INTO event_delivery (event_seq, listener, due_at)
        SELECT seq, listener, :at FROM happened
        JOIN unnest(CAST(:heard AS text[]), CAST(:listeners AS text[])) AS heard(kind, listener) USING (kind)
        RETURNING id
    )
    SELECT pg_notify('westu_ledger', '') FROM queued LIMIT 1
""")


def deliver(delivery: EventDeliveryRow) -> None:
    """Tell one listener of one event, inside the worker's transaction."""
    row = db().get_one(EventRow, delivery.event_seq)
    kind, reaction = _reactions[delivery.listener]
    reaction(kind.read(row.fields), row)


def known_listeners() -> Iterable[str]:
    """All listeners that this process can serve."""
    return _reactions.keys()


def known_kinds() -> set[str]:
    """The kinds of all events that this process can write down."""
    found, look = set(), [Event]
    while look:
        for kind in look.pop().__subclasses__():
            found.add(kind.kind())
            look.append(kind)
    return found


def seal(most: int = 1000) -> int:
    """Link up to ``most`` committed events into the chain; gives how many. One worker at a time."""
    if not db().scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('westu.seal'))")):
        return 0
    last = db().execute(select(SealRow.n, SealRow.hash).order_by(SealRow.n.desc()).limit(1)).one_or_none()
    n, link = (last.n, last.hash) if last else (0, b"")
    fresh = (
        db()
        .scalars(
            select(EventRow)
            .outerjoin(SealRow, SealRow.event_seq == EventRow.seq)
            .where(SealRow.n.is_(None))
            .order_by(EventRow.seq)
            .limit(most)
        )
        .all()
    )
    links = []
    for row in fresh:
        n, link = n + 1, chain(link, row)
        links.append({"n": n, "event_seq": row.seq, "hash": link})
    if links:
        db().execute(upsert(SealRow), links)
    return len(links)


def chain(before: bytes, row: EventRow) -> bytes:
    """The hash of one event behind those before it: SHA-256 over its canonical JSON."""
    plain = {
        "seq": row.seq,
        "id": str(row.id),
        "at": instant_text(row.at),
        "kind": row.kind,
        "actor": str(row.actor_id) if row.actor_id else None,
        "subject": str(row.subject_id) if row.subject_id else None,
        "fields": row.fields,
        "request": row.request_id,
    }
    canonical = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(before + canonical.encode()).digest()


def first_broken(most: int = 1000) -> int | None:
    """The number of the first link that does not hold, or None: the whole chain is sound.

    Read ``most`` links at a time, so that a long chain takes little room and a GET can check it too.
    """
    link, n = b"", 0
    links = (
        select(SealRow, EventRow).outerjoin(EventRow, EventRow.seq == SealRow.event_seq).order_by(SealRow.n)
    )
    while rows := db().execute(links.where(SealRow.n > n).limit(most)).all():
        for sealed, row in rows:
            n += 1
            if sealed.n != n or row is None or chain(link, row) != sealed.hash:
                return n
            link = sealed.hash
    return None


def oldest_waiting() -> datetime | None:
    """When the delivery that waits longest was due; None if nothing waits."""
    waits = EventDeliveryRow.state.in_(["queued", "leased"])
    return db().scalar(select(func.min(EventDeliveryRow.due_at)).where(waits))
