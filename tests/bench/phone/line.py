"""The sync over a real socket: a first pull of thousands, one change, nothing new.

The server runs in processes of its own, so what is counted of CPU is the phone's.
"""

import gzip
import os
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

from tests.bench.processes import server
from tests.bench.table import ROUNDS, Line

MANY = 5000
COPY = """
    INSERT INTO request ({columns}) SELECT {values} FROM request CROSS JOIN generate_series(1, {many}) AS n
    WHERE request.id = '{id}'
"""
OWN = {
    "id": "gen_random_uuid()",
    "number": "'27-' || lpad(n::text, 6, '0')",
    "description": "description || ' ' || md5(n::text)",
    "opened_at": "opened_at - n * interval '7 minutes'",
}


def lines():
    """Each measure."""
    with served() as (address, caller):
        yield from measured(address, caller)


@contextmanager
def served():
    """A server over a database with one person's thousands of requests; gives its address and the person."""
    from sqlalchemy import select, text

    from backend.app import create_app
    from backend.cli import migrate
    from backend.core.actor import db
    from backend.core.feed import person, restart
    from backend.seed import load_city
    from backend.service_requests.tables import RequestRow
    from backend.settings import Settings
    from backend.worker import in_transaction
    from tests.make import Make

    with database() as urls, tempfile.TemporaryDirectory() as files:
        env = {
            **urls,
            "SECRET_KEY": "a key for benchmarks, long enough for HMAC",
            "FILES_URL": Path(files).as_uri(),
        }
        settings = Settings.from_env(env)
        migrate(settings)
        app = create_app(settings)
        with app.app_context():
            in_transaction(lambda: load_city("westu"))
            caller = Make(app).person("bench")
            first = Make(app).request(caller)["id"]

            def many():
                kept = "is_generated = 'NEVER' AND identity_generation IS DISTINCT FROM 'ALWAYS'"
                columns = (
                    db()
                    .scalars(
                        text(
                            f"SELECT column_name FROM information_schema.columns WHERE table_name = 'request' AND {kept}"
                        )
                    )
                    .all()
                )
                values = ", ".join(OWN.get(name, f'request."{name}"') for name in columns)
                quoted = ", ".join(f'"{name}"' for name in columns)
                db().execute(text(COPY.format(columns=quoted, values=values, many=MANY - 1, id=first)))
                restart(person(caller.id), {"service_request": select(RequestRow.id)})

            in_transaction(many)
            with server("backend.app:create_app", env) as (port, _):
                yield f"http://127.0.0.1:{port}", caller
        app.extensions["westu"].database.close()


@contextmanager
def database():
    """The database that ``make bench`` gives, or one in a cluster of our own."""
    if os.environ.get("DATABASE_URL"):
        yield {
            name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL") if name in os.environ
        }
        return
    from backend.core.cluster import Cluster

    with Cluster(Path("var/test/pg").absolute(), durable=False) as cluster:
        name = f"westu_bench_{os.getpid()}"
        cluster.ensure_database(name)
        yield {"DATABASE_URL": cluster.app_url(name), "DATABASE_OWNER_URL": cluster.owner_url(name)}
        cluster.drop_database(name)


def measured(address, caller):
    """The measures, each over so many rounds."""
    from mobile.core.api import Api
    from mobile.core.session import Session
    from mobile.core.sync import Sync

    found = {}

    def note(name, unit, value):
        found.setdefault((name, unit), []).append(value)

    with tempfile.TemporaryDirectory() as home:
        for round_ in range(ROUNDS):
            counted = Counted()
            api = Api(address, counted)
            session = Session(Path(home) / str(round_), api)
            assert session.sign_in(caller.email, caller.password).ok
            sync = Sync(session, api)
            for name in (f"first sync of {MANY} requests", "sync of one change", "sync of nothing new"):
                if name == "sync of one change":
                    api.call(
                        "POST",
                        "/v1/service-requests/",
                        one_more(),
                        token=session.token(),
                        key=str(uuid.uuid4()),
                    )
                counted.bytes, counted.bodies = 0, []
                statements = []
                session.store.db().set_trace_callback(statements.append)
                wall, cpu = time.monotonic(), time.thread_time()
                with session.lock:
                    sync.pull()
                note(name, "ms CPU of the phone", (time.thread_time() - cpu) * 1000)
                note(f"{name}: time", "ms", (time.monotonic() - wall) * 1000)
                session.store.db().set_trace_callback(None)
                if "nothing" not in name:
                    note(f"{name}: on the wire", "KB", counted.bytes / 1000)
                    packed = sum(len(gzip.compress(body, 6)) for body in counted.bodies)
                    note(f"{name}: the same with gzip -6", "KB", packed / 1000)
                    note(f"{name}: unpacked", "KB", sum(map(len, counted.bodies)) / 1000)
                note(f"{name}: commits", "", sum(one == "COMMIT" for one in statements))
                note(f"{name}: statements", "", len(statements))
            assert session.store.count("service_request") >= MANY
            session.close()
            api.close()
    for (name, unit), values in found.items():
        packed = name.replace("on the wire", "the same with gzip -6")
        against = found[packed, unit] if packed != name else ()
        yield Line(name, unit, tuple(values), tuple(against), "gzip -6" if against else "")


def one_more():
    return {"id": str(uuid.uuid4()), "type": "pothole", "description": "A hole as deep as it is long",
            "where": {"lat": 29.7178, "lon": -95.4317}, "address": "Edloe St & University Blvd"}  # fmt: skip


class Counted:
    """Carries the calls over the network, and counts the bytes of the pulls."""

    def __new__(cls):
        import httpx

        class Line(httpx.HTTPTransport):
            bytes, bodies = 0, ()

            def handle_request(self, request):
                answer = super().handle_request(request)
                answer.read()
                if request.url.path == "/v1/sync":
                    self.bytes += answer.num_bytes_downloaded
                    self.bodies = [*self.bodies, answer.content]
                headers = [(k, v) for k, v in answer.headers.multi_items() if k != "content-encoding"]
                return httpx.Response(answer.status_code, headers=headers, content=answer.content)

        return Line()
