"""``.venv/bin/westu`` and what it says when something is wrong: run as a person runs it, from any folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.core.cluster import Cluster
from backend.run import ROOT
from backend.run.installation import write_command
from tests.conftest import SECRET

NOBODY = "postgresql://me:a-password@127.0.0.1:1/westu"
"""Nothing listens on port 1."""
OURS = ("DATABASE_", "SECRET_KEY", "FILES_URL", "PYTHON")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone with a ``.venv`` of its own, in a folder that a shell would split."""
    root = tmp_path_factory.mktemp("clone") / "the city's"
    for folder in ("backend", "shared_models", "migrations"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to(sys.executable)
    (root / ".venv/lib").symlink_to(Path(sys.prefix) / "lib")
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", root / ".venv")
    (root / "var").mkdir(mode=0o711)
    write_command(root)
    return root


@pytest.fixture
def westu(clone, tmp_path):
    """``westu("verify", DATABASE_URL=…)``: run in a folder with a ``backend`` of another's in it."""
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend/__init__.py").write_text("raise SystemExit('not this one')")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}

    def run(*words, **env):
        return subprocess.run(
            [clone / ".venv/bin/westu", *words],
            cwd=tmp_path,
            env=bare | env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_help_and_slips_of_the_pen_need_no_database(westu):
    assert "import" in westu("--help").stdout
    slip = westu("dance")
    assert slip.returncode == 2
    assert "invalid choice" in slip.stderr


def test_without_a_run_and_without_database_url_one_line_says_what_to_start(westu):
    told = westu("verify")
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert "start `make run` first" in told.stderr


def test_it_works_on_the_private_cluster_of_its_own_clone_while_that_runs(westu, clone):
    cluster = Cluster(clone / "var/pg", durable=False)
    try:
        cluster.start()
        migrated = westu("migrate")
        assert migrated.returncode == 0, migrated.stderr
        verified = westu("verify")
        assert verified.stdout == "The ledger's chain is sound.\n", verified.stderr
        assert cluster.running()
        assert (clone / "var/secret").exists()
    finally:
        cluster.remove()


def test_with_database_url_it_works_there_and_a_refusal_is_one_line(westu, app, database_urls):
    told = westu("grant", "jo@example.org", "crew", DATABASE_URL=database_urls[0], SECRET_KEY=SECRET)
    assert told.returncode == 1
    assert told.stderr == "department: The role crew needs a department.\n"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (NOBODY, "Connection refused"),
        ("postgresql://me:a-password@localhost:port/westu", "DATABASE_URL is no URL of PostgreSQL"),
        ("mysql://me:a-password@127.0.0.1/westu", "DATABASE_URL is no URL of PostgreSQL"),
        ("a-password", "DATABASE_URL is no URL of PostgreSQL"),
    ],
)
def test_a_database_that_cant_be_reached_is_told_in_one_line_without_the_password(westu, url, reason):
    told = westu("verify", DATABASE_URL=url)
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert reason in told.stderr
    assert "a-password" not in told.stderr


def test_migrating_a_database_that_cant_be_reached_is_told_in_one_line_too(westu):
    told = westu("migrate", DATABASE_URL=NOBODY)
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert "Connection refused" in told.stderr


def test_the_command_is_written_once(clone):
    command = write_command(clone)
    before = command.stat().st_ino
    assert write_command(clone).stat().st_ino == before
    command.write_text("of another place")
    assert os.access(write_command(clone), os.X_OK)
    assert "backend.run.westu" in command.read_text()
