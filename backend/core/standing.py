"""Answers that stand: given again as they are, while all that they rest on is so.

An answer that was made of nothing but what the gate presumed (who asks, the state of a layer) is the same for the same
request until one of these changes. To ask PostgreSQL whether one has costs one message; to find the route, read the
request and make the answer anew costs thrice that. So this is a cache in front of Flask that asks each time before it
gives (RFC 9111 §4.3), and knows its answers by what they vary by (§4.1).
"""

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import psycopg
from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from backend.core import metrics
from backend.core.actor import Presumed, context
from backend.core.house import House
from backend.core.log import say
from backend.core.problems import ProblemError
from shared_models.sync import WIRE_HEADER

Key = tuple[str | None, ...]

VARIES = frozenset({"accept-encoding", "authorization"})
"""What an answer may vary by, beside its address, to be kept."""
LOOKED_AT = (
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_AUTHORIZATION",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_IF_NONE_MATCH",
    f"HTTP_{WIRE_HEADER.upper().replace('-', '_')}",
)
AROUND = 2000
"""Bytes that an answer takes beside its body and its key."""
LONGEST = 8000
"""What both may come to, in bytes (WSGI holds each in a sign): anybody can send long headers."""
REQUEST_ID = "Request-Id"


@dataclass(frozen=True)
class Answer:
    """One that stands."""

    status: str
    headers: Sequence[tuple[str, str]]
    """But for the number of its request."""
    body: bytes
    route: str
    rests: Sequence[Presumed]


def key_of(environ: dict[str, Any]) -> Key | None:
    """What the answer to a request depends on; None where it is more than can be said here."""
    get = environ.get
    if get("REQUEST_METHOD") != "GET" or get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
        return None
    return tuple(map(get, LOOKED_AT))


def stands() -> None:
    """Say that the answer to this request is made of nothing but what was presumed: said by the view that makes it."""
    context().stands = True


def keep(house: House, answer: Response, rests: Sequence[Presumed]) -> None:
    """Keep an answer that rests on this: called when all of it is said but the number of its request."""
    key = key_of(request.environ)
    if not key or not request.url_rule or answer.status_code >= HTTPStatus.BAD_REQUEST:
        return
    room = AROUND + sum(map(len, filter(None, key)))
    if room <= LONGEST and {name.lower() for name in answer.vary} <= VARIES:
        body = answer.get_data()
        told = Answer(
            answer.status,
            answer.get_wsgi_headers(request.environ).to_wsgi_list(),
            body,
            request.url_rule.rule,
            rests,
        )
        house.standing.keep(key, told, len(body) + room)


def standing_first(app: Callable[..., Iterable[bytes]], house: House) -> Callable[..., Iterable[bytes]]:
    """The application, with what stands given before it is asked."""

    def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        key = key_of(environ)
        answer = house.standing.get(key) if key else None
        if answer is None:
            return app(environ, start_response)
        began = time.perf_counter()
        try:
            if not still_stands(house, answer):
                house.standing.drop(key)
                return app(environ, start_response)
        except (ProblemError, psycopg.Error, SQLAlchemyError):
            return app(environ, start_response)  # which tells what is wrong
        number = secrets.token_hex(16)
        start_response(answer.status, [*answer.headers, (REQUEST_ID, number)])
        tell("GET", answer.route, int(answer.status[:3]), time.perf_counter() - began, number)
        return [answer.body]

    return answered


def still_stands(house: House, answer: Answer) -> bool:
    """Whether all that an answer rests on is so at this moment. Raises Unknown, and the errors of a database that is away."""
    rests = [each for each in (anew(house, each) for each in answer.rests) if each is not None]
    if len(rests) < len(answer.rests):
        return False
    with house.database.asking() as line:
        found = line.ask(*(each.asked for each in rests))
    return all(told == each.rows for told, each in zip(found, rests, strict=True))


def anew(house: House, presumed: Presumed) -> Presumed | None:
    """The question of this moment; None if what this process knows by now is another answer. Raises Unknown."""
    if not presumed.token:
        return presumed
    known = house.presumed(presumed.token, house.database.read.dialect, False)
    return known[1] if known and known[1].rows == presumed.rows else None


def tell(method: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """Count an answer, and write its line into the log: the route, never the address."""
    metrics.answered(method, route, status, seconds)
    say(
        "answered",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        request_id=request_id,
    )
