"""A disk that is full: on the phone, under the server's photos, under PostgreSQL. A clear word, nothing half, then on.

The disks are real: a small file system in memory, mounted for the test and filled to its last block.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mobile.core.device.camera import keep_photo
from mobile.core.room import is_no_room
from tests.killed.hands import phone
from tests.killed.town import ask, files_below, until
from tests.make import HERE, Make

BLOCK = 4096


@contextmanager
def small_disk(folder, kilobytes):
    """A disk of its own at ``folder``."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder.mkdir(exist_ok=True)
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0755", "tmpfs", str(folder)]
    if subprocess.run(mounted, check=False, capture_output=True).returncode:
        pytest.skip("no small disk may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder, leave=0):
    """Fill the disk with one file, but for so many bytes; deleting the file makes room again."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(BLOCK))
    if leave:
        os.truncate(ballast, max(0, ballast.stat().st_size - leave))
    return ballast


def send_photo(town, person, id_, data):
    """(status, headers, problem or photo) of one photo that is sent."""
    headers = {"Authorization": f"Bearer {person.token}", "Content-Type": "image/jpeg"}
    status, told, raw = ask(f"{town.url}/v1/photos/{id_}", data=data, headers=headers, method="PUT")
    return status, told, json.loads(raw)


@pytest.mark.parametrize("leave", [0, 12 * 1024], ids=["to the last block", "but for a few blocks"])
def test_photos_that_find_no_room_are_a_503_leave_nothing_and_go_through_later(
    town, picture, tmp_path, leave
):
    with small_disk(tmp_path / "disk", 512) as disk:
        files = disk / "files"
        town.start_server(FILES_URL=files.as_uri())
        town.await_server()
        with town.app.app_context():
            person = Make(town.app).phone()
        with phone(tmp_path / "phone", town.url) as someone:
            assert someone.turn().online
            ballast = fill(disk, leave)
            someone.report("Deep one", picture)
            status, headers, problem = send_photo(town, person, uuid.uuid4(), picture.read_bytes())
            assert (status, problem["type"]) == (503, "unavailable")
            assert int(headers["Retry-After"]) > 0
            someone.turn()
            assert someone.shown() == {"Deep one": ("received", True)}
            assert town.count("photo") == town.count("request") == 0
            assert files_below(files) == set()

            ballast.unlink()
            assert someone.turn().online
            assert someone.shown() == {"Deep one": ("received", False)}
            assert town.count("photo WHERE held_at IS NOT NULL") == 1
            assert len(files_below(files)) == 2
        town.stop()


def test_a_phone_without_room_says_so_keeps_what_it_has_and_goes_on_when_there_is_some(
    town, picture, tmp_path
):
    town.start_server()
    town.await_server()
    with small_disk(tmp_path / "disk", 1024) as disk, phone(disk / "home", town.url) as someone:
        assert someone.turn().online
        someone.report("before", picture)
        ballast = fill(disk)

        photos = sorted((someone.home / "photos").iterdir())
        with pytest.raises(OSError, match="No space left") as full:
            keep_photo(picture, someone.home / "photos")
        assert is_no_room(full.value)
        assert sorted((someone.home / "photos").iterdir()) == photos
        with pytest.raises(sqlite3.OperationalError) as full:
            while True:  # the journal has a little room of its own
                someone.report("x" * 4000)
        assert is_no_room(full.value)
        typed = set(someone.shown())
        assert "before" in typed

        for _ in range(3):
            state = someone.turn()
        assert state.no_room
        assert set(someone.shown()) == typed
        known = someone.session.phone
        someone.ahead = (
            700  # its token is over: the one to follow can't be written down, so it is not asked for
        )
        assert someone.turn().no_room
        someone.close()
        again = type(someone)(someone.home, town.url, ahead=700)
        try:
            assert again.session.phone == known
            assert set(again.shown()) == typed
            ballast.unlink()
            until(lambda: again.turn().online and not again.state.waits, "everything has gone")
            assert not again.state.no_room
            assert not again.state.sign_in_needed
            assert town.count("request") == len(again.store.view("service_request"))
            assert "before" in {row[0] for row in town.rows("SELECT description FROM request")}
            assert town.count("person WHERE secret_hash IS NOT NULL") == 1
        finally:
            again.close()


def test_a_secret_that_finds_no_room_leaves_the_old_one_in_force(tmp_path):
    from mobile.core.device.secrets import Secrets

    with small_disk(tmp_path / "disk", 256) as disk:
        secrets = Secrets(disk / "home" / "session.json")
        secrets.write({"refresh": "old"})
        fill(disk, leave=BLOCK)
        with pytest.raises(OSError, match="No space left"):
            secrets.write({"refresh": "new", "long": "x" * 3 * BLOCK})
        assert secrets.read() == {"refresh": "old"}


@pytest.fixture
def passable():
    """A folder that PostgreSQL's own user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="westu-full-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_postgresql_without_room_is_a_503_and_nothing_is_lost_when_there_is_some_again(passable):
    from backend.app import create_app
    from backend.cli import migrate
    from backend.core.cluster import Cluster
    from backend.seed import load_city
    from backend.settings import Settings
    from backend.worker import in_transaction

    with small_disk(passable / "disk", 220 * 1024) as disk, Cluster(disk / "pg") as cluster:
        cluster.ensure_database("westu")
        settings = Settings.from_env(
            {
                "DATABASE_URL": cluster.app_url("westu"),
                "DATABASE_OWNER_URL": cluster.owner_url("westu"),
                "SECRET_KEY": "k" * 64,
                "FILES_URL": (passable / "files").as_uri(),
            }
        )
        migrate(settings)
        app = create_app(settings)
        try:
            with app.app_context():
                in_transaction(lambda: load_city("westu"))
                people = [Make(app).person(f"alice-{n}") for n in range(4)]
                ballast = fill(disk)
                asked = []
                for n in range(300):
                    wish = {
                        "id": str(uuid.uuid4()),
                        "type": "pothole",
                        "description": "x" * 3900,
                        "where": HERE,
                    }
                    person = people[n % 4]
                    refused = person.post("/v1/service-requests/", wish, key=wish["id"])
                    if refused.status_code != 201:
                        break
                    asked.append(wish["id"])
                assert (refused.status_code, refused.get_json()["type"]) == (503, "unavailable")
                assert int(refused.headers["Retry-After"]) > 0

                ballast.unlink()
                if not cluster.running():  # it could not even write its journal: `make run` starts it again
                    cluster.start()
                until(lambda: people[0].get("/v1/me").status_code == 200, "PostgreSQL is there")
                answer = person.post("/v1/service-requests/", wish, key=wish["id"])
                assert answer.status_code == 201
                kept = [item for who in people for item in pages(who)]
                assert sorted(kept) == sorted([*asked, wish["id"]])
        finally:
            app.extensions["westu"].database.close()


def pages(person):
    """The ids of all requests of somebody."""
    found, after = [], ""
    while True:
        page = person.get(
            "/v1/service-requests/", query_string={"limit": 50, **({"after": after} if after else {})}
        )
        found += [item["id"] for item in page.get_json()["items"]]
        after = page.get_json()["next"]
        if not after:
            return found
