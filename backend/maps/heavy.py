"""What may take PostgreSQL long: each statement of it ends after a while, and few are under way at a time.

A caller who leaves stops nothing: the statement would go on. And whoever asks again and again must not take all
connections and processors from a city that is in a hurry. So what is too large a question is refused, by name.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy.exc import DBAPIError

from backend.core import prepared
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
    here = context()
    here.flush()
    if not here.rechecks:
        prepared.settle()  # what a change presumes is not of the savepoint
    raw: Any = here.connection.connection.driver_connection  # psycopg's own
    begin, done, failed = ALONE if raw.info.transaction_status == TransactionStatus.IDLE else WITHIN
    # (with the words that begin it, so that it costs no statement of its own)
    say(raw, f"{begin}; SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}")
    try:
        if here.rechecks:
            # All that follows sees the moment at which it was so still. Nothing is asked again once it is done: what takes
            # long is not to be done anew.
            prepared.settle()
            here.presumes = here.rechecks = False
        yield
    except BaseException as error:
        if not raw.closed:
            say(raw, failed)
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, psycopg.errors.QueryCanceled):
            raise too_large(seconds) from None
        raise
    say(raw, done)


ALONE = "BEGIN", "COMMIT", "ROLLBACK"
WITHIN = (
    "SAVEPOINT bounded",
    "RELEASE SAVEPOINT bounded; SET LOCAL statement_timeout TO DEFAULT",
    "ROLLBACK TO SAVEPOINT bounded; RELEASE SAVEPOINT bounded",
)
"""How a bound begins, and how it ends, well or not: on a connection that reads, and in a transaction of a change."""


def say(raw: Any, words: str) -> None:
    """Several commands without values in one message."""
    result = raw.pgconn.exec_(words.encode())
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)


def too_large(seconds: float) -> ProblemError:
    """What is told of a question that takes longer."""
    words = f"Too large a question: it takes longer than {seconds:g} s. Narrow it: a filter, fewer metres, another layer."
    return ProblemError("too-large", words)
