"""Idempotency keys: the same request sent again gets the first answer and does nothing twice.

The insert is the whole lock. Whoever comes second waits for the first; if the first fails, its key goes with
its transaction and the second does the work. Kept 90 days, longer than any phone is without signal.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, delete, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import prepared
from backend.core.actor import db
from backend.core.clock import now
from backend.core.database import Base
from backend.core.problems import Refused

KEPT = timedelta(days=90)

__all__ = ["Answer", "OnceRow", "claim", "fingerprint", "forget_old", "keep", "move"]


class OnceRow(Base):
    """One key of one person, and what was answered."""

    __tablename__ = "once"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Answer:
    """What went back the first time."""

    status: int
    body: bytes


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What makes two requests the same one."""
    return hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).digest()


def claim(person_id: UUID, key: str, print_: bytes) -> Answer | None:
    """Take this key, or get the answer that was given before.

    Raises Refused("key-reused") if the key was used for another request.
    """
    taken = prepared.run_here(_CLAIM, person_id=person_id, key=key, fingerprint=print_, at=now())
    if taken:
        return None
    known = (
        db()
        .execute(
            select(OnceRow.fingerprint, OnceRow.status, OnceRow.body).where(
                OnceRow.person_id == person_id, OnceRow.key == key
            )
        )
        .one()
    )
    if known.fingerprint != print_ or known.status is None:
        words = "This Idempotency-Key came before with another request."
        raise Refused("key-reused", words, at="header:Idempotency-Key")
    return Answer(known.status, known.body or b"")


def presume_new(person_id: UUID, key: str, print_: bytes) -> None:
    """Go on as if this key came never before; the next statement takes it along (``prepared.settle``)."""
    prepared.presume(_CLAIM, [(key,)], person_id=person_id, key=key, fingerprint=print_, at=now())


_CLAIM = text("""
    INSERT INTO once (person_id, key, fingerprint, at) VALUES (:person_id, :key, :fingerprint, :at)
    ON CONFLICT DO NOTHING RETURNING key
""")
_KEEP = text("""
    UPDATE once SET status = :status, body = :body WHERE person_id = :person_id AND key = :key
""")


def keep(person_id: UUID, key: str, answer: Answer) -> None:
    """Keep the answer beside its key, in the transaction of the effect."""
    prepared.run_last(_KEEP, person_id=person_id, key=key, status=answer.status, body=answer.body)


def move(from_id: UUID, to_id: UUID) -> None:
    """Give one person's keys to another, so that what was sent before a sign-in is not done again after it."""
    known = select(OnceRow.key).where(OnceRow.person_id == to_id)
    db().execute(
        update(OnceRow).where(OnceRow.person_id == from_id, OnceRow.key.not_in(known)).values(person_id=to_id)
    )


def forget_old() -> None:
    """Drop keys that no phone can still hold."""
    db().execute(delete(OnceRow).where(OnceRow.at < now() - KEPT))
