"""What is listed once: permissions, problems, events. Each is used, and nothing is used that is not listed."""

import ast
from datetime import datetime
from typing import get_args, get_origin
from uuid import UUID

import pytest

from backend.app import DOMAINS
from backend.core.api import BY_STATUS
from backend.core.ledger import EventRow
from backend.identity.rules import NAMED, PHONE, ROLES
from shared_models.identity import Role
from shared_models.permissions import Permission
from shared_models.problems import TYPES
from shared_models.wire import Regexp, WireEnum, unwrap, wire_fields
from tests.whole.code import calls, events, files, routes, text_of, tree_of

every_event = pytest.mark.parametrize("event", events(), ids=lambda event: event.kind())


# ── permissions ──────────────────────────────────────────────────────────────────────────────────────────


WITHIN_A_VERB = {
    Permission.CUSTODY_GIVE: "who may hand out to others, and say that a rule does not count",
}
"""What a route can't ask for, since it depends on what is wished: the verb asks."""


def test_each_permission_is_asked_for_by_a_route(app):
    asked = {getattr(view, "permit", None) for _, _, view in routes(app)}
    assert set(Permission) - {Permission.NEWER} - asked == set(WITHIN_A_VERB)
    verbs = "".join(text_of(path) for path in files("backend/assets"))
    assert all(f"Permission.{right.name}" in verbs for right in WITHIN_A_VERB)


def test_each_permission_is_held_by_a_role_and_no_role_holds_another():
    held = PHONE | NAMED | frozenset().union(*ROLES.values())
    assert held == set(Permission) - {Permission.NEWER}


def test_each_role_is_a_bundle_and_an_account_never_holds_less_than_a_phone():
    assert set(ROLES) == set(Role) - {Role.NEWER}
    assert all(PHONE < NAMED <= bundle for bundle in ROLES.values())


def test_each_permission_is_named_after_what_it_allows():
    for permission in set(Permission) - {Permission.NEWER}:
        assert permission.name.lower().split("_") == permission.value.split(":")


# ── problems ─────────────────────────────────────────────────────────────────────────────────────────────


def raised_types():
    """The types of problem that the code of the backend raises, or answers with."""
    found = set(BY_STATUS.values())
    for path in files("backend"):
        tree = tree_of(path)
        for call in calls(tree, "ProblemError", "Refused", "Unknown", "__init__", "get"):
            found.update(word.value for word in call.args if isinstance(word, ast.Constant))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                found.update(word.value for word in node.args.defaults if isinstance(word, ast.Constant))
    return {word for word in found if isinstance(word, str)}


def test_each_problem_that_is_listed_is_raised_somewhere():
    assert set(TYPES) - raised_types() == set()


def test_each_problem_that_is_raised_is_listed():
    named = set()
    for path in files("backend"):
        for call in calls(tree_of(path), "ProblemError", "Refused", "Unknown"):
            named.update(word.value for word in call.args[:1] if isinstance(word, ast.Constant))
    assert named - set(TYPES) == set()
    assert set(BY_STATUS.values()) - set(TYPES) == set()


def test_each_problem_has_a_status_that_fits_and_a_title_of_its_own():
    for status, type_ in BY_STATUS.items():
        assert TYPES[type_][0] == status
    assert all(400 <= status < 600 and title.endswith(".") for status, title in TYPES.values())
    assert len({title for _, title in TYPES.values()}) == len(TYPES)


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────


SAID_BY_PEOPLE = (
    "Jane Doe",
    "jane doe",
    "6600 Oak",
    "a@b.us",
    "29.7178,-95.4317",
    "+1 713 555 0100",
    "Deep one",
    "ñandú",
)
"""What no field of an event may hold; a code is a word without spaces."""


def may_be_kept_for_ever(hint):
    """Whether values of this type say nothing about a person in words: ids, codes, states, numbers, moments."""
    kind, _, extras = unwrap(hint)
    if get_origin(kind) is tuple:
        return may_be_kept_for_ever(get_args(kind)[0])
    if kind is str:
        codes = [extra for extra in extras if isinstance(extra, Regexp)]
        return any(not any(code.regex.match(said) for said in SAID_BY_PEOPLE) for code in codes)
    return kind in {UUID, int, bool, datetime} or (isinstance(kind, type) and issubclass(kind, WireEnum))


@every_event
def test_an_event_holds_ids_codes_states_and_numbers_only(event):
    assert [name for name, hint in wire_fields(event).items() if not may_be_kept_for_ever(hint)] == []


@every_event
def test_an_event_is_heard_or_for_the_record(event):
    heard = {heard for domain in DOMAINS for heard in domain.hears}
    assert (event in heard) != event.for_the_record


@every_event
def test_an_event_says_to_what_it_happened(event):
    assert not event.subject or unwrap(wire_fields(event)[event.subject])[0] is UUID
    assert event.__doc__


@every_event
def test_an_event_is_announced_somewhere(event):
    assert any(
        list(calls(tree_of(path), event.__name__)) for path in files("backend") if path.name != "events.py"
    )


def test_kinds_of_events_are_unique():
    kinds = [event.kind() for event in events()]
    assert len(kinds) == len(set(kinds))


def test_what_a_journey_writes_into_the_ledger_is_what_its_events_say(alice, carol, dan, erin, make):
    from backend.core.actor import db
    from backend.worker import in_transaction

    path = f"/v1/service-requests/{make.request(by=alice)['id']}"
    carol.post(f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)})
    dan.post(f"{path}/close", {"reason": "fixed"})
    alice.post(f"{path}/answer", {"fixed": True})
    carol.get("/v1/service-requests/work?q=deep&open=true")
    erin.post("/v1/identity/invitations", {"email": "a@b.us", "role": "crew", "department": "police"})
    alice.post("/v1/identity/sign-out")

    known = {event.kind(): event for event in events()}
    rows = in_transaction(lambda: [(row.kind, row.fields) for row in db().query(EventRow)])
    assert len({kind for kind, _ in rows}) > 8
    for kind, fields in rows:
        assert known[kind].check(fields).dump() == fields
