"""Limits: counted in the database, so that all servers count together, and a refused try counts as well."""

import dataclasses
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from backend.core import limits
from backend.core.actor import db
from backend.core.clock import later, now
from backend.core.database import Database
from backend.core.house import house
from backend.core.limits import Limit, TryRow, count_failure, count_try, refuse_used_up
from backend.core.problems import TooMany
from backend.worker import in_transaction
from tests.races import all_at_once

HOUR = timedelta(hours=1)


@pytest.fixture
def tries(app):
    """``tries(who)``: one try of three an hour; gives whether it passed."""

    def one(who="somebody", what="knock", database=None):
        try:
            count_try(database or house().database, what, who, most=3, per=HOUR)
        except TooMany as refused:
            return refused.retry_after
        return True

    return one


def test_after_so_many_tries_one_waits_until_the_stretch_is_over(tries):
    assert [tries() for _ in range(3)] == [True] * 3

    wait = tries()

    assert wait is not True
    left = HOUR.total_seconds() - now().timestamp() % HOUR.total_seconds()
    assert 0 < wait <= left + 2
    with later(timedelta(seconds=wait)):
        assert tries() is True


def test_each_is_counted_alone(tries):
    for _ in range(4):
        tries("one")

    assert tries("one") is not True
    assert tries("another") is True
    assert tries("one", what="ring") is True


def test_two_servers_count_together(tries, settings):
    other = Database(settings)
    assert [tries(database=database) for database in (None, other, None)] == [True] * 3

    assert tries(database=other) is not True
    other.close()


def test_many_at_once_are_all_counted(tries):
    passed = all_at_once(12, lambda _: tries())

    assert passed.count(True) == 3


def test_who_tried_is_not_kept_as_they_were_written(tries):
    tries("192.0.2.77")

    rows = in_transaction(lambda: db().scalars(select(TryRow)).all())
    assert [(row.who.partition(":")[0], "192.0.2.77" in row.who, row.count) for row in rows] == [
        ("knock", False, 1)
    ]


def test_what_was_counted_is_forgotten_after_a_day(tries):
    tries()
    in_transaction(limits.forget_old)
    assert in_transaction(lambda: db().scalars(select(TryRow.count)).all()) == [1]
    with later(timedelta(days=1, hours=1)):
        in_transaction(limits.forget_old)
    assert in_transaction(lambda: db().scalars(select(TryRow.count)).all()) == []


def test_a_stretch_begins_at_the_same_moment_on_all_servers(tries):
    tries()

    [begun] = in_transaction(lambda: db().scalars(select(TryRow.begun_at)).all())
    assert begun == datetime.fromtimestamp(now().timestamp() // 3600 * 3600, UTC)


def used_up(*limits):
    try:
        in_transaction(lambda: refuse_used_up(*limits))
    except TooMany as refused:
        return refused.retry_after
    return False


def test_looking_counts_nothing_and_failures_count_against_each_limit(app):
    here, all_over = Limit("here", "somebody", 2, HOUR), Limit("all over", "somebody", 3, HOUR)
    other = Limit("here", "another", 2, HOUR)

    assert [used_up(here, all_over) for _ in range(5)] == [False] * 5
    count_failure(house().database, here, all_over)
    assert used_up(here, all_over) is False
    count_failure(house().database, here, all_over)

    assert used_up(here, all_over) is not False
    assert (used_up(all_over), used_up(other)) == (False, False)
    count_failure(house().database, other, all_over)
    assert used_up(other, all_over) is not False


def test_of_two_limits_that_are_used_up_the_longer_wait_is_told(app):
    short, long = Limit("short", "somebody", 1, HOUR), Limit("long", "somebody", 1, 24 * HOUR)
    count_failure(house().database, short, long)

    wait = used_up(short, long)

    assert wait == pytest.approx(long.wait(now()), abs=2)
    with later(timedelta(seconds=wait)):
        assert used_up(short, long) is False


def test_a_failure_stays_counted_when_the_work_is_rolled_back(app):
    limit = Limit("knock", "somebody", 1, HOUR)

    def work():
        count_failure(house().database, limit)
        raise LookupError

    with pytest.raises(LookupError):
        in_transaction(work)
    assert used_up(limit) is not False


def test_as_many_as_the_pool_has_places_may_count_in_the_middle_of_a_change(app, settings):
    database = Database(dataclasses.replace(settings, pool_size=1))
    places = 2  # one, and one more where there is need
    together = threading.Barrier(places)

    def count_amid_a_change(number):
        with database.writing() as connection:
            connection.execute(text("SELECT 1"))
            together.wait(10)
            # If both took their second connection from the same pool, it would give up on them after 30 s.
            count_try(database, "knock", str(number), most=3, per=HOUR)
            return database.write.pool.checkedout()

    assert max(all_at_once(places, count_amid_a_change)) == places
    database.close()
