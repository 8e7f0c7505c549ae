"""On the phone a thing goes into a unit's slot or on a shelf as well as to a person, and comes back from there."""

import pytest

from mobile.core import register
from tests.assets.hands import now_of
from tests.assets.phone_hands import go, scan, seen, sign
from tests.phones import GOOD, NONE


@pytest.fixture
def car(make, tess):
    """A car with two slots for radios and one for an MDT."""
    slots = (
        {"kind": "portable-radio", "name": "Left holder"},
        {"kind": "portable-radio", "name": "Right holder"},
        "mdt",
    )
    return make.kit(tess, *slots, code="421")


def kit_of(by, car):
    return by.get(f"/v1/assets/kits/{car['id']}").get_json()


def test_things_go_into_free_slots_of_a_unit_one_after_the_other_with_no_signal(phone_of, radios, car, sam):
    shown = phone_of(sam)
    shown.air.rest = NONE
    screen = go(shown, "hand")
    screen.model.target = "unit"
    scan(shown, "WU-001")
    assert [one["title"] for one in screen.model.slots] == ["421 · Left holder", "421 · Right holder"]
    screen.do()
    assert list(screen.model.errors) == ["whom"] and shown.parts.store.outbox() == []
    screen.model.choose_slot(screen.model.slots[0]["key"])
    assert not screen.model.signs
    screen.do()
    assert screen.model.done_count == 1 and seen(shown, radios[0]) == ("in-use", "", True)
    scan(shown, "WU-003")
    assert [one["title"] for one in screen.model.slots] == ["421 · Right holder"], "the other is taken by now"
    screen.model.choose_slot(screen.model.slots[0]["key"])
    screen.do()

    shown.air.rest = GOOD
    shown.sync()
    assert [now_of(sam, radio)["unit"] for radio in radios] == ["421", "", "421"]
    slots = kit_of(sam, car)["slots"]
    assert [slot["asset_id"] for slot in slots] == [radios[0]["id"], radios[2]["id"], None]
    entry = sam.get(f"/v1/custody/{radios[0]['id']}").get_json()["items"][0]
    assert (entry["act"], entry["unit"]) == ("placed", "421")


def test_what_is_in_a_unit_comes_back_signed_to_where_it_is_put(phone_of, radios, car, sam):
    shown = phone_of(sam)
    screen = go(shown, "hand", id=radios[0]["id"])
    screen.model.target = "unit"
    screen.model.choose_slot(screen.model.slots[0]["key"])
    screen.do()
    shown.sync()
    screen = go(shown, "hand", id=radios[0]["id"], mode="give_back")
    assert screen.model.asks_place and screen.model.signer == sam.name
    screen.ids.place.text = "Shelf 4"
    screen.do()
    assert list(screen.model.errors) == ["sign"]
    sign(screen)
    screen.do()
    assert seen(shown, radios[0]) == ("stock", "", True)
    shown.sync()
    told = now_of(sam, radios[0])
    assert (told["state"], told["unit"], told["place"]) == ("stock", "", "Shelf 4")
    assert kit_of(sam, car)["slots"][0]["asset_id"] is None


def test_a_thing_is_put_at_a_place_where_nobody_relies_on_it(phone_of, radios, sam):
    low = radios[1]
    shown = phone_of(sam)
    shown.air.rest = NONE
    screen = go(shown, "hand", id=low["id"])
    assert screen.model.bars, "its battery is too low for a person"
    screen.model.target = "place"
    assert screen.model.bars == [] and not screen.model.needs_whom
    screen.do()
    assert list(screen.model.errors) == ["place"]
    screen.ids.place.text = "Charging shelf"
    screen.do()
    value = register.by_code(shown.parts.store, low["tag"])[0].value
    assert (value["state"], value["holder"], value["place"]) == ("in-use", "", "Charging shelf")
    shown.air.rest = GOOD
    shown.sync()
    told = now_of(sam, low)
    assert (told["state"], told["place"], told["holder_id"]) == ("in-use", "Charging shelf", None)


def test_into_a_unit_the_rules_stand_as_for_a_person_and_a_reason_overrides(phone_of, radios, car, sam):
    low = radios[1]
    shown = phone_of(sam)
    screen = go(shown, "hand", id=low["id"])
    screen.model.target = "unit"
    screen.model.choose_slot(screen.model.slots[0]["key"])
    screen.do()
    assert list(screen.model.errors) == ["why"] and shown.parts.store.outbox() == []
    screen.ids.why.text = "It is charged in the car"
    screen.do()
    shown.sync()
    assert now_of(sam, low)["unit"] == "421"
