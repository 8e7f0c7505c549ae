"""How workers take rows of a queue: each row by one worker at a time, and back again if that one dies.

Both queues of the house (the ledger's deliveries and the notifications' endpoints) are tables with
``state, due_at, leased_until, tries``; this is the one place that says what these mean.
"""

import random
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from backend.core.actor import db
from backend.core.clock import now
from backend.core.database import Base
from shared_models.wire import WireEnum


class QueueState(WireEnum):
    """Where a row of a queue stands."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    GONE = "gone"
    SPARED = "spared"
    """No longer needed: it was seen, or something newer says it."""
    RESTING = "resting"
    """Tried often enough; an operator has to look."""


class Queued:
    """The columns that make a table a queue."""

    state: Mapped[str] = mapped_column(
        default=QueueState.QUEUED.value, server_default=QueueState.QUEUED.value
    )
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    why: Mapped[str] = mapped_column(default="", server_default="")


Queue = TypeVar("Queue", bound=Base)


def claim(
    table: type[Queue],
    *where: ColumnElement[bool],
    order: tuple[Any, ...],
    most: int,
    lease: timedelta,
) -> list[Queue]:
    """Take up to ``most`` rows that are due, for the time of ``lease``; rows of a dead worker come back.

    Rows that another worker looks at are passed over. Each taken row has one try more. Call it in a
    transaction of its own and commit before the work begins: no transaction is open during a call outside.
    """
    moment = now()
    columns: Any = table
    identity: InstrumentedAttribute[Any] = columns.id
    ready = or_(
        (columns.state == QueueState.QUEUED.value) & (columns.due_at <= moment),
        (columns.state == QueueState.LEASED.value) & (columns.leased_until < moment),
    )
    # Looked for once, apart: a subquery may be run again for each row, and then finds more than ``most``.
    found = (
        select(identity)
        .where(ready, *where)
        .order_by(*order)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("found")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    taken = db().scalars(
        update(table)
        .where(identity.in_(select(found.c.id)))
        .values(state=QueueState.LEASED.value, leased_until=moment + lease, tries=columns.tries + 1)
        .returning(table)
        .execution_options(synchronize_session=False)
    )
    rows: list[Any] = list(taken)
    return sorted(rows, key=lambda row: row.id)


def retry_at(tries: int, *, first: float = 2.0, most: float = 3600.0) -> datetime:
    """When to try again after this many tries: doubling pauses (seconds), a little apart from one another."""
    pause = min(most, first * 2 ** min(max(0, tries - 1), 60))
    return now() + timedelta(seconds=pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, guards nothing
