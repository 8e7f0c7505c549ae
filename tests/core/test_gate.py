"""The gate: who may pass, what is refused by which name, and that nothing half-done stays."""

import io
import json
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from backend.app import create_app
from backend.core import ledger
from backend.core.house import house
from backend.core.http import PUBLIC, write
from backend.core.problems import ProblemError
from backend.identity.events import EndReason, SessionEnded
from shared_models.problems import Problem
from tests.cast import Caller, problem
from tests.make import HERE
from tests.races import events

OPEN = "/v1/service-requests/"
JSON = "application/json"


def wish(**more):
    return {"id": str(uuid.uuid4()), "type": "pothole", "description": "Deep", "where": HERE} | more


def raw(caller, data, content_type=JSON, path=OPEN, **options):
    return caller.post(path, data=data, content_type=content_type, **options)


REFUSALS = {
    "nobody is asking": (401, "sign-in", [], lambda by: Caller(by.app).get("/v1/me")),
    "they may not": (403, "forbidden", [], lambda by: by.get("/v1/service-requests/work")),
    "no such path": (404, "not-found", [], lambda by: by.get("/v1/no-such-path")),
    "no such thing": (404, "not-found", [], lambda by: by.get(f"{OPEN}{uuid.uuid4()}")),
    "no id": (404, "not-found", [], lambda by: by.get(f"{OPEN}not-an-id")),
    "not to this thing": (405, "method-not-allowed", [], lambda by: by.delete("/v1/me")),
    "a verb nobody takes": (405, "method-not-allowed", [], lambda by: by.call("TRACE", "/v1/me")),
    "the state says no": (409, "outside-city", ["/where"], lambda by: by.post(OPEN, wish(where={"lat": 40.7, "lon": -74}))),
    "a body too long": (413, "too-large", [], lambda by: raw(by, b'{"a":"' + b"x" * 1024 * 1024 + b'"}')),
    "a photo too long": (
        413, "too-large", [],
        lambda by: by.call("PUT", f"/v1/photos/{uuid.uuid4()}", data=b"x" * 13 * 1024 * 1024, content_type="image/jpeg"),
    ),
    "text": (415, "media-type", [], lambda by: raw(by, b"{}", "text/plain")),
    "a form": (415, "media-type", [], lambda by: raw(by, b"type=pothole", "application/x-www-form-urlencoded")),
    "no type of content": (415, "media-type", [], lambda by: raw(by, b"{}", None)),
    "broken JSON": (400, "malformed", [], lambda by: raw(by, b'{"type": ')),
    "no UTF-8": (400, "malformed", [], lambda by: raw(by, b'{"type": "\xff"}')),
    "deep JSON": (400, "malformed", [], lambda by: raw(by, b"[" * 100_000 + b"]" * 100_000)),
    "deep JSON in a field": (400, "malformed", [], lambda by: raw(by, b'{"where": ' + b'{"lat":' * 90_000)),
    "a list": (422, "invalid", ["/"], lambda by: raw(by, b"[]")),
    "a word": (422, "invalid", ["/"], lambda by: raw(by, b'"pothole"')),
    "a number": (422, "invalid", ["/"], lambda by: raw(by, b"7")),
    "null": (422, "invalid", ["/"], lambda by: raw(by, b"null")),
    "nothing": (422, "invalid", ["/id", "/type"], lambda by: by.post(OPEN)),
    "NaN": (422, "invalid", ["/where/lat"],
            lambda by: raw(by, json.dumps(wish(where={"lat": float("nan"), "lon": 0})).encode())),
    "a wrong field inside": (422, "invalid", ["/where/lat", "/where/up"],
                             lambda by: by.post(OPEN, wish(where={"lat": 91, "lon": 0, "up": 1}))),
    "a wrong thing in a list": (422, "invalid", ["/photos/1"],
                                lambda by: by.post(OPEN, wish(photos=[str(uuid.uuid4()), "x"]))),
    "a strange field": (422, "invalid", ["/a~1b~0c"], lambda by: by.post(OPEN, wish(**{"a/b~c": 1}))),
    "a control character": (422, "invalid", ["/description"], lambda by: by.post(OPEN, wish(description="a\0b"))),
    "an unknown filter": (422, "invalid", ["?sort"], lambda by: by.get(f"{OPEN}?sort=up")),
    "a wrong filter": (422, "invalid", ["?limit"], lambda by: by.get(f"{OPEN}?limit=1000")),
    "a place in a list that is not ours": (422, "invalid", ["?after"], lambda by: by.get(f"{OPEN}?after=abc")),
    "an old phone": (426, "upgrade", [], lambda by: by.get("/v1/me", headers={"Westu-Wire": "0"})),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSALS)
def test_each_refusal_is_a_problem_document_that_names_its_place(alice, why):
    status, type_, pointers, ask = REFUSALS[why]

    answer = ask(alice)

    told = Problem.check(problem(answer, status, type_))
    assert told.status == status
    assert told.title
    assert told.request_id == answer.headers["Request-Id"]
    assert sorted(error.pointer for error in told.errors) == pointers
    assert all(error.detail for error in told.errors)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("wire", ["", "1", "2", "99999999999999999999", "one", "-1", "٣"])
def test_a_phone_of_today_or_tomorrow_passes(alice, wire):
    assert alice.get("/v1/me", headers={"Westu-Wire": wire}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/me", "/v1/no-such-path", "/healthz", "/readyz", "/openapi.json", "/docs"]
)
def test_each_answer_carries_the_headers_that_keep_a_browser_tame(alice, path):
    heads = alice.get(path).headers

    assert heads["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in heads["Content-Security-Policy"]
    assert heads["Cache-Control"]
    assert len(heads["Request-Id"]) == 32


# ── nothing half-done ────────────────────────────────────────────────────────────────────────────────────


def half_done(error):
    """A change that writes an event and then fails."""

    def view():
        ledger.record(SessionEnded(person_id=uuid.uuid4(), session_id=uuid.uuid4(), reason=EndReason.CLAIMED))
        raise error

    return view


def through_the_gate(app, view):
    with app.test_request_context("/", method="POST"):
        from backend.core.api import begin_request

        begin_request()
        return write(view, PUBLIC, takes_key=False)


@pytest.mark.parametrize(
    "error", [RuntimeError("boom"), ProblemError("request-not-open"), KeyboardInterrupt()]
)
def test_what_fails_in_the_middle_leaves_nothing(app, error):
    with pytest.raises(type(error)):
        through_the_gate(app, half_done(error))

    assert events(SessionEnded.kind()) == []


def test_what_is_refused_and_to_be_kept_is_kept(app):
    answer = through_the_gate(app, half_done(ProblemError("session-ended", keep=True)))

    assert (answer.status_code, answer.get_json()["type"]) == (401, "session-ended")
    assert len(events(SessionEnded.kind())) == 1


def test_a_fault_tells_the_caller_a_number_and_nothing_of_its_cause(alice, app, monkeypatch):
    def audiences_of(_):
        raise RuntimeError("password=three green parrots")

    monkeypatch.setitem(app.extensions, "westu", replace(house(), audiences_of=audiences_of))

    answer = alice.get("/v1/sync")

    problem(answer, 500, "fault")
    assert "parrots" not in answer.text


def test_a_database_that_is_away_is_a_problem_that_passes(alice, settings):
    away = replace(settings, database_url="postgresql+psycopg://westu_app@/westu?host=/nowhere/at/all")
    app = create_app(away)

    answer = Caller(app, token=alice.token).get("/v1/me")

    problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


# ── a GET cannot write ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("statement", [
    "INSERT INTO audience (name, counter) VALUES ('x', 1)",
    "UPDATE person SET name = 'x'",
    "DELETE FROM person",
    "TRUNCATE feed_line",
    "CREATE TABLE x (y int)",
    "SELECT nextval('request_number')",
    "SELECT id FROM person FOR UPDATE",
])  # fmt: skip
def test_the_connection_of_a_get_cannot_write(alice, statement):
    with house().database.reading() as session, pytest.raises(DBAPIError) as refused:
        session.execute(text(statement))

    assert refused.value.orig.sqlstate == "25006"  # read_only_sql_transaction


def test_the_connection_of_a_get_cannot_write_after_one_that_tried(alice):
    for _ in range(3):
        with house().database.reading() as session, pytest.raises(DBAPIError):
            session.execute(text("INSERT INTO audience (name, counter) VALUES ('x', 1)"))
    with house().database.reading() as session:
        assert session.scalar(text("SHOW transaction_read_only")) == "on"


# ── what is looked at for a reason ───────────────────────────────────────────────────────────────────────


def test_looking_at_the_work_is_written_down_without_the_words_that_were_looked_for(alice, carol, make):
    make.request(by=alice)

    assert len(carol.get("/v1/service-requests/work?q=deep&open=true").get_json()["items"]) == 1

    [event] = events("core.read")
    assert event.actor_id == carol.id
    assert event.fields == {"what": "work-list", "subject_id": None, "filters": ["open", "q"], "count": 1}


def test_what_cannot_be_written_down_is_not_shown(alice, carol, make, settings):
    make.request(by=alice)
    owner = create_engine(settings.database_owner_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("REVOKE INSERT ON event FROM westu_app"))
        try:
            answer = carol.get("/v1/service-requests/work")
        finally:
            connection.execute(text("GRANT INSERT ON event TO westu_app"))
    owner.dispose()

    problem(answer, 500, "fault")
    assert "Deep" not in answer.text


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────


class Trickle(io.BytesIO):
    """A body that tells how many connections are out while it is read."""

    out = None

    def read(self, *size):
        database = house().database
        self.out = max(self.out or 0, database.write.pool.checkedout() + database.read.pool.checkedout())
        return super().read(*size)

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@pytest.mark.parametrize(("method", "path", "kind"), [
    ("POST", OPEN, JSON),
    ("PUT", "/v1/photos/0b8f6a57-3d0e-4a7e-9d5c-2f1d3c5b7a90", "image/jpeg"),
])  # fmt: skip
def test_a_body_that_trickles_in_holds_no_connection(alice, jpeg, method, path, kind):
    data = json.dumps(wish()).encode() if kind == JSON else jpeg()
    body = Trickle(data)

    answer = alice.call(method, path, content_type=kind, input_stream=body, content_length=len(data))

    assert answer.status_code in {200, 201}, answer.get_json()
    assert body.out == 0


def test_the_server_says_whether_it_and_its_worker_keep_up(nobody, alice, carol, make):
    path = f"{OPEN}{make.request(by=alice)['id']}/assign"
    carol.post(path, {"department": "police"})
    assert nobody.get("/healthz").get_json() == {"status": "ok"}
    assert nobody.get("/readyz").get_json()["ledger_waits_s"] >= 0


@pytest.mark.parametrize("path", ["/t/a%00b", "/v1/assets/tags/a%00b", "/ogc/collections/a%00b/items"])
def test_nothing_is_called_by_a_zero_byte(nobody, path):
    problem(nobody.get(path), 404, "not-found")
