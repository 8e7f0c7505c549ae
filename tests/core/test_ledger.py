"""The ledger: added to and never changed; told to each listener; sealed so that changes show."""

import uuid
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import create_engine, func, select, text, update
from sqlalchemy.exc import DBAPIError

from backend import worker
from backend.core import ledger
from backend.core.actor import db
from backend.core.claims import QueueState
from backend.core.clock import later
from backend.core.ledger import EventDeliveryRow, EventRow, SealRow, first_broken
from backend.identity.events import AccountMade, PhoneRegistered
from backend.notifications import DOMAIN as NOTIFICATIONS
from backend.worker import MOST_TRIES, deliver_some, in_transaction
from tests.races import Meanwhile, all_at_once, amid, events


def record_some(count):
    for _ in range(count):
        in_transaction(lambda: ledger.record(PhoneRegistered(phone_id=uuid.uuid4())))


def sealed():
    while in_transaction(ledger.seal):
        pass
    return in_transaction(lambda: db().scalar(select(func.count()).select_from(SealRow)))


@pytest.fixture
def owner(settings):
    """The role that owns the tables, with the right to look past foreign keys: as bad as a thief can be."""
    engine = create_engine(settings.database_owner_url, isolation_level="AUTOCOMMIT")
    with ExitStack() as end:
        end.callback(engine.dispose)
        connection = end.enter_context(engine.connect())
        if not connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
            pytest.skip(
                "on this server the owner of the tables is no superuser, and can't look past foreign keys"
            )
        connection.execute(text("SET session_replication_role = replica"))
        yield connection


# ── only added to ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("statement", [
    "UPDATE event SET kind = 'x'",
    "UPDATE event SET at = now() WHERE false",
    "DELETE FROM event",
    "TRUNCATE event CASCADE",
    "UPDATE seal SET hash = ''",
    "DELETE FROM seal",
    "TRUNCATE seal",
    "DROP TABLE seal",
    "ALTER TABLE event DISABLE TRIGGER ALL",
    "ALTER TABLE event ADD COLUMN x int",
    "ALTER TABLE event OWNER TO westu_app",
    "SET session_replication_role = replica",
    "INSERT INTO event (seq, id, at, kind, fields, request_id) VALUES (1, gen_random_uuid(), now(), 'x', '{}', '')",
])  # fmt: skip
def test_the_application_can_neither_change_nor_remove_nor_number_what_happened(app, statement):
    record_some(1)
    sealed()

    with pytest.raises(DBAPIError):
        in_transaction(lambda: db().execute(text(statement)))

    assert len(events(PhoneRegistered.kind())) == 1
    assert in_transaction(first_broken) is None


def test_what_is_rolled_back_did_not_happen(app):
    def fails():
        ledger.record(AccountMade(person_id=uuid.uuid4()))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        in_transaction(fails)

    assert events(AccountMade.kind()) == []


def test_an_event_says_who_did_it_and_in_which_request(alice, erin):
    answer = erin.post(f"/v1/identity/people/{alice.id}/disable")

    [event] = events("identity.person-disabled")
    assert (event.actor_id, event.subject_id) == (erin.id, alice.id)
    assert event.request_id == answer.headers["Request-Id"]
    assert event.fields == {"person_id": str(alice.id)}


# ── sealed ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_untouched_chain_is_sound_however_it_was_sealed(app, erin):
    assert in_transaction(first_broken) is None
    record_some(3)
    assert in_transaction(lambda: ledger.seal(2)) == 2
    record_some(2)
    count = sealed()

    assert in_transaction(first_broken) is None
    assert in_transaction(lambda: first_broken(most=2)) is None
    told = erin.get("/v1/audit/chain").get_json()
    assert (told["sound"], told["first_broken"], told["sealed"]) == (True, None, count)


def test_who_commits_late_is_sealed_late_and_the_chain_holds(app):
    with amid():
        ledger.record(PhoneRegistered(phone_id=uuid.uuid4()))
        record_some(2)
        assert sealed() == 2

    assert sealed() == 3
    assert in_transaction(first_broken) is None


def test_sealers_who_come_at_once_take_turns(app):
    record_some(5)

    counts = all_at_once(4, lambda _: in_transaction(ledger.seal))

    assert sum(counts) == 5
    assert in_transaction(first_broken) is None


@pytest.mark.parametrize("change", [
    "fields = '{}'", "kind = 'x'", "at = at + interval '1 microsecond'", "actor_id = gen_random_uuid()",
    "subject_id = NULL", "id = gen_random_uuid()", "request_id = 'x'",
])  # fmt: skip
def test_a_changed_event_is_found(erin, owner, change):
    record_some(5)
    sealed()
    seq = in_transaction(lambda: db().scalar(select(SealRow.event_seq).where(SealRow.n == 3)))

    owner.execute(text(f"UPDATE event SET {change} WHERE seq = {seq}"))

    assert in_transaction(first_broken) == 3
    told = erin.get("/v1/audit/chain").get_json()
    assert (told["sound"], told["first_broken"]) == (False, 3)


@pytest.mark.parametrize(("statement", "broken"), [
    ("DELETE FROM event WHERE seq = (SELECT event_seq FROM seal WHERE n = 2)", 2),
    ("DELETE FROM seal WHERE n = 2", 2),
    ("DELETE FROM seal WHERE n = 1", 1),
    ("UPDATE seal SET hash = sha256('x') WHERE n = 4", 4),
    ("UPDATE seal SET n = n + 1 WHERE n = 5", 5),
])  # fmt: skip
def test_a_removed_or_forged_link_is_found(app, owner, statement, broken):
    record_some(5)
    sealed()

    owner.execute(text(statement))

    assert in_transaction(first_broken) == broken
    assert in_transaction(lambda: first_broken(most=1)) == broken


def test_two_events_that_changed_places_are_found(app, owner):
    record_some(4)
    sealed()

    [two, three] = in_transaction(
        lambda: db().scalars(select(SealRow.event_seq).where(SealRow.n.in_([2, 3])).order_by(SealRow.n)).all()
    )
    for n, seq in ((2, 0), (3, two), (2, three)):
        owner.execute(text(f"UPDATE seal SET event_seq = {seq} WHERE n = {n}"))

    assert in_transaction(first_broken) == 2


# ── told ─────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def heard_by(reaction):
    """Have this reaction hear of new phones; gives the events that it was told, with what it then raised."""
    listener = f"test:{PhoneRegistered.kind()}"
    ledger.listen("test", PhoneRegistered, reaction)
    try:
        yield
    finally:
        ledger._listeners[PhoneRegistered.kind()].remove(listener)
        del ledger._reactions[listener]


def deliveries():
    rows = in_transaction(lambda: db().scalars(select(EventDeliveryRow).order_by(EventDeliveryRow.id)).all())
    return [(row.state, row.tries) for row in rows]


def test_two_workers_tell_each_event_once(app):
    told = []
    with heard_by(lambda event, _: told.append(event.phone_id)):
        record_some(80)

        counts = all_at_once(2, lambda _: [deliver_some() for _ in range(3)])

        assert sum(sum(taken) for taken in counts) == 80
    assert sorted(told) == sorted(event.subject_id for event in events(PhoneRegistered.kind()))
    assert set(deliveries()) == {("done", 1)}


def test_a_worker_passes_over_what_another_is_taking(app):
    with heard_by(lambda *_: None):
        record_some(3)
        with amid():
            row = EventDeliveryRow
            first = db().scalars(select(row).order_by(row.id).limit(1).with_for_update()).one()
            assert Meanwhile(deliver_some).result() == 2
            assert first.state == QueueState.QUEUED.value
        assert deliver_some() == 1


def test_a_reaction_that_fails_is_tried_again_with_growing_pauses_and_rests_after_ten(app):
    calls = []

    def fails(event, _):
        calls.append(event)
        ledger.record(AccountMade(person_id=uuid.uuid4()))
        raise RuntimeError

    with heard_by(fails):
        record_some(1)
        waited, pauses = timedelta(), []
        for tries in range(1, MOST_TRIES + 1):
            with later(waited):
                assert (deliver_some(), deliver_some()) == (1, 0)
                [(due, now)] = in_transaction(
                    lambda: db().execute(select(EventDeliveryRow.due_at, func.now())).all()
                )
            pauses.append(due - now - waited)
            waited = due - now + timedelta(seconds=1)
            state = QueueState.RESTING if tries == MOST_TRIES else QueueState.QUEUED
            assert deliveries() == [(state.value, tries)]
        with later(timedelta(days=30)):
            assert deliver_some() == 0

    assert len(calls) == MOST_TRIES
    assert all(after > before for before, after in pairwise(pauses))
    assert events(AccountMade.kind()) == []


def test_one_that_fails_does_not_stop_the_others(app):
    told = []

    def fails_at_first(event, _):
        told.append(event)
        if len(told) == 1:
            raise RuntimeError

    with heard_by(fails_at_first):
        record_some(3)
        assert deliver_some() == 3

    assert sorted(deliveries()) == [("done", 1), ("done", 1), ("queued", 1)]


def test_what_a_dead_worker_had_taken_comes_back_after_its_lease(app):
    told = []
    with heard_by(lambda event, _: told.append(event)):
        record_some(1)
        taken = in_transaction(take)
        assert deliver_some() == 0

        with later(worker.LEASE + timedelta(seconds=1)):
            assert deliver_some() == 1
        in_transaction(lambda: worker.deliver_one(taken))
        in_transaction(lambda: worker.put_back(taken))

    assert len(told) == 1
    assert deliveries() == [("done", 2)]


def take():
    from backend.core import claims

    row = EventDeliveryRow
    [taken] = claims.claim(row, order=(row.id,), most=50, lease=worker.LEASE)
    return taken


def test_what_nobody_here_hears_waits_for_who_does(app):
    with heard_by(lambda *_: None):
        record_some(1)

    assert deliver_some() == 0
    assert deliveries() == [("queued", 0)]


def test_an_event_that_a_newer_server_wrote_is_read_by_an_older_worker(app, owner):
    told = []
    with heard_by(lambda event, _: told.append(event)):
        record_some(1)
        owner.execute(text("""UPDATE event SET fields = fields || '{"colour": "red"}'"""))
        deliver_some()

    assert [event.phone_id for event in told] == [
        event.subject_id for event in events(PhoneRegistered.kind())
    ]


def test_each_event_that_is_heard_waits_for_each_of_its_listeners(alice, carol, make):
    request = make.request(by=alice)
    carol.post(f"/v1/service-requests/{request['id']}/assign", {"department": "police"})

    waiting = in_transaction(
        lambda: (
            db()
            .scalars(
                select(EventDeliveryRow.listener).join(EventRow, EventRow.seq == EventDeliveryRow.event_seq)
            )
            .all()
        )
    )
    assert waiting == [f"{NOTIFICATIONS.name}:service_requests.request-assigned"]
    assert in_transaction(ledger.oldest_waiting) is not None
    make.worked()
    assert in_transaction(ledger.oldest_waiting) is None


def test_a_delivery_that_rests_is_not_waited_for(app):
    with heard_by(lambda *_: None):
        record_some(1)
    in_transaction(lambda: db().execute(update(EventDeliveryRow).values(state=QueueState.RESTING.value)))

    assert in_transaction(ledger.oldest_waiting) is None
