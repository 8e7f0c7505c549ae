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
            expected = (
                {"SELECT", "INSERT"}
                if table in {"event", "seal", "alert_revision"}
                else {"SELECT", "INSERT", "UPDATE", "DELETE"}
            )
            assert held == ({"SELECT"} if table in {"alembic_version", "version"} else expected), table
    engine.dispose()
