"""``/metrics``: what was counted, and what the database says of its queues at this moment. For one reader only.

It is there only where ``METRICS_TOKEN`` is set, and asks for it: numbers of a city's day are not the public's.
"""

import hmac
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from flask import Flask, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from backend.core.actor import Context, db, within
from backend.core.claims import Queued, QueueState
from backend.core.clock import now
from backend.core.house import house
from backend.core.problems import NotFound, Unknown
from shared_models.sync import WIRE_VERSION

WAITING = (QueueState.QUEUED.value, QueueState.LEASED.value)
VERSION = "1"


def add_metrics(app: Flask) -> None:
    """Serve ``/metrics``."""

    @app.get("/metrics")
    def metrics() -> Response:
        refuse_strangers(request.headers.get("Authorization", ""))
        return Response(exposition(house().settings.metrics_folder), content_type=CONTENT_TYPE_LATEST)


def refuse_strangers(told: str) -> None:
    """Let pass whoever brings the token as ``Bearer …``. Raises Unknown, and NotFound where there is no token at all."""
    token = house().settings.metrics_token
    if not token:
        raise NotFound
    if not hmac.compare_digest(told.encode(), f"Bearer {token}".encode()):
        raise Unknown


def exposition(folder: Path | None) -> bytes:
    """All of it in Prometheus' text format: of all processes that write into the folder, or of this one."""
    asked = CollectorRegistry(auto_describe=False)
    asked.register(Waiting())
    counted = REGISTRY
    if folder is not None:
        forget_dead(folder)
        counted = CollectorRegistry()
        MultiProcessCollector(counted, str(folder))  # type: ignore[no-untyped-call]  # the library has no types here
    return generate_latest(counted) + generate_latest(asked)


def forget_dead(folder: Path) -> None:
    """Let the gauges of processes that are gone count no more; what they counted stays counted."""
    for pid in {file.stem.rpartition("_")[2] for file in folder.glob("gauge_live*_*.db")}:
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another process of ours forgot it first
                mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]  # as above


class Waiting:
    """What the database says when it is asked; without it only that it is away."""

    def collect(self) -> Iterator[Metric]:
        """Once per scrape."""
        up = GaugeMetricFamily("westu_database_up", "Whether the database answered this scrape.")
        build = GaugeMetricFamily(
            "westu_build", "What runs here; always 1.", labels=["api", "wire", "migration"]
        )
        try:
            with house().database.reading() as connection, within(Context(connection)):
                migration = connection.scalar(text("SELECT version_num FROM alembic_version"))
                queues = [*waiting(), *(metric for measure in house().measures for metric in measure())]
        except SQLAlchemyError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        build.add_metric([VERSION, str(WIRE_VERSION), str(migration)], 1)
        yield up
        yield build
        yield from queues


def waiting() -> Iterator[Metric]:
    """How much waits in each queue of the house, and for how long: the ledger's deliveries and the outbox."""
    rows = GaugeMetricFamily(
        "westu_queue_rows", "Rows of a queue that are not done.", labels=["queue", "state"]
    )
    age = GaugeMetricFamily(
        "westu_queue_oldest_seconds",
        "How long the row that is due and waits longest has been due.",
        labels=["queue"],
    )
    moment = now()
    for table in Queued.__subclasses__():
        row: Any = table
        states = (*WAITING, QueueState.RESTING.value)
        counted = db().execute(
            select(row.state, func.count(), func.min(row.due_at))
            .where(row.state.in_(states))
            .group_by(row.state)
        )
        found = {state: (count, due) for state, count, due in counted}
        for state in states:
            rows.add_metric([row.__tablename__, state], found.get(state, (0, None))[0])
        due = min((found[state][1] for state in WAITING if state in found), default=moment)
        age.add_metric([row.__tablename__], max(0.0, (moment - due).total_seconds()))
    yield rows
    yield age


def listen(app: Flask, host: str, port: int, alive: Callable[[], bool]) -> WSGIServer:
    """Serve ``/metrics``, and ``/healthz`` by what ``alive`` says, from a thread of a process that is no server otherwise."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: a line per scrape tells nobody anything."""

    def two_paths(environ: Any, start: Any) -> Any:
        path = environ.get("PATH_INFO")
        if path == "/metrics":
            return app(environ, start)
        well = {"/healthz": "200 OK" if alive() else "503 Service Unavailable"}
        start(well.get(path, "404 Not Found"), [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return [b""]

    server = make_server(host, port, two_paths, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
