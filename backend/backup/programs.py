"""PostgreSQL's own programs, as backup and restore call them."""

import signal
from pathlib import Path

from sqlalchemy import Connection, make_url, text

from backend.backup.archive import BackupError
from backend.core.postgresql import find_client, run


def server_major(connection: Connection) -> int:
    """15 of PostgreSQL 15.20."""
    return int(connection.scalar(text("SHOW server_version_num")) or 0) // 10000


def run_program(name: str, url: str | None, *options: str | Path, server: int) -> str:
    """Run one to its end; gives what it printed. The URL's password goes by the environment, not the list of processes.

    Raises BackupError with the program's own last words, or if there is none that fits this server.
    """
    program = find_client(name, server)
    if program is None:
        raise BackupError(
            f"There is no {name} of PostgreSQL {server} or newer here: install postgresql-client, or set PG_BINDIR."
        )
    where: list[str | Path] = []
    more = {}
    if url is not None:
        asked = make_url(url)
        if asked.password is not None:
            more["PGPASSWORD"] = str(asked.password)
        plain = asked.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
        # SQLAlchemy writes a socket's folder as %2F; libpq reads that as it is
        where = [f"--dbname={plain}"]
    done = run(program, *where, *options, more=more)
    if done.returncode != 0:
        raise BackupError(in_words(name, done.returncode, done.stderr))
    return done.stdout


def in_words(name: str, code: int, said: str) -> str:
    """Why a program failed, in one line, without what it may quote of the data (DETAIL, CONTEXT, statements)."""
    if code == -signal.SIGXFSZ or "No space left on device" in said or "File too large" in said:
        return f"{name}: the disk is full. Nothing was kept."
    lines = [line for line in said.splitlines() if "error:" in line]
    return lines[-1] if lines else f"{name} failed without saying why (exit code {code})."
