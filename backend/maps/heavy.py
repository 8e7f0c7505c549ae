"""What may take PostgreSQL long: each statement of it ends after a while, and few are under way at a time.

A caller who leaves stops nothing: the statement would go on. And whoever asks again and again must not take all
connections and processors from a city that is in a hurry. So what is too large a question is refused, by name.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError

from backend.core.actor import context
from backend.core.problems import ProblemError, TooMany

MOST_SECONDS = 5.0
"""That PostgreSQL works on one statement of a question."""
OF_A_FILE = 120.0
"""The same of a file to take away: it is written meanwhile."""
AT_ONCE = 2
"""Questions that one process has under way: each takes a processor of PostgreSQL's."""
WAITING = 4
"""Callers who wait for their turn besides: each holds a connection."""

_turns = threading.BoundedSemaphore(AT_ONCE)
_callers = threading.BoundedSemaphore(AT_ONCE + WAITING)


@contextmanager
def in_turn() -> Iterator[None]:
    """Around a question: it has its turn, and each statement of it its bound. Raises TooMany, ProblemError("too-large")."""
    if not _callers.acquire(blocking=False):
        raise TooMany(int(MOST_SECONDS))
    try:
        if not _turns.acquire(timeout=MOST_SECONDS):
            raise TooMany(int(MOST_SECONDS))
        try:
            with bounded():
                yield
        finally:
            _turns.release()
    finally:
        _callers.release()


@contextmanager
def bounded(seconds: float | None = None) -> Iterator[None]:
    """Around statements: PostgreSQL ends each after so many seconds. Raises ProblemError("too-large") for one that it ended.

    The bound is of this transaction alone (of a savepoint, where there is a transaction already): a connection never
    goes back to its pool with it.
    """
    seconds = MOST_SECONDS if seconds is None else seconds
    context().flush()
    raw: Any = context().connection.connection.driver_connection  # psycopg's own
    try:
        with raw.transaction():
            [before] = raw.execute(_BEFORE).fetchone()
            raw.execute(_SET, [f"{max(1, round(seconds * 1000))}ms"])
            yield
            raw.execute(_SET, [before])
    except psycopg.errors.QueryCanceled:
        raise too_large(seconds) from None
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.QueryCanceled):
            raise too_large(seconds) from None
        raise


_BEFORE = "SELECT current_setting('statement_timeout')"
_SET = "SELECT set_config('statement_timeout', %s, true)"


def too_large(seconds: float) -> ProblemError:
    """What is told of a question that takes longer."""
    words = f"Too large a question: it takes longer than {seconds:g} s. Narrow it: a filter, fewer metres, another layer."
    return ProblemError("too-large", words)
