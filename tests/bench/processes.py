"""Real servers over loopback, and the CPU time of whole families of processes."""

import os
import secrets
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path

from backend.run.house import Address, granian
from tests.processes import Programs, free_port, until


@contextmanager
def server(app, env):
    """``app`` served by granian as `make run` serves ours; gives (port, process id of its first process)."""
    with listening(lambda port: granian(Address("127.0.0.1", port), app), env) as found:
        yield found


@contextmanager
def listening(command, env):
    """The server that ``command(port)`` starts; gives (port, process id of its first process)."""
    port = free_port()

    def listens():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    with tempfile.TemporaryDirectory() as folder, Programs(folder) as programs:
        process = programs.start("server", command(port), os.environ | env)
        until(listens, process)
        yield port, process.pid


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
