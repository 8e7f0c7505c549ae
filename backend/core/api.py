"""One API: errors as problem documents, OpenAPI, health, and a page of documentation without foreign hosts."""

import secrets
import time
from collections.abc import Iterable
from typing import Any

import flask_smorest
import psycopg
from flask import Flask, Response, g, request
from marshmallow import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from backend.core import metrics
from backend.core.docs import docs_page
from backend.core.files import FilesAway
from backend.core.house import house
from backend.core.http import NO_FOREIGN_HOST, Blueprint
from backend.core.ledger import oldest_waiting
from backend.core.log import say
from backend.core.problems import NotFound, ProblemError, field_errors
from backend.core.scrape import add_metrics
from backend.core.standing import REQUEST_ID, keep, tell
from backend.core.status import add_status
from shared_models.problems import TYPES, FieldError, Problem
from shared_models.sync import KEY_HEADER, WIRE_HEADER, WIRE_VERSION

PROBLEM_JSON = "application/problem+json"
VERSION = "1"

BY_STATUS = {
    400: "malformed",
    401: "sign-in",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "media-type",
    422: "invalid",
    429: "slow-down",
    503: "unavailable",
}
UNIQUE, NOT_THERE = "23505", "23503"
MOST_ERRORS = 20
"""Told of one request: a body of a megabyte could hold a hundred thousand."""


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest's, with errors that are problem documents."""

    ERROR_SCHEMA = Problem.Schema

    def handle_http_exception(self, error: HTTPException) -> Response:
        """What Flask and webargs refuse, as a problem."""
        return refused(error)


def refused(error: HTTPException) -> Response:
    """One of Flask's or webargs' errors as an answer; 405 says what can be done instead (RFC 9110 §15.5.6)."""
    answer = told(problem_of(error))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def problem_of(error: HTTPException) -> ProblemError:
    """The problem that stands for one of Flask's or webargs' errors."""
    type_ = BY_STATUS.get(error.code or 500, "malformed" if (error.code or 500) < 500 else "fault")  # noqa: PLR2004
    messages = getattr(error, "data", {}).get("messages", {})
    errors: list[FieldError] = []
    for place, inner in messages.items():
        found = field_errors(inner)
        if place == "json":
            errors += found
        else:
            errors += [FieldError(pointer="?" + e.pointer.strip("/"), detail=e.detail) for e in found]
    if type_ == "malformed" and errors:  # a body that can't be read has no fields; a query has
        return ProblemError(
            type_, errors[0].detail, errors=errors[:MOST_ERRORS] if "query" in messages else ()
        )
    return ProblemError(type_, errors=errors[:MOST_ERRORS])


def told(problem: ProblemError) -> Response:
    """A problem, as an answer."""
    metrics.problem(problem.type)
    document = problem.document(g.get("request_id", ""))
    answer = Response(json_text(document), status=document.status, mimetype=PROBLEM_JSON)
    if problem.retry_after is not None:
        answer.headers["Retry-After"] = str(problem.retry_after)
    if problem.type == "length-needed":
        # Its body was not read: what follows on this connection may be a part of it, and must not pass for a request.
        answer.headers["Connection"] = "close"
    if document.status == 401:  # noqa: PLR2004
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def json_text(document: Problem) -> str:
    """A problem as JSON."""
    text_: str = Problem.Schema().dumps(document)
    return text_


def build(app: Flask, blueprints: Iterable[Blueprint]) -> Api:
    """Put the API on the application."""
    app.config.update(
        API_TITLE="West U",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        API_SPEC_OPTIONS=spec_options(),
        MAX_CONTENT_LENGTH=1024 * 1024,
        JSON_SORT_KEYS=False,
    )
    app.url_map.strict_slashes = False
    api = Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    finish_spec(api)
    app.before_request(begin_request)
    app.after_request(end_request)
    handle_errors(app)
    add_health(app)
    add_metrics(app)
    add_status(app)
    app.add_url_rule("/docs", "docs", lambda: docs_page(api.spec.to_dict()))
    return api


def spec_options() -> dict[str, Any]:
    """What OpenAPI says of the whole."""
    return {
        "info": {
            "description": (
                "Service requests, sign-in, maps and notifications of a city. Errors are problem documents "
                f"(RFC 9457). Any change may carry an {KEY_HEADER}: sent again, it gets the first answer."
            ),
            "license": {"name": "MIT"},
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "parameters": {
                "IdempotencyKey": {
                    "name": KEY_HEADER,
                    "in": "header",
                    "required": False,
                    "description": "A UUID of your own for this change. Kept 90 days.",
                    "schema": {"type": "string", "pattern": "^[!-~]{8,200}$"},
                },
                "IfMatch": {
                    "name": "If-Match",
                    "in": "header",
                    "required": True,
                    "description": "The ETag of what you saw. Without it 428, with an older one 412.",
                    "schema": {"type": "string", "examples": ['"3"']},
                },
            },
        },
    }


def finish_spec(api: Api) -> None:
    """Errors are of another media type than answers; flask-smorest knows one for both."""
    made = api.spec.to_dict

    def to_dict() -> dict[str, Any]:
        spec: dict[str, Any] = made()
        for answer in spec.get("components", {}).get("responses", {}).values():
            if "application/json" in answer.get("content", {}):
                answer["content"] = {PROBLEM_JSON: answer["content"]["application/json"]}
        return spec

    api.spec.to_dict = to_dict


def begin_request() -> None:
    """Number the request, for the log and for whoever asks about it."""
    g.request_id = secrets.token_hex(16)
    g.began = time.perf_counter()
    g.rests = None
    if "\0" in request.path:
        raise NotFound  # PostgreSQL takes none: nothing can be called so


def end_request(answer: Response) -> Response:
    """Say how it went: the route, never the address; and put on the headers that every answer has."""
    standing: Any = (g, request)
    # The objects themselves: what stands for them looks for them at each use.
    about, asked = (each._get_current_object() for each in standing)  # noqa: SLF001 - werkzeug documents it for this
    headers = answer.headers
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("Referrer-Policy", "no-referrer")
    if "Cache-Control" not in headers:
        headers.add("Cache-Control", "no-store")
    if "Content-Security-Policy" not in headers:
        headers.add("Content-Security-Policy", NO_FOREIGN_HOST)
    if about.rests:
        keep(house(), answer, about.rests)
    headers.add(REQUEST_ID, about.request_id)
    route = asked.url_rule.rule if asked.url_rule else "-"
    tell(
        metrics.known_method(asked.method),
        route,
        answer.status_code,
        time.perf_counter() - about.began,
        about.request_id,
    )
    return answer


def handle_errors(app: Flask) -> None:
    """Whatever goes wrong ends as a problem; an exception's own words never leave the house."""

    @app.errorhandler(ProblemError)
    def _problem(problem: ProblemError) -> Response:
        return told(problem)

    @app.errorhandler(ValidationError)
    def _invalid(error: ValidationError) -> Response:
        return told(ProblemError("invalid", errors=field_errors(error.messages)))

    @app.errorhandler(RecursionError)
    def _too_deep(_: RecursionError) -> Response:
        return told(ProblemError("malformed", "Nested too deeply."))

    # psycopg's own errors come past SQLAlchemy from statements made once (core/prepared.py).
    @app.errorhandler(psycopg.IntegrityError)
    @app.errorhandler(IntegrityError)
    def _integrity(error: Exception) -> Response:
        if getattr(getattr(error, "orig", error), "sqlstate", "") == UNIQUE:
            return told(ProblemError("already-there"))
        return fault(error)

    @app.errorhandler(DataError)
    def _data(error: DataError) -> Response:
        return fault(error)

    @app.errorhandler(psycopg.OperationalError)
    @app.errorhandler(psycopg.InterfaceError)
    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(PoolTimeout)
    @app.errorhandler(FilesAway)
    def _away(error: Exception) -> Response:
        away = "files" if isinstance(error, FilesAway) else "database"
        say(f"{away} away", level=40, request_id=g.request_id, failed=True)
        return told(ProblemError("unavailable", retry_after=5))

    @app.errorhandler(Exception)
    def _fault(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return refused(error)
        return fault(error)


def fault(_: Exception) -> Response:
    """A bug of ours: the caller gets a number to ask about, the log gets its place."""
    say("fault", level=40, request_id=g.get("request_id", ""), route=str(request.url_rule), failed=True)
    return told(ProblemError("fault", "Please tell us the request id if it happens again."))


def add_health(app: Flask) -> None:
    """``/healthz``: this process answers. ``/readyz``: so does the database, migrated; and the worker keeps up."""

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> tuple[dict[str, Any], int]:
        from backend.core.actor import Context, within
        from backend.core.clock import now

        with house().database.reading() as connection, within(Context(connection)):
            version = connection.scalar(text("SELECT version_num FROM alembic_version"))
            oldest = oldest_waiting()
        waits = max(0.0, (now() - oldest).total_seconds()) if oldest else 0.0
        return {
            "status": "ok",
            "migration": version,
            "wire": WIRE_VERSION,
            "ledger_waits_s": round(waits, 1),
        }, 200


__all__ = ["PROBLEM_JSON", "TYPES", "WIRE_HEADER", "build"]
