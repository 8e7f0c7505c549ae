"""What must be installed: the packages of ``requirements.lock`` in ``.venv``, and a few of the system's own.

Nothing is touched that is there already, and then no network is needed.
"""

import ctypes.util
import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from backend.core.postgresql import find_binaries
from backend.run.processes import step
from backend.run.terminal import Failure, done, warn

NEWEST_WITH_WINDOW = (3, 13)
"""Kivy has no wheel for a newer Python: there the server runs and the window is left out."""

CLIENTS = {"ogrinfo": "gdal-bin"}
"""Programs of others that read what we serve, each with its package of Debian's: tests run them where they can be had."""

_INSTALL = """
export DEBIAN_FRONTEND=noninteractive
no_cluster=/etc/postgresql-common/createcluster.d/westu.conf
mkdir -p "${no_cluster%/*}" && echo 'create_main_cluster = false' > "$no_cluster"
dpkg --configure -a
apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "$@"
code=$?
rm -f "$no_cluster"
exit $code
"""
"""As root, in a shell. PostgreSQL's packages would make a cluster of the system: meanwhile they are told not to.
``dpkg --configure -a`` finishes an installation that was interrupted, without which apt-get refuses the next.
"""


def install(root: Path, *, database: bool, window: bool, clients: bool = False) -> None:
    """Make ``.venv`` whole and install the system's packages that are missing, where that is allowed.

    ``database``: PostgreSQL with PostGIS is needed; ``window``: so are OpenGL's libraries; ``clients``: other people's
    programs are wanted, for tests.
    Raises ``Failure`` with code 2, and what to do in its words, if something needed can't be had.
    """
    log = root / "var/log/install.log"
    with _alone(root / "var/install.lock"):
        whole = venv_is_whole(root)
        _install_packages(root, log, database=database, window=window, venv=not whole)
        if clients:
            _install_clients(root, log)
        if not whole:
            _make_venv(root, log)
        write_command(root)


def venv_is_whole(root: Path) -> bool:
    """Whether ``.venv`` was finished, with this lock, at this place, and its Python still runs."""
    try:
        stamp = json.loads((root / ".venv/complete.json").read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp == _stamp(root))


def write_command(root: Path) -> Path:
    """``.venv/bin/westu``, which runs this clone's commands from any folder; written unless it stands there."""
    command = root / ".venv/bin/westu"
    # -P: what lies in the caller's folder is never taken for ours
    text = (
        "#!/bin/sh\n"
        f"PYTHONPATH={shlex.quote(str(root))}${{PYTHONPATH:+:$PYTHONPATH}} exec "
        f'{shlex.quote(str(root / ".venv/bin/python"))} -P -m backend.run.westu "$@"\n'
    )
    if not command.exists() or command.read_text() != text:
        draft = command.with_suffix(".new")
        draft.write_text(text)
        draft.chmod(0o755)
        draft.replace(command)
    return command


def has_window(root: Path) -> bool:
    """Whether the app's window can be shown with the Python of ``.venv``; if not, a line says why."""
    version = _version(root)
    if version and tuple(map(int, version.split(".")[:2])) <= NEWEST_WITH_WINDOW:
        return True
    newest = ".".join(map(str, NEWEST_WITH_WINDOW))
    warn(f"Python {version} is too new for the app's window (Kivy goes to {newest}): it is left out.")
    return False


def _stamp(root: Path) -> dict[str, str]:
    lock = hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest()
    return {"lock": lock, "python": _version(root), "place": str(root / ".venv")}


def _version(root: Path) -> str:
    """Of the Python in ``.venv``; empty if there is none that runs."""
    try:
        asked = subprocess.run(
            [root / ".venv/bin/python", "-ISc", "import sys; print('%d.%d.%d' % sys.version_info[:3])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return asked.stdout.strip()


def _make_venv(root: Path, log: Path) -> None:
    """Finish a half-made one if its pip works, else make it anew; the stamp is written last."""
    venv, python = root / ".venv", root / ".venv/bin/python"
    # a half-made one may have a Python and no pip; one that was moved has programs that start the old place's
    here = (venv / "bin/pip").exists() and f"{venv}/bin/python" in (venv / "bin/pip").read_text()
    usable = here and _version(root).startswith(("3.11.", "3.12.", "3.13.", "3.14.")) and _runs(python, "pip")
    if not usable:
        shutil.rmtree(venv, ignore_errors=True)
        step("Making .venv", [sys.executable, "-m", "venv", venv], os.environ, log, root)
    if not _runs(python, "uv"):
        step("Fetching uv", [python, "-m", "pip", "install", "--quiet", "uv"], os.environ, log, root)
    sync: list[str | Path] = [
        python,
        "-m",
        "uv",
        "pip",
        "sync",
        "--python",
        python,
        "--require-hashes",
        "requirements.lock",
    ]
    step("Installing the packages of requirements.lock", sync, os.environ, log, root)
    (venv / "complete.json").write_text(json.dumps(_stamp(root)))
    done(f"Python {_version(root)} with the packages of requirements.lock in .venv")


def _runs(python: Path, module: str) -> bool:
    try:
        return (
            subprocess.run([python, "-m", module, "--version"], capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


def _install_packages(root: Path, log: Path, *, database: bool, window: bool, venv: bool) -> None:
    needed = []
    if database and find_binaries() is None:
        needed += _postgresql_packages()
    if venv and importlib.util.find_spec("ensurepip") is None:
        needed += [_venv_package()]
    shown = [f"lib{name.lower()}1" for name in ("EGL", "GL") if window and not ctypes.util.find_library(name)]
    if platform.system() == "Darwin":
        shown = []  # macOS brings its own OpenGL
    if not needed and not shown:
        return
    may = _may_install()
    if may is not None:
        _apt_get(root, log, may, needed + shown)
    elif needed:
        raise Failure(_advice(needed + shown), code=2)
    else:
        warn(f"The app's window needs {' and '.join(shown)}, which can't be installed without root.")


def _install_clients(root: Path, log: Path) -> None:
    """Those that are missing, if that can be done; tests that would run them say that they did not."""
    missing = [package for program, package in CLIENTS.items() if not shutil.which(program)]
    may = _may_install() if missing else None
    if may is None:
        return
    try:
        _apt_get(root, log, may, missing)
    except Failure as failure:
        warn(str(failure))


def _postgresql_packages() -> list[str]:
    """Debian's: PostGIS for the newest server that is here, else the default server with its PostGIS."""
    here = [
        int(found.parent.name)
        for found in Path("/usr/lib/postgresql").glob("[0-9]*/bin")
        if (found / "postgres").exists()
    ]
    return [f"postgresql-{max(here)}-postgis-3"] if here else ["postgresql", "postgresql-postgis"]


def _venv_package() -> str:
    default = Path("/usr/bin/python3").resolve().name == f"python3.{sys.version_info.minor}"
    return "python3-venv" if default else f"python3.{sys.version_info.minor}-venv"


def _may_install() -> list[str] | None:
    """What to write before a command to run it as root, on a Debian; None if that can't be."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def _apt_get(root: Path, log: Path, as_root: Sequence[str], packages: Sequence[str]) -> None:
    """Install Debian's packages; ``as_root`` comes before each command."""
    try:
        step(
            "Reading Debian's list of packages", [*as_root, "apt-get", "-qq", "update"], os.environ, log, root
        )
    except Failure as failure:
        warn(str(failure))  # somebody else's source may be broken; what is known may do
    what = ", ".join(packages)
    try:
        step(
            f"Installing Debian's {what}",
            [*as_root, "sh", "-c", _INSTALL, "sh", *packages],
            os.environ,
            log,
            root,
        )
    except Failure as failure:
        raise Failure(str(failure), code=2) from None
    done(f"Debian's packages installed: {what}")


def _advice(packages: Sequence[str]) -> str:
    return "\n".join(
        (
            "There is no PostgreSQL with PostGIS here, or no venv in Python, and no right to install them. One of these:",
            f"    Debian, Ubuntu  sudo apt-get install {' '.join(packages)}",
            "    Fedora          sudo dnf install postgresql-server postgis",
            "    macOS           brew install postgresql@17 postgis",
            "    own database    make run DATABASE_URL=postgresql://… (for tests: make test TEST_DATABASE_URL=postgresql://…)",
            "    containers      docker compose -f docker/compose.yml up",
        )
    )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Of two that install in one clone, the second waits and finds all done."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
