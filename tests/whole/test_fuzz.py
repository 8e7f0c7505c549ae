"""Schemathesis over every route, by strangers and by people: no fault, and no answer outside its schema."""

from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from backend.core.actor import db
from backend.identity.actions import begin_session
from backend.identity.tables import PersonRow
from backend.worker import in_transaction
from tests.whole.code import routes

load_all_checks()

EXCLUDED = {
    "positive_data_acceptance": "rules refuse what is well formed: a place outside the city, a second answer",
    "negative_data_rejection": 'a query takes "1" for 1 and passes over a header that it does not know, by design',
    "ignored_auth": "each route is tried without a token in test_routes.py",
    "missing_required_header": "no route asks for a header but the token",
    "use_after_free": "ids come from the caller, so a sequence of made-up ids tells nothing",
    "ensure_resource_availability": "as above",
    "unsupported_method": "methods are Flask's, and compared with OpenAPI in test_routes.py",
}
EXAMPLES, EXAMPLES_IN_SOAK = 6, 200
PEOPLE = ["nobody", "alice", "carol", "erin"]


def excluded_checks():
    assert set(EXCLUDED) <= set(CHECKS.get_all_names())
    return [CHECKS.get_one(name) for name in EXCLUDED]


@pytest.fixture
def things(alice, carol, make, jpeg):
    """Ids of things that are there, so that some calls get beyond a 404."""
    photo = alice.send_photo(jpeg())
    request = make.request(by=alice, photos=[photo])
    other = make.request(by=alice)
    carol.post(f"/v1/service-requests/{other['id']}/close", {"reason": "fixed"})
    make.worked()
    return [request["id"], other["id"], str(photo)]


def fresh_token(caller):
    return in_transaction(lambda: begin_session(db().get_one(PersonRow, caller.id), "test").access_token)


def operations(schema):
    for found in schema.get_all_operations():
        yield found.ok()


def test_the_contract_is_sound_openapi_and_schemathesis_knows_each_route(app):
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    schema.validate()
    assert schema.specification.version.startswith("3.1")
    known = {(operation.path, operation.method.upper()) for operation in operations(schema)}
    assert known == {(path, method) for path, method, view in routes(app) if hasattr(view, "permit")}


def fuzz(operation, headers, things, *, soak):
    """Call one operation with made-up values, and with ids of things that are there; raises at a wrong answer."""

    @settings(
        max_examples=EXAMPLES_IN_SOAK if soak else EXAMPLES,
        deadline=None,
        database=None,
        derandomize=not soak,
        phases=list(Phase) if soak else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def run(case):
        if "id" in (case.path_parameters or {}):
            number = UUID(case.path_parameters["id"]).int
            if number % 4:
                case.path_parameters["id"] = things[number % len(things)]
        case.call_and_validate(headers=headers, excluded_checks=excluded_checks())

    run()


@pytest.mark.parametrize("name", PEOPLE)
def test_no_call_ends_in_a_fault_or_outside_its_schema(*, name, request, app, things, soak):
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    schema.config.output.sanitization.update(enabled=False)
    caller = request.getfixturevalue(name)
    for operation in operations(schema):
        if caller.id:
            caller.token = fresh_token(caller)  # signing out is one of the calls
        headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
        fuzz(operation, headers, things, soak=soak)
