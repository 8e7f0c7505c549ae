"""From ten thousand requests to a million: list, search and map must not get slower by more than half."""

import os
import tempfile
from contextlib import ExitStack

import psycopg
from sqlalchemy import make_url

from tests.bench.load import burst, p99
from tests.bench.processes import server, settings_env
from tests.bench.server import populate, raw
from tests.bench.table import ROUNDS, Line

SMALL, LARGE = 10_000, 1_000_000
CALLS = 300

HISTORY = """
    INSERT INTO request (id, number, type, description, "where", address, status, department, owner_id, by_account,
                         channel, opened_at, updated_at, closed_at, close_reason, reopened, version, on_phones)
    SELECT gen_random_uuid(), 'h' || n, (array['pothole', 'street-light-out', 'sewer-problem'])[1 + n %% 3],
           (array['Hole', 'Lamp', 'Crack', 'Water', 'Branch'])[1 + (h >> 3) %% 5] || ' by the ' ||
           (array['gate', 'oak', 'school', 'corner', 'bridge', 'mailbox', 'hydrant'])[1 + (h >> 7) %% 7],
           ST_SetSRID(ST_MakePoint(-95.455 + 0.04 * random(), 29.705 + 0.03 * random()), 4326),
           (1000 + h %% 9000) || ' ' ||
           (array['Edloe', 'Rice', 'Sunset', 'Robinhood', 'Wroxton', 'Tangley'])[1 + (h >> 11) %% 6] || ' St',
           CASE WHEN n <= 2000 THEN 'received' ELSE 'closed' END, 'public-works', null, false, 'app',
           now() - n * interval '7 minutes', now() - n * interval '6 minutes',
           CASE WHEN n > 2000 THEN now() - n * interval '6 minutes' END, CASE WHEN n > 2000 THEN 'fixed' END, 0, 1,
           n <= 20000
    FROM (SELECT n, abs(hashint8(n)) AS h FROM generate_series(1, %(count)s) AS n) AS made
"""
"""A city's history: the newest two thousand are open, the others are closed."""
HERON = """
    UPDATE request SET description = 'A heron in the pool, ' || number
    WHERE number IN (SELECT 'h' || n * %(count)s / 6 FROM generate_series(1, 5) AS n)
"""
"""Five of them, from its beginning to its end, have a word that no other has."""

BOX = "west=-95.44&south=29.71&east=-95.43&north=29.72"
PATHS = {
    "list": "/v1/service-requests/work?limit=100",
    "list of the open": "/v1/service-requests/work?limit=100&open=true",
    "search, one word that many have": "/v1/service-requests/work?limit=100&q=lamp",
    "search, two words that five have": "/v1/service-requests/work?limit=100&q=pool+heron",
    "search, two words that none of 10,000 and 100 of 1,000,000 have": "/v1/service-requests/work?limit=100&q=1234+robinhood",
    "search, a word that none has": "/v1/service-requests/work?limit=100&q=zzzunheard",
    "map, all in a box": f"/v1/service-requests/work/map?{BOX}&limit=500&open=false",
    "map, the open in a box": f"/v1/service-requests/work/map?{BOX}&limit=500&open=true",
}


def lines():
    """The 99th of a hundred answers of each kind, over the large history against the small one."""
    with ExitStack() as stack:
        towns = {count: town(stack, count) for count in (SMALL, LARGE)}
        for name, path in PATHS.items():
            found = {count: [] for count in towns}
            for _ in range(ROUNDS):
                for count, (port, token) in towns.items():
                    request = raw("GET", path, [("Authorization", f"Bearer {token}")])
                    burst(port, lambda _, request=request: request, 20, lines=1)
                    _, _, waits = burst(port, lambda _, request=request: request, CALLS, lines=1)
                    found[count].append(p99(waits))
            small, large = tuple(found[SMALL]), tuple(found[LARGE])
            yield Line(f"p99 of {name}", "wall ms", large, small, "the same at 10,000", "≥ 0.67")


def town(stack, count):
    """A server over a history of so many requests; gives (port, a token of the desk's)."""
    files = stack.enter_context(tempfile.TemporaryDirectory())
    url, owner = (
        beside(os.environ.get(name, os.environ["DATABASE_URL"]), count)
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
    )
    stack.callback(drop, count)
    drop(count)
    maintain(f'CREATE DATABASE "{make_url(url).database}"')
    env = settings_env(files) | {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner}
    _, desk = populate(env)
    with psycopg.connect(owner.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(HISTORY, {"count": count})
        connection.execute(HERON, {"count": count})
        connection.execute("VACUUM ANALYZE")
    port, _ = stack.enter_context(server("backend.app:create_app", env))
    return port, desk


def beside(url, count):
    """The same server's database for a history of so many."""
    mine = make_url(url)
    return mine.set(database=f"{mine.database}_{count}").render_as_string(hide_password=False)


def drop(count):
    name = make_url(beside(os.environ["DATABASE_URL"], count)).database
    maintain(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def maintain(sql):
    """As the owner, outside of the databases of the benchmark."""
    owner = os.environ.get("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])
    with psycopg.connect(owner.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql)
