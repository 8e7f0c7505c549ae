"""Search of a whole city's addresses, typed badly: over HTTP, and by the phone's own code, which has no library to count with.

The queries are those of `make test`: some three thousand, damaged in 21 ways. "Letter by letter" is each beginning of some
of them, as they are typed.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.bench.load import burst, p99, raw
from tests.bench.maps import populate
from tests.bench.processes import cpu_ms, family, postmaster, server, settings_env
from tests.bench.table import ROUNDS, Line
from tests.maps import citylayers, citysearch, damage

OF_EACH, TYPED = 150, 150
"""Queries of each kind, and those that are typed letter by letter."""
AIM = "≤ 10"


def lines():
    """All figures."""
    if not citylayers.there():
        print("NOT RUN: no cambridge in ../shared/data")
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = os.environ["DATABASE_URL"]
        owner_url = os.environ.get("DATABASE_OWNER_URL", url)
        env = settings_env(folder) | {"DATABASE_URL": url, "DATABASE_OWNER_URL": owner_url}
        with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as owner:
            if owner.execute("SELECT to_regclass('layer')").fetchone()[0]:
                owner.execute("DELETE FROM layer")
                owner.execute("DELETE FROM outline WHERE code = 'cambridge'")
        asked = {}
        populate(env, lambda app, _: asked.update(filled(app, folder / "pack")))
        yield from over_http(stack, env, url, asked["whole"])
        yield from on_a_phone(folder, asked)


def filled(app, pack):
    """Load the city, and put it into a pack; gives the queries."""
    from backend.maps import gazetteer
    from backend.worker import in_transaction

    citysearch.fill()
    pack.write_bytes(app.test_client().get("/v1/maps/pack").data)
    citysearch.with_search(pack, in_transaction(lambda: list(gazetteer.search_rows())))
    addresses, corners = in_transaction(citysearch.addresses), in_transaction(citysearch.corners)
    whole = [case.query for case in damage.damaged(addresses, corners, citysearch.SEED, OF_EACH)]
    typed = whole[:: len(whole) // TYPED]
    return {"whole": whole, "typed": [query[:end] for query in typed for end in range(1, len(query) + 1)]}


def over_http(stack, env, url, queries):
    """What an answer takes, with the way to it and back; and what it costs."""
    port, first = stack.enter_context(server("backend.app:create_app", env))
    database = stack.enter_context(psycopg.connect(url.replace("+psycopg", ""), autocommit=True))
    main = postmaster(database)
    requests = [raw("GET", f"/v1/maps/places?limit=5&q={quote(query)}") for query in queries]
    burst(port, requests.__getitem__, len(requests) // 10)
    waits, costs = [], []
    for _ in range(ROUNDS):
        pids = [*family(first), *family(main)]
        began = cpu_ms(pids)
        answered, _, each = burst(port, requests.__getitem__, len(requests), lines=1)
        costs.append((cpu_ms(pids) - began) / answered)
        waits.append(p99(each))
    yield Line("a damaged query over HTTP, p99", "ms", tuple(waits), aim=AIM)
    yield Line("a damaged query over HTTP, server and database", "CPU ms", tuple(costs))


def on_a_phone(folder, asked):
    """The same in a process that lacks the library."""
    file = folder / "asked.json"
    file.write_text(json.dumps(asked))
    command = [sys.executable, "-m", "tests.bench.search_probe", str(folder / "pack"), str(file)]
    rounds = [json.loads(subprocess.check_output(command)) for _ in range(ROUNDS)]
    for name, title in (("whole", "a damaged query"), ("typed", "letter by letter, each letter")):
        yield Line(f"{title}, pure Python, p99", "CPU ms", tuple(p99(each[name]) for each in rounds), aim=AIM)
        means = tuple(sum(each[name]) / len(each[name]) for each in rounds)
        yield Line(f"{title}, pure Python, mean", "CPU ms", means)
    yield Line("the first search of a pack", "CPU ms", tuple(each["first"][0] for each in rounds))
