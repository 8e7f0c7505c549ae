"""A caller whom the server knows costs it no message of their own; and is asked for what they are at this moment."""

import uuid
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, func, select, text, update

from backend.core.actor import context, db
from backend.core.clock import now
from backend.core.house import house
from backend.core.ledger import EventRow, record
from backend.core.once import OnceRow
from backend.identity.events import PhoneRegistered
from backend.identity.tables import GrantRow, PersonRow, SessionRow
from backend.worker import in_transaction
from shared_models.basics import Language
from tests.cast import problem
from tests.make import HERE
from tests.statements import messages


@pytest.fixture(name="messages")
def _messages():
    with messages() as sent:
        yield sent


def change(statement):
    in_transaction(lambda: db().execute(statement))


def wish():
    return {"id": str(uuid.uuid4()), "type": "pothole", "description": "Deep", "where": HERE}


@pytest.mark.parametrize("space", ["", " ", "  ", "\t", "\xa0", "\x85", "\x1f"])
@pytest.mark.parametrize("path", ["/v1/me", "/v1/assets/", "/v1/maps/layers/", "/ogc/collections"])
def test_a_token_of_spaces_is_no_token_and_nobody(nobody, path, space):
    answer = nobody.call("GET", path, headers={"Authorization": f"Bearer {space}"})
    problem(answer, 401, "sign-in")
    if path.startswith("/v1/m"):
        answer = nobody.call("POST", path, json={}, headers={"Authorization": f"Bearer {space}"})
        assert answer.status_code in {401, 405}


def test_who_asks_and_what_they_ask_go_together(alice, make, messages):
    request = make.request(by=alice)
    path = f"/v1/service-requests/{request['id']}"
    assert alice.get(path).status_code == 200
    messages.clear()

    assert alice.get(path).get_json()["id"] == request["id"]
    assert messages == [2]


def test_a_change_takes_its_key_in_the_same_message(alice, messages):
    for _ in range(2):
        messages.clear()
        assert alice.post("/v1/service-requests/", wish(), key=str(uuid.uuid4())).status_code == 201
    assert messages[0] == 2


def test_a_route_that_asks_nothing_still_asks_who_calls(alice, messages):
    alice.get("/v1/me")
    messages.clear()
    assert alice.get("/v1/service-requests/?after=odd").status_code == 422
    assert messages == [1], "a refusal, too, is for who they are now"
    change(update(SessionRow).where(SessionRow.person_id == alice.id).values(ended_at=now()))
    assert alice.get("/v1/service-requests/?after=odd").status_code == 401


@pytest.mark.parametrize(
    "end",
    [
        lambda who: update(SessionRow).where(SessionRow.person_id == who.id).values(ended_at=now()),
        lambda who: update(SessionRow).where(SessionRow.person_id == who.id).values(until_at=now()),
        lambda who: update(PersonRow).where(PersonRow.id == who.id).values(disabled_at=now()),
    ],
)
def test_who_is_put_out_is_out_with_their_next_call(alice, make, end):
    request = make.request(by=alice)
    assert alice.get(f"/v1/service-requests/{request['id']}").status_code == 200
    asked, key = wish(), str(uuid.uuid4())

    change(end(alice))

    assert alice.get(f"/v1/service-requests/{request['id']}").status_code == 401
    assert alice.get("/v1/service-requests/?limit=5").status_code == 401
    assert alice.get(f"/v1/service-requests/{uuid.uuid4()}").status_code == 401, (
        "nor are they told what is not there"
    )
    assert alice.post("/v1/service-requests/", asked, key=key).status_code == 401
    left = in_transaction(lambda: db().scalar(select(func.count()).where(OnceRow.key == key)))
    assert left == 0, "what was written for whom they were presumed to be is gone"


def test_a_right_that_is_taken_is_gone_and_one_that_is_given_is_there_with_the_next_call(carol, alice, make):
    request = make.request(by=alice)
    close, work = f"/v1/service-requests/{request['id']}/close", "/v1/service-requests/work"
    mine = GrantRow.person_id == carol.id
    assert carol.get(work).status_code == 200

    change(update(GrantRow).where(mine).values(ended_at=now()))
    assert carol.get(work).status_code == 403
    assert carol.post(close, {"reason": "fixed"}, key=str(uuid.uuid4())).status_code == 403

    change(update(GrantRow).where(mine).values(ended_at=None))
    assert carol.get(work).status_code == 200
    assert carol.post(close, {"reason": "fixed"}, key=str(uuid.uuid4())).status_code == 200


def test_what_a_person_is_called_is_what_they_are_called_now(alice):
    assert alice.get("/v1/me").get_json()["language"] == "en"
    change(update(PersonRow).where(PersonRow.id == alice.id).values(language=Language.ES, name="Alicia"))
    told = alice.get("/v1/me").get_json()
    assert (told["language"], told["name"]) == ("es", "Alicia")


def test_a_transaction_that_fails_before_they_are_known_leaves_nothing(alice, monkeypatch):
    alice.post("/v1/service-requests/", wish(), key=str(uuid.uuid4()))
    before = in_transaction(lambda: db().execute(text("SELECT count(*) FROM request")).scalar())
    change(update(PersonRow).where(PersonRow.id == alice.id).values(name="Alicia"))

    assert alice.post("/v1/service-requests/", wish(), key=str(uuid.uuid4())).status_code == 201
    after = in_transaction(lambda: db().execute(text("SELECT count(*) FROM request")).scalar())
    assert after == before + 1


def test_an_error_of_the_first_message_is_told_as_what_it_is(alice, monkeypatch):
    alice.post("/v1/service-requests/", wish(), key=str(uuid.uuid4()))
    with refusing("once", "53100"):
        answer = alice.post("/v1/service-requests/", wish(), key=str(uuid.uuid4()))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert alice.post("/v1/service-requests/", wish(), key=str(uuid.uuid4())).status_code == 201


@contextmanager
def refusing(table, state):
    """PostgreSQL refuses to write this table, with this SQLSTATE."""
    function = f"RAISE EXCEPTION 'no' USING ERRCODE = '{state}'"
    with owner() as connection:
        connection.exec_driver_sql(
            f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {function}; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    try:
        yield
    finally:
        with owner() as connection:
            connection.exec_driver_sql("DROP FUNCTION refuse CASCADE")


@contextmanager
def owner():
    engine = create_engine(house().settings.database_owner_url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_whoever_is_out_costs_one_question(alice, make, messages):
    make.request(by=alice)
    path = "/v1/service-requests/?limit=5"
    alice.get(path)
    change(update(SessionRow).where(SessionRow.person_id == alice.id).values(ended_at=now()))
    messages.clear()
    assert [alice.get(path).status_code for _ in range(3)] == [401] * 3
    assert messages == [2, 1, 1, 1], "the first was presumed to be in, and then asked"


# ── what waits for the commit, and savepoints ────────────────────────────────────────────────────────────────


def happened(what):
    return record(PhoneRegistered(phone_id=what))


def recorded(ids):
    """These, in the order in which the ledger has them."""
    query = select(EventRow.subject_id).where(EventRow.subject_id.in_(ids)).order_by(EventRow.seq)
    return list(in_transaction(lambda: db().scalars(query).all()))


def test_the_ledger_keeps_the_order_in_which_things_happened_also_across_savepoints(app):
    first, second, third, undone = ids = [uuid.uuid4() for _ in range(4)]

    def work():
        happened(first)
        with db().begin_nested():
            happened(second)
        with db().begin_nested() as nested:
            happened(undone)
            nested.rollback()
        happened(third)

    in_transaction(work)
    assert recorded(ids) == [first, second, third]


def test_what_waits_for_the_commit_stays_when_a_savepoint_behind_it_is_undone(app):
    before, inside, behind = ids = [uuid.uuid4() for _ in range(3)]

    def work():
        happened(before)
        with context().connection.begin_nested() as nested:
            happened(inside)
            nested.rollback()
        happened(behind)

    in_transaction(work)
    assert recorded(ids) == [before, behind]


def test_what_is_rolled_back_is_not_in_the_ledger(app):
    id_ = uuid.uuid4()

    def work():
        happened(id_)
        raise ValueError

    with pytest.raises(ValueError):
        in_transaction(work)
    assert recorded([id_]) == []
