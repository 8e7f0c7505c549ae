"""One request as staff work on it: taken on, noted, closed with a reason and a photo; with signal and without."""

import pytest

from tests.phones import GOOD, NONE
from tests.service_requests.staff_screens import LOOKS, looks_good, note, some_work, step


@pytest.fixture
def pictures(tmp_path, jpeg):
    """A folder with a picture that the camera takes."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "done.jpg").write_bytes(jpeg("green"))
    return folder


@pytest.fixture
def work(show_app, make, alice, carol, dan, pictures):
    """The app as dan has it, with four requests of his departments."""
    made = some_work(make, alice, carol, dan)
    shown = show_app(pictures=pictures)
    shown.sign_in(dan)
    shown.made = made
    return shown


def opened(shown, name):
    """Open a request from the list."""
    shown.app.nav.go("work")
    shown.app.nav.go("work_item", id=shown.made[name]["id"])
    shown.robot.settle()
    return shown.app.nav.children[0].model


def history(by, request):
    return by.get(f"/v1/service-requests/work/{request['id']}/history").get_json()["items"]


def test_dan_takes_on_starts_and_closes_a_pothole_in_a_tunnel_and_all_of_it_arrives(work, kit, alice, carol):
    robot, made = work.robot, work.made["new"]
    work.air.rest = NONE
    work.sync()
    model = opened(work, "new")
    looks_good(robot, kit, "item-new", LOOKS)

    robot.tap(text="Assign to me")
    robot.tap(text="Start work")
    assert (model.status_text, model.waits) == ("In progress", True)
    assert [entry["time"] for entry in model.entries][:2] == ["Waits to be sent"] * 2

    robot.tap(id="next")
    robot.settle()
    looks_good(robot, kit, "close-sheet")
    sheet = robot.all(cls="CloseSheet")[0]
    sheet.ids.photos.model.take()
    robot.until(lambda: sheet.ids.photos.model.photos)
    sheet.text = "Filled and rolled"
    sheet.save()
    robot.settle()
    assert (model.status_text, len(model.proof)) == ("Closed: Fixed", 1)

    work.air.rest = GOOD
    work.sync()
    assert (model.waits, model.refusal) == (False, {})
    entries = history(carol, made)
    assert [entry["kind"] for entry in entries] == ["closed", "moved", "assigned", "opened"]
    assert entries[0]["words"] == "Filled and rolled" and len(entries[0]["photos"]) == 1
    told = alice.get(f"/v1/service-requests/{made['id']}").get_json()
    assert (told["status"], told["close_reason"]) == ("closed", "fixed")
    assert alice.get(f"/v1/photos/{entries[0]['photos'][0]}").status_code == 200


def test_who_did_what_is_told_by_name_and_whoever_reported_it_has_none(
    show_app, make, kit, alice, carol, dan
):
    shown = show_app()
    shown.made = some_work(make, alice, carol, dan)
    step(dan, shown.made["given"], "notes", note("Look at the valve first"))
    step(dan, shown.made["given"], "notes", note("We are on our way", public=True))
    shown.sign_in(carol)
    model, robot = opened(shown, "given"), shown.robot
    robot.until(lambda: any("Dan" in entry["time"] for entry in model.entries))
    told = [(entry["title"], entry["words"], entry["time"].split(" · ")[0]) for entry in model.entries]
    assert told == [
        ("Note for the resident", "We are on our way", "Dan"),
        ("Internal note", "Look at the valve first", "Dan"),
        ("Given to Public Works", "", "Carol"),
        ("Reported", "", "Whoever reported it"),
    ]
    facts = {fact["key"]: fact["value"] for fact in model.facts}
    assert (facts["Given to"], facts["Came from"]) == ("Dan", "A person with an account")
    shown.app.nav.children[0].ids.page.scroll_y = 0
    looks_good(robot, kit, "item-history")
    assert "Alice" not in " ".join(robot.texts())


def test_words_of_a_close_that_somebody_was_faster_with_are_kept_as_a_note(work, kit, carol):
    robot, made = work.robot, work.made["begun"]
    model = opened(work, "begun")
    work.air.rest = NONE
    robot.tap(id="next")
    robot.settle()
    sheet = robot.all(cls="CloseSheet")[0]
    sheet.text = "Drain is free again"
    sheet.save()
    step(carol, made, "close", {"reason": "duplicate", "words": "See the other one"})

    work.air.rest = GOOD
    work.sync()

    assert model.refusal["title"] == "Your closing was not accepted"
    assert model.status_text == "Closed: Already reported"
    looks_good(robot, kit, "item-refused")
    robot.tap(text="Keep my words as an internal note")
    work.sync()
    assert model.refusal == {}
    newest = history(carol, made)[0]
    assert (newest["kind"], newest["words"], newest["public"]) == ("note", "Drain is free again", False)


def test_a_close_needs_words_unless_it_was_fixed(work, kit):
    robot = work.robot
    opened(work, "begun")
    robot.tap(id="next")
    robot.settle()
    sheet = robot.all(cls="CloseSheet")[0]
    robot.tap(text="Nothing found, We looked and found nothing to do.")
    sheet.save()
    robot.settle()
    assert sheet.ids.written.error and sheet.parent is not None
    sheet.text = "We looked twice"
    sheet.save()
    robot.settle()
    assert sheet.parent is None


def test_the_desk_gives_work_to_a_colleague_by_name(show_app, make, alice, carol, dan, kit):
    shown = show_app()
    shown.made = some_work(make, alice, carol, dan)
    shown.sign_in(carol)
    robot = shown.robot
    model = opened(shown, "new")
    robot.until(lambda: dan.id in {str(i) for i in model.people()} or dan.id in model.people())
    robot.tap(text="Assign")
    robot.settle()
    looks_good(robot, kit, "assign-sheet")
    sheet = robot.all(cls="AssignSheet")[0]
    sheet.changing = True
    robot.settle()
    sheet.show("public-works")
    robot.tap(text="Dan")
    sheet.save()
    shown.sync()
    told = carol.get(f"/v1/service-requests/work/{shown.made['new']['id']}").get_json()
    assert (told["status"], told["assignee_id"]) == ("assigned", str(dan.id))


def test_a_note_for_the_resident_says_so_before_it_is_written(work, kit, alice):
    robot = work.robot
    opened(work, "begun")
    robot.tap(text="Other steps")
    robot.settle()
    looks_good(robot, kit, "other-steps")
    robot.tap(text="Add a note, For colleagues, or for the resident too.")
    robot.settle()
    sheet = robot.all(cls="NoteSheet")[0]
    robot.tap(text="Resident too")
    looks_good(robot, kit, "note-sheet")
    assert "The resident will see this note and its photos." in robot.texts()
    sheet.text = "Back tomorrow"
    sheet.save()
    work.sync()
    told = alice.get(f"/v1/service-requests/{work.made['begun']['id']}/history").get_json()["items"]
    assert told[0]["words"] == "Back tomorrow"


def test_on_a_wide_window_the_list_stands_beside_the_request(work, kit):
    work.robot.resize(1180, 820)
    opened(work, "given")
    assert work.app.nav.panes() == ["work", "work_item"]
    looks_good(work.robot, kit, "item-wide")


def test_a_request_that_is_not_on_the_phone_comes_from_the_server_or_says_why_not(work, kit, make, carol):
    robot = work.robot
    late = make.request(by=carol, description="Reported after the last sync")
    work.made["late"] = late
    work.air.rest = NONE
    model = opened(work, "late")
    robot.until(lambda: model.state == "offline")
    looks_good(robot, kit, "item-offline")

    work.air.rest = GOOD
    robot.tap(text="Try again")
    robot.until(lambda: model.state == "shown")
    assert model.away and model.words == "Reported after the last sync"
    looks_good(robot, kit, "item-away")

    work.air.rest = NONE
    robot.tap(text="Assign to me")
    assert (model.status_text, model.waits, model.next_step["key"]) == ("Assigned", True, "start")
    work.app.nav.go("work")
    shown = work.app.nav.children[0].model.found
    assert late["id"] not in [row["key"] for row in shown] and len(shown) == 3
