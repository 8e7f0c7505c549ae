"""The PostgreSQL that is installed here: where its programs lie, and how to run them.

Standard library only: it runs before anything is installed, under the system's own Python.
"""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_PLACES = (
    "usr/lib/postgresql/*/bin",  # Debian
    "usr/pgsql-*/bin",  # Fedora and its kin, from PostgreSQL's own packages
    "usr/bin",  # Fedora's
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "opt/homebrew/bin",
    "usr/local/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
)


def find_binaries(major: int | None = None) -> Path | None:
    """The folder of the newest PostgreSQL here that has PostGIS, of one major version if told; None if there is none.

    ``PG_BINDIR`` is taken at its word; without it come Debian's, Fedora's and Homebrew's places, then ``PATH``.
    """
    if chosen := os.environ.get("PG_BINDIR"):
        return Path(chosen) if major in (None, major_version(Path(chosen))) else None
    folders = [found for place in _PLACES for found in Path("/").glob(place)]
    if initdb := shutil.which("initdb"):
        folders.append(Path(initdb).resolve().parent)
    versions = {
        folder: major_version(folder) for folder in folders if _is_server(folder) and _has_postgis(folder)
    }
    fitting = [folder for folder, version in versions.items() if major in (None, version)]
    return max(fitting, key=lambda folder: versions[folder], default=None)


def find_client(name: str, server: int) -> Path | None:
    """The path of ``pg_dump`` or a program of its kind that fits a server of that major version: its own, or the next newer.

    A machine with clients has no server's programs, so each is looked for by itself, in the same places.
    """
    folders = [Path(os.environ["PG_BINDIR"])] if os.environ.get("PG_BINDIR") else []
    folders += [found for place in _PLACES for found in Path("/").glob(place)]
    if on_path := shutil.which(name):
        folders.append(Path(on_path).parent)
    versions = {
        folder / name: major_version(folder, name) for folder in folders if os.access(folder / name, os.X_OK)
    }
    fitting = [program for program, version in versions.items() if version >= server]
    return min(fitting, key=lambda program: versions[program], default=None)


def major_version(binaries: Path, name: str = "postgres") -> int:
    """15 of "postgres (PostgreSQL) 15.20 (Debian …)"; 0 if the program does not say."""
    found = re.search(r"\(PostgreSQL\) (\d+)", run(binaries / name, "--version").stdout)
    return int(found[1]) if found else 0


def server_user() -> pwd.struct_passwd | None:
    """Whom a server runs as if we are root, for PostgreSQL refuses uid 0; None means as ourselves.

    Raises ``LookupError`` if we are root and there is no user ``postgres``.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise LookupError("PostgreSQL refuses to run as root, and there is no user named postgres.") from None


def run(
    *command: str | Path,
    user: pwd.struct_passwd | None = None,
    stdin: str = "",
    more: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, as another user if told, with what it said in ``stdout`` and ``stderr``.

    ``more`` is added to its environment.
    """
    return subprocess.run(  # noqa: S603 - each command is ours, no shell reads it
        command,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",  # the other user may not be allowed where we stand
        env=environment() | dict(more or {}),
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def environment() -> dict[str, str]:
    """Ours without PostgreSQL's own variables (PGDATA, PGHOST and their kin would lead elsewhere), messages in English."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def exists(pid: int) -> bool:
    """Whether a process has this number, be it a zombie or another user's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def serves(pid: int, data: Path) -> bool:
    """Whether the process lives and is the server of that data, not a zombie, nor a stranger with its number."""
    if not Path("/proc/self").exists():
        return str(data) in run("/bin/ps", "-o", "command=", "-p", str(pid)).stdout
    try:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        return Path(f"/proc/{pid}/cwd").samefile(data)  # a server works in its data folder, and moves with it
    except OSError:
        return False


def _is_server(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb", "psql"))


def _has_postgis(binaries: Path) -> bool:
    """Whether the server of these binaries finds PostGIS; each packager puts extensions elsewhere."""
    installation = binaries.parent
    shares = (
        installation / "share",  # PostgreSQL's own packages
        installation / "share/postgresql",  # built from source, Postgres.app
        installation / "share/pgsql",  # Fedora
        installation.parent.parent / "share" / installation.name,  # Homebrew
        Path("/usr/share/postgresql") / installation.name,  # Debian
    )
    return any((share / "extension/postgis.control").exists() for share in shares)
