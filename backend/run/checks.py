"""``make test``, ``soak``, ``bench``, ``lint`` and ``bundle``. Tests have a database of their own, never the one of ``make run``."""

import fcntl
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from backend.core.cluster import ClusterError
from backend.run import PYTHON, ROOT, VAR
from backend.run.audit import audit
from backend.run.house import private_cluster
from backend.run.installation import install
from backend.run.terminal import Failure, say, warn, working

DATABASE = "westu_test"

CHECKS: dict[str, tuple[str, ...]] = {
    "test": ("pytest", "-p", "tests.timing"),
    "soak": ("pytest", "-p", "tests.timing", "--soak"),
    "bench": ("tests.bench",),
}
"""The Python module of each verb and its arguments; those in ``ARGS`` come behind them."""

SERVED = (
    "tests/service_requests/test_journey.py",
    "tests/identity/test_refresh.py",
    "tests/phone/test_offline.py",
)
"""What `make test` also does through two real servers and two workers (`make soak` does all that can be)."""

NOTHING_CHOSEN = 5
"""pytest's exit code where `ARGS` leaves no test to one of the two runs."""

LINTERS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("lint-imports",),
    ("vulture", "--min-confidence", "80", "backend", "mobile", "shared_models", "tests"),
)


def check(verb: str) -> int:
    """Run the tests, their long forms or the benchmarks; the exit code is theirs."""
    given = os.environ.get("TEST_DATABASE_URL")
    install(ROOT, database=not given, window=True, clients=verb != "bench")
    command: list[str | Path] = [PYTHON, "-m", *CHECKS[verb], *shlex.split(os.environ.get("ARGS", ""))]
    env = {**os.environ, "SOAK": "1"} if verb == "soak" else {**os.environ}
    if given:
        owner = os.environ.get("TEST_DATABASE_OWNER_URL", given)
        return _run(command, env | {"DATABASE_URL": given, "DATABASE_OWNER_URL": owner})
    with _fresh_database() as urls:
        if verb == "bench":
            return _run(command, env | urls)
        # Layout, touch and words need no pixels, and cost a third without; what is drawn is looked at by the rest.
        plain = _run(
            [*command, *_side_by_side(), "-m", "not pixels"], env | urls | {"KIVY_GL_BACKEND": "mock"}
        )
        drawn = _run([*command, *_side_by_side(), "-m", "pixels"], env | urls)
        served = _served(verb, command, env | urls)
        return plain or (0 if drawn == NOTHING_CHOSEN else drawn) or served


def _served(verb: str, command: Sequence[str | Path], env: Mapping[str, str]) -> int:
    """Speak to two servers with two workers, unless `ARGS` asks for something else."""
    if os.environ.get("ARGS"):
        return 0
    chosen = SERVED if verb == "test" else ()
    return _run(
        [*command, "--servers", "2", "-m", "served and not pixels", *chosen],
        {**env, "KIVY_GL_BACKEND": "mock"},
    )


def _side_by_side() -> list[str]:
    """Tests run in two processes, each in a database of its own."""
    return ["-n", "2", "--dist", "worksteal"] if (os.cpu_count() or 1) > 1 else []


def lint() -> int:
    """Run every linter over the whole project; 1 if one of them finds something."""
    install(ROOT, database=False, window=False)
    failed = []
    for name, *arguments in LINTERS:
        say(f"→ {' '.join([name, *arguments])}")
        if _run([PYTHON.with_name(name), *arguments], os.environ) != 0:
            failed.append(name)
    say("→ pip-audit")
    if not audit():
        failed.append("pip-audit")
    if failed:
        warn(f"Not clean: {', '.join(failed)}")
    return 1 if failed else 0


def bundle() -> int:
    """Build the desk's app as one folder that needs no Python, and let it try itself."""
    install(ROOT, database=False, window=True)
    made, work = VAR / "bundle", VAR / "bundle.work"
    spec = (
        "mobile/westu.spec",
        "--noconfirm",
        "--log-level",
        "ERROR",
        "--distpath",
        made,
        "--workpath",
        work,
    )
    if code := _run([PYTHON, "-m", "PyInstaller", *spec], os.environ):
        return code
    say(f"→ {made / 'westu/westu'} --self-test")
    return _run([made / "westu/westu", "--self-test"], os.environ)


@contextmanager
def _fresh_database() -> Iterator[dict[str, str]]:
    """An empty database in the private cluster of tests, which ends with the block."""
    folder = VAR / "test"
    VAR.mkdir(mode=0o711, exist_ok=True)
    folder.mkdir(mode=0o711, exist_ok=True)
    with _alone(folder / "lock"):
        cluster = private_cluster(folder / "pg", durable=False)
        try:
            cluster.drop_database(DATABASE)
            cluster.ensure_database(DATABASE)
            yield {
                "DATABASE_URL": cluster.app_url(DATABASE),
                "DATABASE_OWNER_URL": cluster.owner_url(DATABASE),
            }
        except ClusterError as error:
            raise Failure(str(error), code=2) from error
        finally:
            cluster.stop()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Two checks in one clone run one after the other: they share the cluster and the database's name."""
    with lock.open("w") as file:
        with working("Waiting for another check of this clone to end"):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(command: Sequence[str | Path], env: Mapping[str, str]) -> int:
    """Run in the foreground, on our terminal, and return the exit code.

    Ctrl-C reaches the program by itself, so we only wait for it; SIGTERM, sent to us alone, is handed on as Ctrl-C.
    """
    signal.signal(signal.SIGINT, lambda *_: None)
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
    code = process.wait()
    return code if code >= 0 else 128 - code
