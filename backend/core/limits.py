"""How often somebody may try: counted in PostgreSQL, so that all servers of a city count together.

Counted in a transaction of its own, before the work: a refused try counts as well.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.actor import db
from backend.core.clock import now
from backend.core.database import Base, Database
from backend.core.problems import TooMany


class TryRow(Base):
    """How many tries one somebody made in one stretch of time."""

    __tablename__ = "try"

    who: Mapped[str] = mapped_column(primary_key=True)
    """A hash: addresses and e-mails are not kept here."""
    begun_at: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


def count_try(database: Database, what: str, who: str, *, most: int, per: timedelta) -> None:
    """Count one try of ``who`` at ``what``. Raises TooMany once there were more than ``most`` in a stretch."""
    moment = now()
    stretch = per.total_seconds()
    begun = datetime.fromtimestamp(moment.timestamp() // stretch * stretch, moment.tzinfo)
    key = what + ":" + hashlib.sha256(who.encode()).hexdigest()[:32]
    with database.writing() as session:
        count = session.scalar(
            upsert(TryRow)
            .values(who=key, begun_at=begun, count=1)
            .on_conflict_do_update(
                index_elements=[TryRow.who, TryRow.begun_at], set_={"count": TryRow.count + 1}
            )
            .returning(TryRow.count)
        )
        session.commit()
    if count is not None and count > most:
        raise TooMany(max(1, int(begun.timestamp() + stretch - moment.timestamp()) + 1))


def forget_old() -> None:
    """Drop what was counted longer than a day ago."""
    db().execute(delete(TryRow).where(TryRow.begun_at < now() - timedelta(days=1)))
