"""What stands behind ``make``: its processes, its installation, its words. Real programs, each ended by its number."""

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from backend.run import ROOT, house, installation, processes, terminal
from backend.run.house import Address, answers, make_secret
from backend.run.processes import Children, end_leftovers, members, started
from backend.run.terminal import Failure

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]
PARENT = [
    sys.executable,
    "-c",
    f"import subprocess; child = subprocess.Popen({SLEEPER!r}); print(child.pid, flush=True); child.wait()",
]


def until(condition):
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.fixture
def children(tmp_path):
    made = Children(ROOT, tmp_path / "run.json", tmp_path / "log")
    yield made
    made.end()


def said(child):
    return child.log.read_text() if child.log.exists() else ""


def test_ending_ends_what_the_programs_started_too_and_forgets_the_record(children, tmp_path):
    child = children.start("parent", PARENT, os.environ)
    until(lambda: len(members([child.process.pid])) == 2)
    assert (tmp_path / "run.json").exists()
    children.end()
    assert members([child.process.pid]) == []
    assert not (tmp_path / "run.json").exists()


def test_a_program_that_does_not_listen_is_killed(children, monkeypatch):
    monkeypatch.setattr(processes, "END_SECONDS", 0.1)
    child = children.start("deaf", DEAF, os.environ)
    until(lambda: "deaf" in said(child))
    children.end()
    assert child.process.returncode == -signal.SIGKILL


def test_a_kept_program_that_dies_is_started_again_and_says_so(children, capsys):
    child = children.start("server", SLEEPER, os.environ, kept=True)
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: not child.alive())
    until(lambda: children.watch() or child.alive())
    assert child.process.pid != first
    words = capsys.readouterr().out
    assert "The server was ended by SIGKILL; it starts again in 1 s" in words
    assert "The server was started again." in words


def test_a_program_that_keeps_dying_is_given_longer_and_longer_pauses(children, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(processes.time, "monotonic", lambda: clock[0])
    child = children.start("server", [sys.executable, "-c", "raise SystemExit(3)"], os.environ, kept=True)
    pauses = []
    for _ in range(8):
        child.process.wait()
        children.watch()
        pauses.append(child.due - clock[0])
        clock[0] = child.due
        children.watch()
    child.process.wait()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_kept_program_is_started_again_when_the_file_that_it_reads_is_written_anew(children, tmp_path):
    file = tmp_path / "account.json"
    file.write_text("the first")
    child = children.start("worker", SLEEPER, os.environ, kept=True, reads=file)
    first = child.process.pid
    children.watch()
    file.unlink()
    children.watch()
    assert child.process.pid == first
    file.write_text("the second")
    os.utime(file, ns=(1, 1))
    children.watch()
    second = child.process.pid
    assert second != first
    assert members([first]) == []
    children.watch()
    assert child.process.pid == second


def test_the_stand_in_of_firebase_that_dies_comes_again_on_its_port_and_the_worker_after_it(
    children, monkeypatch, tmp_path
):
    monkeypatch.setattr(house, "VAR", tmp_path)
    firebase = house._start_firebase(children)
    told = house._await_firebase(firebase)
    account = Path(told["FIREBASE_CREDENTIALS"])
    worker = children.start("worker", SLEEPER, os.environ, kept=True, reads=tmp_path / "fakefcm/env.json")
    first, port = worker.process.pid, told["HTTPS_PROXY"]
    before = account.read_text()
    os.kill(firebase.process.pid, signal.SIGKILL)
    until(lambda: children.watch() or worker.process.pid != first)
    assert account.read_text() != before
    assert json.loads((tmp_path / "fakefcm/env.json").read_text())["HTTPS_PROXY"] == port
    assert answers(f"{port}/_state")


def test_a_program_that_may_end_is_not_started_again(children):
    child = children.start("window", ["true"], os.environ)
    child.process.wait()
    children.watch()
    assert not child.alive()
    assert child.due is None


def test_the_next_run_ends_what_a_killed_run_left_over(children, tmp_path):
    child = children.start("parent", PARENT, os.environ)
    until(lambda: len(members([child.process.pid])) == 2)
    assert end_leftovers(tmp_path / "run.json") == 1
    assert members([child.process.pid]) == []


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_leftovers_whose_parent_has_died_are_known_by_the_runs_id(children, tmp_path):
    child = children.start("parent", PARENT, os.environ)
    until(lambda: len(members([child.process.pid])) == 2)
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    assert len(members([child.process.pid])) == 1
    assert end_leftovers(tmp_path / "run.json") == 1
    assert members([child.process.pid]) == []


def test_a_stranger_who_got_the_number_of_a_dead_program_is_left_alone(tmp_path):
    stranger = subprocess.Popen(SLEEPER, start_new_session=True)
    record = tmp_path / "run.json"
    record.write_text(
        json.dumps({"run": "old", "children": [{"pid": stranger.pid, "started": "another time"}]})
    )
    assert end_leftovers(record) == 0
    assert started(stranger.pid)
    stranger.kill()
    stranger.wait()
    assert not started(stranger.pid)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"run": 1}', '{"run": 1, "children": [{"pid": "x"}]}'])
def test_a_record_that_a_crash_cut_short_stops_nobody(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    assert end_leftovers(tmp_path / "run.json") == 0


def test_a_step_that_fails_shows_its_last_lines_and_where_all_of_it_is(tmp_path):
    command = [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]
    with pytest.raises(Failure, match="Migrating: it ended with exit code 3") as failure:
        processes.step("Migrating", command, os.environ, tmp_path / "migrate.log", tmp_path)
    assert "    the reason" in str(failure.value)
    assert str(tmp_path / "migrate.log") in str(failure.value)


def test_a_step_that_lacks_something_says_so_in_its_own_last_line(tmp_path):
    command = [sys.executable, "-c", "print('much'); print('no database'); raise SystemExit(2)"]
    with pytest.raises(Failure) as failure:
        processes.step("Migrating", command, os.environ, tmp_path / "log", tmp_path, lacking=2)
    assert (str(failure.value), failure.value.code) == ("no database", 2)


def test_a_long_log_is_laid_aside(children, monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "LOG_BYTES", 3)
    (tmp_path / "log").mkdir()
    (tmp_path / "log/echo.log").write_text("long ago")
    children.start("echo", ["echo", "now"], os.environ).process.wait()
    assert (tmp_path / "log/echo.log").read_text() == "now\n"
    assert (tmp_path / "log/echo.log.1").read_text() == "long ago"


def test_what_takes_long_is_shown_with_its_seconds_and_what_is_quick_is_not(monkeypatch, capsys):
    with terminal.working("Something quick"):
        pass
    monkeypatch.setattr(terminal, "PATIENCE", 0.0)
    shown = threading.Event()
    monkeypatch.setattr(terminal, "say", lambda line: (print(line), shown.set()))
    with terminal.working("Something long"):
        assert shown.wait(10)
    assert capsys.readouterr().out == "… Something long (0 s)\n"


def test_a_terminal_without_our_characters_gets_question_marks(monkeypatch):
    screen = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(screen, encoding="ascii"))
    monkeypatch.setattr(sys, "stderr", sys.stdout)
    terminal.use_any_terminal()
    terminal.done("ready")
    assert screen.getvalue() == b"? ready\n"


def test_the_secret_is_made_once_and_only_we_can_read_it(tmp_path):
    path = make_secret(tmp_path / "secret")
    first = path.read_text()
    assert len(bytes.fromhex(first)) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert make_secret(path).read_text() == first
    path.write_text(first[:10])
    assert len(make_secret(path).read_text()) == 128


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_servers_url_is_one_that_this_machine_reaches(host, url):
    assert Address(host, 8000).url == url


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", ""])
def test_a_port_that_is_none_is_refused_by_name(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(Failure, match="PORT is a number"):
        Address.from_env()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_a_port_in_use_is_told_with_the_variable_that_changes_it():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(Failure, match=f"Port {port} .* PORT={port + 2}"),
            house._hold_port(Address("127.0.0.1", port)),
        ):
            pass


def test_a_port_that_one_run_holds_is_in_use_for_another_yet_free_for_its_own_server():
    address = Address("127.0.0.1", free_port())
    with house._hold_port(address):
        with pytest.raises(Failure, match="is in use"), house._hold_port(address):
            pass
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            server.bind((address.host, address.port))
            server.listen()
    with house._hold_port(address):
        pass


def test_an_address_that_is_not_of_this_machine_is_refused_by_name():
    with pytest.raises(Failure, match=r"HOST=192\.0\.2\.1"), house._hold_port(Address("192.0.2.1", 8000)):
        pass
    with (
        pytest.raises(Failure, match="is no address"),
        house._hold_port(Address("no.such.host.invalid", 8000)),
    ):
        pass


def test_only_one_run_per_clone_and_the_second_is_told_where_the_first_is(monkeypatch, tmp_path):
    monkeypatch.setattr(house, "VAR", tmp_path)
    first, second = Address("127.0.0.1", 8011), Address("127.0.0.1", 8012)
    told = pytest.raises(Failure, match=r"at http://127\.0\.0\.1:8011")
    with house._only_one(first), told, house._only_one(second):
        pass
    with house._only_one(second):
        pass


def test_nothing_answers_where_nobody_listens():
    assert not answers(f"http://127.0.0.1:{free_port()}/readyz")


def test_a_venv_is_whole_only_with_this_lock_at_this_place_and_with_a_python_that_runs(tmp_path):
    root, place = tmp_path, tmp_path / ".venv"
    (root / "requirements.lock").write_text("a==1\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    assert not installation.venv_is_whole(root)
    (place / "complete.json").write_text(json.dumps(installation._stamp(root)))
    assert installation.venv_is_whole(root)
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.copytree(place, moved / ".venv", symlinks=True)
    shutil.copy(root / "requirements.lock", moved)
    assert not installation.venv_is_whole(moved)
    (root / "requirements.lock").write_text("a==2\n")
    assert not installation.venv_is_whole(root)
    (root / "requirements.lock").write_text("a==1\n")
    (place / "bin/python").unlink()
    assert not installation.venv_is_whole(root)


def test_without_postgresql_and_without_the_right_to_install_each_system_gets_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(installation, "find_binaries", lambda: None)
    with pytest.raises(Failure) as failure:
        installation._install_packages(tmp_path, tmp_path / "log", database=True, window=False, venv=False)
    assert failure.value.code == 2
    for line in (
        "Debian, Ubuntu  sudo apt-get install postgresql",
        "Fedora ",
        "macOS ",
        "DATABASE_URL=",
        "compose",
    ):
        assert line in str(failure.value)


def test_a_verb_that_there_is_not_is_answered_with_those_that_there_are():
    asked = subprocess.run(
        [sys.executable, "-m", "backend.run", "dance"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 2
    assert "run|serve|app|test" in asked.stdout


def test_it_needs_nothing_but_the_standard_library():
    names = "import sys; sys.modules.update(dict.fromkeys(('flask', 'sqlalchemy', 'psycopg', 'marshmallow', 'kivy')))"
    subprocess.run(
        [sys.executable, "-ISc", f"{names}; sys.path.insert(0, '.'); import backend.run.__main__"],
        cwd=ROOT,
        check=True,
    )


def test_the_exit_code_of_what_runs_in_the_foreground_is_passed_on():
    script = (
        "import sys; from backend.run.checks import _run; import os;"
        "sys.exit(_run([sys.executable, '-c', 'raise SystemExit(5)'], os.environ))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 5


def test_sigterm_is_handed_to_the_tests_as_ctrl_c():
    script = (
        "import sys, os; from backend.run.checks import _run;"
        "code = 'import time\\ntry:\\n print(1, flush=True); time.sleep(600)\\n"
        "except KeyboardInterrupt:\\n raise SystemExit(4)';"
        "sys.exit(_run([sys.executable, '-c', code], os.environ))"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.terminate()
        assert process.wait() == 4


def test_the_makefile_has_the_verbs_of_the_program_and_no_others():
    with contextlib.chdir(ROOT):
        verbs = next(line for line in Path("Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    from backend.run.__main__ import VERBS

    assert set(verbs.split()[1:]) == set(VERBS)
