"""The drill: things are made, saved, lost and brought back; and whatever is wrong with a backup is told in one line."""

import dataclasses
import os
import resource
import shutil
import stat
import tarfile
import uuid
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url, text

from backend import backup, cli
from backend.app import DOMAINS, create_app
from backend.backup import archive
from backend.backup.making import TABLES, one_moment
from backend.core.clock import later
from backend.core.ledger import first_broken
from backend.migrating import migrate
from backend.seed import load_city
from backend.worker import Chores, in_transaction
from tests.make import Make
from tests.phones import PhoneSim
from tests.processes import environment

RIGHTS = """
    SELECT c.relname, c.relkind::text, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE a.grantee = 'westu_app'::regrole AND NOT EXISTS (
        SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    ) ORDER BY 1, 2, 3
"""
"""What the application may do; but for what is an extension's, and the host's to grant."""


class House:
    """A house whose database and photos may be lost."""

    def __init__(self, settings, folder):
        self.name = f"westu_drill_{os.getpid()}_{uuid.uuid4().hex[:6]}"
        url = (
            make_url(settings.database_owner_url)
            .set(database=self.name)
            .render_as_string(hide_password=False)
        )
        app_url = (
            make_url(settings.database_url).set(database=self.name).render_as_string(hide_password=False)
        )
        self.beside = settings.database_owner_url
        self.settings = dataclasses.replace(
            settings, database_url=app_url, database_owner_url=url, files_url=(folder / "files").as_uri()
        )
        self.app = None

    def sql(self, statement, url=None):
        engine = create_engine(url or self.settings.database_owner_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            found = connection.execute(text(statement))
            rows = [tuple(row) for row in found] if found.returns_rows else []
        engine.dispose()
        return rows

    def make_database(self):
        self.sql(f"CREATE DATABASE {self.name}", self.beside)

    def lose(self):
        """Everything that is not in a backup."""
        self.sql(f"DROP DATABASE {self.name} WITH (FORCE)", self.beside)
        for file in self.photos():
            file.unlink()

    def databases(self):
        """Those that are, or may be, ours; other tests of this cluster come and go."""
        return self.sql("SELECT datname FROM pg_database WHERE datname LIKE 'westu_verify_%' ORDER BY 1")

    def photos(self):
        """The files of photos and of things."""
        kept = Path(self.settings.files_url.removeprefix("file://")).rglob("*")
        return sorted(
            (file for file in kept if file.is_file()), key=lambda file: (file.suffix != ".jpg", file)
        )

    def contents(self):
        """Every row of every table but for epochs and versions, that a restore raises, and every photo."""
        rows = {
            table: sorted(map(repr, self.sql(f'SELECT * FROM "{table}"')))
            for (table,) in self.sql(TABLES)
            if table not in {"audience", "version"}
        }
        rows["audience"] = self.sql("SELECT name, counter FROM audience ORDER BY name")
        return rows, {file.name: file.read_bytes() for file in self.photos()}

    def running(self):
        self.app = create_app(self.settings)
        return self.app.app_context()


@pytest.fixture(scope="module")
def drill(settings, tmp_path_factory):
    house = House(settings, tmp_path_factory.mktemp("drill"))
    house.make_database()
    migrate(house.settings)
    with house.running():
        in_transaction(lambda: load_city("westu"))
        yield house
    house.app.extensions["westu"].database.close()
    house.sql(f"DROP DATABASE IF EXISTS {house.name} WITH (FORCE)", house.beside)


@pytest.fixture(scope="module")
def once_saved(drill, tmp_path_factory, jpeg):
    """A backup of a house with a request, its photo and something told; made once, for most tests only read it."""
    make = Make(drill.app)
    alice, carol = make.person("alice"), make.person("carol", role="desk")
    request = make.request(by=alice, photos=[alice.send_photo(jpeg())])
    carol.post(f"/v1/service-requests/{request['id']}/assign", {"department": "public-works"})
    erin = make.person("erin", role="admin")
    certificate = {"document_id": str(uuid.uuid4()), "name": "Certificate.pdf"}
    sent = {"data": b"%PDF-1.7", "content_type": "application/pdf", "query_string": certificate}
    assert erin.put(f"/v1/assets/{make.asset(erin)['id']}/documents", **sent).status_code == 200
    assert {found.suffix for found in drill.photos()} == {".jpg", ""}
    make.worked()
    file = tmp_path_factory.mktemp("saved") / "westu.backup"
    backup.make(drill.settings, file)
    return file


@pytest.fixture
def saved(drill, once_saved, tmp_path):
    return Path(shutil.copy(once_saved, tmp_path))


def test_what_was_lost_is_back_as_it_was_and_phones_sync_on(drill, tmp_path, jpeg):
    make = Make(drill.app)
    alice, carol = make.person("alice"), make.person("carol", role="desk")
    phone, late = PhoneSim(drill.app, tmp_path / "phone"), PhoneSim(drill.app, tmp_path / "late")
    phone.sign_in(alice)
    late.sign_in(alice)
    kept = phone.report("before the backup", jpeg())
    phone.turn()
    carol.post(f"/v1/service-requests/{kept}/assign", {"department": "public-works"})
    make.worked()
    phone.turn(), late.turn()
    before, rights = drill.contents(), drill.sql(RIGHTS)
    assert len(before[1]) == 2

    file = tmp_path / "westu.backup"
    backup.make(drill.settings, file)
    for number in range(6):
        phone.report(f"lost {number}")
    phone.turn(), late.turn()
    assert len(late.requests()) == 7
    waiting = late.report("never sent")

    drill.lose()
    drill.make_database()
    told = backup.restore(drill.settings, file)
    drill.app.extensions["westu"].database.close()

    assert told.rows["request"] == 1
    assert drill.contents() == before
    assert drill.sql(RIGHTS) == rights
    assert in_transaction(first_broken) is None
    # As many changes as were lost: the phones' numbers are not ahead of ours any more, and stand for other things.
    for number in range(6):
        make.request(by=alice, description=f"new {number}")
    phone.turn(), late.turn()
    seen = {"before the backup", *(f"new {number}" for number in range(6)), "never sent"}
    phone.turn()
    assert set(phone.requests()) == set(late.requests()) == seen
    assert str(waiting) in phone.said("service_request")
    photo = phone.said("service_request")[str(kept)]["photos"][0]
    assert alice.get(f"/v1/photos/{photo}").status_code == 200


def test_a_database_with_something_in_it_is_left_alone_unless_told(drill, tmp_path):
    before, saved = drill.contents(), tmp_path / "westu.backup"
    backup.make(drill.settings, saved)
    with pytest.raises(backup.BackupError, match="not empty"):
        backup.restore(drill.settings, saved)
    assert drill.contents() == before
    make = Make(drill.app)
    make.person("someone newer")
    numbers = drill.sql("SELECT max(seq) FROM event"), drill.sql("SELECT max(number) FROM request")
    backup.restore(drill.settings, saved, replace=True)
    drill.app.extensions["westu"].database.close()
    assert drill.contents() == before
    make.request(by=make.person("bob"))
    assert drill.sql("SELECT max(seq) FROM event") > numbers[0], "new rows go on after those of the backup"
    assert drill.sql("SELECT max(number) FROM request") > numbers[1]


def test_only_its_owner_can_read_it_and_it_is_never_written_over_another(drill, saved):
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with pytest.raises(backup.BackupError, match="there already"):
        backup.make(drill.settings, saved)
    assert [file.name for file in saved.parent.iterdir()] == ["westu.backup"]


def test_a_photo_that_is_lost_is_told_and_may_be_left_out(drill, saved, tmp_path):
    lost = drill.photos()[0]
    data = lost.read_bytes()
    lost.unlink()
    with pytest.raises(backup.BackupError, match="not in the store"):
        backup.make(drill.settings, tmp_path / "second")
    assert not (tmp_path / "second").exists()
    told = backup.make(drill.settings, tmp_path / "second", despite_missing=True)
    assert [Path(name).name for name in told.missing] == [lost.name]
    backup.verify(drill.settings, tmp_path / "second")
    lost.write_bytes(data)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The bytes of a backup, small enough to try each byte of."""
    file = tmp_path_factory.mktemp("small") / "small"
    with archive.writing(file) as writer:
        for name in (archive.DUMP, "photos/ab/one.jpg"):
            source = tmp_path_factory.mktemp("source") / "data"
            source.write_bytes(name.encode() * 40)
            with source.open("rb") as opened:
                writer.add(name, opened, source.stat().st_size)
        writer.seal(
            archive.Manifest(
                made_at="", migration="0001", postgresql=15, rows={}, chain=(0, ""), files=writer.files
            )
        )
    return file.read_bytes()


@given(data=st.data())
def test_one_changed_byte_anywhere_is_noticed(small, tmp_path_factory, data):
    place = data.draw(st.integers(0, len(small) - 1))
    other = data.draw(st.integers(1, 255))
    file = tmp_path_factory.mktemp("changed") / "file"
    file.write_bytes(small[:place] + bytes([small[place] ^ other]) + small[place + 1 :])
    with pytest.raises(backup.BackupError), archive.reading(file):
        pass


@given(data=st.data())
def test_a_file_that_is_cut_or_longer_is_noticed(small, tmp_path_factory, data):
    file = tmp_path_factory.mktemp("cut") / "file"
    file.write_bytes(
        data.draw(
            st.integers(0, len(small) - 1).map(lambda end: small[:end])
            | st.binary(min_size=1).map(lambda more: small + more)
        )
    )
    with pytest.raises(backup.BackupError), archive.reading(file):
        pass


def test_a_whole_file_reads_as_it_was_written(small, tmp_path):
    (tmp_path / "file").write_bytes(small)
    with archive.reading(tmp_path / "file") as whole:
        assert whole.names() == ["photos/ab/one.jpg"]
        assert whole.read("photos/ab/one.jpg") == b"photos/ab/one.jpg" * 40
    with tarfile.open(tmp_path / "file") as tar:
        assert tar.getnames() == [archive.DUMP, "photos/ab/one.jpg", archive.MANIFEST, archive.SEAL]


def rewritten(saved, to, change):
    """The same backup with another manifest, as another version would have written it."""
    with archive.reading(saved) as whole, archive.writing(to) as writer:
        whole.copy_dump(to.with_name("dump"))
        with to.with_name("dump").open("rb") as dump:
            writer.add(archive.DUMP, dump, to.with_name("dump").stat().st_size)
        for name in whole.names():
            with to.with_name("photo").open("w+b") as photo:
                photo.write(whole.read(name))
                photo.seek(0)
                writer.add(name, photo, whole.manifest.files[name][0])
        writer.seal(change(dataclasses.replace(whole.manifest, files=writer.files)))
    return to


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 2}, "this version reads 1"),
        ({"migration": "9999"}, "tables of version 9999"),
        ({"postgresql": 99}, "is of PostgreSQL 99"),
        ({"chain": (7, "00")}, "last link"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused_by_name(drill, saved, tmp_path, change, reason):
    other = rewritten(saved, tmp_path / "other", lambda manifest: dataclasses.replace(manifest, **change))
    databases = drill.databases()
    with pytest.raises(backup.BackupError, match=reason):
        backup.verify(drill.settings, other)
    assert drill.databases() == databases


def test_rows_that_are_not_all_there_and_a_broken_chain_are_found(drill, saved, tmp_path):
    fewer = rewritten(
        saved,
        tmp_path / "fewer",
        lambda m: dataclasses.replace(m, rows=m.rows | {"person": m.rows["person"] + 1}),
    )
    with pytest.raises(backup.BackupError, match="differ: person"):
        backup.verify(drill.settings, fewer)
    drill.sql("UPDATE event SET kind = kind || '!' WHERE seq = (SELECT min(event_seq) FROM seal)")
    try:
        backup.make(drill.settings, tmp_path / "forged")
        with pytest.raises(backup.BackupError, match="chain breaks at link"):
            backup.verify(drill.settings, tmp_path / "forged")
    finally:
        drill.sql("UPDATE event SET kind = rtrim(kind, '!')")


@contextmanager
def small_disk(most):
    """No file may grow beyond so many bytes, neither ours nor those of the programs that we start."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_nothing_is_kept(drill, saved, tmp_path):
    for most in (4096, saved.stat().st_size - 5000):  # pg_dump's own file, then ours
        with small_disk(most), pytest.raises(backup.BackupError, match="is full"):
            backup.make(drill.settings, tmp_path / "second")
    with small_disk(4096), pytest.raises(backup.BackupError, match="is full"):
        backup.verify(drill.settings, saved)
    assert [file.name for file in tmp_path.iterdir()] == ["westu.backup"]
    assert drill.databases() == []


def test_the_commands_say_what_they_did_and_what_is_wrong(drill, saved, capsys, monkeypatch):
    for name, value in environment(drill.settings).items():
        monkeypatch.setenv(name, value)

    def westu(*words):
        code = cli.main([str(word) for word in words])
        return code, *capsys.readouterr()

    code, out, _ = westu("backup", saved.with_name("second"))
    assert (code, out.count("\n")) == (0, 1)
    assert " files of photos, as they were at 20" in out
    before = drill.contents()
    code, out, _ = westu("restore", saved, "--verify")
    assert (code, out.count("\n")) == (0, 1)
    assert "is sound" in out
    assert (drill.databases(), drill.contents()) == ([], before), "nothing is left of it"
    code, _, error = westu("restore", saved.with_name("none"))
    assert (code, error.count("\n")) == (1, 1)
    assert "No such file" in error
    code, _, error = westu("restore", saved)
    assert (code, error.count("\n")) == (1, 1)
    assert "--replace" in error


def test_photos_are_not_swept_while_a_backup_is_made(drill, jpeg):
    sweep = next(chore for domain in DOMAINS for chore in domain.chores if "sweep" in chore.name)
    dora = Make(drill.app).person("dora")
    photo = dora.send_photo(jpeg("blue"))
    with later(timedelta(days=31)):
        with one_moment(drill.settings):
            in_transaction(lambda: Chores.do(sweep))
        assert drill.sql(f"SELECT id FROM photo WHERE id = '{photo}'")
        in_transaction(lambda: Chores.do(sweep))
    assert not drill.sql(f"SELECT id FROM photo WHERE id = '{photo}'")
