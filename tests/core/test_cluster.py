"""The private cluster: a real PostgreSQL in a temporary folder."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from backend.core import cluster as module
from backend.core.cluster import Cluster, ClusterError, find_binaries

pytestmark = pytest.mark.skipif(find_binaries() is None, reason="no PostgreSQL with PostGIS here")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A cluster that was made once; tests that break its server start it again."""
    cluster = Cluster(tmp_path_factory.mktemp("made") / "pg", durable=False)
    cluster.start()
    yield cluster
    cluster.remove()


@pytest.fixture
def cluster(made):
    made.start()
    return made


def connect(url):
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def server_pid(cluster):
    return int((cluster.folder / "data/postmaster.pid").read_text().split()[0])


def socket_folder(cluster):
    return Path(cluster.app_url("x").partition("host=")[2])


def until(condition):
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_the_owner_makes_tables_with_postgis_and_the_app_may_do_only_what_it_is_granted(cluster):
    cluster.ensure_database("westu")
    cluster.ensure_database("westu")
    with connect(cluster.owner_url("westu")) as owner:
        owner.execute("create extension postgis")
        owner.execute("create table thing (place geography(Point, 4326))")
        owner.execute("grant select on thing to westu_app")
    with connect(cluster.app_url("westu")) as app:
        assert app.execute("select count(*) from thing").fetchone() == (0,)
        assert app.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (
            False,
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("insert into thing values (null)")
    cluster.drop_database("westu")
    cluster.drop_database("westu")


def test_letters_beyond_ascii_have_an_upper_case_and_time_is_utc(cluster):
    with connect(cluster.owner_url("postgres")) as owner:
        assert owner.execute("select upper('ñ'), current_setting('timezone')").fetchone() == ("Ñ", "UTC")


def test_nobody_but_the_servers_user_and_root_can_reach_the_socket_and_there_is_no_port(cluster):
    folder = socket_folder(cluster)
    server = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    for path in (folder, folder.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert path.owner() == server
    assert len(bytes(folder / ".s.PGSQL.5432")) <= 107
    with connect(cluster.owner_url("postgres")) as owner:
        assert owner.execute("show listen_addresses").fetchone() == ("",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try another user's hands")
def test_another_local_user_is_turned_away(cluster):
    tried = subprocess.run(
        [
            find_binaries() / "psql",
            "-h",
            socket_folder(cluster),
            "-U",
            "westu_owner",
            "postgres",
            "-c",
            "select 1",
        ],
        check=False,
        user="nobody",
        group="nogroup",
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert tried.returncode != 0
    assert "Permission denied" in tried.stderr


def test_a_name_that_is_no_plain_word_is_refused(cluster):
    with pytest.raises(ValueError, match="no plain name"):
        cluster.drop_database("postgres; drop table x")


def test_data_outlives_a_stop(cluster):
    cluster.ensure_database("kept")
    cluster.stop()
    assert not cluster.running()
    cluster.start()
    with connect(cluster.owner_url("kept")) as owner:
        assert owner.execute("select 1").fetchone() == (1,)


def test_a_server_that_another_process_left_running_is_taken_over_and_stopped(cluster):
    pid = server_pid(cluster)
    later = Cluster(cluster.folder, durable=False)
    later.start()
    assert server_pid(later) == pid
    assert later.owner_url("westu") == cluster.owner_url("westu")
    later.stop()
    assert not cluster.running()


def test_after_kill_9_it_recovers_what_was_committed(cluster):
    cluster.ensure_database("crashed")
    with connect(cluster.owner_url("crashed")) as owner:
        owner.execute("create table thing (id int)")
        owner.execute("insert into thing values (7)")
    os.kill(server_pid(cluster), signal.SIGKILL)
    until(lambda: not cluster.running())
    cluster.start()
    with connect(cluster.owner_url("crashed")) as owner:
        assert owner.execute("select id from thing").fetchone() == (7,)


def test_a_pid_file_that_names_a_stranger_or_a_zombie_is_no_server(cluster):
    pid_file = cluster.folder / "data/postmaster.pid"
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    for pid in (os.getppid(), zombie.pid):
        cluster.start()
        lines = pid_file.read_text().splitlines()
        cluster.stop()
        pid_file.write_text("\n".join([str(pid), *lines[1:]]) + "\n")
        assert not cluster.running()
        cluster.start()
        assert server_pid(cluster) != pid
    zombie.wait()


def test_two_that_start_one_cluster_at_once_share_its_server(cluster):
    cluster.stop()
    with ThreadPoolExecutor() as pool:
        both = [Cluster(cluster.folder, durable=False) for _ in range(2)]
        list(pool.map(Cluster.start, both))
    assert both[0].running()
    assert both[1].running()
    assert sum(each._server is not None for each in both) == 1
    both[0].stop()
    both[1].stop()


def test_two_clusters_run_side_by_side_and_a_deep_folder_gets_a_short_socket(cluster, tmp_path):
    deep = tmp_path / ("a long name " * 9)
    deep.mkdir()
    with Cluster(deep / "pg", durable=False) as other:
        assert len(bytes(socket_folder(other) / ".s.PGSQL.5432")) <= 107
        with connect(other.owner_url("postgres")) as one, connect(cluster.owner_url("postgres")) as two:
            assert (
                one.execute("show data_directory").fetchone() != two.execute("show data_directory").fetchone()
            )
    other.remove()
    assert not other.folder.exists()


def test_a_half_made_folder_is_made_anew(tmp_path):
    cluster = Cluster(tmp_path / "pg", durable=False)
    cluster.start()
    cluster.stop()
    (cluster.folder / "data").rename(cluster.folder / "making")
    try:
        cluster.start()
        assert cluster.running()
    finally:
        cluster.remove()


def test_data_of_another_major_version_is_refused_in_a_clear_sentence_and_kept(cluster):
    cluster.stop()
    version = cluster.folder / "data/PG_VERSION"
    was = version.read_text()
    version.write_text("9\n")
    try:
        with pytest.raises(ClusterError, match="was made by PostgreSQL 9"):
            Cluster(cluster.folder).start()
    finally:
        version.write_text(was)


def test_a_server_that_cannot_start_says_why(cluster):
    cluster.stop()
    settings = cluster.folder / "data/postgresql.conf"
    was = settings.read_text()
    settings.write_text("no such setting = 1\n")
    try:
        with pytest.raises(ClusterError, match=r"syntax error|errors"):
            Cluster(cluster.folder).start()
    finally:
        settings.write_text(was)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_where_the_servers_user_cannot_go_the_cluster_lies_in_the_systems_folder(tmp_path, monkeypatch):
    system = Path("/var/lib/westu-test-" + str(os.getpid()))
    monkeypatch.setattr(module, "SYSTEM_FOLDER", system)
    tmp_path.chmod(0o700)
    cluster = Cluster(tmp_path / "pg", durable=False)
    try:
        with cluster:
            assert cluster.folder.readlink().parent == system
        moved = tmp_path / "moved"
        moved.mkdir()
        copy = moved / "pg"
        copy.symlink_to(cluster.folder.readlink())
        assert Cluster(copy)._home != cluster._home, "a copy does not share the data of the first"
        cluster.folder.unlink()
        assert Cluster(copy)._home == cluster._home, "a clone that was moved keeps its data"
    finally:
        cluster.remove()
        shutil.rmtree(system)
