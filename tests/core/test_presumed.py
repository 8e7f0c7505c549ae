"""A caller whom the server knows costs it no message of their own; and is asked for what they are at this moment."""

import uuid
from contextlib import contextmanager
from unittest import mock

import pytest
from sqlalchemy import create_engine, func, select, text, update
from sqlalchemy.orm import Session

from backend.core import feed, once
from backend.core.actor import Context, context, db, within
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


# ── a key that is presumed to be new ─────────────────────────────────────────────────────────────────────────


def a_radio(tag):
    return {
        "id": str(uuid.uuid4()), "tag": tag, "kind": "portable-radio", "serial": f"S{tag}", "name": "",
        "department": "police", "fields": {"radio_id": tag[-6:], "alias": tag},
    }  # fmt: skip


def left_of(thing):
    """How many rows of each kind a thing has."""
    tables = {"asset": "id", "asset_change": "asset_id", "custody_entry": "asset_id", "event": "subject_id"}
    return {
        table: in_transaction(
            lambda table=table, column=column: db().scalar(
                text(f"SELECT count(*) FROM {table} WHERE {column} = :id").bindparams(
                    id=uuid.UUID(thing["id"])
                )
            )
        )
        for table, column in tables.items()
    }


ONCE = dict.fromkeys(("asset", "asset_change", "custody_entry", "event"), 1)


def test_who_asks_their_key_and_the_work_are_one_message_and_all_that_nobody_waits_for_is_another(
    make, messages
):
    tess = make.person("tess", role="technician")
    for number in range(3):
        messages.clear()
        assert tess.post("/v1/assets/", a_radio(f"R-{number}"), key=uuid.uuid4()).status_code == 201
    assert messages == [3, 4]


def test_a_key_that_is_not_new_does_nothing_and_gets_the_first_answer(make):
    tess = make.person("tess", role="technician")
    thing, key = a_radio("R-1"), uuid.uuid4()
    first = tess.post("/v1/assets/", thing, key=key)
    for _ in range(3):
        again = tess.post("/v1/assets/", thing, key=key)
        assert (again.status_code, again.data) == (201, first.data)
        assert again.headers["Idempotent-Replay"] == "true"
    problem(tess.post("/v1/assets/", thing | {"name": "Other"}, key=key), 409, "key-reused")
    assert left_of(thing) == ONCE
    problem(tess.post("/v1/assets/", a_radio("R-1"), key=uuid.uuid4()), 409, "already-there")
    assert tess.post("/v1/assets/", a_radio("R-2"), key=uuid.uuid4()).status_code == 201


def test_what_was_done_for_somebody_else_is_done_anew_and_stands_once(make):
    tess = make.person("tess", role="technician")
    assert tess.post("/v1/assets/", a_radio("R-1"), key=uuid.uuid4()).status_code == 201
    change(update(PersonRow).where(PersonRow.id == tess.id).values(name="Theresa"))

    thing = a_radio("R-2")
    assert tess.post("/v1/assets/", thing, key=uuid.uuid4()).status_code == 201
    assert left_of(thing) == ONCE
    by = in_transaction(lambda: db().scalar(text("SELECT by FROM asset_change ORDER BY at DESC LIMIT 1")))
    assert by == "Theresa"
    lines = "SELECT count(*) FROM feed_line WHERE kind = 'asset' AND id = :id"
    told = in_transaction(lambda: db().scalar(text(lines).bindparams(id=uuid.UUID(thing["id"]))))
    assert told == 2, "one for those who know of all things, one for those of the police"


def test_a_refusal_keeps_no_key_and_a_wish_that_is_wrong_is_refused_in_one_message(make, messages):
    tess, key = make.person("tess", role="technician"), uuid.uuid4()
    tess.get("/v1/me")
    messages.clear()
    problem(tess.post("/v1/assets/", a_radio("R-1") | {"kind": "none"}, key=key), 422, "invalid")
    assert messages == [2]
    assert tess.post("/v1/assets/", a_radio("R-1"), key=key).status_code == 201


def test_a_savepoint_that_is_undone_takes_no_key_with_it(alice):
    key = str(uuid.uuid4())
    with house().database.writing() as connection, within(Context(connection)) as here:
        once.presume_new(alice.id, key, b"print")
        connection.begin_nested().rollback()
        here.commit()
    kept = in_transaction(lambda: db().scalar(select(func.count()).where(OnceRow.key == key)))
    assert kept == 1


def test_a_session_makes_sure_first_so_locks_are_taken_in_one_order(alice, carol, make):
    path = f"/v1/service-requests/{make.request(by=alice)['id']}/close"
    carol.get("/v1/me")
    seen = []

    def watched():
        seen.append(list(context().presumed))
        return Session(bind=context().connection)

    with mock.patch("backend.core.actor.Session", side_effect=lambda **_: watched()):
        assert carol.post(path, {"reason": "fixed"}, key=uuid.uuid4()).status_code == 200
    assert seen == [[]], "nothing is left to be presumed when the session begins"


def test_an_answer_that_is_given_again_counts_against_no_limit(make):
    phone = make.phone()
    asked, key = wish(), uuid.uuid4()
    assert phone.post("/v1/service-requests/", asked, key=key).status_code == 201
    tries = "SELECT coalesce(sum(count), 0) FROM try"
    before = in_transaction(lambda: db().scalar(text(tries)))
    for _ in range(5):
        assert phone.post("/v1/service-requests/", asked, key=key).status_code == 201
    assert in_transaction(lambda: db().scalar(text(tries))) == before


def test_what_is_forgotten_is_all_that_was_done(app):
    with house().database.writing() as connection, within(Context(connection, request_id="r")) as here:
        feed.touch({"staff:assets"}, "asset", uuid.uuid4())
        feed.wake("everybody")
        record(PhoneRegistered(phone_id=uuid.uuid4()))
        here.afterwards.append(lambda: None)
        db()
        here.found, here.stands, here.asked = 3, True, True
        here.forget()
        assert vars(here) == vars(Context(connection, request_id="r"))


def test_a_refusal_that_stays_is_what_its_key_gets_again(alice):
    alice.get("/v1/me")
    assert alice.post("/v1/notifications/mail", {}).status_code in {200, 201, 204}
    key, path = uuid.uuid4(), "/v1/notifications/mail/confirm"

    first = alice.post(path, {"code": "AAAAAA"}, key=key)
    again = alice.post(path, {"code": "AAAAAA"}, key=key)

    problem(first, 409, "mail-code-ended")
    assert (again.status_code, again.data, again.mimetype) == (409, first.data, first.mimetype)
    assert again.headers["Idempotent-Replay"] == "true"
    problem(alice.post(path, {"code": "BBBBBB"}, key=key), 409, "key-reused")
