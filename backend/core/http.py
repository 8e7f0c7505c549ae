"""The gate: who asks, may they, have they asked this before, one transaction. Nobody else commits.

What was answered here before and stands is given without it, by ``core/standing.py``, after the same questions.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

import flask_smorest
import psycopg
from flask import Response, g, make_response, request
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException

from backend.core import feed, ledger, once, prepared
from backend.core.actor import Actor, Context, Otherwise, context, within
from backend.core.bodies import Parser, caller_address, whole_body
from backend.core.house import house
from backend.core.problems import Forbidden, NotFound, ProblemError, Refused, Unknown
from shared_models.permissions import Permission
from shared_models.sync import KEY_HEADER, WIRE_HEADER

Done = TypeVar("Done")
READS = frozenset({"GET", "HEAD"})
TRIES = 5
"""Of a read under which things change: each takes milliseconds (what takes longer asks once: ``maps/heavy.py``)."""
KEY = re.compile(r"[\x21-\x7e]{8,200}")


NO_FOREIGN_HOST = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
"""What a browser may load for an answer of ours: nothing but our own style sheets."""


@dataclass(frozen=True)
class Public:
    """Marks a route that anybody may call."""

    knows: bool = False
    """Whoever brings a token is known by it, and may see more; a token that is none is refused."""


PUBLIC = Public()
KNOWN = Public(knows=True)


class Blueprint(flask_smorest.Blueprint):
    """The routes of one domain. Each says who may pass; one that forgets it is a TypeError at import."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: Any, **options: Any) -> Callable[..., Any]:
        """flask-smorest's, with the schema made once: as a class it would be made anew for each request."""
        made: Callable[..., Any] = super().arguments(
            schema() if isinstance(schema, type) else schema, **options
        )
        return made

    def route(
        self,
        rule: str,
        *,
        permit: Permission | Public,
        audited: str = "",
        takes_key: bool = True,
        needs_version: bool = False,
        most_bytes: int = 0,
        prepare: Callable[[], Any] | None = None,
        **options: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a route.

        Args:
            rule: The path below the blueprint's prefix.
            permit: The right that it asks for, or PUBLIC.
            audited: Name of what is read; each reading is then written to the ledger before the answer leaves.
            takes_key: Whether an ``Idempotency-Key`` is heeded (not where the call is idempotent by nature).
            needs_version: Whether ``If-Match`` must say what the caller saw; the view asks ``version_seen`` for it.
            most_bytes: How long a body may be, where it is not JSON but a file.
            prepare: Slow work to do before the transaction opens, once the caller may; kept in ``g.prepared``.
            options: As Flask's.
        """
        place = super().route(rule, **options)
        methods = options.get("methods", ["GET"])

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            doc: dict[str, Any] = {"x-permit": "public" if isinstance(permit, Public) else permit.value}
            token: dict[str, list[str]] = {"bearer": []}
            doc["security"] = (
                [token] if isinstance(permit, Permission) else [{}, token] if permit.knows else []
            )
            if takes_key and not READS & set(methods) and not isinstance(permit, Public):
                doc["parameters"] = ["IdempotencyKey", *(["IfMatch"] if needs_version else [])]
            guarded: Any = gate(
                self.doc(**doc)(view),
                permit,
                audited=audited,
                takes_key=takes_key,
                most_bytes=most_bytes,
                prepare=prepare,
            )
            guarded.permit = permit  # what the tests over all routes read
            guarded.plain = view
            place(guarded)
            return cast("Callable[..., Any]", guarded)

        return decorate


def gate(
    view: Callable[..., Any],
    permit: Permission | Public,
    *,
    audited: str,
    takes_key: bool,
    most_bytes: int,
    prepare: Callable[[], Any] | None,
) -> Callable[..., Any]:
    """Put the door in front of a view."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        if most_bytes:
            request.max_content_length = most_bytes
        refuse_old_phones()
        if "Transfer-Encoding" in request.headers:
            raise ProblemError(
                "length-needed", "Send Content-Length: a body of unknown length can't be bounded."
            )
        if request.method in READS:
            return read(lambda: make_response(view(*args, **kwargs)), permit, audited)
        if not most_bytes and request.content_length and not request.is_json:
            raise ProblemError("media-type", "Send application/json.")
        if prepare:
            with house().database.reading() as connection:
                actor = passed(permit, connection)
            # The connection is back in the pool: a body that trickles in must not keep one from others.
            with within(Context(connection, actor, g.request_id)):
                g.prepared = prepare()
        else:
            whole_body(caller_address())  # here for the same reason: before the transaction opens
        return write(lambda: make_response(view(*args, **kwargs)), permit, takes_key=takes_key)

    return guarded


def refuse_old_phones() -> None:
    """A phone too old for this wire gets 426 and keeps what waits."""
    spoken = request.headers.get(WIRE_HEADER, "")
    if spoken.isdecimal() and int(spoken[:9]) < house().settings.oldest_wire:
        raise ProblemError("upgrade", "Please update the app.")


def read(view: Callable[[], Response], permit: Permission | Public, audited: str) -> Response:
    """A GET: on a connection that can't write; if it is audited, written down before the bytes leave."""
    with (
        house().database.reading() as connection,
        within(Context(connection, request_id=g.request_id)) as here,
    ):
        answer = done_for(permit, view)
    if audited and here.actor:
        g.rests = None  # it is written down each time
        with (
            house().database.writing() as connection,
            within(Context(connection, here.actor, g.request_id)) as reading,
        ):
            subject = (request.view_args or {}).get("id")
            filters = tuple(sorted(request.args))
            ledger.record(ledger.Read(what=audited, subject_id=subject, filters=filters, count=here.found))
            reading.commit()
    return answer


def write(view: Callable[[], Response], permit: Permission | Public, *, takes_key: bool) -> Response:
    """A change: one transaction, at most once per key, fed to phones last, committed here and nowhere else.

    What a rollback would not undo (a file, a try that is counted) comes behind the session's first statement or a limit:
    both make sure first of what is presumed.
    """
    with (
        house().database.writing() as connection,
        within(Context(connection, request_id=g.request_id)) as here,
    ):
        here.before_session = prepared.settle
        answer, fresh = done_for(permit, lambda: once_done(view, takes_key=takes_key), hold=True)
        if fresh:
            feed.write_touched()
            here.commit()
        return answer


def once_done(view: Callable[[], Response], *, takes_key: bool) -> tuple[Response, bool]:
    """The answer of a change, and whether it was done now: if not, it is what was answered under its key before."""
    here = context()
    key, known = claimed(takes_key=takes_key)
    if known is not None:
        return replay(known), False
    try:
        answer = view()
    except ProblemError as problem:
        if not problem.keep:
            raise
        from backend.core.api import told  # here, for it stands above the gate

        # What it wrote stays, and so does what it says.
        prepared.settle()
        answer = told(problem)
    if key and here.actor:
        once.keep(here.actor.id, key, once.Answer(answer.status_code, answer.get_data()))
    return answer, True


def done_for(permit: Permission | Public, do: Callable[[], Done], *, hold: bool = False) -> Done:
    """What ``do`` gives for the caller, if they may. Raises Unknown or Forbidden.

    It is done for whom this process last saw behind the token (and a read goes on with what it last knew of a layer, a
    change with a key that came never before). The first statement takes along the question whether that is so, which
    then costs no message of its own.
    Nothing leaves, not even a refusal, before all is known to be as it was presumed, down to the caller's grants; if
    it is not, it is done anew.
    """
    here = context()
    try:
        return as_presumed(permit, do, hold=hold)
    except Otherwise:
        here.forget()
    if hold:  # what was written meanwhile goes
        here.connection.rollback()
        here.connection.begin()
        here.actor = passed(permit, here.connection, hold=hold)
        return do()
    for _ in range(TRIES):
        here.actor, here.rechecks = passed(permit, here.connection), True
        try:
            return sure_of(do())
        except Otherwise:
            here.forget()
    raise ProblemError("unavailable", retry_after=1)


def as_presumed(permit: Permission | Public, do: Callable[[], Done], *, hold: bool) -> Done:
    """The same, for whom they were. Raises Otherwise if they are not, whatever else came of it."""
    here = context()
    here.presumes = here.rechecks = not hold
    try:
        here.actor = presumed(permit, hold=hold)
        if here.actor is None:
            here.actor = passed(permit, here.connection, hold=hold)
            here.asked = here.actor is not None
        done = do()
    except Otherwise:
        raise
    except Exception as error:
        # A transaction that failed can be asked nothing more: what is true comes anew.
        if hold and here.presumed and not isinstance(error, ProblemError | HTTPException):
            raise Otherwise from None
        with otherwise_if_failed(hold=hold):
            prepared.settle()
        raise
    rests = None if here.asked or here.opened else here.presumed
    sure_of(done)
    if here.stands:
        g.rests = rests
    return done


def sure_of(done: Done) -> Done:
    """What was done, if all is as it was presumed. Raises Otherwise, and lets go of an answer that is under way."""
    try:
        prepared.settle()
    except Otherwise:
        if isinstance(done, Response):
            done.close()
        raise
    return done


@contextmanager
def otherwise_if_failed(*, hold: bool) -> Iterator[None]:
    """Where a view made a problem of what PostgreSQL refused, its transaction has failed as well."""
    try:
        yield
    except psycopg.Error:
        if hold:
            raise Otherwise from None
        raise


def presumed(permit: Permission | Public, *, hold: bool) -> Actor | None:
    """Who was last behind the caller's token, as something to be made sure of; None if nobody was. Raises Forbidden."""
    here, token = context(), token_shown(permit)
    if not token or (known := house().presumed(token, here.connection.dialect, hold)) is None:
        return None
    actor, question = known
    here.presumed.append(question)
    needs(permit, actor)
    return actor


def claimed(*, takes_key: bool) -> tuple[str, once.Answer | None]:
    """The key of this change, and what was answered under it before, if anything was."""
    actor = context().actor
    key = idempotency_key() if takes_key and actor else ""
    if not key or not actor:
        return "", None
    print_ = once.fingerprint(request.method, request.path, request.get_data(cache=True))
    if context().presumed:  # the key is another thing to be presumed: new, as nearly all are
        once.presume_new(actor.id, key, print_)
        return key, None
    return key, once.claim(actor.id, key, print_)


def passed(permit: Permission | Public, connection: Connection, *, hold: bool = False) -> Actor | None:
    """Who asks, if they may: None on a public route (but see ``KNOWN``). Raises Unknown or Forbidden."""
    token = token_shown(permit)
    if not token:
        return None
    actor = house().actor_of(token, connection, hold)
    needs(permit, actor)
    return actor


def token_shown(permit: Permission | Public) -> str:
    """The access token of this request; none where the route asks nobody who they are. Raises Unknown."""
    if isinstance(permit, Public) and not (permit.knows and "Authorization" in request.headers):
        return ""
    kind, _, said = request.headers.get("Authorization", "").partition(" ")
    token = said.strip()  # of all that Python calls a space, so that it is looked at only afterwards
    if kind.lower() != "bearer" or not token:
        raise Unknown
    return token


def needs(permit: Permission | Public, actor: Actor) -> None:
    """Go on if they have the right that a route asks for. Raises Forbidden."""
    if not isinstance(permit, Public) and not actor.may(permit):
        raise Forbidden(f"This needs the right {permit.value}.")


def idempotency_key() -> str:
    """The caller's key for this change, or none."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return ""
    if not KEY.fullmatch(key):
        words = f"{KEY_HEADER} is 8 to 200 visible ASCII characters, such as a UUID."
        raise Refused("malformed", words, at=f"header:{KEY_HEADER}")
    return key


def replay(known: once.Answer) -> Response:
    """The answer of the first time."""
    refused = known.status >= HTTPStatus.BAD_REQUEST
    kind = ("application/problem+json" if refused else "application/json") if known.body else None
    return Response(known.body, known.status, {"Idempotent-Replay": "true"}, mimetype=kind)


def cached(
    version: str | None,
    body: Callable[[], bytes],
    mimetype: str,
    *,
    fresh_s: int = 300,
    private: bool = False,
) -> Response:
    """What rarely changes: the body under its version, or 304 to whoever has that one.

    For ``fresh_s`` seconds nobody need ask again; ``private``: it is for this caller alone, who asks each time. Raises
    NotFound where there is no version yet.
    """
    if version is None:
        raise NotFound
    answer = Response(mimetype=mimetype)
    answer.set_etag(version)
    shared = f"public, max-age={fresh_s}" if fresh_s else "no-cache"
    answer.headers["Cache-Control"] = "private, no-cache" if private else shared
    if request.if_none_match.contains(version):
        answer.status_code = 304
        return answer
    answer.set_data(body())
    return answer
