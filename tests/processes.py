"""Real programs of the house for tests: servers on free ports, workers, each ended by its own number."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from backend.run.house import Address, granian

ROOT = Path(__file__).parent.parent
WORKER = ("backend.worker",)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(settings, **more):
    """What a program of the house is told, and nothing else of ours that would lead it elsewhere."""
    ours = ("DATABASE_", "SECRET_KEY", "FILES_URL", "METRICS_", "PROMETHEUS_", "FIREBASE_", "PYTEST_", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "SECRET_KEY": settings.secret_key.decode(),
        "FILES_URL": settings.files_url,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **more,
    }


class Programs:
    """Started programs; leaving the block ends them all."""

    def __init__(self, folder):
        self.folder, self.running = Path(folder), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.running:
            self.signal(process, signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                self.signal(process, signal.SIGKILL)
                process.wait(15)

    @staticmethod
    def signal(process, number):
        """To the program and what it started: each leads a group of its own."""
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return

    def start(self, name, command, env, cwd=ROOT):
        """Start one, its output going to ``<name>.log`` in the folder."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append(process)
        process.log = self.folder / f"{name}.log"
        return process

    def server(self, name, settings, *, workers=1, **more):
        """Start a server as `make run` does; gives (process, its address). It may not answer yet: see ``answering``."""
        port = free_port()
        command = granian(Address("127.0.0.1", port), workers=workers)
        return self.start(name, command, environment(settings, **more)), f"http://127.0.0.1:{port}"

    def worker(self, name, settings, **more):
        return self.start(name, [sys.executable, "-m", *WORKER], environment(settings, **more))


def fetch(url, token="", method="GET"):
    """(status, headers, body) of a GET, whatever the status is; no proxy is asked."""
    asked = urllib.request.Request(
        url, method=method, headers={"Authorization": f"Bearer {token}"} if token else {}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(asked, timeout=20) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def until(condition, process=None, seconds=60):
    """What the condition gives once it is true. Fails if the program that it is about ends meanwhile."""
    limit = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        if process is not None and process.poll() is not None:
            raise AssertionError(f"it ended with {process.returncode}: {process.log.read_text()[-3000:]}")
        assert time.monotonic() < limit, "it did not come true"
        time.sleep(0.05)


def answering(process, url):
    """Wait until the server there is ready."""

    def ready():
        try:
            return fetch(f"{url}/readyz")[0] == 200
        except OSError:
            return False

    until(ready, process)
    return url
