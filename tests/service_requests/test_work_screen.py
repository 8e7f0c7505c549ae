"""The work list as staff see it: what is on the phone, found by chips and words, and older things by signal."""

import pytest

from tests.phones import GOOD, NONE
from tests.service_requests.staff_screens import LOOKS, looks_good, some_work, step


@pytest.fixture
def work(show_app, make, alice, carol, dan):
    """The work list of dan, with four requests of his departments."""
    made = some_work(make, alice, carol, dan)
    shown = show_app()
    shown.sign_in(dan)
    shown.made = made
    shown.robot.tap(text="Work")
    shown.robot.settle()
    return shown


def screen(shown):
    return next(pane for pane in shown.app.nav.children if pane.name == "work")


def titles(shown):
    return [row["title"] for row in screen(shown).model.found]


def test_dan_sees_what_is_open_newest_first_and_narrows_it_by_chips(work, kit):
    robot = work.robot
    assert titles(work) == ["Street flooding", "Discolored water", "Pothole or damaged street"]
    assert screen(work).model.count_text == "3 requests on this phone"
    looks_good(robot, kit, "work", LOOKS)

    robot.tap(text="Mine")
    assert titles(work) == ["Street flooding", "Discolored water"]
    robot.tap(text="All")
    assert titles(work)[0] == "Drainage problem"
    robot.tap(text="Type")
    robot.settle()
    looks_good(robot, kit, "work-types")
    sheet = robot.all(cls="PickSheet")[0]
    robot.tap(robot.all(text="Discolored water", under=sheet)[0])
    robot.settle()
    assert titles(work) == ["Discolored water"]


def test_words_are_found_in_number_text_address_and_the_name_of_the_type(work, kit):
    robot, model = work.robot, screen(work).model
    for typed, found in (
        (work.made["new"]["number"], ["Pothole or damaged street"]),
        ("BROWN sunday", ["Discolored water"]),
        ("example street", ["Pothole or damaged street"]),
        ("flood", ["Street flooding"]),
    ):
        model.query = ""
        robot.tap(cls="WritingLine")
        robot.type(typed)
        robot.until(lambda typed=typed: model.query == typed)
        assert titles(work) == found, typed
    model.query = ""
    kit.words.language = "es"
    model.query = "calle danada"
    assert titles(work) == ["Bache o calle dañada"]


def test_older_requests_are_asked_of_the_server_and_without_signal_the_list_says_so(work, kit, make, carol):
    robot, model = work.robot, screen(work).model
    make.request(by=carol, description="An old sinkhole, long ago")  # after the last sync: not on the phone
    model.query = "sinkhole"
    robot.frames(4)
    assert titles(work) == []
    work.air.rest = NONE
    looks_good(robot, kit, "work-nothing")

    robot.tap(text="Search older requests")
    robot.until(lambda: model.older_state == "offline")
    work.air.rest = GOOD
    robot.tap(text="Search older requests")
    robot.until(lambda: model.older_state == "found")

    assert titles(work) == ["Pothole or damaged street"]
    assert model.count_text == "0 requests on this phone, 1 more found"
    robot.tap(text="Pothole or damaged street")
    item = work.app.nav.children[0]
    robot.until(lambda: item.model.state == "shown")
    assert item.model.away


def test_what_was_refused_stays_on_top_until_it_is_put_away(work, carol):
    robot, made = work.robot, work.made["new"]
    work.air.rest = NONE
    work.app.nav.go("work_item", id=made["id"])
    robot.settle()
    robot.tap(text="Assign to me")
    step(carol, made, "close", {"reason": "duplicate", "words": "See the other one"})
    work.air.rest = GOOD
    work.sync()

    robot.tap(text="Work")
    robot.settle()
    first = screen(work).model.found[0]
    assert (first["key"], first["badge"]) == (made["id"], "Not accepted")
    robot.tap(robot.all(cls="Row")[0])
    robot.settle()
    robot.tap(text="Put away")
    robot.tap(text="Work")
    assert made["id"] not in [row["key"] for row in screen(work).model.found]
