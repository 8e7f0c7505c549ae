"""Each route, read from the application itself: who may pass, what it says of itself, how thin it is."""

import ast
import dataclasses
import inspect
import json
import re
import statistics
import textwrap
import uuid

import pytest

from backend.app import DOMAINS
from backend.core.actor import Grant
from backend.core.http import KNOWN, Public
from shared_models.permissions import Permission
from tests.cast import Caller, problem
from tests.whole.code import ROOT, files, filled, routes, tree_of

MACHINERY = {
    "/openapi.json": "the contract itself",
    "/docs": "the contract as a page",
    "/healthz": "asked by whoever keeps the process alive",
    "/readyz": "asked by whoever sends it traffic",
    "/metrics": "asked by Prometheus, with a token of its own",
    "/status": "read by an operator, with the same token",
}
"""Served without a permit: they tell nothing of anybody."""
PRINTED = {
    "/t/<tag>": "what a label says: as short as can be, for a small code is read from further away",
    "/map/": "what people are told and type",
    "/map/reports/<id>": "what is passed on: the address of a report",
    "/map/<version>/<file>": "what that page is made of",
}
"""Routes that stand for themselves, outside of /v1/."""
STANDARD = "/ogc/"
"""Below it the addresses are a standard's, and not ours to version."""
SNAPSHOT = ROOT / "tests/whole/openapi.json"


def guarded(app):
    return [(path, method, view) for path, method, view in routes(app) if path not in MACHINERY]


def asking(app):
    """(path with ids in it, method, permit) of each route that is not public."""
    for path, method, view in guarded(app):
        if not isinstance(view.permit, Public):
            yield filled(path.replace("{id}", str(uuid.uuid4()))), method, view.permit


def operations(spec):
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if method in {"get", "put", "post", "patch", "delete"}:
                yield path, method.upper(), operation


@pytest.fixture
def spec(house):
    return house.test_client().get("/openapi.json").get_json()


@pytest.fixture
def with_rights(app):
    """Let whoever asks hold just these permissions, whatever their roles say."""
    door = app.extensions["westu"]
    held = set()

    def actor_of(*asked):
        actor = door.actor_of(*asked)
        return dataclasses.replace(actor, grants=(Grant(frozenset(held)),))

    def hold(permissions):
        held.clear()
        held.update(permissions)

    app.extensions["westu"] = dataclasses.replace(door, actor_of=actor_of, presumed=lambda *_: None)
    yield hold
    app.extensions["westu"] = door


def test_each_route_says_who_may_pass(app):
    for path, _, view in routes(app):
        permit = getattr(view, "permit", None)
        assert path in MACHINERY or isinstance(permit, Public | Permission), path


def test_each_route_refuses_a_stranger_unless_it_is_public(app, nobody):
    forged = Caller(app, token="a.b.c")
    for path, method, _ in asking(app):
        for stranger in (nobody, forged):
            answer = stranger.call(method, path)
            problem(answer, 401, "sign-in")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        if method == "GET":
            assert nobody.call("HEAD", path).status_code == 401


def test_each_route_refuses_who_lacks_its_right_and_only_them(app, make, with_rights):
    for path, method, permit in asking(app):
        caller = make.person("alice")
        with_rights(set(Permission) - {permit})
        problem(caller.call(method, path), 403, "forbidden")

        with_rights({permit})
        assert caller.call(method, path).status_code not in {401, 403}, (method, path)


def test_a_public_route_asks_nobody_who_they_are(app, nobody):
    for path, method, view in guarded(app):
        if isinstance(view.permit, Public):
            assert nobody.call(method, path).status_code not in {403, 500}, (method, path)


def test_a_route_that_knows_who_brings_a_token_refuses_one_that_is_none(app, alice):
    forged = Caller(app, token="a.b.c")
    known = [(path, method) for path, method, view in guarded(app) if view.permit is KNOWN]
    assert known
    for path, method in known:
        problem(forged.call(method, filled(path).replace("{id}", str(uuid.uuid4()))), 401, "sign-in")


def test_openapi_tells_of_each_route_that_is_served_and_no_other(app, spec):
    served = {(path, method) for path, method, _ in guarded(app)}
    assert served == {(path, method) for path, method, _ in operations(spec)}


def test_openapi_tells_who_may_pass(app, spec):
    told = {(path, method): operation for path, method, operation in operations(spec)}
    for path, method, view in guarded(app):
        operation = told[path, method]
        public = isinstance(view.permit, Public)
        assert operation["x-permit"] == ("public" if public else view.permit.value)
        either = [{}] if view.permit is KNOWN else []
        assert operation["security"] == either + ([] if public and not either else [{"bearer": []}])


def test_each_route_says_what_it_is_for(app):
    assert [view.plain.__name__ for _, _, view in guarded(app) if not inspect.getdoc(view.plain)] == []


def test_each_route_has_an_answer_with_a_schema(spec):
    for path, method, operation in operations(spec):
        good = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
        assert good, (method, path)
        for status, answer in good.items():
            assert status == "204" or all(kind["schema"] for kind in answer["content"].values()), (
                method,
                path,
            )
            assert status == "204" or answer["content"], (method, path)


def test_errors_are_problem_documents_of_their_own_media_type(spec):
    answers = spec["components"]["responses"]
    for name, answer in answers.items():
        assert set(answer["content"]) == {"application/problem+json"}, name
        assert answer["content"]["application/problem+json"]["schema"] == {
            "$ref": "#/components/schemas/Problem"
        }
    for path, method, operation in operations(spec):
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}, (
            method,
            path,
        )


def body_lines(view):
    """How many lines of work the function has, without its docstring."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(view.plain)))
    function = ast.parse(source).body[0]
    work = [
        node
        for node in function.body
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    return sum(node.end_lineno - node.lineno + 1 for node in work)


def test_routes_are_thin(app):
    thick = {view.plain.__name__: body_lines(view) for _, _, view in guarded(app)}
    assert statistics.median(thick.values()) == 1
    assert {name: lines for name, lines in thick.items() if lines > 6} == {}


def test_each_route_belongs_to_one_domain_and_stands_below_its_prefix(app):
    prefixes = {domain.blueprint.name: domain.blueprint.url_prefix for domain in DOMAINS}
    assert set(prefixes) == {domain.name for domain in DOMAINS}
    for rule in app.url_map.iter_rules():
        name = rule.endpoint.partition(".")[0]
        assert rule.rule.startswith(prefixes.get(name, "/")), rule
        beginnings = ("/v1/", STANDARD)
        assert rule.rule.startswith(beginnings) or rule.rule in MACHINERY or rule.rule in PRINTED, rule


def test_the_contract_is_the_one_in_the_repository(spec):
    told = json.dumps(spec, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert told == SNAPSHOT.read_text("utf-8"), (
        "The contract changed. If that is meant: westu openapi > tests/whole/openapi.json"
    )


def test_what_an_answer_refers_to_is_there(spec):
    def references(node):
        if isinstance(node, dict):
            yield from ([node["$ref"]] if "$ref" in node else [])
            for inner in node.values():
                yield from references(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from references(inner)

    for reference in references(spec):
        found = spec
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found, reference


def test_whatever_goes_wrong_on_the_way_in_is_a_problem_document(alice, nobody):
    sent = {"method": "POST", "path": "/v1/service-requests/"}
    for answer, status, type_ in (
        (nobody.get("/v1/no-such-thing"), 404, "not-found"),
        (nobody.get("/v1/service-requests/not-a-uuid/history"), 404, "not-found"),
        (nobody.delete("/v1/maps/pack"), 405, "method-not-allowed"),
        (alice.call(**sent, data="{", content_type="application/json"), 400, "malformed"),
        (alice.call(**sent, data="[" * 100_000, content_type="application/json"), 400, "malformed"),
        (alice.call(**sent, data=b'{"id": "\xff"}', content_type="application/json"), 400, "malformed"),
        (alice.call(**sent, data="[]", content_type="application/json"), 422, "invalid"),
        (
            alice.call(**sent, data="id=1", content_type="application/x-www-form-urlencoded"),
            415,
            "media-type",
        ),
        (alice.call(**sent, data="x" * (2 * 1024 * 1024), content_type="application/json"), 413, "too-large"),
        (alice.post("/v1/service-requests/", {}, key="short"), 400, "malformed"),
        (alice.get("/v1/me", headers={"Westu-Wire": "0"}), 426, "upgrade"),
    ):
        assert problem(answer, status, type_)["request_id"] == answer.headers["Request-Id"]


def said_by_phones(tree):
    """The addresses that a piece of the phone's code asks: words that begin so, what is put in as a star."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            words = "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value
        else:
            continue
        if words.startswith("/v1/"):
            yield words.partition("?")[0]


def test_each_whole_address_that_the_phone_asks_is_a_route(app):
    rules = [re.sub(r"<[^>]+>", "*", rule.rule) for rule in app.url_map.iter_rules()]
    asked = {words for path in files("mobile") for words in said_by_phones(tree_of(path))}
    assert len(asked) > 20
    for words in asked:
        held = re.escape(words.rstrip("/")).replace(re.escape("*"), "[^/]*")
        assert any(re.match(held + r"(/|$)", rule) for rule in rules), words
