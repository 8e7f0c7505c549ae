"""No personal data in logs: marked words go through the whole house, and none comes out in a line."""

import json
import logging
import uuid

import pytest

from backend.core.log import JsonLines, say
from backend.worker import in_transaction
from tests.cast import problem

MARK = "Zq7Marker"
PLACE = {"lat": 29.717843, "lon": -95.431719}


@pytest.fixture
def lines():
    """All lines that are logged, as the server writes them."""

    class Kept(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    written, handler = [], Kept(logging.DEBUG)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


def marked(lines):
    secret = [MARK.lower(), "29.7178", "-95.4317", "127.0.0.1", "bearer", "eyj"]
    return [line for line in lines if any(word in line.lower() for word in secret)]


def test_what_people_say_of_themselves_is_in_no_line_of_the_log(
    *, nobody, carol, dan, erin, make, jpeg, lines
):
    email, password = f"{MARK}@example.org", f"{MARK} three green parrots"
    person = make.person("alice")
    account = nobody.post(
        "/v1/identity/accounts", {"email": email, "password": password, "name": MARK, "device": MARK}
    )
    person.token, refresh = account.get_json()["access_token"], account.get_json()["refresh_token"]
    nobody.post("/v1/identity/sessions", {"email": email, "password": password})
    problem(
        nobody.post("/v1/identity/sessions", {"email": email, "password": MARK}), 401, "wrong-credentials"
    )
    nobody.post("/v1/identity/refresh", {"refresh_token": refresh, "next_token": MARK * 6})
    nobody.get("/v1/me", headers={"Authorization": f"Bearer {MARK}"})
    person.patch("/v1/me", {"name": f"{MARK} the second"})
    person.put("/v1/notifications/endpoint", {"platform": "android", "token": MARK * 3})

    request = make.request(
        by=person,
        description=MARK,
        address=f"6600 {MARK} St",
        where=PLACE,
        photos=[person.send_photo(jpeg())],
    )
    path = f"/v1/service-requests/{request['id']}"
    carol.post(f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)})
    dan.post(f"{path}/notes", {"id": str(uuid.uuid4()), "words": MARK}, key=MARK * 2)
    dan.post(f"{path}/close", {"reason": "duplicate", "words": MARK})
    person.post(f"{path}/answer", {"fixed": False, "words": MARK})
    carol.get(f"/v1/service-requests/work?q={MARK}")
    nobody.get("/v1/maps/places", query_string={"q": f"6600 {MARK}"})
    nobody.get("/v1/maps/whose", query_string=PLACE)
    problem(person.post("/v1/service-requests/", {"description": MARK, MARK: MARK}), 422, "invalid")
    problem(
        person.post("/v1/service-requests/", data=f'{{"{MARK}', content_type="application/json"),
        400,
        "malformed",
    )
    nobody.get(f"/v1/{MARK}?{MARK}={MARK}")
    erin.post("/v1/identity/invitations", {"email": f"2{email}", "role": "desk"})
    make.worked()
    person.pull()

    statuses = [json.loads(line)["status"] for line in lines]
    assert statuses == [
        201,
        201,
        401,
        200,
        401,
        200,
        200,
        200,
        201,
        200,
        201,
        200,
        200,
        200,
        200,
        200,
        422,
        400,
        404,
        201,
        200,
    ]
    assert marked(lines) == []


def test_an_exceptions_own_words_stay_in_the_house(app, alice, lines, monkeypatch):
    def fails(*_):
        raise ValueError(f"{MARK} could not be read")

    monkeypatch.setitem(app.view_functions, "identity.get_me", fails)
    with pytest.raises(ValueError, match=MARK):
        fails()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = problem(alice.get("/v1/me"), 500, "fault")

    assert MARK not in json.dumps(answer)
    told = [json.loads(line) for line in lines]
    fault = next(line for line in told if line["message"] == "fault")
    assert (fault["error"], fault["request_id"]) == ("ValueError", answer["request_id"])
    assert fault["where"][-1].endswith("fails")
    assert marked(lines) == []


def test_what_the_database_says_of_a_row_is_not_logged(app, alice, lines):
    from sqlalchemy import text

    from backend.core.actor import db

    with pytest.raises(Exception, match="duplicate key"):
        in_transaction(
            lambda: db().execute(
                text(
                    "INSERT INTO person SELECT gen_random_uuid(), name, email, password_hash, secret_hash, language, "
                    "made_at FROM person WHERE id = :id"
                ),
                {"id": alice.id},
            )
        )
    try:
        in_transaction(lambda: db().execute(text(f"SELECT '{MARK}'::uuid")))
    except Exception:  # noqa: BLE001 - whatever the driver raises
        say("delivery failed", level=40, failed=True)
    assert len(lines) == 1
    assert marked(lines) == []


def test_each_line_is_one_json_object_with_the_number_of_its_request(app, alice, lines):
    number = alice.get("/v1/me").headers["Request-Id"]
    line = json.loads(lines[-1])
    assert (line["message"], line["route"], line["status"]) == ("answered", "/v1/me", 200)
    assert line["request_id"] == number
    assert "\n" not in lines[-1]


def test_where_an_exception_came_from_can_be_a_place_without_a_folder(lines):
    try:
        exec(compile("raise ValueError('x')", "compiled.pyx", "exec"))
    except ValueError:
        say("fault", failed=True)
    assert json.loads(lines[-1])["where"][-1] == "compiled.pyx:1 <module>"
