"""A private PostgreSQL cluster in a folder: made, started and stopped by us, on a Unix socket alone.

Standard library only: it runs before anything is installed, under the system's own Python.

**Private** rests on one thing, the socket's folder. It belongs to the user whom the server runs as and has
mode 0700, so only that user and root can reach the socket; there is no TCP port. Whoever may open that folder may
read the data files beside it too, so a password would guard nothing more, and the server trusts whoever comes.
Run by root, the server runs as ``postgres`` (PostgreSQL refuses uid 0) and root's own processes pass as root does.

A folder holds ``data`` (PGDATA) and ``socket``; the server's log lies beside it, in ``log/postgresql.log``.
"""

import fcntl
import hashlib
import locale
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from backend.core.postgresql import (
    environment,
    exists,
    find_binaries,
    major_version,
    run,
    server_user,
    serves,
)

__all__ = ["APP", "OWNER", "Cluster", "ClusterError", "find_binaries"]

OWNER = "westu_owner"
APP = "westu_app"

SYSTEM_FOLDER = Path("/var/lib/westu")
"""Where a cluster lies that root asked for in a place that ``postgres`` can't reach."""

SOCKET_PATH_LIMIT = 103
"""Bytes that a Unix socket's path may have: 107 on Linux, 103 on macOS."""

RECOVERY_SECONDS = 600.0
"""How long a living server may recover from a crash before we call it stuck."""

MEMORY_SECONDS = 10.0
"""How long the processes of a server that was killed may hold its shared memory."""

LOG_BYTES = 10_000_000
"""A log longer than this is laid aside at the next start, as ``postgresql.log.1``."""

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What people told us may stand in DETAIL ("Key (email)=(…) already exists") and in a statement: neither is logged.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_CARELESS = {"fsync": "off", "full_page_writes": "off"}


class ClusterError(Exception):
    """The cluster can't be had. The text says why and what to do, for a person to read."""


class Cluster:
    """One private cluster. ``with Cluster(folder) as cluster:`` starts it and stops it.

    ``durable=False`` is for tests: it forgoes fsync, and makes itself anew where it can't start.
    A server that another process left running in the folder is taken over as it is.
    Raises ``ClusterError`` whenever it can't do what is asked.
    """

    def __init__(self, folder: Path, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.log = self.folder.parent / "log" / "postgresql.log"
        self._durable = durable
        try:
            self._user = server_user()
        except LookupError as error:
            raise ClusterError(str(error)) from None
        self._home = _home(self.folder, self._user)
        self._data = self._home / "data"
        self._socket = _socket_folder(self._home)
        self._server: subprocess.Popen[bytes] | None = None
        self._log_read = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Make the cluster if there is none, start it if it doesn't run, return once it takes connections."""
        try:
            try:
                self._start()
            except ClusterError:
                if self._durable:
                    raise
                self.remove()  # without fsync a crash may have broken it, and it holds nothing worth keeping
                self._start()
        except PermissionError as error:
            raise ClusterError(
                f"{error.filename} belongs to another user. Run as that user, or remove {self.folder}."
            ) from error

    def stop(self) -> None:
        """End the server, rolling back what is open. Nothing happens if it doesn't run."""
        for how, seconds in ((signal.SIGINT, 6.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)):
            pid = self._pid()
            if pid is None:
                break
            with suppress(ProcessLookupError):
                os.kill(pid, how)
            self._await_end(seconds)
        self._server = None

    def remove(self) -> None:
        """End the server and delete the cluster with all its data."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.rmtree(self._socket, ignore_errors=True)
        if self.folder.is_symlink():
            self.folder.unlink()

    def running(self) -> bool:
        """Whether a server of this folder lives, whoever started it."""
        return self._pid() is not None

    def version(self) -> int:
        """The major version of the PostgreSQL that made this cluster."""
        return int((self._data / "PG_VERSION").read_text())

    def owner_url(self, database: str) -> str:
        """SQLAlchemy's URL for the role that owns the databases, migrates and may do anything."""
        return self._url(OWNER, database)

    def app_url(self, database: str) -> str:
        """SQLAlchemy's URL for the role of server and worker; it may do what the migrations grant it."""
        return self._url(APP, database)

    def ensure_database(self, name: str) -> None:
        """Make the database, owned by the owner role, unless it exists. A name is a plain lower-case word."""
        if _plain(name) not in self._sql("select datname from pg_database").split():
            self._sql(f"create database {name} owner {OWNER}")

    def drop_database(self, name: str) -> None:
        """Drop the database, whoever is connected to it; nothing happens if there is none."""
        self._sql(f"drop database if exists {_plain(name)} with (force)")

    def _url(self, role: str, database: str) -> str:
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(self._socket))}"

    # How it starts

    def _start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._make_folders()
            binaries = self._binaries()
            if not self._data.exists():
                self._initialise(binaries)
            if self._status() == "stopping":
                self._await_end(30.0)
            if self.running():
                self._await_ready()
            else:
                self._forget_dead_server()
                self._launch(binaries)
            self._ensure_app_role()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of two processes that start one cluster, the second waits and finds it running."""
        with self.folder.with_name(f"{self.folder.name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _make_folders(self) -> None:
        if self._home != self.folder:
            SYSTEM_FOLDER.mkdir(mode=0o755, exist_ok=True)
            self.folder.unlink(missing_ok=True)
            self.folder.symlink_to(self._home)
        owner = self._user.pw_uid if self._user else os.geteuid()
        for folder in (self._home, self._socket):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                os.chown(folder, owner, -1)
            found = folder.lstat()  # never through a link that somebody else may have laid
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
                raise ClusterError(f"{folder} belongs to another user. Run as that user, or remove it.")
            folder.chmod(0o700)
        if self._home != self.folder:
            (self._home / "made-for").write_text(str(self.folder))

    def _binaries(self) -> Path:
        """The programs that fit the data, or the newest if there is no data yet."""
        made_by = self.version() if self._data.exists() else None
        if binaries := find_binaries(made_by):
            return binaries
        if made_by is None:
            raise ClusterError("There is no PostgreSQL with PostGIS here.")
        other = find_binaries()
        raise ClusterError(
            f"The data in {self.folder} was made by PostgreSQL {made_by}; with PostGIS there is here "
            f"{f'only PostgreSQL {major_version(other)}' if other else 'none'}. "
            f"Install PostgreSQL {made_by} with PostGIS, or remove {self.folder} to begin anew."
        )

    def _initialise(self, binaries: Path) -> None:
        """Make the data under another name first: a half-made folder is never taken for a whole one."""
        making = self._home / "making"
        shutil.rmtree(making, ignore_errors=True)
        options = ["-A", "trust", "-E", "UTF8", "--lc-collate=C", f"--lc-ctype={_ctype()}", "--lc-messages=C"]
        options += ["--data-checksums", "--no-instructions"] + ([] if self._durable else ["--no-sync"])
        done = run(binaries / "initdb", "-D", making, "-U", OWNER, *options, user=self._user)
        if done.returncode != 0:
            raise ClusterError(self._reason(done.stdout + done.stderr))
        making.rename(self._data)

    def _launch(self, binaries: Path) -> None:
        """Start the server, again while processes of one that was killed still hold its memory."""
        limit = time.monotonic() + MEMORY_SECONDS
        while True:
            self._spawn(binaries)
            try:
                self._await_ready()
            except ClusterError as error:
                if "shared memory block" not in str(error) or time.monotonic() > limit:
                    raise
                time.sleep(0.1)
            else:
                return

    def _spawn(self, binaries: Path) -> None:
        settings = (
            _SETTINGS | {"unix_socket_directories": str(self._socket)} | ({} if self._durable else _CARELESS)
        )
        command: list[str | Path] = [binaries / "postgres", "-D", self._data]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._log_read = log.tell()
            self._server = subprocess.Popen(  # noqa: S603 - the command is ours, no shell reads it
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is not for it: it ends last
                cwd="/",
                env=environment(),
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )

    def _await_ready(self) -> None:
        """Until it takes connections. One that recovers from a crash is given time as long as it lives."""
        limit = time.monotonic() + RECOVERY_SECONDS
        while self._status() != "ready":
            if not self.running():
                with self.log.open("rb") as log:
                    log.seek(self._log_read)
                    raise ClusterError(self._reason(log.read().decode(errors="replace")))
            if time.monotonic() > limit:
                raise ClusterError(f"PostgreSQL is not ready after {RECOVERY_SECONDS:.0f} s; see {self.log}.")
            time.sleep(0.02)

    def _ensure_app_role(self) -> None:
        if APP not in self._sql("select rolname from pg_roles").split():
            self._sql(f"create role {APP} login")

    def _sql(self, statement: str) -> str:
        options = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", OWNER, "-d", "postgres"]
        done = run(self._binaries() / "psql", "-h", self._socket, *options, stdin=statement)
        if done.returncode != 0:
            raise ClusterError(self._reason(done.stderr))
        return done.stdout.strip()

    def _reason(self, said: str) -> str:
        if "No space left on device" in said or "free disk space" in said:
            return f"The disk that holds {self._home} is full."
        named = re.findall(r"(?:FATAL|PANIC|ERROR|error): +(.+)", said)
        return f"PostgreSQL says: {named[-1] if named else said.strip()[-500:]} (more in {self.log})"

    # Whether it lives

    def _pid_file(self) -> list[str]:
        """The lines of postmaster.pid: pid, data, start, port, socket folder, address, memory, status."""
        with suppress(FileNotFoundError):
            return (self._data / "postmaster.pid").read_text().splitlines()
        return []

    def _pid(self) -> int | None:
        """The pid of this folder's living server. The file alone proves nothing: it outlives a kill -9 and a copy."""
        if self._server is not None and self._server.poll() is None:
            return self._server.pid
        pid = next((int(line) for line in self._pid_file()[:1] if line.isdigit()), None)
        return pid if pid is not None and serves(pid, self._data) else None

    def _status(self) -> str:
        """``starting``, ``ready`` or ``stopping`` as the living server itself wrote it, else nothing."""
        pid, *rest = self._pid_file() or [""]
        return rest[-1].strip() if rest and pid == str(self._pid()) else ""

    def _forget_dead_server(self) -> None:
        """Drop a pid file whose number is a zombie's or a stranger's: PostgreSQL would take it for a living server.

        One whose process is gone stays: by it PostgreSQL knows to look for shared memory still in use.
        """
        pid = next((line for line in self._pid_file()[:1] if line.isdigit()), None)
        if pid and exists(int(pid)):
            (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _await_end(self, seconds: float) -> None:
        limit = time.monotonic() + seconds
        while self.running() and time.monotonic() < limit:
            time.sleep(0.02)


def _home(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """Where a cluster asked for in ``folder`` lies: there, or in the system's folder if the server can't go there."""
    apart = SYSTEM_FOLDER / hashlib.sha256(bytes(folder)).hexdigest()[:16]
    if folder.is_symlink():
        home = folder.readlink()
        with suppress(OSError):
            made_for = Path((home / "made-for").read_text())
            if made_for != folder and made_for.is_symlink():
                return apart  # this clone is a copy: it must not share the data of the first
        return home
    if user is None or folder.is_dir():
        return folder
    above = next(parent for parent in folder.parents if parent.exists())
    return folder if run("/bin/sh", "-c", 'cd "$1"', "sh", above, user=user).returncode == 0 else apart


def _socket_folder(home: Path) -> Path:
    """In the cluster's folder, or in /tmp where that path would be too long for a socket."""
    folder = home / "socket"
    if len(bytes(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return folder
    # `_make_folders` refuses a folder of this name that somebody else has made
    return Path("/tmp") / f"westu-{hashlib.sha256(bytes(home)).hexdigest()[:16]}"  # noqa: S108


def _ctype() -> str:
    """A locale that knows letters in UTF-8, so that upper('ñ') is 'Ñ'."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            with suppress(locale.Error):
                return locale.setlocale(locale.LC_CTYPE, name)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def _plain(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        raise ValueError(f"{name!r} is no plain name of a database")
    return name
