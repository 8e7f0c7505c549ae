"""Statements that go past psycopg's cursor: the same values, the same rows, the same errors, on any connection."""

import uuid
from datetime import UTC, date, datetime

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from backend.core import direct
from backend.core.database import Database
from backend.core.direct import Asked, line, numbered


@pytest.fixture
def database(app):
    """One with connections that nobody has used."""
    made = Database(app.extensions["westu"].settings)
    yield made
    made.close()


@pytest.fixture
def reading(database):
    with database.reading() as connection:
        yield connection


@pytest.fixture
def writing(database):
    with database.writing() as connection:
        yield connection


def ask(connection, sql, *values, anew=False):
    [rows] = line(connection).ask(Asked(sql.encode(), values, anew))
    return rows


def kept(connection):
    """The texts that PostgreSQL keeps ready on this connection."""
    found = connection.exec_driver_sql(
        "SELECT statement FROM pg_prepared_statements WHERE name LIKE '_westu%%'"
    )
    return set(found.scalars())


WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
VALUES = {
    "boolean": st.booleans(),
    "bigint": st.integers(-(2**62), 2**62),
    "double precision": st.floats(allow_nan=False),
    "text": WORDS,
    "bytea": st.binary(max_size=20),
    "uuid": st.uuids(),
    "date": st.dates(date(1, 1, 2), date(9999, 12, 30)),
    "timestamptz": st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    "text[]": st.lists(WORDS, max_size=3),
    "uuid[]": st.lists(st.uuids(), max_size=3),
}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(sorted(VALUES)), anew=st.booleans())
def test_a_value_comes_back_as_psycopg_itself_would_give_it(reading, data, kind, anew):
    value = data.draw(VALUES[kind])
    sql = f"SELECT CAST(%(v)s AS {kind}), '100%%' LIKE '1%%%%'"
    [theirs] = reading.exec_driver_sql(sql, {"v": value}).all()
    ours, names = numbered(sql)

    for _ in range(direct.USES + 1):
        [row] = ask(reading, ours.decode(), value, anew=anew)
        assert row == tuple(theirs)
    assert names == ["v"]


def test_nothing_is_a_value_too(reading):
    for _ in range(direct.USES + 1):
        assert ask(reading, "SELECT $1::int, $1::int IS NULL", None) == [(None, True)]
        assert ask(reading, "SELECT $1::int, $1::int IS NULL", 5) == [(5, False)]


def test_what_is_asked_together_is_answered_each_by_its_rows(reading):
    one, none, many = "SELECT 1", "SELECT 2 WHERE false", "SELECT generate_series(1, $1::int)"
    for _ in range(direct.USES + 1):
        asked = [Asked(sql.encode(), values, False) for sql, values in ((one, ()), (none, ()), (many, (3,)))]
        assert line(reading).ask(*asked) == [[(1,)], [], [(1,), (2,), (3,)]]


def test_more_than_a_socket_takes_goes_both_ways(reading):
    words = "x" * 5_000_000
    asked = [Asked(b"SELECT $1 || 'y'", (words,), False) for _ in range(4)]
    assert [rows[0][0] for rows in line(reading).ask(*asked)] == [words + "y"] * 4


def test_what_is_asked_often_is_kept_ready_and_what_is_not_makes_room(reading, monkeypatch):
    monkeypatch.setattr(direct, "MOST", 3)
    for number in range(5):
        for _ in range(direct.USES):
            assert ask(reading, f"SELECT {number}") == [(number,)]
    assert ask(reading, "SELECT 4") == [(4,)]
    assert kept(reading) == {"SELECT 2", "SELECT 3", "SELECT 4"}
    assert ask(reading, "SELECT 0") == [(0,)]
    assert ask(reading, "SELECT 4") == [(4,)]


def test_what_fails_does_not_keep_what_has_to_make_room(reading, monkeypatch):
    monkeypatch.setattr(direct, "MOST", 3)
    for number in range(20):
        for _ in range(direct.USES):
            with pytest.raises(psycopg.errors.DivisionByZero):
                ask(reading, f"SELECT {number} / 0 FROM department")
    assert len(kept(reading)) <= 4
    assert ask(reading, "SELECT 1") == [(1,)]
    assert len(kept(reading)) == 3


def test_what_somebody_else_dropped_is_no_harm(writing, reading, monkeypatch):
    monkeypatch.setattr(direct, "MOST", 2)
    sql = "INSERT INTO try (who, begun_at, count) VALUES ($1, now(), 1) RETURNING count"
    for number in range(6):
        for _ in range(direct.USES):
            ask(writing, f"SELECT {number}")
    writing.rollback()
    writing.begin()
    writing.exec_driver_sql("DEALLOCATE ALL")
    writing.rollback()
    writing.begin()
    assert ask(writing, sql, "test-dropped") == [(1,)]
    assert line(writing).gone == []
    writing.commit()
    assert ask(reading, "SELECT count(*) FROM try WHERE who = 'test-dropped'") == [(1,)]
    writing.begin()
    ask(writing, "DELETE FROM try WHERE who = 'test-dropped'")
    writing.commit()


def test_what_is_planned_anew_is_kept_ready_and_leaves_no_trace(reading):
    sql = "SELECT count(*) FROM person WHERE name LIKE $1"
    for _ in range(direct.USES + 7):
        ask(reading, sql, "%a%", anew=True)
    [(custom, generic)] = reading.exec_driver_sql(
        "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement = %(s)s", {"s": sql}
    ).all()
    assert (custom, generic) == (8, 0)
    assert reading.exec_driver_sql("SHOW plan_cache_mode").scalar() == "auto"


@pytest.mark.parametrize("uses", [1, direct.USES - 1, direct.USES, direct.USES + 3])
def test_an_error_is_psycopgs_and_the_connection_goes_on(reading, uses):
    for _ in range(uses):
        with pytest.raises(psycopg.errors.DivisionByZero):
            line(reading).ask(*(Asked(sql, (), False) for sql in (b"SELECT 1", b"SELECT 1 / 0", b"SELECT 2")))
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(reading, "SELECT * FROM nowhere")
    with pytest.raises(psycopg.DataError):
        ask(reading, "SELECT $1", "a\0b")
    assert [ask(reading, f"SELECT {number}") for number in (1, 2)] == [[(1,)], [(2,)]]


def test_one_that_can_not_be_made_ready_is_tried_as_often_as_it_is_asked(reading):
    for _ in range(direct.USES + 3):
        with pytest.raises(psycopg.errors.UndefinedTable):
            ask(reading, "SELECT * FROM nowhere")
    assert kept(reading) == set()


def test_the_first_statement_begins_the_transaction_and_a_refusal_ends_it(writing):
    sql = "INSERT INTO try (who, begun_at, count) VALUES ($1, now(), 1) RETURNING count"
    assert ask(writing, sql, "test-direct") == [(1,)]
    assert line(writing).pgconn.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    with pytest.raises(psycopg.errors.UniqueViolation):
        ask(writing, sql, "test-direct")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        ask(writing, "SELECT 1")
    writing.rollback()
    writing.begin()
    assert ask(writing, "SELECT count(*) FROM try WHERE who = $1", "test-direct") == [(0,)]


def test_what_is_ready_outlives_a_rollback(writing):
    for _ in range(direct.USES):
        ask(writing, "SELECT 7")
        writing.exec_driver_sql("SELECT 8")
        writing.rollback()
        writing.begin()
    assert kept(writing) == {"SELECT 7"}
    assert ask(writing, "SELECT 7") == [(7,)]


def test_what_a_migration_changes_is_made_ready_anew(writing):
    writing.execute(text("CREATE TEMP TABLE thing AS SELECT 1 AS a"))
    for _ in range(direct.USES):
        assert ask(writing, "SELECT * FROM thing") == [(1,)]
    writing.execute(text("ALTER TABLE thing ADD b int DEFAULT 2"))
    with writing.begin_nested() as nested:
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            ask(writing, "SELECT * FROM thing")
        nested.rollback()
    assert ask(writing, "SELECT * FROM thing") == [(1, 2)]


def test_a_read_is_asked_again_where_a_migration_came_between(reading):
    # (a connection that reads may change what is its own alone)
    reading.execute(text("SET default_transaction_read_only = off"))
    reading.execute(text("CREATE TEMP TABLE thing AS SELECT 1 AS a"))
    for _ in range(direct.USES):
        assert ask(reading, "SELECT * FROM thing") == [(1,)]
    reading.execute(text("ALTER TABLE thing ADD b int DEFAULT 2"))
    assert ask(reading, "SELECT * FROM thing") == [(1, 2)]
    reading.execute(text("DEALLOCATE ALL"))
    for _ in range(direct.USES):
        assert ask(reading, "SELECT * FROM thing") == [(1, 2)]
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        ask(reading, "DO $$ BEGIN RAISE feature_not_supported; END $$")


def test_what_was_not_sent_is_not_ready(reading):
    good, bad = Asked(b"SELECT 5", ()), Asked(b"SELECT $1::text", ("a\0b",))
    for _ in range(direct.USES + 2):
        with pytest.raises(psycopg.DataError):
            line(reading).ask(good, bad)
    for _ in range(direct.USES):
        assert ask(reading, "SELECT 5") == [(5,)]


def test_a_connection_that_the_server_ends_is_told_and_replaced(database):
    with database.reading() as connection, database.writing() as other:
        [(pid,)] = ask(connection, "SELECT pg_backend_pid()")
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(psycopg.OperationalError):
            ask(connection, "SELECT pg_sleep(10)")
        assert connection.connection.driver_connection.closed
    for _ in range(3):
        with database.reading() as connection:
            assert ask(connection, "SELECT 1") == [(1,)]


def test_numbers_take_the_place_of_names():
    assert numbered("a = %(x)s AND b = %(y z)s OR a <> %(x)s AND c LIKE '5%%'") == (
        b"a = $1 AND b = $2 OR a <> $1 AND c LIKE '5%'",
        ["x", "y z"],
    )
    assert numbered(str(uuid.UUID(int=0)))[1] == []
