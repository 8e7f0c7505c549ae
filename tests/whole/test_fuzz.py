"""Schemathesis over every route, by strangers and by people: no fault, and no answer outside its schema."""

import math
import os
import random
import re
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks

from backend.checks.xlsform import MEDIA_TYPE
from backend.core.actor import db
from backend.identity.actions import begin_session
from backend.identity.tables import PersonRow
from backend.worker import in_transaction
from tests.whole.code import routes
from tests.whole.things import forget_tries

load_all_checks()
schemathesis.serializer.alias(MEDIA_TYPE, "application/octet-stream")  # a workbook, as any bytes are

AN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REFUSED_BY_RULES = ["2xx", "3xx", "401", "403", "404", "409", "422", "429"]
"""What may be answered to what the contract allows: rules refuse a place outside the city, a password too easy."""
EXAMPLES = 5
"""Cases of each operation for each person; about half of them break the contract on purpose."""
IN_SOAK = {"nobody": 5000, "alice": 1700, "carol": 1700, "erin": 1700}
"""Cases in all, in the long form: 5,000 without signing in and 5,000 with it."""


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


def fuzz(operation, headers, things, examples, number):
    """Call one operation with made-up values, and with ids of things that are there; raises at a wrong answer.

    With a number it is the seed; without one the cases are the same each time.
    """

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=number is None,
        phases=[Phase.generate] if number is None else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy() | operation.as_strategy(GenerationMode.NEGATIVE))
    def run(case):
        if AN_ID.fullmatch(str((case.path_parameters or {}).get("id"))):
            number = UUID(case.path_parameters["id"]).int
            if number % 4:
                case.path_parameters["id"] = things[number % len(things)]
        case.call_and_validate(headers=headers)

    (run if number is None else seed(number)(run))()


@pytest.mark.parametrize("name", IN_SOAK)
def test_no_call_ends_in_a_fault_or_outside_its_schema(*, name, request, app, things, soak, record_property):
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    schema.config.output.sanitization.update(enabled=False)
    caller, number, examples, known = request.getfixturevalue(name), None, EXAMPLES, list(operations(schema))
    if soak:
        number = int(os.environ.get("SEED") or random.randrange(2**32))
        examples = math.ceil(IN_SOAK[name] / len(known))
        record_property("seed", number)
        print(f"SEED={number}: {examples} cases of each of {len(known)} operations by {name}")
    for operation in known:
        forget_tries()
        # (the OGC's standards say 400 where the house says 422)
        said = [*REFUSED_BY_RULES, *(["400"] if operation.path.startswith("/ogc/") else [])]
        schema.config.checks.positive_data_acceptance.expected_statuses = said
        if caller.id:
            caller.token = fresh_token(caller)  # signing out is one of the calls
        headers = {"Accept-Encoding": "identity"}  # schemathesis unpacks nothing that comes by WSGI
        if caller.token:
            headers["Authorization"] = f"Bearer {caller.token}"
        fuzz(operation, headers, things, examples, number)
