"""What a message to FCM costs the sender: firebase-admin from a pool of threads, our channel on it, our own connections.

The sender's process alone; a responder over TLS in another one takes everything, at once or after 50 ms.
"""

import gc
import json
import os
import sys
import tempfile
import time
import uuid
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.notifications.clients import Job, Sent, Urgency
from backend.notifications.clients.fcm import Fcm, as_message
from backend.notifications.clients.fcm_pooled import PooledFcm
from backend.notifications.fakefcm import certificates
from backend.notifications.fakefcm.accounts import Accounts
from backend.notifications.fakefcm.server import GOOGLE
from tests.bench.table import Line, interleaved
from tests.processes import Programs, until

MESSAGES = 1500
LATENCIES = (0, 50)
YARDSTICK = "messaging.send(), 64 threads"
AIMS = {("our pooled channel", "CPU ms"): "≥ 5", ("our pooled channel", "messages/s"): "≥ 2 at 50 ms"}


def lines():
    """CPU of a message and messages a second, each way, at each latency."""
    for latency in LATENCIES:
        with ExitStack() as stack:
            account = stack.enter_context(responder(latency))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            found = interleaved(ways(stack, account), measured)
        for unit, of in (("CPU ms", 0), ("messages/s", 1)):
            against = tuple(figures[of] for figures in found[YARDSTICK])
            for name, rounds in found.items():
                its = (against, YARDSTICK) if name != YARDSTICK else ((), "")
                yield Line(
                    f"{name}, answers after {latency} ms", unit, tuple(figures[of] for figures in rounds), *its,
                    aim=AIMS.get((name, unit), ""), more_is_better=of == 1,
                )  # fmt: skip


def ways(stack, account):
    """Name → how to send all these jobs; each has its connections open already."""
    made = {f"messaging.send(), {n} threads": by_sdk(stack, account, n) for n in (16, 64)}
    for name, kind in (("our channel on firebase-admin", Fcm), ("our pooled channel", PooledFcm)):
        made[name] = by_channel(stack, kind.from_file(account))
    for way in made.values():
        way(jobs(600))
    gc.freeze()  # as a worker does
    stack.callback(gc.unfreeze)
    return made


def by_sdk(stack, account, threads):
    import firebase_admin
    from firebase_admin import credentials, messaging

    app = firebase_admin.initialize_app(
        credentials.Certificate(str(account)), {"httpTimeout": 10}, f"{threads}"
    )
    stack.callback(firebase_admin.delete_app, app)
    pool = stack.enter_context(ThreadPoolExecutor(threads))
    return lambda some: len(list(pool.map(lambda each: messaging.send(each, app=app), map(as_message, some))))


def by_channel(stack, channel):
    stack.callback(channel.close)

    def send(some):
        outcomes = []
        for first in range(0, len(some), channel.batch):
            outcomes += channel.send(some[first : first + channel.batch])
        assert all(isinstance(each, Sent) for each in outcomes), outcomes[:3]
        return len(outcomes)

    return send


def measured(way):
    """(CPU milliseconds of a message, messages a second)."""
    some = jobs(MESSAGES)
    wall, cpu = time.perf_counter(), time.process_time()
    count = way(some)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return cpu / count * 1000, count / wall


def jobs(count):
    """An alert to so many phones."""
    mid, alert = uuid.uuid4(), str(uuid.uuid4())
    expires = datetime.now(UTC) + timedelta(hours=6)
    return [
        Job(
            n, uuid.uuid4(), {"token": f"{n:0152d}"}, mid, "alert", Urgency.ALERT, "Boil water",
            "Until further notice, boil water before you drink it.", {"about": "alert", "id": alert}, f"alert-{alert}",
            expires,
        )
        for n in range(count)
    ]  # fmt: skip


@contextmanager
def responder(latency):
    """One in another process, and this process's environment leading to it; gives the path of an account."""
    with tempfile.TemporaryDirectory() as name, Programs(name) as programs:
        folder = Path(name)
        made = certificates.make(folder, GOOGLE)
        command = [sys.executable, "-m", "tests.bench.responder", folder, str(latency)]
        until((folder / "port").exists, programs.start("responder", command, os.environ))
        url = f"http://127.0.0.1:{(folder / 'port').read_text()}"
        (folder / "account.json").write_text(json.dumps(Accounts("bench").issue(f"{url}/token")))
        told = {"HTTPS_PROXY": url, "REQUESTS_CA_BUNDLE": str(made.authority), "NO_PROXY": "127.0.0.1"}
        before = {variable: os.environ.get(variable) for variable in told}
        os.environ.update(told)
        try:
            yield folder / "account.json"
        finally:
            for variable, value in before.items():
                os.environ.pop(variable)
                if value is not None:
                    os.environ[variable] = value
