"""What each process counts for Prometheus. ``scrape.py`` gives it out.

Labels hold route templates, names of problems and states; never what a caller sent. A server's worker processes write
into one folder, ``PROMETHEUS_MULTIPROC_DIR``: the library reads that variable itself, when it is imported, and
opens its files when something is first counted. That is why all of these have labels.
"""

import logging
from functools import cache

from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

logging.getLogger(__name__).setLevel(logging.WARNING)
"""The pool names its logger after its class; SQLAlchemy quiets its own in the same way."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_answers = Counter("westu_http_answers", "Answers, by route and status.", ["method", "route", "status"])
_durations = Histogram(
    "westu_http_seconds", "From a request's headers to its answer.", ["method", "route"], buckets=SECONDS
)
_problems = Counter("westu_problems", "Answers that are problem documents, by type.", ["type"])
_photos = Histogram(
    "westu_photo_decode_seconds", "Photos decoded and made anew.", ["outcome"], buckets=SECONDS
)
_photo_bytes = Counter("westu_photo_bytes", "Bytes of photos that arrived.", ["outcome"])
_pool = Gauge(
    "westu_pool_connections",
    "Connections of the pool: size is what is kept, overflow what is open beyond it.",
    ["engine", "what"],
    multiprocess_mode="livesum",
)
_pool_waits = Counter("westu_pool_waits", "Times that no connection was free and someone waited.", ["engine"])
_work = Histogram(
    "westu_work_seconds",
    "What workers did: telling a listener, sending a batch on a channel, a chore.",
    ["what", "name", "outcome"],
    buckets=SECONDS,
)


_pushes = Histogram(
    "westu_push_queue_seconds",
    "From queueing a message to the service's taking it, by channel.",
    ["channel"],
    buckets=(0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0),
)
_settled = Counter("westu_push_settled", "Deliveries by what became of them.", ["channel", "state"])


@cache
def _route(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: the routes and statuses of a process are few, a request's share must be small."""
    return _answers.labels(method, route, str(status)), _durations.labels(method, route)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def known_method(method: str) -> str:
    """HTTP's own methods as they are; one that a caller made up is ``other``."""
    return method if method in METHODS else "other"


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer. ``method`` is a known one, ``route`` the template, never the path."""
    count, duration = _route(method, route, status)
    count.inc()
    duration.observe(seconds)


def problem(type_: str) -> None:
    """Count one problem document."""
    _problems.labels(type_).inc()


def photo_decoded(outcome: str, size: int, seconds: float) -> None:
    """Count one photo: ``made`` or ``refused``, its bytes as they arrived, the time that it took."""
    _photos.labels(outcome).observe(seconds)
    _photo_bytes.labels(outcome).inc(size)


def worked(what: str, name: str, seconds: float, *, failed: bool = False) -> None:
    """Count one piece of a worker's work: a ``delivery`` to a listener, a ``sending`` on a channel, a ``chore``."""
    _work.labels(what, name, "failed" if failed else "done").observe(seconds)


def pushed(channel: str, seconds: float) -> None:
    """Count one message that a service took so long after it was queued."""
    _pushes.labels(channel).observe(seconds)


def settled(channel: str, state: str, count: int) -> None:
    """Count what became of deliveries: ``done``, ``gone``, ``resting``, ``spared``, or ``queued`` again."""
    _settled.labels(channel, state).inc(count)


class CountedPool(QueuePool):
    """SQLAlchemy's pool, telling how full it is; the engine's ``pool_logging_name`` says which."""

    @property
    def full(self) -> bool:
        """Whether whoever wants a connection has to wait."""
        return self.checkedout() >= self.size() + self._max_overflow

    def _do_get(self) -> ConnectionPoolEntry:
        if self.full:
            _pool_waits.labels(self.logging_name).inc()
        entry = super()._do_get()
        self._tell()
        return entry

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self._tell()

    def _tell(self) -> None:
        # Twice a request: only what is another than before is written.
        now = self.size(), self.checkedout(), max(0, self.overflow())
        for gauge, value in zip(_pool_gauges(str(self.logging_name)), now, strict=True):
            if _told.get(gauge) != value:
                _told[gauge] = value
                gauge.set(value)


_told: dict[Gauge, int] = {}
"""What each gauge of a pool says by now."""


@cache
def _pool_gauges(engine: str) -> tuple[Gauge, Gauge, Gauge]:
    return _pool.labels(engine, "size"), _pool.labels(engine, "used"), _pool.labels(engine, "overflow")
