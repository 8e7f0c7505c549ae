"""20,000 things: what lists, searches, scans and look-ups ask is answered from indexes, in two statements each."""

import re

import pytest
from sqlalchemy import create_engine, text

from tests.make import Make
from tests.statements import statements

COUNT = 20_000
FILL = f"""
    INSERT INTO asset (
        id, tag, kind, serial, name, department, state, data_class, fields, pool, holder, unit, place, firmware, faults, links,
        chain, note, made_at, updated_at, version, words
    )
    SELECT
        gen_random_uuid(), tag, kind, serial, name, department, state, 'internal', fields, false, '', '', place, '', 0, 0, '', '',
        at, at, 1, lower(' ' || concat_ws(' ', tag, replace(tag, '-', ''), serial, name, place, kind, fields ->> 'radio_id'))
    FROM (
        SELECT
            'WU-' || lpad(n::text, 5, '0') AS tag, 'SN' || n * 7919 % 1000003 AS serial, 'Unit ' || n % 300 AS name,
            CASE WHEN n % 500 = 3 THEN 'server'
                ELSE (ARRAY['portable-radio', 'mdt', 'body-camera', 'battery', 'phone', 'computer'])[1 + n % 6] END AS kind,
            CASE WHEN n % 400 = 0 THEN 'police' ELSE 'public-works' END AS department, 'Room ' || n % 50 AS place,
            CASE WHEN n % 1000 = 77 THEN 'lost' WHEN n % 1000 = 78 THEN 'retired' ELSE 'stock' END AS state,
            CASE WHEN n % 6 = 0 THEN jsonb_build_object('radio_id', (700000 + n)::text) ELSE '{{}}' END AS fields,
            now() - n * interval '1 minute' AS at
        FROM generate_series(1, {COUNT}) AS n
    ) AS made
"""
NAME = """
    INSERT INTO asset_identifier (asset_id, kind, code, lives)
    SELECT id, 'tag', replace(tag, '-', ''), true FROM asset UNION ALL SELECT id, 'serial', serial, true FROM asset
    UNION ALL SELECT id, 'radio_id', fields ->> 'radio_id', true FROM asset WHERE fields ? 'radio_id'
"""


@pytest.fixture(scope="module")
def store(house, sweeper, settings):
    """A city's 20,000 things, a technician and a crew member of the police."""
    sweeper()
    with house.app_context():
        make = Make(house)
        tess = make.person("tess", role="technician")
        kim = make.person("kim", role="crew", department="police")
        owner = create_engine(settings.database_owner_url, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.execute(text(FILL))
            connection.execute(text(NAME))
            connection.execute(text("VACUUM ANALYZE asset, asset_identifier, asset_model"))
        owner.dispose()
        house.extensions["westu"].database.read.dispose()
        yield type("Store", (), {"tess": tess, "kim": kim, "database": house.extensions["westu"].database})
    sweeper()


def asked(store, caller, path):
    """(the things that were told, how PostgreSQL found them, how many statements were sent)."""
    caller.get("/v1/me")  # a connection is there
    with statements() as sent:
        answer = caller.get(path)
    assert answer.status_code == 200, answer.get_json()
    with store.database.reading() as connection:
        [work] = [
            each for each in sent if "FROM session" not in each.text and "JOIN session" not in each.text
        ]
        lines = connection.exec_driver_sql("EXPLAIN " + work.text, work.values).scalars()
        return answer.get_json()["items"], "\n".join(lines), len(sent)


READS = {
    "/v1/assets/?limit=100": (100, "ix_asset_updated_at_id"),
    "/v1/assets/?department=police": (50, "ix_asset_department_updated_at"),
    "/v1/assets/?kind=server": (40, "ix_asset_kind_updated_at"),
    "/v1/assets/?state=lost": (20, "ix_asset_state_updated_at"),
    "/v1/assets/?state=stock&kind=phone": (100, "ix_asset_"),
    "/v1/assets/?tag=WU-00777": (1, "uq_asset_tag"),
    "/v1/assets/?q=wu-0123": (10, "ix_asset_words"),
    "/v1/assets/?q=zzzz": (0, "ix_asset_words"),
    "/v1/assets/scan?code=WU-00123": (1, "ix_asset_identifier_code"),
    "/v1/assets/look-up?q=wu-0012": (10, "ix_asset_words"),
    "/v1/assets/look-up?q=7001": (20, "ix_asset_words"),
}


@pytest.mark.parametrize("path", READS)
def test_what_is_asked_of_many_is_answered_from_an_index(store, path):
    count, index = READS[path]
    items, plan, sent = asked(store, store.tess, path)
    assert len(items) == count
    assert index in plan, plan
    assert not re.search(r"Seq Scan on (asset|asset_identifier)\b(?!_)", plan), plan
    assert sent == 2


@pytest.mark.parametrize("path", READS)
def test_who_knows_of_few_is_told_of_no_others_and_reads_no_more(store, path):
    items, plan, sent = asked(store, store.kim, path)
    assert {item["department"] for item in items} <= {"police"}
    assert not re.search(r"Seq Scan on (asset|asset_identifier)\b(?!_)", plan), plan
    assert sent == 2


def test_a_code_stands_before_what_only_begins_with_it(store):
    found, _, _ = asked(store, store.tess, "/v1/assets/look-up?q=wu-1234")
    assert [item["tag"] for item in found] == [f"WU-1234{n}" for n in range(10)]
    found, _, _ = asked(store, store.tess, "/v1/assets/look-up?q=sn7919")
    assert found[0]["serial"] == "SN7919"
    found, _, sent = asked(store, store.tess, "/v1/assets/look-up?q=w")
    assert (len(found), sent) == (20, 2)
