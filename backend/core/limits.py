"""How often somebody may try: counted in PostgreSQL, so that all servers of a city count together.

Counted in a transaction of its own, so that it stays when the work is rolled back. Either each try counts, before the
work (``count_try``), or only those that failed (``refuse_used_up`` before the work, ``count_failure`` after it).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import prepared
from backend.core.actor import context_or_none, db
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


@dataclass(frozen=True)
class Limit:
    """At most ``most`` tries of ``who`` at ``what`` in each stretch of time as long as ``per``."""

    what: str
    who: str
    most: int
    per: timedelta

    @property
    def key(self) -> str:
        """What it is counted under: nobody can be read from it."""
        return self.what + ":" + hashlib.sha256(self.who.encode()).hexdigest()[:32]

    def begun(self, moment: datetime) -> datetime:
        """When the stretch of this moment began; the same on all servers."""
        length = self.per.total_seconds()
        return datetime.fromtimestamp(moment.timestamp() // length * length, moment.tzinfo)

    def wait(self, moment: datetime) -> int:
        """Seconds until the next stretch, at least one."""
        return max(1, int((self.begun(moment) + self.per - moment).total_seconds()) + 1)


def count_try(database: Database, what: str, who: str, *, most: int, per: timedelta) -> None:
    """Count one try of ``who`` at ``what``. Raises TooMany once there were more than ``most`` in a stretch."""
    count_tries(database, Limit(what, who, most, per))


def count_tries(database: Database, *limits: Limit) -> None:
    """Count one try against each of these limits. Raises TooMany, until the last of them is over, once one is passed."""
    moment = now()
    passed = [
        limit
        for limit, made in zip(limits, count(database, *limits, at=moment), strict=True)
        if made > limit.most
    ]
    if passed:
        raise TooMany(max(limit.wait(moment) for limit in passed))


def count_failure(database: Database, *limits: Limit) -> None:
    """Count one failure against each of these limits, which differ in ``what``; refuses nothing."""
    count(database, *limits, at=now())


def count(database: Database, *limits: Limit, at: datetime) -> list[int]:
    """Count one for each limit, all in one transaction of its own; gives how many there are by now."""
    if context_or_none():
        prepared.settle()  # nobody's try is counted twice because they are somebody else by now
    keys, beguns = [limit.key for limit in limits], [limit.begun(at) for limit in limits]
    with database.alone() as connection:
        counts = dict(prepared.run(connection, _COUNT, whos=keys, beguns=beguns))
    return [counts[limit.key] for limit in limits]


# In the order of their keys: two tries that count against the same limits can't wait for each other for ever.
_COUNT = text("""
    INSERT INTO try (who, begun_at, count)
    SELECT who, begun_at, 1
    FROM unnest(CAST(:whos AS text[]), CAST(:beguns AS timestamptz[])) AS tried(who, begun_at) ORDER BY who
    ON CONFLICT (who, begun_at) DO UPDATE SET count = try.count + 1
    RETURNING who, count
""")


def one_at_a_time(limit: Limit) -> None:
    """Raise TooMany while another try against this limit is under way: of many at once one is looked at.

    Held until the transaction of the work ends. So a limit of failures can't be overshot.
    """
    [(alone,)] = prepared.run_here(_ALONE, key=limit.key)
    if not alone:
        raise TooMany(1)


_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))")


def refuse_used_up(*limits: Limit) -> None:
    """Raise TooMany, until the last of them is over, if any of these limits is used up; counts nothing.

    Tries at the same moment may all pass before the first of them is counted, unless each is alone (``one_at_a_time``).
    """
    moment = now()
    rows = {(limit.key, limit.begun(moment)): limit for limit in limits}
    found = db().execute(
        select(TryRow.who, TryRow.begun_at, TryRow.count).where(
            tuple_(TryRow.who, TryRow.begun_at).in_(list(rows))
        )
    )
    used_up = [limit for who, begun, count in found if count >= (limit := rows[who, begun]).most]
    if used_up:
        raise TooMany(max(limit.wait(moment) for limit in used_up))


def forget_old() -> None:
    """Drop what was counted longer than a day ago."""
    db().execute(delete(TryRow).where(TryRow.begun_at < now() - timedelta(days=1)))
