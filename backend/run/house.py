"""``make run`` and ``make serve``: the cluster, server, worker and stream, the stand-in of Firebase, and the window."""

import errno
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from backend.core.cluster import Cluster, ClusterError
from backend.run import PYTHON, ROOT, VAR
from backend.run.installation import has_window, install
from backend.run.processes import Child, Children, end_leftovers, last_lines, step
from backend.run.terminal import Failure, done, say, warn, working

THREADS = 16
"""Of each server process: some more than it reads bodies at a time (core/bodies.py)."""
READY_SECONDS = 60.0
"""How long the server may take until it answers ``/readyz``."""


@dataclass(frozen=True)
class Address:
    """Where the server listens (``HOST``, ``PORT``), and by which URL a program on this machine reaches it."""

    host: str
    port: int

    @classmethod
    def from_env(cls) -> "Address":
        """127.0.0.1:8000 unless told otherwise. Raises ``Failure`` for a port that is none."""
        return cls(os.environ.get("HOST", "127.0.0.1"), _port("PORT", "8000"))

    @property
    def stream(self) -> "Address":
        """Where the stream listens (``STREAM_PORT``): at the next port, unless told otherwise."""
        return Address(self.host, _port("STREAM_PORT", str(self.port + 1)))

    @property
    def url(self) -> str:
        """``http://127.0.0.1:8000``; all addresses (0.0.0.0, ::) are reached by this machine's own."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def _port(name: str, default: str) -> int:
    port = os.environ.get(name, default)
    if not port.isdecimal() or int(port) not in range(1, 2**16):
        raise Failure(f"{name} is a number from 1 to 65535, not {port!r}.", code=2)
    return int(port)


def keep_house(*, window: bool) -> int:
    """Make whatever is missing, start everything, show the window or play the journey, serve until told to end.

    Returns the exit code. Raises ``Failure`` if something can't be made or started; nothing is left running then.
    """
    address = Address.from_env()
    VAR.mkdir(mode=0o711, exist_ok=True)  # the server of a cluster that root made must pass through
    (VAR / "log").mkdir(mode=0o700, exist_ok=True)
    children = Children(ROOT, VAR / "run.json", VAR / "log")
    with _ended_by_signals(children), ExitStack() as house:
        house.enter_context(_only_one(address))
        if end_leftovers(VAR / "run.json"):
            done("Ended what an earlier run had left over")
        house.enter_context(_hold_port(address))
        with _hold_port(address.stream, "STREAM_PORT"):
            pass  # only to say so now if it is taken: gevent shares a port with nobody
        given = os.environ.get("DATABASE_URL")
        install(ROOT, database=not given, window=window)
        cluster = None if given else private_cluster(VAR / "pg")
        if cluster:
            house.callback(cluster.stop)
        house.callback(children.end)
        house.callback(say, "  Ending …")
        shown = _start(address, cluster, children, window=window)
        _serve(children, cluster, shown)
    done("Everything has ended; the data stays in var/")
    return 0


def private_cluster(folder: Path, *, durable: bool = True) -> Cluster:
    """The cluster in that folder of ``var``, started. Raises ``Failure`` if it can't be."""
    try:
        cluster = Cluster(folder, durable)
        with working("Starting PostgreSQL"):
            cluster.start()
    except ClusterError as error:
        raise Failure(str(error), code=2) from error
    done(f"PostgreSQL {cluster.version()} with PostGIS, private cluster in {folder.relative_to(ROOT)}")
    return cluster


def app_environment(url: str) -> dict[str, str]:
    """What the app's window is told: the server, its folder, and where the stand-in of Firebase hands out pushes."""
    told = {"WESTU_SERVER": url, "WESTU_HOME": str(VAR / "app")}
    firebase = VAR / "fakefcm/env.json"
    if firebase.exists():
        told["FAKE_FCM_URL"] = json.loads(firebase.read_text())["FAKE_FCM_URL"]
    return {**os.environ, **told}


def has_screen() -> bool:
    """Whether a window can be shown to somebody."""
    return os.uname().sysname == "Darwin" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def answers(url: str) -> bool:
    """Whether the URL answers with 200; no proxy is asked."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5) as reply:
            return bool(reply.status == 200)  # noqa: PLR2004
    except (OSError, urllib.error.URLError):
        return False


def _start(address: Address, cluster: Cluster | None, children: Children, *, window: bool) -> Child | None:
    """Start all programs and say where they are; the window or the journey is returned."""
    env = environment(address, cluster)
    if not cluster:
        done("The database of DATABASE_URL")
    firebase = None if "FIREBASE_CREDENTIALS" in os.environ else _start_firebase(children)
    people = VAR / "people.txt"
    prepare = _python("backend.run.prepare", people)
    step(
        "Migrating the database, loading the West U city pack",
        prepare,
        env,
        VAR / "log/prepare.log",
        ROOT,
        lacking=2,
    )
    done("Database migrated, West U city pack loaded")
    told = _await_firebase(firebase) if firebase else {}
    # The server only says whether it is set up; what leads a push to the stand-in is the worker's alone.
    names = {name: value for name, value in told.items() if name == "FIREBASE_CREDENTIALS"}
    counts = {"PROMETHEUS_MULTIPROC_DIR": str(_empty(VAR / "metrics"))}
    server = children.start("server", granian(address), env | counts | names, kept=True)
    new_account = VAR / "fakefcm/env.json" if firebase else None
    worker = children.start("worker", _python("backend.worker"), env | told, kept=True, reads=new_account)
    stream = children.start("stream", _python("backend.stream"), env, kept=True)
    _await(server, lambda: answers(f"{address.url}/readyz"))
    _await(stream, lambda: answers(f"{address.stream.url}/readyz"))
    if not worker.alive():
        raise Failure(f"The worker {worker.fate()}")
    done(
        f"Server, worker and stream run{', with a stand-in of Firebase' if firebase else ''} (logs in var/log)"
    )
    say(f"\n  West U       {address.url}\n  API docs     {address.url}/docs\n  Demo people")
    say("".join(f"    {line}\n" for line in people.read_text().splitlines()))
    say("  Ctrl-C ends it all.\n")
    return _show(children, address) if window and has_window(ROOT) else None


def _serve(children: Children, cluster: Cluster | None, shown: Child | None) -> None:
    """Keep everything alive until a signal comes."""
    pause, due = 1.0, 0.0
    with ExitStack() as playing:
        if shown and shown.name == "journey":
            playing.enter_context(working("Playing the journey in an offscreen window"))
        while True:
            children.watch()
            if cluster and not cluster.running() and time.monotonic() >= due:
                warn(f"PostgreSQL has ended; starting it again ({cluster.log})")
                try:
                    cluster.start()
                    pause = 1.0
                except ClusterError as error:
                    warn(f"{error} Next attempt in {pause:.0f} s.")
                    due, pause = time.monotonic() + pause, min(2 * pause, 60.0)
            if shown and not shown.alive():
                playing.close()
                _report(shown)
                shown = None
            time.sleep(0.3)


def _show(children: Children, address: Address) -> Child | None:
    """Open the app's window; where nobody could see it, play the journey once and leave its pictures."""
    env = app_environment(address.url)
    if has_screen():
        return children.start("window", _python("mobile.main"), env)
    shots = VAR / "shots"
    if (shots / "complete").exists():
        done("No screen here. The journey's pictures are in var/shots; remove that folder to play it again")
        return None
    say(
        "  No screen here (no DISPLAY, no WAYLAND_DISPLAY): the journey is played once in an offscreen window."
    )
    journey = _python("tests.journey", "--server", address.url, "--shots", shots)
    return children.start("journey", journey, env)


def _report(shown: Child) -> None:
    if shown.process.returncode != 0:
        warn(f"The {shown.name} {shown.fate()}")
    elif shown.name == "journey":
        (VAR / "shots/complete").touch()
        done("The journey was played; its pictures are in var/shots")
    else:
        say("  The window was closed; the server goes on. `make app` opens it again, Ctrl-C ends it all.")


def environment(address: Address, cluster: Cluster | None) -> dict[str, str]:
    """What server, worker and commands are told: the running cluster's database, or without one DATABASE_URL's."""
    if cluster:
        cluster.ensure_database("westu")
        urls = {"DATABASE_URL": cluster.app_url("westu"), "DATABASE_OWNER_URL": cluster.owner_url("westu")}
    else:
        given = os.environ["DATABASE_URL"]
        urls = {"DATABASE_URL": given, "DATABASE_OWNER_URL": os.environ.get("DATABASE_OWNER_URL", given)}
    (VAR / "files").mkdir(mode=0o700, parents=True, exist_ok=True)
    defaults = {"FILES_URL": (VAR / "files").as_uri(), "PYTHONUNBUFFERED": "1"}
    if "SECRET_KEY" not in os.environ and "SECRET_KEY_FILE" not in os.environ:
        defaults["SECRET_KEY_FILE"] = str(make_secret(VAR / "secret"))
    return {
        **defaults,
        **os.environ,
        **urls,
        "HOST": address.host,
        "PORT": str(address.port),
        "STREAM_PORT": str(address.stream.port),
    }


def _empty(folder: Path) -> Path:
    """The folder, with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def make_secret(path: Path) -> Path:
    """A file with 64 random bytes in hex that only we can read, made once; one cut short by a crash is made anew."""
    if not path.exists() or len(path.read_text().strip()) < 128:  # noqa: PLR2004 - 64 bytes in hex
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(64))
        draft.replace(path)
    return path


def _start_firebase(children: Children) -> Child:
    (VAR / "fakefcm/env.json").unlink(missing_ok=True)  # an earlier run's names a port that is no more
    command = _python("backend.notifications.fakefcm", "--folder", VAR / "fakefcm")
    return children.start("fakefcm", command, os.environ)


def _await_firebase(firebase: Child) -> dict[str, str]:
    """What the worker is told once the stand-in listens, so that its pushes go there and nowhere else.

    From here on the stand-in is kept, on the port that it has: window and worker know it. Each time it starts it has
    a new account and new certificates, so the worker has to start after it.
    """
    folder = VAR / "fakefcm"
    _await(firebase, (folder / "env.json").exists)
    told = json.loads((folder / "env.json").read_text())
    firebase.command = [*firebase.command, "--port", told["FAKE_FCM_URL"].rpartition(":")[2]]
    firebase.kept = True
    proxies = {
        name: told[name] for name in ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NO_PROXY")
    }
    return proxies | {"FIREBASE_CREDENTIALS": str(folder / "service-account.json")}


def stand_in() -> dict[str, str]:
    """What a command is told of the stand-in of Firebase, where this clone's run has one: that FCM is set up."""
    account = VAR / "fakefcm/service-account.json"
    there = account.exists() and "FIREBASE_CREDENTIALS" not in os.environ
    return {"FIREBASE_CREDENTIALS": str(account)} if there else {}


def granian(
    address: Address, app: str = "backend.app:create_app", *, workers: int = 2, threads: int = THREADS
) -> list[str | Path]:
    """The command of the server that listens there; ``app`` makes what it serves."""
    listen = ["--host", address.host, "--port", str(address.port), "--no-ws", "--http", "1"]
    # Headers come within 20 s (a phone that asks every 15 s keeps its connection) and in 64 kB.
    listen += ["--http1-header-read-timeout", "20000", "--http1-buffer-size", "65536"]
    work = [
        "--workers",
        str(workers),
        "--blocking-threads",
        str(threads),
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "4",
    ]
    return _python("granian", "--interface", "wsgi", "--factory", *listen, *work, app)


def _python(module: str, *arguments: str | Path) -> list[str | Path]:
    return [PYTHON, "-m", module, *arguments]


def _await(child: Child, ready: Callable[[], bool]) -> None:
    limit = time.monotonic() + READY_SECONDS
    with working(f"Starting the {child.name}"):
        while not ready():
            if not child.alive():
                raise Failure(f"The {child.name} {child.fate()}")
            if time.monotonic() > limit:
                raise Failure(
                    f"The {child.name} is not ready after {READY_SECONDS:.0f} s. Its last lines:\n"
                    f"{last_lines(child.log)}\n  (all of it: {child.log})"
                )
            time.sleep(0.05)


@contextmanager
def _only_one(address: Address) -> Iterator[None]:
    """One run per clone. The lock goes with its process, however that ends."""
    with (VAR / "run.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Failure(f"This clone runs already, at {file.read().strip()}: end that first.") from None
        file.truncate(0)
        file.write(address.url)
        file.flush()
        yield


@contextmanager
def _hold_port(address: Address, name: str = "PORT") -> Iterator[None]:
    """Keep the port for our server: granian sets SO_REUSEPORT, so two of them would silently share their callers."""
    host, port = address.host, address.port
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except socket.gaierror:
        raise Failure(f"HOST={host} is no address.", code=2) from None
    except OSError as error:
        reason = {
            errno.EADDRINUSE: f"Port {port} of {host} is in use. Choose another: make run {name}={port + 2}",
            errno.EADDRNOTAVAIL: f"HOST={host} is no address of this machine.",
            errno.EACCES: f"Port {port} is for root only. Choose one above 1023: make run {name}=8000",
        }.get(error.errno or 0, f"{host}:{port}: {error.strerror}")
        raise Failure(reason, code=2) from None
    with socket.socket(family) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        with suppress(OSError):  # connections of an earlier server that linger may forbid it: then unheld
            held.bind(where)
        yield


@contextmanager
def _ended_by_signals(children: Children) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM, or a closed terminal) ends the block; a second one kills what is slow to end."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def hurry(_number: int, _frame: FrameType | None) -> None:
        children.hurry = True

    def end(_number: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, hurry)
        raise KeyboardInterrupt

    for each in signals:
        if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN:  # nohup has its way
            signal.signal(each, end)
    with suppress(KeyboardInterrupt):
        yield
