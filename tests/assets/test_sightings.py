"""The inbox: a scan that matches nothing is never lost, a finder needs no account, and what they say stays private."""

import uuid
from datetime import timedelta

import pytest

from backend.assets import sightings
from backend.core.clock import now
from tests.assets.hands import done, now_of, wrong_at
from tests.cast import problem
from tests.make import HERE
from tests.races import events


@pytest.fixture
def radio(make, tess):
    return make.asset(by=tess, tag="R-1")


def sight(by, code="R-1", kind="found", **more):
    return by.post("/v1/sightings/", {"id": str(uuid.uuid4()), "kind": kind, "code": code, **more})


def inbox(by, **wanted):
    return by.get("/v1/sightings/", query_string=wanted).get_json()["items"]


def settle(by, seen, **more):
    return by.post(f"/v1/sightings/{seen['id']}/settle", {"words": "Called the finder", **more})


SAID = {"words": "Lay in the grass", "contact": "713 555 0100", "where": HERE}


def test_a_finder_without_an_account_reports_a_label_and_those_who_keep_the_register_see_it(
    make, radio, tess
):
    phone = make.phone()
    told = done(sight(phone, "https://example.org/t/R-1", **SAID))
    assert set(told) == {"id", "at"}, "of the thing a finder is told nothing"
    [seen] = inbox(tess)
    assert (seen["asset_id"], seen["contact"], seen["words"], seen["where"]) == (radio["id"], *(SAID[name] for name in ("contact", "words", "where")))  # fmt: skip
    assert (seen["by_staff"], seen["settled_at"]) == (False, None)


def test_a_stranger_without_a_phone_is_asked_to_sign_in(nobody):
    problem(sight(nobody), 401, "sign-in")


def test_what_a_finder_says_stands_neither_in_the_ledger_nor_before_others(
    make, radio, tess, kim, sam, alice
):
    done(sight(make.phone(), **SAID))
    for other in (kim, sam, alice):
        problem(other.get("/v1/sightings/"), 403, "forbidden")
    [seen] = inbox(tess)
    settle(tess, seen, words="Called Jane")
    told = [
        event.fields for kind in ("sighting-taken", "sighting-settled") for event in events(f"assets.{kind}")
    ]
    assert len(told) == 2
    said = str(told)  # (ids hold any short run of digits)
    assert not any(word in said for word in ("grass", SAID["contact"], "Jane", "29.7", "-95."))
    assert {event.fields["what"] for event in events("core.read")} == {"sightings"}


def test_an_unknown_scan_is_kept_and_settled_as_the_thing_that_it_is(radio, tess, kim):
    done(sight(kim, "SN 0815-77", "unknown"))
    [seen] = inbox(tess, kind="unknown", open="true")
    assert (seen["asset_id"], seen["by_staff"]) == (None, True)
    assert wrong_at(settle(tess, seen, asset_id=str(uuid.uuid4()))) == {"/asset_id"}
    first, again = (settle(tess, seen, asset_id=radio["id"], words="An old label") for _ in range(2))
    assert first.get_json() == again.get_json()
    assert (first.get_json()["asset_id"], first.get_json()["settled_by"]) == (radio["id"], "Tess")
    problem(settle(tess, seen, words="Another word"), 409, "settled-already")
    assert inbox(tess, open="true") == []


def test_something_broken_becomes_a_fault_with_the_finders_photos(make, radio, tess, kim, jpeg):
    phone = make.phone()
    photo = str(phone.send_photo(jpeg()))
    done(sight(phone, kind="broken", photos=[photo], **SAID))
    [seen] = inbox(tess)
    assert tess.get(f"/v1/photos/{photo}").status_code == 200
    problem(kim.get(f"/v1/photos/{photo}"), 404, "not-found")
    fault = str(uuid.uuid4())
    assert wrong_at(settle(tess, seen, fault_id=fault)) == {"/severity"}
    said = {"severity": "major", "words": "Antenna broken off"}
    earlier = {"id": str(uuid.uuid4()), "asset_id": radio["id"], "severity": "minor", "words": "Scratched"}
    done(kim.post("/v1/faults/", earlier))
    problem(settle(tess, seen, fault_id=earlier["id"], **said), 409, "already-there")
    assert settle(tess, seen, fault_id=fault, **said).status_code == 200
    told = kim.get(f"/v1/faults/{fault}").get_json()
    assert (told["words"], told["photos"], told["reporter"]) == ("Antenna broken off", [photo], "Tess")
    assert now_of(kim, radio)["worst_fault"] == "major"
    assert kim.get(f"/v1/photos/{photo}").status_code == 200


def test_the_same_sighting_again_is_the_same_and_another_under_its_id_is_refused(make, radio, tess):
    phone, id = make.phone(), str(uuid.uuid4())
    assert done(sight(phone, id=id)) == done(sight(phone, id=id))
    problem(sight(make.phone(), id=id), 409, "already-there")
    problem(sight(phone, "R-2", id=id), 409, "already-there")
    problem(sight(phone, words="Other words", id=id), 409, "already-there")
    assert len(inbox(tess)) == 1
    assert wrong_at(sight(phone, done_at=(now() + timedelta(days=1)).isoformat())) == {"/done_at"}


def test_one_phone_can_report_only_so_many_labels_in_a_day(make, radio, monkeypatch):
    monkeypatch.setattr(sightings, "PER_PERSON", 2)
    phone = make.phone()
    for _ in range(2):
        done(sight(phone))
    problem(sight(phone), 429, "slow-down")
    done(sight(make.phone()))


def test_what_a_phone_reported_is_its_owners_once_it_has_an_account(make, radio, alice):
    phone, id = make.phone(), str(uuid.uuid4())
    first = done(sight(phone, id=id))
    claimed = alice.post("/v1/identity/claim", {"phone_id": str(phone.id), "secret": phone.secret})
    assert claimed.status_code in {200, 204}, claimed.get_json()
    assert done(sight(alice, id=id)) == first
