"""A whole town on loopback: PostgreSQL that keeps its word, server, worker, stand-in of FCM, people with phones.

Each is a process of its own, started as ``make run`` does, and killed by its number.
"""

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
from sqlalchemy import create_engine, text

from backend.cli import migrate
from backend.core.cluster import Cluster
from backend.notifications.fakefcm.server import FakeFcmServer
from backend.notifications.fakefcm.service import FakeFcm
from backend.run import house
from backend.seed import demo_password, load_city, load_demo
from backend.settings import Settings
from tests.conftest import KEPT
from tests.killed.air import Air
from tests.killed.nursery import Nursery
from tests.killed.wire import Wire, socket_of

SECRET = "a key for the town, long enough for HMAC with SHA-256"
DESK = "carol@example.org"
DATABASE = "westu"
PHONE = ("mobile.core.device.push", "httpx", "httpcore", "PIL.JpegImagePlugin", "shared_models.identity")
PATIENCE = 60.0
"""Seconds after which something that should come is said not to come."""


def until(condition, what, patience=PATIENCE):
    """Wait for it."""
    limit = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < limit, f"in vain: {what}"
        time.sleep(0.02)
    return found


class Town:
    """Everything, in ``folder``. ``with Town(folder) as town:`` makes it; server and worker are started apart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = Cluster(folder / "pg")  # durable: fsync is on
        self.files = folder / "files"
        self.clock = folder / "clock"
        self.port = free_port()
        self.server = self.worker = 0
        self.phones: dict[str, int] = {}
        self.told: dict[str, dict] = {}
        self._looking: psycopg.Connection | None = None

    def __enter__(self) -> Self:
        self._open = ExitStack()
        enter = self._open.enter_context
        try:
            self.clock.write_text("0")
            (self.folder / "log").mkdir()
            enter(self.cluster)
            self._open.callback(self.cluster.remove)
            self.cluster.ensure_database(DATABASE)
            self.fcm = enter(FakeFcmServer(FakeFcm(folder=self.folder), self.folder))
            self.fcm_air = enter(Air(int(self.fcm.url.rpartition(":")[2])))
            self.wire = enter(Wire(self.folder / "wire", socket_of(self.cluster.app_url(DATABASE))))
            self.env = self._make_env()
            self.settings = Settings.from_env(self.env | self._direct())
            migrate(self.settings)
            self.app = self._direct_app()
            self._open.callback(self.app.extensions["westu"].database.close)
            with self.app.app_context():
                from backend.worker import in_transaction

                in_transaction(lambda: load_city("westu"))
            self.houses = enter(
                Nursery("granian.cli", "granian.server", "backend.worker", "firebase_admin.messaging")
            )
            self.people = enter(
                Nursery("mobile.core.sync", "mobile.core.pack", "mobile.service_requests.draft", *PHONE)
            )
            self._owner = create_engine(
                self.settings.database_owner_url, isolation_level="AUTOCOMMIT", pool_pre_ping=True
            )
            self._open.callback(self._owner.dispose)
            self._open.callback(self._look_away)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._open.close()

    def _direct(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.cluster.app_url(DATABASE),
            "DATABASE_OWNER_URL": self.cluster.owner_url(DATABASE),
        }

    def _direct_app(self):
        """The application in this process, past the wire: for looking, and for the people of the demo."""
        from backend.app import create_app

        return create_app(self.settings)

    def _make_env(self) -> dict[str, str]:
        """What server and worker are told: their database is behind the wire, their Google behind an air."""
        google = f"http://127.0.0.1:{self.fcm_air.port}"
        account = self.folder / "account.json"
        account.write_text(json.dumps(self.fcm.service_account()).replace(self.fcm.url, google))
        firebase = {name: value.replace(self.fcm.url, google) for name, value in self.fcm.env().items()}
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "PG"))}
        town = {
            "DATABASE_URL": f"postgresql+psycopg://westu_app@/{DATABASE}?host={quote(str(self.folder / 'wire'))}",
            "SECRET_KEY": SECRET,
            "WEBHOOKS_LOOPBACK": "1",
            "FILES_URL": self.files.as_uri(),
            "FIREBASE_CREDENTIALS": str(account),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "CLOCK": str(self.clock),
            "PYTHONUNBUFFERED": "1",
        }
        return ours | town | firebase

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    # ── starting ─────────────────────────────────────────────────────────────────────────────────────────

    def start_server(self, *, app="backend.app:create_app", **env: str) -> None:
        """Start the server: granian's master, which starts two workers, as ``make run`` does."""
        command = house.granian(house.Address("127.0.0.1", self.port))
        argv = [str(word) for word in command[3:-1]] + [app]
        self.server = self.houses.start(
            "tests.killed.programs:server", argv=argv, env=self.env | env, log=self.log("server")
        )

    def start_worker(self) -> None:
        """Start a worker."""
        self.worker = self.houses.start("tests.killed.programs:worker", env=self.env, log=self.log("worker"))

    def start_phone(self, name: str, *, server: str = "", **told) -> None:
        """Start the app on somebody's phone, or start it again."""
        known = self.told.setdefault(
            name,
            {
                "name": name,
                "home": str(self.folder / "phones" / name),
                "server": server or self.url,
                "fcm": self.fcm.url,
                **told,
            },
        )
        (self.folder / "phones").mkdir(exist_ok=True)
        self.phones[name] = self.people.start(
            "tests.killed.programs:phone", argv=[json.dumps(known)], env={}, log=self.log(f"phone-{name}")
        )

    def log(self, name: str) -> Path:
        """Where a program writes."""
        return self.folder / "log" / f"{name}.log"

    def revive(self) -> None:
        """Start again whatever is dead."""
        if not self.cluster.running():
            self.cluster.start()
        if self.server and not alive(self.server):
            kill(self.server, signal.SIGKILL, group=True)  # workers that a master has left behind
            self.start_server()
        if self.worker and not alive(self.worker):
            self.start_worker()
        for name, pid in self.phones.items():
            if not alive(pid):
                self.start_phone(name)

    def servers(self) -> list[int]:
        """The processes that answer."""
        return children_of(self.server)

    def postmaster(self) -> int:
        """PostgreSQL's first process."""
        return int((self.cluster.folder / "data/postmaster.pid").read_text().split()[0])

    def await_server(self) -> None:
        """Until it answers that it is ready."""
        until(lambda: house.answers(f"{self.url}/readyz"), "the server is ready")

    # ── ending ───────────────────────────────────────────────────────────────────────────────────────────

    def stop(self, *, phones=True, houses=True) -> None:
        """End what was started, by its number."""
        ended = (list(self.phones.values()) if phones else []) + (
            [self.server, self.worker] if houses else []
        )
        for pid in filter(None, ended):
            kill(pid, signal.SIGKILL, group=True)
        for pid in filter(None, ended):
            until(lambda pid=pid: not alive(pid), "a killed process is gone")
        if phones:
            self.phones.clear()
            self.told.clear()
        if houses:
            self.server = self.worker = 0

    def sweep(self) -> None:
        """An empty town: the city's pack and the people of the demo, nobody's requests, no files."""
        import shutil

        self.stop()
        self.wire.hook = lambda _: False
        self.fcm_air.away = False
        self.clock.write_text("0")
        self.fcm.fake.forget()
        for token in list(self.fcm.fake.devices):
            self.fcm.fake.uninstall(token)
        for folder in (self.files, self.folder / "phones"):
            shutil.rmtree(folder, ignore_errors=True)
        if not self.cluster.running():
            self.cluster.start()
        with self._owner.connect() as owner:
            names = owner.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            emptied = ", ".join(f'"{name}"' for name in names if name not in KEPT)
            owner.execute(text(f"TRUNCATE {emptied}"))
        with self.app.app_context():
            from backend.worker import in_transaction

            in_transaction(lambda: load_demo(self.settings))

    def password(self, email: str = DESK) -> str:
        """Of somebody of the demo."""
        return demo_password(self.settings, email)

    def rows(self, statement: str, *values) -> list[tuple]:
        """What the database holds, past the wire; asked again where PostgreSQL has just been killed."""
        limit = time.monotonic() + PATIENCE
        while True:
            try:
                if self._looking is None:
                    url = self.settings.database_owner_url.replace("+psycopg", "")
                    self._looking = psycopg.connect(url, autocommit=True)
                return self._looking.execute(statement, values).fetchall()
            except psycopg.OperationalError:
                self._look_away()
                assert time.monotonic() < limit
                time.sleep(0.05)

    def _look_away(self) -> None:
        if self._looking is not None:
            self._looking.close()
            self._looking = None

    def count(self, what: str) -> int:
        """How many rows there are: ``"request WHERE status = 'closed'"``."""
        return self.rows(f"SELECT count(*) FROM {what}")[0][0]


def files_below(folder: Path) -> set[str]:
    """Every file, none of them empty."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert all(path.stat().st_size for path in found)
    return {str(path.relative_to(folder)) for path in found}


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url: str, **options):
    """(status, headers, body) of one plain call."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(urllib.request.Request(url, **options), timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def alive(pid: int) -> bool:
    """Whether a process lives; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def children_of(pid: int) -> list[int]:
    """The living children of a process."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] not in "ZX":
                found.append(int(folder.name))
    return sorted(found)


def kill(pid: int, how: int, *, group: bool = False) -> None:
    """Send a signal to this one process (or to the group that it leads), if it is still there."""
    with suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(pid, how)
