"""Where photos lie: a file is there whole or not at all, whoever dies and whatever the disk says meanwhile."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.core import files
from backend.core.files import Files, FilesAway

NAME = "ab/photo.jpg"
KINDS = ["as this system does", "where no file is without a name"]


@pytest.fixture(params=KINDS)
def kind(request, monkeypatch):
    if request.param != KINDS[0]:
        monkeypatch.setattr(files, "open_nameless", lambda _: None)


@pytest.fixture
def store(tmp_path, kind):
    return Files(tmp_path.as_uri())


def below(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_bytes_come_back_and_the_same_name_again_replaces_them_whole(store, tmp_path):
    for data in (b"first and longer", b"second"):
        store.put(NAME, data)
        assert store.get(NAME) == data
        assert below(tmp_path) == {NAME: data}
    store.drop(NAME)
    store.drop(NAME)
    assert below(tmp_path) == {}


@pytest.mark.parametrize("step", ["write_down", "fsync"])
def test_a_disk_that_says_no_leaves_nothing_and_what_was_there_stays(store, tmp_path, monkeypatch, step):
    def full(*_):
        raise OSError(28, "No space left on device")

    for before in ({}, {NAME: b"old"}):
        for name, data in before.items():
            store.put(name, data)
        with monkeypatch.context() as patched:
            patched.setattr(files if step == "write_down" else os, step, full)
            with pytest.raises(FilesAway):
                store.put(NAME, b"new")
        assert below(tmp_path) == before


def test_whoever_is_killed_while_it_writes_leaves_nothing_behind(tmp_path):
    if not hasattr(os, "O_TMPFILE"):
        pytest.skip("this system knows no file without a name")
    code = (
        "import os, sys, time; from backend.core import files\n"
        "def fsync(number): print('writing', flush=True); time.sleep(60)\n"
        "files.os.fsync = fsync\n"
        "files.Files(sys.argv[1]).put('ab/photo.jpg', b'x' * 100_000)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, tmp_path.as_uri()], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"writing\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait(10)
    writer.stdout.close()
    assert below(tmp_path) == {}


def test_a_folder_that_can_not_be_made_is_a_store_that_is_away(tmp_path):
    store = Files(tmp_path.as_uri())
    Path(tmp_path / "ab").write_text("a file where a folder should be")
    with pytest.raises(FilesAway):
        store.put(NAME, b"x")
