"""The time. Tests move it; nothing else in the house asks the system."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_moved = timedelta()


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC) + _moved


@contextmanager
def later(by: timedelta) -> Iterator[None]:
    """Let the clock stand this much later (or earlier) for a while."""
    global _moved  # noqa: PLW0603 - one clock for the process, as the system has one
    before = _moved
    _moved = before + by
    try:
        yield
    finally:
        _moved = before
