"""The kit audit: what is in a slot by the record, and what was found there."""

import uuid

import pytest

from tests.checks.town import Town


@pytest.fixture
def car(town, gil):
    kit, things = town.kit()
    return kit, things, {slot["kind"]: slot for slot in town.slots(kit)}


def audited(town: Town, by, car, slot, **found):
    kit, things, _ = car
    part = town.part(by, things["mobile-radio"], "mobile-radio")
    slots = [{"slot_id": slot["id"], "outcome": "other", **found}]
    return town.done(by, town.check(part, kit=kit, slots=slots))


def inbox(by):
    return by.get("/v1/sightings/").get_json()["items"]


def test_a_spare_that_was_found_in_a_slot_is_put_there_by_custody(town, sue, fay, car):
    kit, things, slots = car
    spare = town.thing("mdt", state="stock", pool=True)
    audited(town, sue, car, slots["mdt"], asset_id=str(spare))
    assert {slot["kind"]: slot["asset_id"] for slot in town.slots(kit)}["mdt"] == str(spare)
    assert town.asset(spare).unit == "P12"
    assert town.asset(things["mdt"]).kit_id is None
    assert inbox(fay) == []


def test_a_thing_of_another_unit_stays_where_the_record_says_and_goes_to_the_inbox(town, gil, fay, car):
    kit, things, slots = car
    _, others = town.kit("P13")
    audited(town, gil, car, slots["mdt"], asset_id=str(others["mdt"]))
    assert {slot["kind"]: slot["asset_id"] for slot in town.slots(kit)}["mdt"] == str(things["mdt"])
    [seen] = inbox(fay)
    assert (seen["kind"], seen["asset_id"]) == ("found", str(others["mdt"]))
    assert seen["words"] == "Kit audit: Found in unit P12, in the place of MDT."


def test_a_code_that_nobody_knows_is_kept_and_a_second_sending_keeps_it_once(town, gil, fay, car):
    kit, things, slots = car
    part = town.part(gil, things["mobile-radio"], "mobile-radio")
    unknown = {"slot_id": slots["mdt"]["id"], "outcome": "other", "code": "XYZ-77"}
    sent = town.check(part, kit=kit, slots=[unknown])
    assert town.done(gil, sent) == town.done(gil, sent)
    [seen] = inbox(fay)
    assert (seen["kind"], seen["code"]) == ("unknown", "XYZ-77")
    assert uuid.UUID(seen["id"])
