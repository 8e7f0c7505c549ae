"""Every route, abused: another's keys and ids, tokens that are not ours, bodies that are no JSON, addresses that climb."""

import json
import uuid
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import select, update

from backend.core.actor import db
from backend.core.clock import later
from backend.core.limits import TryRow
from backend.worker import in_transaction
from shared_models.problems import Problem
from shared_models.wire import unwrap, wire_fields
from tests.cast import Caller, problem
from tests.conftest import SECRET
from tests.whole.asking import ways
from tests.whole.things import DEPARTMENTS, MINE, NEIGHBOURS, Things, forget_tries, kept
from tests.wire.wrong import needed

JSON = "application/json"


@pytest.fixture
def things(app):
    made = Things(app)
    for name in ("admin", "desk", "neighbour"):
        made.known(name)  # before anything is counted
    return made


def path_of(way, things, caller, whose=DEPARTMENTS):
    return way.at(things.thing(way.kind, whose, caller) if way.kind else "")


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────


MINE_ALONE = {
    "DELETE /v1/assets/filters/{id}",
    "DELETE /v1/maps/reports/{id}",
    "POST /v1/maps/reports/{id}/share",
}
"""What nobody may do to another's, whatever their rights."""


def test_a_key_of_mine_gets_the_first_answer_again_and_is_nothing_to_anybody_else(app, things):
    tried = 0
    for way in ways(app):
        if not way.takes_key:
            continue
        forget_tries()
        admin, desk = things.known("admin"), things.known("desk")
        alone = way.permit.value in {"self:change", "request:answer"} or str(way) in MINE_ALONE
        whose = MINE if alone else DEPARTMENTS
        path, options, key = path_of(way, things, admin, whose), way.sent(things), uuid.uuid4()
        first = admin.call(way.method, path, key=key, **options)
        assert first.status_code < 300, (str(way), first.get_json())
        after = kept()

        again = admin.call(way.method, path, key=key, **options)
        assert (again.status_code, again.data) == (first.status_code, first.data), way
        assert again.headers["Idempotent-Replay"] == "true"
        problem(admin.call(way.method, path, json={"another": "body"}, key=key), 409, "key-reused")
        assert kept() == after, way

        for other in (desk, things.known("neighbour")):
            answer = other.call(way.method, path, key=key, **options)
            assert "Idempotent-Replay" not in answer.headers, way
        problem(Caller(app).call(way.method, path, key=key, **options), 401, "sign-in")
        tried += 1
    assert tried >= 10


# ── ids ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_id_in_a_body_that_is_anothers_is_told_as_one_that_is_made_up(app, things):
    """But one that a phone chooses for something new (``id``): that it is taken must be said."""
    admin, tried = things.known("resident"), set()
    desk = things.known("desk")
    for way in ways(app):
        for name, hint in wire_fields(way.wire("json")).items() if way.wire("json") else ():
            if name == "id" or uuid.UUID not in (hint, *_inside(hint)):
                continue
            caller = desk if way.permit.value == "request:work" else admin if not way.public else Caller(app)
            told = []
            for id in (*foreign(things, name), uuid.uuid4()):
                forget_tries()
                path = path_of(way, things, caller, MINE if "answer" in way.path else DEPARTMENTS)
                value = [str(id)] if name in {"ids", "photos"} else str(id)
                sent = (
                    {**way.sent(things).get("json", {}), "fixed": False}
                    if "answer" in way.path
                    else way.sent(things)["json"]
                )
                answer = caller.call(way.method, path, {**sent, name: value})
                plain = answer.get_json() if answer.data else {}
                told.append((answer.status_code, plain.get("type"), plain.get("detail"), plain.get("errors")))
            assert len({str(one) for one in told}) == 1, (str(way), name, told)
            tried.add((way.path, name))
    assert len(tried) >= 6


def _inside(hint):
    kind, _, _ = unwrap(hint)
    return (kind, *getattr(kind, "__args__", ()))


def foreign(things, name):
    """Ids of what belongs to others, of the kind that a field of this name means."""
    neighbour = things.known("neighbour")
    if name == "photos":
        return [things.thing("photo", NEIGHBOURS, neighbour)]
    if name == "ids":
        things.worked()
        return [things.thing("request", NEIGHBOURS, neighbour)]
    if name == "phone_id":
        return [things.phone().id, neighbour.id]
    return [neighbour.id]


ODD_IDS = (
    "x", "0", "-1", "null", "..", "%2e%2e", "../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "..\\..\\etc", "%00", "a%00b",
    "' OR 1=1 --", "1;DROP TABLE person", "{id}", "%7B%7D", "*", "%25", "~", "0" * 36, "g" * 36, "9" * 4000,
    "43d0d4af-4720-4683-9ded-b6b14141dec3.json", "43d0d4af-4720-4683-9ded-b6b14141dec3%00", "43d0d4af472046839dedb6b14141dec3",
    "🚧", "%f0%28%8c%28", "%ed%a0%80", "%0d%0aSet-Cookie:a=b", "<script>",
)  # fmt: skip


def test_an_id_that_is_none_is_told_as_nothing_there_whoever_asks(app, things):
    admin = things.known("admin")
    calls = [(way, way.sent(things)) for way in ways(app) if way.kind]
    before = kept()
    for way, options in calls:
        for odd in ODD_IDS:
            answer = admin.call(way.method, way.at(odd), **options)
            assert answer.status_code in {404, 405}, (str(way), odd, answer.status_code)
            if answer.mimetype == "text/html":  # a page says so in words
                assert str(way).startswith("GET /map/") and "<h1>" in answer.text, (str(way), odd)
            else:
                Problem.read(answer.get_json())
            assert "Set-Cookie" not in answer.headers
    assert kept() == before


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_that_is_not_ours_opens_no_route(app, things):
    admin = things.known("admin")
    claims = jwt.decode(admin.token, options={"verify_signature": False})
    head = {"typ": "at+jwt"}
    body = admin.token.split(".")[1]
    ended = things.somebody("desk")
    assert ended.post("/v1/identity/sign-out").status_code == 204
    put_out = things.somebody("desk")
    admin.post(f"/v1/identity/people/{put_out.id}/disable")
    forged = {
        "expired": jwt.encode(claims | {"exp": claims["iat"] - 1}, SECRET, headers=head),
        "foreign": jwt.encode(claims, "the key of another house, long enough", headers=head),
        "none": f"eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0.{body}.",
        "unsigned": f"{admin.token.rpartition('.')[0]}.",
        "ended": ended.token,
        "put out": put_out.token,
        "a refresh token": things.phone().refresh_token,
    }
    calls = [(way, way.sent(things) if way.method == "GET" else {}) for way in ways(app) if not way.public]
    before = kept()
    for way, options in calls:
        path = way.at(uuid.uuid4())
        for name, token in forged.items():
            answer = Caller(app, token=token).call(way.method, path, **options)
            assert answer.status_code == 401, (str(way), name)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    with later(timedelta(minutes=11)):
        problem(admin.get("/v1/me"), 401, "sign-in")
    assert kept() == before


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────

ODD_BODIES = {
    "nothing": b"",
    "half": b'{"id": "',
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep in a field": b'{"description":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "bytes": b"\x00\xff\xfe\xfd",
    "not UTF-8": b'{"id": "\xed\xa0\x80"}',
    "UTF-16": '{"id": "1"}'.encode("utf-16"),
    "a mark before it": b"\xef\xbb\xbf{}",
    "behind it": b"{} {}",
    "comments": b'{/* */ "id": 1}',
    "single quotes": b"{'id': 1}",
    "a number": b"1",
    "null": b"null",
    "a list": b"[]",
    "words": b'"id"',
    "a number of thousands of digits": b'{"id": ' + b"9" * 5000 + b"}",
    "Infinity alone": b"-Infinity",
    "twice": b'{"id": "1", "id": "2"}',
    "twice inside": b'{"where": {"lat": 1, "lat": 2}}',
    "YAML": b"id: 1",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}


def test_a_body_that_is_no_sound_json_is_refused_and_leaves_nothing(app, things):
    admin, before = things.known("admin"), kept()
    for way in ways(app):
        if not way.takes("json"):
            continue
        path = way.at(uuid.uuid4())
        for name, data in ODD_BODIES.items():
            if name == "nothing" and not needed(way.wire("json")):
                continue
            answer = admin.call(way.method, path, data=data, content_type=JSON)
            assert answer.status_code in {400, 422}, (str(way), name, answer.status_code, answer.get_json())
            Problem.read(answer.get_json())
        for kind in (
            "application/xml",
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
        ):
            problem(admin.call(way.method, path, data=b'{"id": 1}', content_type=kind), 415, "media-type")
    assert kept() == before


def test_a_name_that_stands_twice_is_refused_by_its_name(alice):
    for data, name in (
        (b'{"fixed": true, "fixed": false}', "'fixed'"),
        (b'{"a": {"\\u0000": 1, "\\u0000": 2}}', "'\\\\x00'"),
    ):
        told = problem(
            alice.call("POST", f"/v1/service-requests/{uuid.uuid4()}/answer", data=data, content_type=JSON),
            400, "malformed",
        )  # fmt: skip
        assert name.replace("\\\\", "\\") in told["detail"]


def test_a_hundred_thousand_fields_are_refused_in_few_words(alice):
    many = json.dumps({f"f{n}": 1 for n in range(80_000)})
    answer = alice.call("POST", "/v1/service-requests/", data=many, content_type=JSON)

    assert len(problem(answer, 422, "invalid")["errors"]) == 20
    assert len(answer.data) < 4000


def test_a_query_of_sixty_thousand_signs_or_of_thousands_of_names_is_refused(app, things):
    admin = things.known("admin")
    for way in ways(app):
        if way.method == "GET" and way.takes("query"):
            path = way.at(uuid.uuid4())
            for query in (
                "q=" + "x" * 60_000,
                "&".join(f"a{n}=1" for n in range(3_000)),
                "&" * 60_000 + "a=1",
            ):
                answer = admin.get(f"{path}?{query}")
                odd = 400 if path.startswith("/ogc/") else 422  # as the OGC's standards ask for
                assert answer.status_code in {odd, 404}, (str(way), answer.status_code)
                assert len(answer.data) < 4000


def test_ten_thousand_headers_are_no_fault(alice):
    headers = {f"X-Header-{n}": "y" * 20 for n in range(10_000)}
    assert alice.get("/v1/me", headers=headers).status_code == 200


def test_what_a_caller_wrote_stands_in_no_header_of_the_answer(app, things):
    admin = things.known("admin")
    odd = "x\u0080é<script>"
    for way in ways(app):
        headers = {
            "Westu-Wire": odd,
            "X-Request-Id": odd,
            "Request-Id": odd,
            "Origin": "https://evil.example",
            "Accept": odd,
        }
        answer = (
            admin.call(way.method, way.at(uuid.uuid4()), headers=headers, **way.sent(things))
            if not way.changes
            else None
        )
        if answer is None:
            continue
        assert answer.status_code < 500
        assert not any("<script" in value or "evil" in value for value in answer.headers.values()), way
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────

SIGN_IN, ACCEPT = "/v1/identity/sessions", "/v1/identity/invitations/accept"
UNLIMITED = {"/v1/identity/refresh": "it asks for 256 random bits, so that trying often tells nothing"}
"""What strangers may write to as often as they like, and why."""
LIMITED = {
    "/v1/photos/{id}": ["photo", "photo-address"],
    "/v1/service-requests/": ["request", "request-address"],
}
"""What everybody may send without an account, limited by person and by address."""


def without_a_name(way):
    """Whether anybody may send this as often as they like, but for a limit."""
    return way.changes and (way.path in LIMITED or (way.public and way.path not in UNLIMITED))


def test_whoever_writes_without_a_name_waits_once_they_or_their_address_are_used_up(app, things):
    for way in filter(without_a_name, ways(app)):
        forget_tries()
        caller, path = (
            things.phone() if way.path in LIMITED else Caller(app),
            way.at(uuid.uuid4()),
        )
        guess = {"json": {"email": "a@b.us", "password": "wrong"}}

        def call(way=way, caller=caller, path=path, guess=guess):
            return caller.call(way.method, path, **(guess if way.path == SIGN_IN else way.sent(things)))

        forget_tries()
        call()
        counted = in_transaction(lambda: list(db().scalars(select(TryRow.who))))
        assert any("address" in who for who in counted), f"{way} is not limited by address"
        assert {who.partition(":")[0] for who in counted} >= set(LIMITED.get(way.path, ())), way
        for who in counted:
            use_up(who)
            before = kept()
            refused = call()
            problem(refused, 429, "slow-down")
            assert int(refused.headers["Retry-After"]) >= 1, way
            assert way.path == ACCEPT or kept() == before, way


def use_up(who):
    """Let this one have tried far too often, and nobody else."""
    in_transaction(lambda: db().execute(update(TryRow).values(count=0)))
    in_transaction(lambda: db().execute(update(TryRow).where(TryRow.who == who).values(count=10_000)))
