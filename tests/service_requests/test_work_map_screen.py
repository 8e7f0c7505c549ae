"""The work on the map: what is on the phone, what lies elsewhere and long ago, and the one that was tapped."""

import pytest

from tests.phones import GOOD, NONE
from tests.service_requests.staff_screens import LOOKS, looks_good, some_work


@pytest.fixture
def work(show_app, make, alice, carol, dan):
    """The map of dan, with four requests of his departments."""
    made = some_work(make, alice, carol, dan)
    shown = show_app(here=(29.7178, -95.4317, 12.0))
    shown.sign_in(dan)
    shown.made = made
    shown.robot.tap(text="Map")
    shown.robot.settle()
    screen = shown.app.nav.children[0]
    shown.robot.until(lambda: not screen.map.busy, timeout=20)
    shown.robot.settle()
    return shown


def screen(shown):
    return next(pane for pane in shown.app.nav.children if pane.name == "work_map")


def tap_on(shown, request):
    """Tap the mark of a request."""
    city = screen(shown).map
    city.dispatch("on_tap", request["where"]["lat"], request["where"]["lon"], request["id"])
    shown.robot.settle()


def test_open_requests_are_marked_and_a_tap_on_one_leads_to_it(work, kit):
    robot, model = work.robot, screen(work).model
    assert model.count_text == "3 requests with a place"
    looks_good(robot, kit, "map", LOOKS)
    tap_on(work, work.made["given"])
    assert model.card["title"] == "Discolored water" and model.card["address"] == "Example Lane 4"
    looks_good(robot, kit, "map-chosen")
    robot.tap(text="All")
    assert model.count_text == "4 requests with a place"
    robot.tap(robot.all(cls="MapCard")[0].children[0].children[0])
    robot.settle()
    assert work.app.nav.current == "work_item"
    assert work.app.nav.children[0].model.title == "Discolored water"


def test_my_place_brings_the_map_to_the_phone(work):
    city = screen(work).map
    city.lat, city.lon = 29.70, -95.45
    work.robot.tap(text="My place")
    work.robot.frames(4)
    assert (city.lat, city.lon) == (29.7178, -95.4317)


def test_history_of_another_place_is_found_and_shown_by_signal_alone(work, kit, carol, make):

    robot, model = work.robot, screen(work).model
    far = make.request(by=carol, type="missed-trash", description="Far away")  # after the last sync
    move_to(far, 34.05, -118.24)
    work.air.rest = NONE
    robot.tap(text="Older requests")
    robot.until(lambda: model.older_state == "offline")
    looks_good(robot, kit, "map-offline")

    work.air.rest = GOOD
    robot.tap(text="Show all results")
    robot.until(lambda: model.older_state == "found")

    def shows_it():
        west, south, east, north = screen(work).map.box()
        return west < -118.24 < east and south < 34.05 < north

    robot.until(shows_it)
    robot.settle()
    assert not screen(work).map.bounded
    looks_good(robot, kit, "map-far")
    tap_on(work, {"id": far["id"], "where": {"lat": 34.05, "lon": -118.24}})
    screen(work).open_item()
    item = work.app.nav.children[0].model
    robot.until(lambda: item.state == "shown")
    assert item.away and item.words == "Far away"


def move_to(request, lat, lon):
    """Put a request elsewhere, as imported history of another city is."""
    from uuid import UUID

    from backend.core.actor import db
    from backend.service_requests.tables import RequestRow
    from backend.worker import in_transaction
    from shared_models.basics import Point

    def move():
        db().get_one(RequestRow, UUID(request["id"])).where = Point(lat=lat, lon=lon)

    in_transaction(move)
