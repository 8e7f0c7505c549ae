"""What lies on the phone about devices can't be read off its disk, and is not lost silently."""

import io
import json
import subprocess
import sys
from uuid import uuid4

import pytest
from PIL import Image

from mobile.core.api import Api
from mobile.core.device.camera import keep_photo, thumbnail_of
from mobile.core.device.secrets import KeyFile
from mobile.core.rows import KEY_LOST
from mobile.core.sealed import SEALED, Seal, UnreadableError
from mobile.core.session import Session
from mobile.core.store import REFUSED, SEEN, WAITING, Store, Waiting
from shared_models.problems import Problem
from shared_models.sync import Change, Changes

MARK = "KESTREL-7"
"""What must not be found."""


def page(*things, more=False, cursor="c1", **how):
    changes = tuple(
        Change(audience="things:police", kind=kind, id=id_, value=value) for kind, id_, value in things
    )
    return Changes(cursor=cursor, more=more, changes=changes, **how)


def on_disk(store):
    """All bytes of the store's files, the key's apart."""
    return b"".join(
        file.read_bytes() for file in store.path.parent.iterdir() if not file.name.endswith(".key")
    )


def wish(kind="asset", about=None, words=MARK):
    return Waiting("POST", "/v1/custody", {"condition": words}, kind, about or uuid4(), {"holder": words})


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "people" / "person.sqlite3")
    yield made
    made.close()


def again(store):
    """The app is killed and started: only the disk is left."""
    store.close()
    return Store(store.path)


@pytest.mark.parametrize("kind", sorted(SEALED))
def test_nothing_of_a_sealed_kind_is_found_on_the_disk_and_all_of_it_is_seen(store, kind):
    id_ = uuid4()
    store.take(page((kind, id_, {"id": str(id_), "name": MARK})), store.begin_pull())
    change = wish(kind, id_)
    store.add(change)
    store.refused(store.next_to_send(), Problem(type="invalid", title="", status=422, detail=MARK))

    assert MARK.encode() not in on_disk(store)
    for one in (store, again(store)):
        seen = one.one(kind, id_)
        assert seen.value["name"] == MARK and seen == one.view(kind)[0]
        assert seen.refused.body == {"condition": MARK} and seen.refused.problem.detail == MARK
        assert one.view(kind, mentioning=id_) == [seen]
        assert "name" not in one.view(kind, mentioning=uuid4())[0].value, "what waits is shown in any case"
        assert MARK.encode() not in on_disk(one)


def test_drafts_of_checks_and_whom_things_go_to_are_sealed_and_what_everybody_knows_is_not(store):
    store.set("draft:check:1", json.dumps({"note": MARK}))
    store.set_document("holders", "e1", json.dumps([MARK]).encode())
    assert MARK.encode() not in on_disk(store)
    store = again(store)
    assert MARK in store.get("draft:check:1") and MARK.encode() in store.document("holders")[1]
    assert store.document("holders")[0] == "e1"

    store.set("draft:report", MARK)
    store.take(page(("service_request", uuid4(), {"words": MARK})), store.begin_pull())
    assert on_disk(store).count(MARK.encode()) >= 2


def test_a_value_can_not_be_moved_to_another_thing_or_kind(store):
    a, b = uuid4(), uuid4()
    store.take(page(("asset", a, {"tag": "A"}), ("asset", b, {"tag": "B"})), store.begin_pull())
    with store.db() as db:
        db.execute(
            "UPDATE thing SET value = (SELECT value FROM thing WHERE id = ?) WHERE id = ?", (str(a), str(b))
        )
    store = again(store)
    assert [seen.value for seen in store.view("asset")] == [{"tag": "A"}]
    assert store.get("cursor") == "", "and what is broken is pulled anew"
    store.take(page(("asset", a, {"tag": "A"}), ("asset", b, {"tag": "B"})), store.begin_pull())
    assert len(store.view("asset")) == 2


def test_each_value_has_a_nonce_of_its_own_and_any_flipped_bit_is_noticed(tmp_path):
    seal = Seal(tmp_path / "k.key")
    seal.make()
    one, two = seal.shut(MARK, "thing", "asset", "1"), seal.shut(MARK, "thing", "asset", "1")
    assert one[:12] != two[:12] and len(one) == 12 + 16 + len(MARK)
    for place in range(len(one)):
        broken = bytearray(one)
        broken[place] ^= 1
        with pytest.raises(UnreadableError):
            Seal(tmp_path / "k.key").open(bytes(broken), "thing", "asset", "1")
    assert Seal(tmp_path / "k.key").open(one, "thing", "asset", "1") == MARK
    for place in (
        ("thing", "asset", "2"),
        ("thing", "kit", "1"),
        ("waiting", "asset", "1"),
        ("thing", "asset1", ""),
    ):
        with pytest.raises(UnreadableError):
            Seal(tmp_path / "k.key").open(one, *place)


def test_with_its_key_lost_things_come_anew_and_what_waits_is_told_not_sent_and_not_lost(store):
    id_, report = uuid4(), wish("service_request", words="A hole")
    store.take(page(("asset", id_, {"tag": "A"}), ("service_request", uuid4(), {"n": 1})), store.begin_pull())
    lost, answered = wish(about=id_), wish(about=id_)
    store.add(answered)
    store.answered(store.next_to_send())
    store.add(lost)
    store.add(report)
    store.close()
    store.path.with_suffix(".key").unlink()

    store = Store(store.path)
    assert (
        store.view("asset") == []
        and store.get("cursor") == ""
        and store.count("asset") == 0
        and store.count("service_request") == 1
    )
    told = {change.key: change for change in store.outbox()}
    assert told[lost.key].state == REFUSED and told[lost.key].problem == KEY_LOST
    assert (told[lost.key].about, told[lost.key].path) == (id_, lost.path)
    assert store.next_to_send().key == report.key and store.waits() == 1
    store.send_again(lost.key)
    assert store.next_to_send().key == report.key, "what can't be opened is never sent"
    assert {change.key for change in store.outbox()} == {lost.key, answered.key, report.key}

    pull = store.begin_pull()
    store.take(page(("asset", id_, {"tag": "A"}), cursor="c2"), pull)
    store.add(wish(about=id_))
    assert store.one("asset", id_).value["tag"] == "A" and store.one("asset", id_).waits
    assert store.count("service_request") == 0, "what the pull did not bring is no longer held"
    store.put_away(lost.key)
    assert lost.key not in {change.key for change in again(store).outbox()}


def test_signing_out_deletes_the_key_first_and_all_that_it_sealed(tmp_path):
    session = Session(tmp_path, Api("http://city.test", None))
    store = session.store
    store.take(page(("asset", uuid4(), {"tag": MARK})), store.begin_pull())
    key = store.path.with_suffix(".key")
    assert key.exists() and key.stat().st_mode & 0o777 == 0o600
    session.sign_out()
    assert not key.exists() and not store.path.exists()
    assert store.view("asset") == []
    store.add(wish())
    assert not key.exists(), "who still holds the store of before writes no key anew"
    session.close()


def test_what_a_phone_without_an_account_sealed_comes_along_under_the_accounts_own_key(tmp_path):
    old, new = Store(tmp_path / "old.sqlite3"), Store(tmp_path / "new.sqlite3")
    thing, change = uuid4(), wish("sighting")
    old.take(page(("asset", thing, {"tag": MARK})), old.begin_pull())
    old.add(change)
    old.set("draft:check:1", MARK)
    for _ in range(2):
        new.take_from(old)
    old.delete()
    new = again(new)
    assert new.one("asset", thing).value == {"tag": MARK} and new.get("draft:check:1") == MARK
    assert [(one.key, one.body, one.state) for one in new.outbox()] == [(change.key, change.body, WAITING)]
    assert MARK.encode() not in on_disk(new)
    new.close()


def test_whom_no_sealed_thing_concerns_never_loads_the_cipher_and_has_no_key(tmp_path):
    code = """
import sys, uuid
from pathlib import Path
from mobile.core.store import SEEN, Store, Waiting
import mobile.core.sync
store = Store(Path(sys.argv[1]))
store.add(Waiting("POST", "/", {"a": 1}, "service_request", uuid.uuid4()))
store.view("asset"), store.outbox(), store.warm()
print("Crypto" in sys.modules, store.path.with_suffix(".key").exists())
store.add(Waiting("POST", "/", {"a": 1}, "fault", uuid.uuid4()))
print("Crypto" in sys.modules, store.path.with_suffix(".key").exists())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s.sqlite3")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False", "True", "True"]


def test_warm_values_are_not_opened_twice(store, monkeypatch):
    ids = [uuid4() for _ in range(20)]
    store.take(page(*(("asset", id_, {"tag": str(id_)}) for id_ in ids)), store.begin_pull())
    store = again(store)
    store.warm()
    monkeypatch.setattr(Seal, "_cipher", lambda *_: pytest.fail("it was open"))
    assert {seen.id for seen in store.view("asset")} == set(ids)


def test_a_key_that_the_keystore_no_longer_unwraps_counts_as_lost(tmp_path):
    class Emptied:
        def wrap(self, key):
            return key[::-1]

        def unwrap(self, kept):
            raise RuntimeError("KeyPermanentlyInvalidatedException")

    class Whole(Emptied):
        def unwrap(self, kept):
            return kept[::-1]

    made = KeyFile(tmp_path / "k.key", Whole()).make()
    assert KeyFile(tmp_path / "k.key", Whole()).read() == made and len(made) == 32
    assert KeyFile(tmp_path / "k.key", Emptied()).read() is None
    assert KeyFile(tmp_path / "none.key").read() is None


def test_what_was_seen_and_what_is_of_no_sealed_kind_waits_as_before(store):
    store.add(Waiting("POST", "/v1/notifications/seen", {"ids": [MARK]}, SEEN, uuid4()))
    assert store.waits() == 0 and store.quiet()[0].body == {"ids": [MARK]}


# ── photos ───────────────────────────────────────────────────────────────────────────────────────────────

PLANTED = (201, 34, 118)
"""The colour of all pixels of a picture that must not be found."""


def planted(folder):
    """A picture of one colour, with words in it as a camera writes them."""
    folder.mkdir(exist_ok=True)
    file = folder / "taken.jpg"
    exif = Image.Exif()
    exif[0x010E] = MARK
    Image.new("RGB", (640, 480), PLANTED).save(file, exif=exif)
    return file


def pictures_on(folder):
    """The files below a folder that anybody could look at, by what they hold and not by their names."""
    found = []
    for file in (each for each in folder.rglob("*") if each.is_file()):
        content = file.read_bytes()
        if b"\xff\xd8\xff" in content or b"JFIF" in content or MARK.encode() in content:
            found.append(file.name)
    return found


def test_a_photo_that_waits_for_a_fault_or_a_check_is_noise_on_the_disk_and_whole_to_the_app(tmp_path):
    store = Store(tmp_path / "home" / "people" / "person.sqlite3")
    folder = tmp_path / "home" / "photos"
    taken = planted(tmp_path / "camera")
    _, file = keep_photo(taken, folder, store.shut_photo)
    small = thumbnail_of(file)
    assert file.exists() and small.exists() and pictures_on(tmp_path / "home") == []
    assert taken.exists(), "a picture of the person's own stays where it is"
    store = again(store)
    for each in (file, small):
        with Image.open(io.BytesIO(store.open_photo(each))) as seen:
            assert all(abs(a - b) < 6 for a, b in zip(seen.getpixel((9, 9)), PLANTED, strict=True))
    small.write_bytes(file.read_bytes())
    with pytest.raises(UnreadableError):
        store.open_photo(small)  # it is bound to its name
    _, plain = keep_photo(taken, folder)
    found = {plain.name, thumbnail_of(plain).name}
    assert set(pictures_on(tmp_path / "home")) == found, "what is of no such thing lies there as before"
    own = folder / "camera.jpg"
    own.write_bytes(taken.read_bytes())
    keep_photo(own, folder, store.shut_photo)
    assert not own.exists(), "and what the camera itself has put there goes"
    store.close()


def test_a_photo_sealed_by_a_lost_key_refuses_its_change_and_one_of_a_guest_moves_to_the_account(tmp_path):
    old, new = Store(tmp_path / "old.sqlite3"), Store(tmp_path / "new.sqlite3")
    id_, file = keep_photo(planted(tmp_path / "camera"), tmp_path / "photos", old.shut_photo)
    about = uuid4()
    old.add(Waiting("POST", "/v1/sightings/", {}, "sighting", about, {}, (id_,)), {id_: file})
    before = old.open_photo(file)
    for _ in range(2):
        new.take_from(old)
    assert new.open_photo(file) == before and new.open_photo(thumbnail_of(file))
    with pytest.raises(UnreadableError):
        old.open_photo(file)
    assert pictures_on(tmp_path / "photos") == []
    new.close()
    new.path.with_suffix(".key").unlink()
    new = Store(new.path)
    with pytest.raises(UnreadableError):
        new.open_photo(file)
    old.close()
    new.close()
