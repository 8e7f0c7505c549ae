"""The phone, with no signal, finds what the server finds, in the server's order."""

import pytest

from mobile.core.assetindex import AssetIndex
from tests.assets.test_register_lookup import looked_up, scanned
from tests.phones import NONE, PhoneSim

TYPED = (
    "700123", "70012", "wu", "w", "WU-0012", "wu00124", "sierra", "city closet", "closet city", "001b.4411", "001b.4411.3ab7",
    "4901542", "laptop", "unit-l", "700", "ctx", "581ctx", "motor", "siera", "lapptop", "motrway", "zzzzzz", "100%", "tx 700",
)  # fmt: skip
CODES = (
    "WU-00123",
    "wu00123",
    "https://westu.example.org/t/wu-00123/?via=qr#x",
    "581ctx0001",
    "700123",
    "TX-700-123",
    "WU-0012",
    "%",
)


@pytest.fixture
def cupboard(make, tess):
    make.asset(
        tess, tag="WU-00123", serial="581CTX-0001", name="Motorway",
        fields={"radio_id": "700123", "alias": "PD Sierra 12"}, place="Closet 2, City Hall",
    )  # fmt: skip
    make.asset(tess, tag="WU-00124", serial="581CTX-0002", fields={"radio_id": "700124"})
    mdt = {"mac": "00:1B:44:11:3A:B7", "imei": "490154203237518"}
    make.asset(tess, tag="MDT-7", kind="mdt", name="unit-laptop", fields=mdt)
    plate = {"plate": "TX 700 123"}
    make.asset(tess, tag="CAR-700123", kind="vehicle", department="public-works", fields=plate)


@pytest.fixture
def phone_of(app, tmp_path):
    """A function: somebody's phone that has pulled, and has no signal since; and the index of what it holds."""
    made = []

    def phone(person):
        sim = PhoneSim(app, tmp_path / person.email)
        made.append(sim)
        assert sim.sign_in(person).ok
        sim.turn()
        sim.air.rest = NONE
        index = AssetIndex()
        index.refresh(sim.store)
        tags = {seen.id: seen.value["tag"] for seen in sim.store.view("asset")}
        return index, tags

    yield phone
    for sim in made:
        sim.session.close()


def test_what_is_typed_and_scanned_finds_the_same_in_the_same_order(cupboard, tess, phone_of):
    index, tags = phone_of(tess)
    assert {q: [tags[id_] for id_ in index.look_up(q)] for q in TYPED} == {
        q: looked_up(tess, q) for q in TYPED
    }
    assert {code: [tags[id_] for id_ in index.scan(code)] for code in CODES} == {
        code: scanned(tess, code) for code in CODES
    }


def test_what_is_out_of_reach_is_not_on_the_phone(cupboard, kim, alice, phone_of):
    index, tags = phone_of(kim)
    assert "CAR-700123" not in tags.values() and index.scan("TX-700-123") == []
    assert [tags[id_] for id_ in index.look_up("700123")] == looked_up(kim, "700123") == ["WU-00123"]
    index, tags = phone_of(alice)
    assert tags == {} and len(index) == 0


def test_what_the_phone_holds_of_them_can_not_be_read_off_its_disk(cupboard, tess, phone_of, tmp_path):
    index, tags = phone_of(tess)
    assert len(index) == len(tags) == 4
    disk = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"things:" in disk or b"cursor" in disk, "it is the phone's disk"
    for word in (
        "WU-00123",
        "581CTX",
        "Motorway",
        "Sierra",
        "Closet 2",
        "490154203237518",
        "00:1B:44",
        "TX 700 123",
    ):
        assert word.encode() not in disk, word
