"""The migrations, applied to nothing, make what the code declares; and they lead back."""

import dataclasses
import os

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url

from backend.app import DOMAINS
from backend.core.database import Base
from backend.migrating import alembic_config
from tests.conftest import KEPT

POSTGIS = {"spatial_ref_sys"}


@pytest.fixture(scope="module")
def scratch(settings):
    """Settings of an empty database beside the one for tests."""
    name = f"westu_scratch_{os.getpid()}"
    owner = create_engine(settings.database_owner_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(settings.database_owner_url).set(database=name).render_as_string(hide_password=False)
    yield dataclasses.replace(settings, database_owner_url=url)
    with owner.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    owner.dispose()


def tables(settings):
    engine = create_engine(settings.database_owner_url)
    try:
        return set(inspect(engine).get_table_names()) - POSTGIS
    finally:
        engine.dispose()


def test_migrations_make_the_declared_tables_go_down_and_up_again(scratch):
    config = alembic_config(scratch)

    for _ in range(2):
        command.upgrade(config, "head")
        assert tables(scratch) == set(Base.metadata.tables) | {"alembic_version"}
        command.check(config)  # raises if the code declares anything else

        command.downgrade(config, "base")
        assert tables(scratch) == {"alembic_version"}


def test_each_table_is_swept_between_tests_or_kept(house, settings):
    assert DOMAINS
    kept = KEPT - {"alembic_version"} - POSTGIS
    assert kept <= set(Base.metadata.tables), "kept, but nobody's table"
    assert tables(settings) - {"alembic_version"} == set(Base.metadata.tables)


ADDED_TO = {
    "event", "seal", "alert_revision", "asset_change", "custody_entry", "fault_step", "check", "check_answer",
    "feature_change",
}  # fmt: skip
"""What the application may add to, and never change."""


def test_the_application_may_only_add_to_the_ledger(house, settings):
    engine = create_engine(settings.database_owner_url)
    with engine.connect() as connection:
        for table in sorted(tables(settings)):
            held = {
                right
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
                if connection.scalar(
                    text("SELECT has_table_privilege('westu_app', :table, :right)"),
                    {"table": f'"{table}"', "right": right},
                )
            }
            expected = {"SELECT", "INSERT"} if table in ADDED_TO else {"SELECT", "INSERT", "UPDATE", "DELETE"}
            assert held == ({"SELECT"} if table in {"alembic_version", "version"} else expected), table
    engine.dispose()


def test_a_mailbox_that_is_not_proven_does_not_come_back_as_one_that_is(scratch):
    """Down to the house before alerts, and up again, with data in the tables."""
    config = alembic_config(scratch)
    command.upgrade(config, "head")
    engine = create_engine(scratch.database_owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(WITH_DATA))
        command.downgrade(config, "0002")
        command.upgrade(config, "head")
        assert connection.execute(text("SELECT channel, proven FROM endpoint")).all() == [("fcm", True)]
        assert connection.scalar(text("SELECT count(*) FROM notification_delivery")) == 1
    engine.dispose()
    command.downgrade(config, "base")


WITH_DATA = """
    WITH person AS (
        INSERT INTO person (id, name, secret_hash, language, made_at)
        VALUES (gen_random_uuid(), '', sha256('x'), 'en', now()) RETURNING id
    ), endpoints AS (
        INSERT INTO endpoint (id, person_id, channel, platform, address, seen_at, proven)
        SELECT gen_random_uuid(), person.id, channel, 'android', jsonb_build_object('a', channel), now(), channel = 'fcm'
        FROM person, unnest(array['fcm', 'mail']) AS channel RETURNING id
    ), told AS (
        INSERT INTO notification (id, person_id, event_id, kind, urgency, title, body, about_kind, about_id, at, expires_at)
        SELECT gen_random_uuid(), id, gen_random_uuid(), 'status', 2, '', '', 'x', id, now(), now() FROM person RETURNING id
    )
    INSERT INTO notification_delivery (notification_id, endpoint_id, channel, urgency, due_at)
    SELECT told.id, endpoints.id, 'fcm', 2, now() FROM told, endpoints
"""
