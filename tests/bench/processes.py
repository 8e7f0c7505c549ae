"""Real servers over loopback, and the CPU time of whole families of processes."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

WORKERS, THREADS = 2, 4


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server(factory, env):
    """granian with our own server's options, serving ``factory``; gives (port, process id of its first process)."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--host", "127.0.0.1", "--port", str(port),
        "--no-ws", "--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--log-level", "warning", factory,
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=os.environ | env, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)
        yield port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def settings_env(files):
    """What a server of the benchmarks is told, beside its database."""
    return {
        "SECRET_KEY": secrets.token_hex(32),
        "FILES_URL": Path(files).as_uri(),
        "PYTHONWARNINGS": "ignore",
    }


def family(first):
    """A process and all its descendants."""
    children = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found, rest = [], [first]
    while rest:
        found.append(rest.pop())
        rest += children.get(found[-1], [])
    return found


def cpu_ms(pids):
    """CPU time that the threads of these processes have taken, in milliseconds, to the nanosecond."""
    taken = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                taken += int(thread.read_text().split()[0])
            except OSError:
                continue
    return taken / 1e6


def pss_mib(pids):
    """Memory of these processes, shared pages divided among those who share them, in MiB."""
    rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids)
    return (
        sum(int(line.split()[1]) for text in rollups for line in text.splitlines() if line.startswith("Pss:"))
        / 1024
    )


def postmaster(connection):
    """The first process of the PostgreSQL server that this connection talks to."""
    stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])
