"""The demo's units: there after seeding, once, and labelled as what they are."""

from backend import demo
from backend.worker import in_transaction


def test_the_demo_has_units_with_what_belongs_in_them_and_again_changes_nothing(erin):
    in_transaction(lambda: demo.load_things(erin.id))
    kits = erin.get("/v1/assets/kits/").get_json()["items"]
    things = erin.get("/v1/assets/").get_json()["items"]
    [car] = [kit for kit in kits if kit["code"] == "Unit 12"]
    held = {slot["name"]: slot["asset_id"] for slot in car["slots"]}
    by_id = {thing["id"]: thing for thing in things}
    assert by_id[held["MDT"]]["unit"] == "Unit 12"
    assert (held["Body camera"], by_id[car["asset_id"]]["tag"]) == (None, "CAR-U12")
    assert all(thing["note"] == "Illustration." for thing in things)

    in_transaction(lambda: demo.load_things(erin.id))
    assert erin.get("/v1/assets/kits/").get_json()["items"] == kits
    assert erin.get("/v1/assets/").get_json()["items"] == things
