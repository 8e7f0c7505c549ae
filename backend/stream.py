"""The third process: tells phones when to pull. It says "now" and never what: no data, no rights but the token.

PostgreSQL announces the audiences that each commit touched (``core.feed``); whoever follows one of them is told.
What is missed while PostgreSQL or this process is away is made good by telling everybody to pull afterwards, and
a phone with no stream polls. One process of gevent, with one thread of its own for each stream.
"""

if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()  # before the driver of the database is imported: waiting for it must not stop the others

import json
import os
import random
import signal
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Never

import gevent
import psycopg
from flask import Flask
from gevent.event import Event
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer
from sqlalchemy import PoolProxiedConnection

from backend import identity
from backend.app import create_app
from backend.core.actor import Actor
from backend.core.api import PROBLEM_JSON, json_text
from backend.core.clock import now
from backend.core.feed import CHANNEL, EVERYBODY, person
from backend.core.house import House
from backend.core.log import say
from backend.core.problems import Forbidden, ProblemError, TooMany, Unknown
from shared_models.permissions import Permission
from shared_models.sync import BEAT_S, PULL_NOW, STREAM, WIRE_HEADER

MOST, MOST_PER_PERSON = 5000, 10
"""Open streams in all, and of one person; a session has one, its newest."""
FULL_S, BUSY_S = 30, 60
"""When to ask again: once there are too many streams, or too many of this person."""
SILENCE_S = 30
"""Who sends no request, or takes no answer, for that long is let go."""
SPREAD_S = 5.0
"""Telling everybody takes that long, so that not all phones pull in the same moment."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
BEGIN = b"retry: 5000\n\n"
PULL = f"{PULL_NOW}\ndata: now\n\n".encode()
BEAT = b": beat\n\n"

Answer = Callable[..., Any]


class Stream:
    """One open stream: what its phone is told, piece by piece."""

    __slots__ = ("actor", "audiences", "ended", "left", "rights", "seconds", "token", "woken")

    def __init__(self, token: str, actor: Actor, audiences: Iterable[str], left: "Streams") -> None:
        self.token, self.actor, self.audiences, self.left = token, actor, followed(audiences), left
        self.seconds = (identity.ends_at(token) - now()).total_seconds()
        self.woken, self.rights, self.ended = Event(), False, False

    def wake(self, *, rights: bool) -> None:
        """Say "pull now" soon; with ``rights``, look first whether the person is still let in, and what they follow."""
        self.rights |= rights
        self.woken.set()

    def end(self) -> None:
        """Say no more."""
        self.ended = True
        self.woken.set()

    def __iter__(self) -> Iterator[bytes]:
        """Bytes of server-sent events, until the token ends or its session does."""
        until = time.monotonic() + self.seconds
        yield BEGIN + PULL  # whoever comes may have missed something
        while not self.ended and (rest := until - time.monotonic()) > 0:
            if self.woken.wait(min(rest, BEAT_S * random.uniform(0.75, 1.25))):  # noqa: S311 - spreads load
                self.woken.clear()
                if self.ended or (self.rights and not self.left.renew(self)):
                    return
                yield PULL
            else:
                yield BEAT

    def close(self) -> None:
        """The phone has gone, or was told all: called by the server in any case."""
        self.left.leave(self)


class Streams:
    """The streams that are open, and who is woken by what."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.house: House = app.extensions["westu"]
        self.following: defaultdict[str, set[Stream]] = defaultdict(set)
        self.of_session: dict[uuid.UUID, Stream] = {}
        self.listening = False
        self.announced = 0

    def open(self, token: str) -> Stream:
        """Open a stream for whoever holds this token. Raises ProblemError."""
        announced = self.announced
        actor, audiences = self.look_up(token)
        if before := self.of_session.get(actor.session_id):  # its phone lost it without our knowing
            before.end()
            self.leave(before)
        if len(self.of_session) >= MOST:
            raise ProblemError("unavailable", "Too many streams are open.", retry_after=FULL_S)
        if len(self.following.get(person(actor.id), ())) >= MOST_PER_PERSON:
            raise TooMany(BUSY_S)
        stream = Stream(token, actor, audiences, self)
        self.of_session[actor.session_id] = stream
        self.follow(stream)
        if self.announced != announced:  # between the look and now, what they follow may have become another
            stream.wake(rights=True)
        return stream

    def look_up(self, token: str) -> tuple[Actor, list[str]]:
        """Who holds this token and what they follow, as the gate would say at this moment."""
        with self.app.app_context(), self.house.database.reading() as connection:
            actor = self.house.actor_of(token, connection, False)
        if not actor.may(Permission.SYNC_PULL):
            raise Forbidden
        return actor, self.house.audiences_of(actor)

    def renew(self, stream: Stream) -> bool:
        """Look again whether the person is let in, and what they follow by now; False where it must end."""
        stream.rights = False
        try:
            _, audiences = self.look_up(stream.token)
        except ProblemError:
            return False
        except Exception:  # noqa: BLE001 - the database is away: the phone comes again
            say("stream: not renewed", level=40, failed=True)
            return False
        self.unfollow(stream)
        stream.audiences = followed(audiences)
        self.follow(stream)
        return True

    def follow(self, stream: Stream) -> None:
        """Let the stream be woken by what it follows."""
        for audience in stream.audiences:
            self.following[audience].add(stream)

    def unfollow(self, stream: Stream) -> None:
        """Let it be woken by nothing."""
        for audience in stream.audiences:
            self.following[audience].discard(stream)
            if not self.following[audience]:
                del self.following[audience]

    def leave(self, stream: Stream) -> None:
        """Forget a stream. Again is harmless."""
        self.unfollow(stream)
        if self.of_session.get(stream.actor.session_id) is stream:
            del self.of_session[stream.actor.session_id]

    def wake(self, audiences: Iterable[str]) -> None:
        """Tell those who follow one of these. What touches a person may have changed what they follow."""
        self.announced += 1
        for audience in audiences:
            for stream in self.following.get(audience, ()):
                stream.wake(rights=audience == person(stream.actor.id))

    def wake_all(self) -> None:
        """Tell everybody, over some seconds: nobody knows whom the missed announcements were for."""
        for stream in list(self.of_session.values()):
            gevent.spawn_later(random.uniform(0, SPREAD_S), stream.wake, rights=True)  # noqa: S311 - spreads load

    def hear(self) -> None:
        """Hear what PostgreSQL announces, for ever: a connection that breaks is made anew, and everybody told to pull."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                self.hear_on(self.house.database.read.raw_connection())
            except Exception:  # noqa: BLE001 - whatever it is, the next connection may do
                pause = FIRST_PAUSE_S if self.listening else min(2 * pause, LONGEST_PAUSE_S)
                self.listening = False
                say("stream: the database is away", level=40, failed=True)
                gevent.sleep(pause)

    def hear_on(self, raw: PoolProxiedConnection) -> Never:
        """Hear on this connection, as long as it lives."""
        connection = raw.driver_connection
        assert isinstance(connection, psycopg.Connection)
        raw.detach()
        with connection:
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            self.listening = True
            self.wake_all()
            while True:
                for told in connection.notifies(timeout=BEAT_S):
                    self.wake(told.payload.split())
                connection.execute(
                    "SELECT 1"
                )  # a connection that is dead without a word is found out by asking

    def answer(self, environ: dict[str, Any], start: Answer) -> Iterable[bytes]:
        """The WSGI application: the stream, and whether this process is well."""
        path, request_id = environ["PATH_INFO"], uuid.uuid4().hex
        try:
            if path in ("/healthz", "/readyz"):
                return self.health(path, start)
            stream = self.admit(environ)
        except ProblemError as problem:
            return refuse(problem, request_id, start)
        except Exception:  # noqa: BLE001 - nothing but the database can be away
            say("stream: fault", level=40, request_id=request_id, failed=True)
            return refuse(ProblemError("unavailable", retry_after=5), request_id, start)
        head = [("Content-Type", "text/event-stream"), ("X-Accel-Buffering", "no")]
        start("200 OK", [*head, *common(request_id)])
        return stream

    def admit(self, environ: dict[str, Any]) -> Stream:
        """The stream that is asked for. Raises ProblemError for whoever asks wrongly, or may not have it."""
        if environ["PATH_INFO"] != STREAM:
            raise ProblemError("not-found")
        if environ["REQUEST_METHOD"] != "GET":
            raise ProblemError("method-not-allowed")
        spoken = environ.get(wsgi_name(WIRE_HEADER), "")
        if spoken.isdecimal() and int(spoken[:9]) < self.house.settings.oldest_wire:
            raise ProblemError("upgrade", "Please update the app.")
        kind, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Unknown
        return self.open(token.strip())

    def health(self, path: str, start: Answer) -> Iterable[bytes]:
        """``/healthz``: this process answers. ``/readyz``: and it hears PostgreSQL."""
        well = self.listening or path == "/healthz"
        body = {
            "status": "ok" if well else "unavailable",
            "listening": self.listening,
            "streams": len(self.of_session),
        }
        start("200 OK" if well else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]


def followed(audiences: Iterable[str]) -> frozenset[str]:
    """What a stream is woken by: its person's feeds, and what the city says to all."""
    return frozenset((*audiences, EVERYBODY))


def refuse(problem: ProblemError, request_id: str, start: Answer) -> Iterable[bytes]:
    """Answer with the problem's document."""
    document = problem.document(request_id)
    say("answered", route=STREAM, status=document.status, request_id=request_id)
    head = [("Content-Type", PROBLEM_JSON), *common(request_id)]
    if problem.retry_after is not None:
        head.append(("Retry-After", str(problem.retry_after)))
    if isinstance(problem, Unknown):
        head.append(("WWW-Authenticate", "Bearer"))
    start(f"{document.status} {document.title}", head)
    return [json_text(document).encode()]


def common(request_id: str) -> list[tuple[str, str]]:
    """Headers that every answer has."""
    return [
        ("Request-Id", request_id),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Connection", "close"),
    ]


def wsgi_name(header: str) -> str:
    """A header's name as WSGI has it."""
    return "HTTP_" + header.upper().replace("-", "_")


class Handler(WSGIHandler):
    """gevent's, which waits for nobody for ever."""

    def handle(self) -> None:
        """Answer one connection."""
        self.socket.settimeout(SILENCE_S)
        super().handle()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    streams = Streams(create_app())
    settings = streams.house.settings
    gevent.spawn(streams.hear)
    server = WSGIServer(
        (settings.host, settings.stream_port),
        streams.answer,
        log=None,
        handler_class=Handler,
        spawn=Pool(MOST + 100),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, server.stop, 1)
    say("stream begins", port=settings.stream_port)
    server.serve_forever()
    say("stream ends")
    os._exit(0)  # streams that are open say nothing more; waiting for them would be for minutes


if __name__ == "__main__":
    main()
