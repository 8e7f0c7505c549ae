"""How workers take rows of a queue: in order, each by one, and back again if that one dies."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backend.core import claims
from backend.core.actor import db
from backend.core.claims import QueueState, retry_at
from backend.core.clock import later, now
from backend.core.ledger import EventDeliveryRow as Row
from backend.core.ledger import EventRow
from backend.worker import in_transaction
from tests.races import Meanwhile, all_at_once, amid

LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


@pytest.fixture
def queue(app):
    """``queue(*seconds)``: a row due in so many seconds each; gives their ids."""

    def fill(*due):
        def write():
            event = EventRow(id=uuid.uuid4(), at=now(), kind="x", fields={}, request_id="")
            db().add(event)
            db().flush()
            rows = [
                Row(event_seq=event.seq, listener=f"at {after}", due_at=now() + timedelta(seconds=after))
                for after in due
            ]
            db().add_all(rows)
            db().flush()
            return [row.id for row in rows]

        return in_transaction(write)

    return fill


def claim(*where, most=10, order=(Row.due_at, Row.id)):
    taken = in_transaction(lambda: claims.claim(Row, *where, order=order, most=most, lease=LEASE))
    return [row.id for row in taken]


def settle(id, state):
    in_transaction(lambda: db().execute(update(Row).where(Row.id == id).values(state=state.value)))


def test_what_is_due_is_taken_once_for_a_lease(queue):
    ids = queue(-3, -2, -1)

    assert claim() == ids
    assert claim() == []
    rows = in_transaction(lambda: db().scalars(select(Row)).all())
    assert {(row.state, row.tries) for row in rows} == {("leased", 1)}
    assert all(timedelta() < row.leased_until - now() <= LEASE for row in rows)


def test_what_is_not_due_waits(queue):
    [soon] = queue(30)

    assert claim() == []
    with later(31 * SECOND):
        assert claim() == [soon]


def test_the_first_in_order_are_taken_first_and_no_more_than_wanted(queue):
    third, first, second = queue(-1, -9, -5)

    assert claim(most=2) == sorted([first, second])
    assert claim(most=2) == [third]


def test_only_rows_of_the_wanted_kind_are_taken(queue):
    one, other = queue(-2, -1)

    assert claim(Row.listener == "at -1") == [other]
    assert claim() == [one]


@pytest.mark.parametrize("state", [QueueState.DONE, QueueState.GONE, QueueState.RESTING])
def test_what_left_the_queue_is_never_taken_again(queue, state):
    [id] = queue(-1)
    claim()
    settle(id, state)

    with later(timedelta(days=365)):
        assert claim() == []


def test_a_lease_that_ran_out_comes_back_and_counts_as_a_try(queue):
    ids = queue(-1)
    claim()
    with later(LEASE - SECOND):
        assert claim() == []
    with later(LEASE + SECOND):
        assert claim() == ids

    assert in_transaction(lambda: db().scalars(select(Row.tries)).all()) == [2]


def test_many_who_claim_at_once_share_without_waiting_or_doubling(queue):
    ids = queue(*range(-60, 0))

    taken = all_at_once(6, lambda _: claim(most=10) + claim(most=10))

    assert sorted(id for some in taken for id in some) == ids
    assert all(len(some) <= 20 for some in taken)


def test_a_row_that_somebody_holds_is_passed_over_not_waited_for(queue):
    first, second = queue(-2, -1)
    with amid():
        db().execute(select(Row).where(Row.id == first).with_for_update())
        assert Meanwhile(claim).result() == [second]

    assert claim() == [first]


def test_pauses_double_up_to_a_bound_and_spread(app):
    def pause(tries):
        return (retry_at(tries, first=2.0, most=60.0) - now()).total_seconds()

    for tries, expected in ((1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (50, 60), (2000, 60)):
        assert expected * 0.79 < pause(tries) < expected * 1.21
    assert len({pause(4) for _ in range(10)}) == 10
