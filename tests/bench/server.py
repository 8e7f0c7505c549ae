"""What the gate, the rights and the ready bytes cost, on real servers, against the bare route on the same database."""

import dataclasses
import json
import os
import subprocess
import tempfile
import uuid
from contextlib import ExitStack
from datetime import timedelta
from itertools import cycle

import psycopg

from tests.bench.load import burst, raw
from tests.bench.processes import cpu_ms, family, postmaster, pss_mib, server, settings_env
from tests.bench.table import ROUNDS, Line, interleaved

MINE = 2000
"""Requests of the person whose list is measured."""
PEOPLE = 60
"""Who make requests: each may make a hundred in a day."""
CALLS = {"ping": 1500, "list": 400, "one": 800, "create": 250, "304": 1500, "work": 400}


class Town:
    """The two servers on one database, and the people of the benchmark."""

    def __init__(self, stack, url, owner_url):
        files = stack.enter_context(tempfile.TemporaryDirectory())
        env = settings_env(files) | {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner_url, "PROXIES": "1"}
        self.people, self.desk = populate(env)
        self.owner, self.token = self.people[0]
        self.ours, first = stack.enter_context(server("backend.app:create_app", env))
        self.bare, bare_first = stack.enter_context(server("tests.bench.bare:create_app", env))
        self.database = stack.enter_context(psycopg.connect(url.replace("+psycopg", ""), autocommit=True))
        self.postmaster = postmaster(self.database)
        self.processes = {self.ours: first, self.bare: bare_first}
        self.addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(1, 2**24))
        self.turns = cycle(self.people[1:])

    def headers(self, token=None):
        return [("Authorization", f"Bearer {token or self.token}")]

    def cost(self, port, make, count):
        """CPU milliseconds of one call, of the server and of PostgreSQL together."""
        burst(port, make, max(20, count // 20))
        pids = [*family(self.processes[port]), *family(self.postmaster)]
        began = cpu_ms(pids)
        answered, _, _ = burst(port, make, count)
        return (cpu_ms(pids) - began) / answered

    def get(self, path, token=None, more=()):
        request = raw("GET", path, [*self.headers(token), *more])
        return lambda _: request

    def wish(self, port):
        """A new request, by the next of the people, from the next address."""
        owner, token = next(self.turns)
        body = json.dumps(
            {
                "id": str(uuid.uuid4()),
                "type": "pothole",
                "description": "A hole as deep as it is long",
                "where": {"lat": 29.7178, "lon": -95.4317},
                "address": "Edloe St & University Blvd",
            }
        ).encode()
        headers = [
            *self.headers(token),
            ("Idempotency-Key", uuid.uuid4()),
            ("X-Forwarded-For", next(self.addresses)),
        ]
        return raw("POST", f"/{owner}" if port == self.bare else "/v1/service-requests/", headers, body)


def populate(env):
    """A migrated database with the city in it, people with tokens, and one person's two thousand requests."""
    from backend.app import create_app
    from backend.cli import migrate
    from backend.seed import load_city
    from backend.settings import Settings
    from backend.worker import in_transaction
    from tests.make import Make

    settings = dataclasses.replace(Settings.from_env(os.environ | env), access_life=timedelta(days=1))
    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        in_transaction(lambda: load_city("westu"))
        make = Make(app)
        people = [make.person(f"person{n}") for n in range(PEOPLE)]
        desk = make.person("carol", role="desk")
    app.extensions["westu"].database.close()
    with psycopg.connect(settings.database_owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute(FILL, {"owner": people[0].id, "count": MINE})
        owner.execute("VACUUM ANALYZE")
    return [(str(person.id), person.token) for person in people], desk.token


FILL = """
    INSERT INTO request (id, number, type, description, "where", address, status, department, owner_id, by_account,
                         channel, opened_at, updated_at, reopened, version, on_phones)
    SELECT gen_random_uuid(), '25-' || lpad(n::text, 6, '0'), 'pothole', 'A hole as deep as it is long, the ' || n || 'th',
           ST_SetSRID(ST_MakePoint(-95.4317 + 0.000001 * n, 29.7178), 4326), 'Edloe St & University Blvd', 'received',
           'public-works', %(owner)s, true, 'app', now() - n * interval '1 minute', now(), 0, 1, true
    FROM generate_series(1, %(count)s) AS n
"""


def lines():
    """All figures of the server."""
    with ExitStack() as stack:
        owner_url = os.environ.get("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])
        town = Town(stack, os.environ["DATABASE_URL"], owner_url)
        yield from by_cpu(town)
        yield from by_rate(town)
        yield memory(town)


def by_cpu(town):
    """Each route against the bare one."""
    list_path, bare_list = "/v1/service-requests/?limit=100", f"/{town.owner}/list"
    [(_, told)], [(_, plain)] = ask(town.ours, town.get(list_path)), ask(town.bare, town.get(bare_list))
    assert told == plain, "both must answer byte for byte alike"
    id_ = json.loads(told)["items"][0]["id"]
    one_path, bare_one = f"/v1/service-requests/{id_}", f"/{town.owner}/{id_}"
    [(_, told)], [(_, plain)] = ask(town.ours, town.get(one_path)), ask(town.bare, town.get(bare_one))
    assert told == plain, "both must answer byte for byte alike"
    types = "/v1/service-requests/types"
    ways = {
        "ping": (town.ours, town.get("/healthz"), CALLS["ping"]),
        "bare ping": (town.bare, town.get("/ping"), CALLS["ping"]),
        "list": (town.ours, town.get(list_path), CALLS["list"]),
        "bare list": (town.bare, town.get(bare_list), CALLS["list"]),
        "one": (town.ours, town.get(one_path), CALLS["one"]),
        "bare one": (town.bare, town.get(bare_one), CALLS["one"]),
        "create": (town.ours, lambda _: town.wish(town.ours), CALLS["create"]),
        "bare create": (town.bare, lambda _: town.wish(town.bare), CALLS["create"]),
        "304": (town.ours, town.get(types, more=[("If-None-Match", etag(town.ours, types))]), CALLS["304"]),
        "work": (town.ours, town.get("/v1/service-requests/work?limit=100", town.desk), CALLS["work"]),
    }
    found = interleaved(ways, lambda way: town.cost(*way))
    yield Line("ping (/healthz)", "CPU ms", found["ping"], found["bare ping"], "the bare app's")
    yield Line("list of 100", "CPU ms", found["list"], found["bare list"], "the bare route", "≥ 0.7")
    yield Line("one request", "CPU ms", found["one"], found["bare one"], "the bare route", "≥ 0.5")
    yield Line(
        "create", "CPU ms", found["create"], found["bare create"], "a route with the same INSERTs", "≥ 0.4"
    )
    yield Line("304 of the types", "CPU ms", found["304"], found["ping"], "our ping", "≥ 0.5")
    yield Line(
        "staff's list of 100, each reading in the ledger",
        "CPU ms",
        found["work"],
        found["bare list"],
        "the bare route",
    )


def by_rate(town):
    """Answers a second over four connections, against pgbench running the list's SQL over four."""
    rates = {"list": [], "bare list": [], "pgbench": []}
    for _ in range(ROUNDS):
        for name, port, path in (
            ("list", town.ours, "/v1/service-requests/?limit=100"),
            ("bare list", town.bare, f"/{town.owner}/list"),
        ):
            answered, seconds, _ = burst(port, town.get(path), 0, lines=4, seconds=2)
            rates[name].append(answered / seconds)
        rates["pgbench"].append(pgbench(town, seconds=2))
    for name, aim in (("list", "≥ 0.2"), ("bare list", "")):
        rounds, against = tuple(rates[name]), tuple(rates["pgbench"])
        yield Line(
            f"{name} of 100", "answers/s", rounds, against, "pgbench, the same SQL", aim, more_is_better=True
        )


def pgbench(town, seconds):
    """Transactions a second of the list's SQL."""
    from backend.core.postgresql import find_binaries
    from tests.bench.bare import LIST

    info = town.database.info
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        # pgbench takes what stands behind a colon for a variable of its own, inside a literal too
        literal = LIST.replace("'YYYY-MM-DD", "E'YYYY-MM-DD").replace(":MI:SS", r"\x3aMI\x3aSS")
        sql = " ".join((literal % {"owner": f"'{town.owner}'::uuid"}).split())
        script.write(f"{sql};\n")
        script.flush()
        told = subprocess.run(
            [
                find_binaries() / "pgbench", "-n", "-M", "prepared", "-c", "4", "-j", "1", "-T", str(seconds),
                "-f", script.name, "-h", info.host, "-p", str(info.port), "-U", info.user, info.dbname,
            ],
            env=os.environ | {"PGPASSWORD": info.password, "PGOPTIONS": "-c jit=off"},
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    return float(told.split("tps = ")[1].split()[0])


def memory(town):
    """PSS of the two workers after ten thousand mixed requests."""
    paths = [
        ("/v1/service-requests/?limit=100", None), ("/v1/me", None), ("/v1/sync", None),
        ("/v1/service-requests/types", None), ("/v1/notifications/", None),
        ("/v1/service-requests/work?limit=50&q=hole", town.desk), ("/v1/maps/places?q=park", None),
        ("/v1/service-requests/work/map?west=-95.46&south=29.70&east=-95.41&north=29.74&limit=500", town.desk),
    ]  # fmt: skip
    made = [raw("GET", path, town.headers(token)) for path, token in paths]
    burst(town.ours, lambda n: town.wish(town.ours) if n % 20 == 0 else made[n % len(made)], 10_000, lines=4)
    workers = family(town.processes[town.ours])[1:]
    return Line("two workers after 10,000 mixed requests", "MiB PSS", (pss_mib(workers),), aim="≤ 200")


def ask(port, make):
    """One answer: [(status, body)]."""
    from tests.bench.load import Line as Connection

    connection = Connection(port)
    try:
        return [connection.ask(make(0))]
    finally:
        connection.close()


def etag(port, path, headers=()):
    """The tag of what stands at this address."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers["ETag"]


__all__ = ["Town", "lines"]
