"""Look-up on the phone: everything that the person may see, found by whatever they know of it."""

import random
from uuid import UUID, uuid4

import pytest

from mobile.core.assetindex import MOST_CHANGED, AssetIndex, distance
from mobile.core.store import Store, Waiting
from shared_models.sync import Change, Changes


def thing(n, **said):
    plain = {
        "id": str(UUID(int=n)), "tag": f"WU-{n:05}", "kind": "portable-radio", "model_id": None, "serial": f"SN{n:06}",
        "name": f"Engine {n}", "holder": "", "unit": "", "place": "", "state": "in-use", "fields": {}, "version": 1,
    }  # fmt: skip
    return plain | said


def take(store, *things, kind="asset", gone=()):
    changes = [Change(audience="things:police", kind=kind, id=UUID(one["id"]), value=one) for one in things]
    changes += [Change(audience="things:police", kind=kind, id=id_, value=None) for id_ in gone]
    store.take(Changes(cursor="c", more=False, changes=tuple(changes)), store.begin_pull())


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "person.sqlite3")
    yield made
    made.close()


def indexed(store, *things):
    take(store, *things)
    index = AssetIndex()
    assert index.refresh(store) and not index.refresh(store)
    return index


def numbers(ids):
    return [id_.int for id_ in ids]


def test_a_thing_is_found_by_all_that_is_known_of_it_in_any_spelling(store):
    index = indexed(
        store,
        thing(
            1, kind="mdt", fields={"mac": "00:1B:44:11:3A:B7", "imei": "490154203237518", "host": "mdt-e12"}
        ),
        thing(
            2,
            fields={"radio_id": "700412", "alias": "WUPD 412"},
            holder="Núñez, Ann",
            unit="E-12",
            place="Station 1 rack",
        ),
        thing(3, tag="RD-0003", serial="XTS/9-44"),
    )
    for typed in (
        "00:1b:44:11:3a:b7",
        "001b-4411-3ab7",
        "001B44",
        "1b4411",
        "490154203237518",
        "49-015420",
        "MDT-E12",
        "e12",
    ):
        assert 1 in numbers(index.look_up(typed)), typed
    for typed in ("700412", "wupd", "núñez", "Ann", "e-12", "station 1", "rack"):
        assert 2 in numbers(index.look_up(typed)), typed
    for typed in ("rd-0003", "RD0003", "https://city.test/t/RD-0003", "xts9", "XTS/9-44"):
        assert numbers(index.look_up(typed))[0] == 3, typed
    assert index.look_up("   ") == [] and index.look_up("qqqq zzzz") == []


def test_what_is_exact_comes_first_then_what_begins_so_then_words_then_parts_and_what_ended_last(store):
    index = indexed(
        store,
        thing(5, tag="AA-100", serial="", name="Anything"),  # exactly
        thing(4, tag="AA-1000", serial="", name="Anything"),  # begins so
        thing(3, tag="ZZ-1", serial="", name="Box aa-100 lid"),  # a word begins so
        thing(2, tag="ZZ-2", serial="", name="Box xaa-100"),  # contains it
        thing(1, tag="AB-100", serial="", name="Anything"),  # but for a letter: not where others are sure
        thing(9, tag="ZZ-0", serial="AA-100", state="retired"),  # ended, whatever it says
    )
    assert numbers(index.look_up("aa-100")) == [5, 4, 3, 2, 9]
    assert numbers(index.look_up("aa-100", limit=2)) == [5, 4] and numbers(index.scan("AA-100")) == [5, 9]


def test_all_words_have_to_be_there_and_the_models_count(store):
    model = {"id": str(uuid4()), "make": "Motorola", "name": "APX 8000"}
    take(store, model, kind="asset_model")
    index = indexed(
        store,
        thing(1, model_id=model["id"], place="Station 1"),
        thing(2, model_id=model["id"], place="Station 2"),
        thing(3),
    )
    assert numbers(index.look_up("motorola")) == [1, 2]
    assert numbers(index.look_up("8000 station 2")) == [2]
    take(store, model | {"make": "Kenwood"}, kind="asset_model")
    assert index.refresh(store) and index.look_up("motorola") == [] and len(index.look_up("kenwood")) == 2


def test_a_slip_of_the_finger_still_finds_it_and_short_words_are_taken_as_they_are(store):
    index = indexed(
        store, *(thing(n, name=name) for n, name in enumerate(("Espinoza", "Kowalski", "Garza", "U-7"), 1))
    )
    for typed, n in (
        ("Espinosa", 1),
        ("espinzoa", 1),
        ("kowalsky", 2),
        ("kovalsky", 2),
        ("garzza", 3),
        ("graza", 3),
    ):
        assert numbers(index.look_up(typed)) == [n], typed
    assert index.look_up("U-8") == []
    assert (
        distance("kitten", "sitting", 3) == 3
        and distance("ab", "ba", 1) == 1
        and distance("abcdef", "a", 2) == 3
    )


def test_a_scan_is_exact(store):
    index = indexed(store, thing(1, fields={"imei": "490154203237518"}), thing(12, tag="WU-000012"))
    assert numbers(index.scan("https://city.test/t/WU-00001?x=1")) == [1]
    assert numbers(index.scan("wu 00001")) == numbers(index.scan("SN000001")) == [1]
    assert (
        numbers(index.scan("49 015420 323751 8")) == [1]
        and index.scan("WU-0000") == []
        and index.scan("") == []
    )


def test_it_follows_the_store_and_what_waits(store):
    index = indexed(store, *(thing(n) for n in range(1, 30)))
    take(store, thing(3, holder="Ann Lee"), thing(77), gone=[UUID(int=4)])
    assert index.refresh(store)
    assert numbers(index.look_up("ann lee")) == [3] and numbers(index.scan("WU-00077")) == [77]
    assert (
        index.scan("WU-00004") == []
        and 4 not in numbers(index.look_up("WU-0000", limit=50))
        and len(index) == 29
    )
    take(store, thing(3, holder="Bob Ray"))
    index.refresh(store)
    assert index.look_up("ann lee") == [] and numbers(index.look_up("bob ray")) == [3] and len(index) == 29

    store.add(Waiting("POST", "/v1/custody", {}, "asset", UUID(int=5), {"holder": "Cora Xu"}))
    index.refresh(store)
    assert numbers(index.look_up("cora xu")) == [5], "handed out on this phone, and not sent yet"
    take(store, *(thing(n, holder="Dee Vo") for n in range(100, 101 + MOST_CHANGED)))
    index.refresh(store)
    assert len(index.look_up("dee vo", limit=1000)) == MOST_CHANGED + 1 and numbers(
        index.look_up("cora")
    ) == [5]


def test_whoever_signs_in_next_finds_nothing_of_whom_was_there_before(store, tmp_path):
    index = indexed(store, thing(1))
    other = Store(tmp_path / "other.sqlite3")
    take(other, thing(2))
    index.refresh(other)
    assert index.scan("WU-00001") == [] and numbers(index.scan("WU-00002")) == [2] and len(index) == 1
    other.close()


@pytest.mark.parametrize("seed", range(4))
def test_changed_bit_by_bit_or_made_at_once_it_answers_the_same(store, seed):
    pick = random.Random(seed)
    words = ("alpha", "bravo", "charlie", "delta", "echo")
    known, index = {}, AssetIndex()
    for _ in range(12):
        some = [thing(n, name=" ".join(pick.sample(words, 2))) for n in pick.sample(range(1, 60), 9)]
        gone = [UUID(int=n) for n in pick.sample(sorted(known), min(len(known), 2))]
        some = [one for one in some if UUID(one["id"]) not in gone]
        take(store, *some, gone=gone)
        known |= {UUID(one["id"]).int: one for one in some}
        known = {n: one for n, one in known.items() if UUID(int=n) not in gone}
        index.refresh(store)
    whole = AssetIndex()
    whole.refresh(store)
    assert len(whole) == len(index) == len(known)
    for typed in (
        *words,
        "alpha bravo",
        "WU-0001",
        "wu-000",
        "sn00000",
        "lph",
        "bravoo",
        "chralie",
        "WU-00007",
        "engine",
    ):
        assert index.look_up(typed, 100) == whole.look_up(typed, 100), typed


def test_the_apps_own_index_is_of_whoever_uses_the_phone(store, tmp_path):
    from types import SimpleNamespace

    from mobile.core.parts import Parts

    class Now:
        def run(self, work, then=None):
            then(work())

    take(store, thing(1))
    session, parts_of = (
        SimpleNamespace(store=store),
        dict.fromkeys(("home", "sync", "pack", "camera", "location", "push", "nav")),
    )
    parts = Parts(session=session, tasks=Now(), preferences=None, **parts_of)
    told = []
    parts.index_things(told.append)
    parts.index_things(told.append)
    assert told == [True, False] and numbers(parts.index.scan("WU-00001")) == [1]
    session.store = Store(tmp_path / "other.sqlite3")
    assert parts.index.scan("WU-00001") == [] and len(parts.index) == 0
    session.store.close()
