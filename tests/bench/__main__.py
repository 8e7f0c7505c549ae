"""``make bench``: what the gate, the rights and the ready bytes cost, against a bare Flask route over the same SQL.

CPU of this process only (the database's share is the same on both sides), best of five interleaved rounds.
"""

import sys
import tempfile
import time
import uuid
from pathlib import Path

from flask import Flask, Response
from sqlalchemy import event

ROUNDS, CALLS, ROWS = 5, 150, 2000


def main():
    app, caller = house()
    bare = bare_client(app, caller)
    listed = "/v1/service-requests/?limit=100"
    assert caller.get(listed).data == bare.get("/").data, "both must answer byte for byte alike"
    ways = {
        "ping (/healthz)": lambda: caller.client.get("/healthz"),
        "bare route, list of 100, one SQL text, no rights": lambda: bare.get("/"),
        "list of 100, with rights": lambda: caller.get(listed),
        "one request, with rights": lambda: caller.get(f"/v1/service-requests/{first(caller)}"),
        "create, with rights, ledger, feeds, key": lambda: create(caller),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, call in ways.items():
            best[name] = min(best[name], cost(call))
    yardstick = best["bare route, list of 100, one SQL text, no rights"]
    print(f"{'CPU ms':>8} {'of bare':>8}")
    for name, milliseconds in best.items():
        print(f"{milliseconds:8.3f} {yardstick / milliseconds:8.2f}  {name}")


def cost(call):
    """CPU milliseconds of one call."""
    call()
    began = time.process_time()
    for _ in range(CALLS):
        assert call().status_code < 300
    return (time.process_time() - began) * 1000 / CALLS


def house():
    """The application over a database of its own, with one person's two thousand requests."""
    import os

    from backend.app import create_app
    from backend.cli import migrate
    from backend.seed import load_city
    from backend.service_requests import actions
    from backend.settings import Settings
    from backend.worker import in_transaction
    from tests.make import Make

    actions.PER_PERSON = actions.PER_ADDRESS = 10**9  # one person makes them all here
    settings = Settings.from_env(
        {
            "DATABASE_URL": os.environ["DATABASE_URL"],
            "DATABASE_OWNER_URL": os.environ.get("DATABASE_OWNER_URL", ""),
            "SECRET_KEY": "a key for benchmarks, long enough for HMAC",
            "FILES_URL": Path(tempfile.mkdtemp()).as_uri(),
        }
    )
    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        in_transaction(lambda: load_city("westu"))
        caller = Make(app).person("bench")
    for _ in range(ROWS):
        create(caller)
    return app, caller


def create(caller):
    """Open a request."""
    return caller.post(
        "/v1/service-requests/",
        {
            "id": str(uuid.uuid4()),
            "type": "pothole",
            "description": "A hole as deep as it is long",
            "where": {"lat": 29.7178, "lon": -95.4317},
            "address": "Edloe St & University Blvd",
        },
        key=uuid.uuid4(),
    )


def first(caller, _known=[]):  # noqa: B006 - looked up once
    if not _known:
        _known.append(caller.get("/v1/service-requests/?limit=1").get_json()["items"][0]["id"])
    return _known[0]


def bare_client(app, caller):
    """A Flask app whose one route sends what one SQL text gives: the very statement of the list, without rights."""
    engine = app.extensions["westu"].database.read
    seen = []

    def watch(_connection, _cursor, statement, parameters, _context, _many):
        seen.append((statement, parameters))

    event.listen(engine.engine, "before_cursor_execute", watch)
    caller.get("/v1/service-requests/?limit=100")
    event.remove(engine.engine, "before_cursor_execute", watch)
    statement, parameters = seen[-1]
    plain = Flask("bare")

    @plain.get("/")
    def listed():
        with engine.connect() as connection:
            items, after, *_ = connection.exec_driver_sql(statement, parameters).one()
        told = "null" if after is None else f'"{after}"'
        return Response(f'{{"items":[{items}],"next":{told}}}', mimetype="application/json")

    return plain.test_client()


if __name__ == "__main__":
    sys.exit(main())
