"""What callers send, read before any transaction opens: whole, bounded, and with places left for the others.

Whoever sends slowly holds a thread of the server until the last byte is there. So only some of the threads read
bodies at a time, and of these only a few for one address: the others go on answering, everybody else goes on sending.
"""

import ipaddress
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from flask import request
from sqlalchemy.util import LRUCache
from webargs.core import missing
from webargs.flaskparser import FlaskParser, is_json_request
from webargs.multidictproxy import MultiDictProxy

from backend.core.filtering import Wanted
from backend.core.problems import ProblemError, TooMany
from shared_models.wire import Wire

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


def caller_address() -> str:
    """Where the call comes from, as the proxies in front of us (settings.proxies) tell it; for counting tries.

    Of an IPv6 address its network of 64 bits: a single household has as many addresses in it as it likes.
    """
    told = request.remote_addr or "unknown"
    try:
        address = ipaddress.ip_address(told.partition("%")[0])
    except ValueError:
        return told
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.IPv6Network((address, 64), strict=False))


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


class Query(MultiDictProxy):
    """What stands behind the ``?``; which names may stand there more than once is looked up once for each schema.

    webargs goes through all fields of the schema for each request: of a list with forty filters, a tenth of the time.
    """

    def _collect_multiple_keys(self, schema: Any) -> set[str]:
        try:
            return _MULTIPLE[schema]
        except KeyError:
            return _MULTIPLE.setdefault(schema, super()._collect_multiple_keys(schema))


_MULTIPLE: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
_READ: LRUCache[Any, Any] = LRUCache(2000)
"""What queries said that were read before, by schema and words."""
SHORT = 300
"""Signs of a query that is kept."""


class Parser(FlaskParser):
    """A filter that nobody knows is a mistake of the caller's, in the query as well as in the body."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs' own way
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": None,
    }

    def parse(self, argmap: Any, req: Any = None, *, location: str | None = None, **more: Any) -> Any:
        """What was said. The same query is read once: what it is read into never changes."""
        words = request.query_string
        if location != "query" or len(words) > SHORT:
            return super().parse(argmap, req, location=location, **more)
        known = argmap, words
        found = _READ.get(known)
        if found is None:
            found = super().parse(argmap, req, location=location, **more)
            if isinstance(found, Wire | Wanted):
                _READ[known] = found
        return found

    def load_querystring(self, req: Any, schema: Any) -> Any:
        """The query, as ``Query`` reads it."""
        return self._makeproxy(req.args, schema, cls=Query)

    def _raw_load_json(self, req: Any) -> Any:
        """The body as plain values; one that says two things under one name says nothing."""
        if not is_json_request(req):
            return missing
        return json.loads(req.get_data(cache=True).decode(), object_pairs_hook=without_doubles)

    def load_json(self, req: Any, schema: Any) -> Any:
        """The body. Python's own limits (nesting, digits of a number) are the caller's mistake as well."""
        try:
            return super().load_json(req, schema)
        except (ValueError, RecursionError):
            raise ProblemError(
                "malformed", "A number is too long, or something is nested too deeply."
            ) from None


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a body. Refuses a name that stands twice: whoever checked it on the way may have read the other one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ProblemError("malformed", f"The field {name[:40]!r} stands twice in one object.")
    return found
