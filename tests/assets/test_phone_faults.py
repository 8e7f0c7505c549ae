"""A fault from the street to the next user's word: reported, swapped, mended, confirmed; counted; found by a stranger."""

import pytest

from shared_models.faults import Step
from tests.assets.hands import now_of, take
from tests.assets.phone_hands import go, rows, said, scan, seen, sign
from tests.phones import GOOD, NONE


@pytest.fixture
def pictures(tmp_path, jpeg):
    """A folder with a picture that the camera takes."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "broken.jpg").write_bytes(jpeg("red"))
    return folder


def step(by, fault, name, **more):
    import uuid

    wish = {"id": str(uuid.uuid4()), "step": name, **more}
    answer = by.post(f"/v1/faults/{fault['id']}/steps", wish)
    assert answer.status_code in (200, 201), answer.get_json()


def test_a_fault_is_reported_swapped_mended_and_confirmed_in_one_flow_that_begins_with_no_signal(
    phone_of,
    radios,
    pictures,
    kim,
    tess,
):
    broken, _, spare = radios
    take(kim, broken)
    shown = phone_of(kim, pictures=pictures)
    robot = shown.robot
    shown.air.rest = NONE
    go(shown, "thing", id=broken["id"])
    screen = go(shown, "fault_new", id=broken["id"])
    screen.do()
    assert set(screen.model.errors) == {"severity", "words"}
    robot.tap(text="Critical, It can't be used: somebody could be in danger. Swap it now.")
    screen.ids.written.text = "No audio on the main talkgroup"
    screen.do()
    assert set(screen.model.errors) == {"photo"} and shown.parts.store.outbox() == []
    screen.ids.shots.model.take()
    robot.until(lambda: screen.ids.shots.model.photos)
    kept = list(shown.parts.photos.iterdir())
    assert kept and not any(b"\xff\xd8\xff" in file.read_bytes() for file in kept), (
        "nobody sees it on the disk"
    )
    screen.do()
    robot.settle()
    assert seen(shown, broken)[0] == "in-use" and "Swap it now?" in said(shown)

    robot.tap(text="Yes, swap")
    robot.settle()
    screen = shown.parts.nav.children[0]
    assert [one["title"] for one in screen.model.spares] == ["WU-003", "WU-002"]  # the fullest first
    scan(shown, "WU-003")
    sign(screen)
    robot.tap(text="Sign and swap")
    assert seen(shown, broken) == ("out-of-service", "", True)
    assert seen(shown, spare) == ("in-use", kim.name, True)

    shown.air.rest = GOOD
    shown.sync()
    assert (
        shown.parts.store.waits() == 0
        and [one.problem for one in shown.parts.store.outbox() if one.problem] == []
    )
    assert (seen(shown, broken), seen(shown, spare)) == (
        ("out-of-service", "", False),
        ("in-use", kim.name, False),
    )
    [fault] = tess.get("/v1/faults/?open=true").get_json()["items"]
    assert (fault["severity"], fault["replacement_id"], len(fault["photos"])) == ("critical", spare["id"], 1)
    assert tess.get(f"/v1/photos/{fault['photos'][0]}").status_code == 200

    step(tess, fault, "begun")
    step(tess, fault, "fixed", words="New speaker")
    shown.sync()
    model = go(shown, "faults").model
    model.scope = "confirm"
    assert len(model.rows) == 2 and model.rows[1]["badge"] == "Mended: does it work?"
    screen = go(shown, "fault", id=fault["id"])
    robot.until(lambda: len(screen.model.entries) == 4)
    titles = [entry["title"] for entry in screen.model.entries]
    assert titles == ["Mended", "Repair begun", "Swapped for a spare", "Reported"]
    robot.tap(text="Yes, it works")
    assert screen.model.badges[1]["text"] == "Works again" and not screen.model.asks
    shown.sync()
    assert tess.get(f"/v1/faults/{fault['id']}").get_json()["state"] == "confirmed"


def test_whoever_mends_takes_the_steps_and_is_not_asked_whether_it_works(phone_of, radios, kim, tess):
    import uuid

    take(kim, radios[0])
    wish = {"id": str(uuid.uuid4()), "asset_id": radios[0]["id"], "severity": "major", "words": "It crackles"}
    assert kim.post("/v1/faults/", wish).status_code == 201
    shown = phone_of(tess)
    shown.air.rest = NONE
    screen = go(shown, "fault", id=wish["id"])
    keys = [line["key"] for line in screen.model.steps]
    assert {"begun", "fixed", "dismissed", "written-off", "note"} == set(
        keys
    )  # no approval, and it is open still
    screen.model.take(Step.BEGUN)
    screen.step("fixed")
    shown.robot.settle()
    sheet = shown.robot.find(cls="StepSheet")
    sheet.save()
    assert sheet.ids.written.error
    sheet.ids.written.text = "Cleaned the contacts"
    sheet.save()
    shown.robot.settle()
    assert screen.model.badges[1]["text"] == "Mended: does it work?" and not screen.model.asks
    shown.air.rest = GOOD
    shown.sync()
    told = tess.get(f"/v1/faults/{wish['id']}").get_json()
    assert (told["state"], told["worker"]) == ("fixed", tess.name)


def test_a_count_is_made_with_no_signal_and_closed_once_every_scan_has_arrived(
    phone_of, radios, sam, tess, make
):
    make.asset(tess, tag="WU-900", department="fire")
    shown = phone_of(sam)
    shown.air.rest = NONE
    counts = go(shown, "stocktakes").model
    id_ = counts.begin("Police", {"department": "police"})
    screen = go(shown, "stocktake", id=str(id_))
    for code in ("WU-001", "WU-001", "XX-5", "WU-003"):
        scan(shown, code)
    model = screen.model
    assert (model.expected, model.found, model.missing, model.unexpected, model.waits) == (3, 2, 1, 1, 5)
    assert model.last_text == "WU-003: found" and not model.close()
    assert "It can be closed once all have." in said(shown)
    shown.air.rest = GOOD
    shown.sync()
    assert model.waits == 0
    told = sam.get(f"/v1/stocktakes/{id_}").get_json()
    assert (told["expected"], told["found"]) == (1, 2)  # to the server, expected is what was not found yet
    shown.robot.tap(text="Close the count")
    shown.robot.settle()
    shown.robot.tap(shown.robot.all(text="Close the count")[-1])
    shown.sync()
    told = sam.get(f"/v1/stocktakes/{id_}").get_json()
    assert told["closed_at"] and (told["found"], told["missing"]) == (2, 1)
    assert [one["code"] for one in tess.get("/v1/sightings/").get_json()["items"]] == ["XX-5"]


def test_a_finder_needs_no_account_and_whoever_keeps_the_register_settles_it(
    phone_of, show_app, radios, tess
):
    finder = show_app("finder", here=(29.7178, -95.4317))
    finder.sync()
    screen = go(finder, "find", tag="WU-001")
    finder.robot.until(lambda: not screen.model.busy)
    screen.model.kind = "broken"
    screen.ids.written.text = "The antenna is off"
    screen.ids.contact.text = "713-555-0147"
    screen.model.locate()
    finder.robot.until(lambda: screen.model.place)
    finder.air.rest = NONE
    finder.robot.tap(text="Tell the city")
    assert "Thank you" in said(finder)
    finder.air.rest = GOOD
    finder.sync()
    finder.robot.close()

    shown = phone_of(tess)
    screen = go(shown, "inbox_things")
    shown.robot.until(lambda: rows(screen.model) == ["WU-001"])
    screen.pick(screen.model.rows[0]["key"])
    shown.robot.settle()
    sheet = shown.robot.find(cls="SettleSheet")
    assert "713-555-0147" in sheet.words and sheet.model.fault
    sheet.save()
    assert sheet.ids.written.error
    sheet.ids.written.text = "To be mended"
    sheet.save()
    assert screen.model.empty
    shown.sync()
    assert tess.get("/v1/sightings/?open=true").get_json()["items"] == []
    [fault] = tess.get("/v1/faults/?open=true").get_json()["items"]
    assert fault["tag"] == "WU-001" and now_of(tess, radios[0])["worst_fault"] == "major"
