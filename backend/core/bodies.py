"""What callers send, read before any transaction opens: whole, bounded, and with places left for the others.

Whoever sends slowly holds a thread of the server until the last byte is there. So only some of the threads read
bodies at a time, and of these only a few for one address: the others go on answering, everybody else goes on sending.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from backend.core.problems import ProblemError, TooMany

AT_ONCE = 12
"""Bodies that one process reads at a time; the server has a few threads more than that (backend/run)."""
FROM_ONE = 6
"""Those of one address among them: an office that shares one sends that many slow photos at a time."""
PATIENCE = 0.5
"""Seconds that a caller waits for a place: bodies that are there already are read in far less."""

_changed = threading.Condition()
_reading: Counter[str] = Counter()


def whole_body(address: str) -> bytes:
    """What was sent, kept for whoever asks the request for it again.

    Raises TooMany where the address (or everybody together) has too many under way, ``malformed`` for a body that
    was cut short on its way: a part of a photo must not pass for the photo.
    """
    length = request.content_length or 0
    if not length:
        return request.get_data(cache=True)
    with _place(address):
        data = request.get_data(cache=True)
    if len(data) < length:
        raise ProblemError("malformed", "Less arrived than was announced. Send it again.")
    return data


@contextmanager
def _place(address: str) -> Iterator[None]:
    def free() -> bool:
        return _reading[address] < FROM_ONE and _reading.total() < AT_ONCE

    with _changed:
        if not _changed.wait_for(free, PATIENCE):
            raise TooMany(1)
        _reading[address] += 1
    try:
        yield
    finally:
        with _changed:
            _reading[address] -= 1
            if not _reading[address]:
                del _reading[address]
            _changed.notify_all()
