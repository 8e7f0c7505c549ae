"""Twenty thousand things on real servers: what is asked of the register all day, against the bare route on the same database.

And what a phone has to fetch that follows them all: at first, and when one of them has changed.
"""

import dataclasses
import gzip
import json
import os
import tempfile
import time
import uuid
from contextlib import ExitStack
from datetime import timedelta
from itertools import count

import psycopg

from tests.bench.load import raw
from tests.bench.processes import cpu_ms, family, postmaster, server, settings_env
from tests.bench.server import Town, ask
from tests.bench.table import ROUNDS, Line, interleaved

MANY = 20_000
AT_ONCE = 500
ANSWERS = 30
CALLS = {
    "scan": 600,
    "one": 800,
    "look-up": 300,
    "search": 200,
    "list": 300,
    "create": 200,
    "check": 100,
    "news": 400,
}
if os.environ.get("FEW"):
    CALLS = dict.fromkeys(CALLS, 20)

KINDS = ("portable-radio", "mdt", "body-camera", "battery", "phone")
PLACES = ("Station 1", "Rack B, shelf 4", "Radio room", "Evidence garage", "City hall, second floor")


class Register(Town):
    """The two servers on one database, and who asks."""

    def __init__(self, stack, url, owner_url):
        files = stack.enter_context(tempfile.TemporaryDirectory())
        env = settings_env(files) | {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner_url, "PROXIES": "1"}
        (self.owner, self.token), self.made = populate(env)
        self.ours, first = stack.enter_context(server("backend.app:create_app", env))
        self.bare, bare_first = stack.enter_context(server("tests.bench.bare_assets:create_app", env))
        self.database = stack.enter_context(psycopg.connect(url.replace("+psycopg", ""), autocommit=True))
        self.postmaster = postmaster(self.database)
        self.processes = {self.ours: first, self.bare: bare_first}
        self.numbers = count(MANY + 1)

    def written(self, port, name, path, wish):
        """A new thing, or a check."""
        headers = [*self.headers(), ("Idempotency-Key", uuid.uuid4())]
        target = f"/{self.owner}/{name}" if port == self.bare else path
        return raw("POST", target, headers, json.dumps(wish).encode())

    def create(self, port):
        return self.written(port, "create", "/v1/assets/", thing(next(self.numbers)))

    def check(self, port):
        return self.written(port, "check", "/v1/checks/", self.made | {"id": str(uuid.uuid4())})


def thing(n):
    """The wish of the n-th thing: as many words as one has, no two alike."""
    kind = KINDS[n % len(KINDS)]
    radio = {"radio_id": f"{700_000 + n}", "alias": f"PD-{n}"} if kind == "portable-radio" else {}
    return {
        "id": str(uuid.uuid4()),
        "tag": f"WU-{n:06}",
        "kind": kind,
        "serial": f"SN{n * 7919 % 10_000_019:08}",
        "name": f"{kind.upper()} {n}",
        "department": "police",
        "fields": radio,
        "place": PLACES[n // 7 % len(PLACES)],
        "firmware": f"R{n % 23}.{n % 7}",
    }


def populate(env):
    """A migrated database with the city and its things, all registered by the product's own route; and a check to be sent."""
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
        keeper = Make(app).person("fay", role="technician")
        first = None
        for begin in range(1, MANY + 1, AT_ONCE):
            items = [thing(n) for n in range(begin, begin + AT_ONCE)]
            first = first or items[0]
            answer = keeper.post("/v1/assets/bulk", {"items": items})
            assert answer.status_code == 201, answer.get_json()
        check = a_check(keeper, first["id"])
    app.extensions["westu"].database.close()
    with psycopg.connect(settings.database_owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("DELETE FROM event_delivery")
        owner.execute("VACUUM ANALYZE")
    return (str(keeper.id), keeper.token), check


def a_check(keeper, asset_id):
    """A check of thirty answers that all pass, by a template of thirty lines."""
    from backend.core.clock import now

    lines = [
        {
            "code": f"line-{n}",
            "type": "pf",
            "label_en": f"Line {n}",
            "label_es": f"Renglón {n}",
            "severity": "minor",
        }
        for n in range(ANSWERS)
    ]
    named = {"name_en": "Thirty", "name_es": "Treinta"}
    wish = {"id": str(uuid.uuid4()), "code": "thirty", "kind": KINDS[1], "lines": lines, **named}
    made = said(keeper.post("/v1/checks/templates", wish))
    said(keeper.post(f"/v1/checks/templates/{made['id']}/put-in-force"))
    slot = {"id": str(uuid.uuid4()), "name": "MDT", "kind": KINDS[1], "asset_id": asset_id}
    kit = {
        "id": str(uuid.uuid4()),
        "code": "P12",
        "name": "Patrol 12",
        "department": "police",
        "slots": [slot],
    }
    said(keeper.post("/v1/assets/kits", kit))
    ended = now()
    part = {
        "asset_id": asset_id,
        "template": "thirty",
        "template_version": made["version"],
        "cadences": ["shift-start"],
        "answers": [{"line": each["code"], "value": "pass"} for each in lines],
    }
    return {
        "kit_id": kit["id"],
        "parts": [part],
        "slots": [],
        "started_at": (ended - timedelta(seconds=50)).isoformat(),
        "finished_at": ended.isoformat(),
        "signature": "M10 10L20 20",
        "app": "bench",
    }


def said(answer):
    assert answer.status_code < 300, answer.get_json()
    return answer.get_json()


def lines():
    """All figures of things."""
    with ExitStack() as stack:
        owner_url = os.environ.get("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])
        town = Register(stack, os.environ["DATABASE_URL"], owner_url)
        yield from first_sync(town)
        yield from one_change(town)
        yield from by_cpu(town)


@dataclasses.dataclass
class Pulled:
    """A phone's pulls until nothing more is new: how many, their bytes as JSON and as they travelled, and the things told."""

    cursor: str
    pulls: int = 0
    plain: int = 0
    packed: int = 0
    things: int = 0


def pull(town, cursor=""):
    """One after the other, as the app does it, each with the cursor of the one before."""
    found, more = Pulled(cursor), True
    while more:
        path = f"/v1/sync?cursor={found.cursor}" if found.cursor else "/v1/sync"
        [(status, body)] = ask(town.ours, town.get(path, more=[("Accept-Encoding", "gzip")]))
        assert status == 200, body
        words = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        told = json.loads(words)
        found.cursor, more = told["cursor"], told["more"]
        found.pulls += 1
        found.plain += len(words)
        found.packed += len(body)
        found.things += sum(each["kind"] == "asset" and each["value"] is not None for each in told["changes"])
    return found


def first_sync(town):
    """A phone that knows nothing yet and follows everything."""
    pids = [*family(town.processes[town.ours]), *family(town.postmaster)]
    pull(town)
    costs, waits, found = [], [], []
    for _ in range(ROUNDS):
        began, moment = cpu_ms(pids), time.perf_counter()
        found.append(pull(town))
        waits.append(time.perf_counter() - moment)
        costs.append(cpu_ms(pids) - began)
    assert {each.things for each in found} == {MANY}
    name = f"first sync of {MANY:,} things"
    yield Line(f"{name}: pulls", "pulls", tuple(each.pulls for each in found))
    yield Line(f"{name}: as JSON", "KiB", tuple(each.plain / 1024 for each in found))
    yield Line(f"{name}: as it travels (gzip)", "KiB", tuple(each.packed / 1024 for each in found))
    yield Line(f"{name}: server and PostgreSQL", "CPU ms", tuple(costs))
    yield Line(f"{name}: until the last byte", "s", tuple(waits))


def one_change(town):
    """The same phone when one thing has changed since."""
    known = pull(town).cursor
    [(_, first)] = ask(town.ours, town.get("/v1/assets/?limit=1"))
    [thing_] = json.loads(first)["items"]
    headers = [*town.headers(), ("If-Match", f'"{thing_["version"]}"')]
    change = raw("PATCH", f"/v1/assets/{thing_['id']}", headers, b'{"place": "Rack C"}')
    [(status, told)] = ask(town.ours, lambda _: change)
    assert status == 200, told
    found = pull(town, known)
    assert (found.pulls, found.things) == (1, 1)
    way = (town.ours, town.get(f"/v1/sync?cursor={known}", more=[("Accept-Encoding", "gzip")]), CALLS["news"])
    costs = interleaved({"news": way}, lambda way: town.cost(*way))
    name = f"sync when one of {MANY:,} things has changed"
    yield Line(f"{name}: bytes", "B", (found.packed,))
    yield Line(name, "CPU ms", costs["news"])


READ = {
    "scan": ("/v1/assets/scan?code=WU-000123", "/scan?code=WU-000123"),
    "one": ("/v1/assets/{id}", "/{id}"),
    "look-up": ("/v1/assets/look-up?q=WU-00012", "/look-up?q=WU-00012"),
    "search": ("/v1/assets/?q=radio+garage&limit=100", "/search?q=radio+garage"),
    "list": ("/v1/assets/?limit=100", "/list"),
}


def by_cpu(town):
    """Each route against the bare one; what is read must be byte for byte alike."""
    [(_, first)] = ask(town.ours, town.get("/v1/assets/?limit=1"))
    id_ = json.loads(first)["items"][0]["id"]
    ways = {}
    for name, paths in READ.items():
        ours, bare = (path.replace("{id}", id_) for path in paths)
        [(status, told)], [(_, plain)] = ask(town.ours, town.get(ours)), ask(town.bare, town.get(bare))
        assert status == 200, told
        assert told == plain, f"{name}: both must answer byte for byte alike\n{told[:900]}\n{plain[:900]}"
        ways[name] = (town.ours, town.get(ours), CALLS[name])
        ways[f"bare {name}"] = (town.bare, town.get(bare), CALLS[name])
    for name, make in (("create", town.create), ("check", town.check)):
        for label, port in ((name, town.ours), (f"bare {name}", town.bare)):
            ways[label] = (port, lambda _, make=make, port=port: make(port), CALLS[name])
    found = interleaved(ways, lambda way: town.cost(*way))
    for name, words, aim in (
        ("scan", "a scan", "≥ 0.5"),
        ("one", "one thing", "≥ 0.5"),
        ("look-up", "look-up as one types, eleven found", "≥ 0.7"),
        ("search", "search, two words, a page of 100", "≥ 0.7"),
        ("list", "list of 100", "≥ 0.7"),
        ("create", "register one", "≥ 0.4"),
        ("check", f"a check of {ANSWERS} answers, its unit looked at anew", ""),
    ):
        against = "a route with the same INSERTs" if name in ("create", "check") else "the bare route"
        yield Line(f"{words}, of {MANY:,} things", "CPU ms", found[name], found[f"bare {name}"], against, aim)


__all__ = ["Register", "lines"]
