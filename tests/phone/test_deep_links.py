"""A tap on a push opens the thing, also before the sync has brought it; one that is heard in front is told of."""

from uuid import uuid4

import pytest

from mobile.core import pushed
from mobile.core.device.push import NoPush
from tests.looks.city_says import AREA, FAR, HOME
from tests.phones import GOOD, NONE

PLACE = tuple(map(float, HOME.split(",")))


class Phone(NoPush):
    """A phone whose pushes the test makes."""

    def __init__(self):
        self.tapped = None

    def when_tapped(self, tapped):
        self.tapped = tapped


@pytest.fixture
def shown(show_app):
    push = Phone()
    made = show_app(push=push)
    made.tap = push.tapped
    return made


def about(kind, id, **more):
    return {"mid": str(uuid4()), "kind": "status", "about": kind, "id": str(id), **more}


def text_of(area):
    return " ".join(f"{lat},{lon}" for lat, lon in area)


@pytest.mark.parametrize(
    ("data", "screen"),
    [
        (about("service_request", uuid4()), "request"),
        (about("staff_request", uuid4()), "work_item"),
        (about("alert", uuid4()), "alert"),
        (about("inbox", uuid4()), "inbox"),  # a digest of several
        (about("something-newer", uuid4()), "inbox"),
        (about("alert", "no id"), "inbox"),
        ({}, "inbox"),
    ],
)
def test_each_push_leads_to_a_screen(data, screen):
    assert pushed.where_to(data)[0] == screen


@pytest.mark.parametrize(
    ("area", "home", "told"),
    [("", PLACE, True), (text_of(AREA), PLACE, True), (text_of(FAR), PLACE, False), (text_of(FAR), None, True), ("x y", PLACE, True)],
)  # fmt: skip
def test_an_alert_of_an_area_is_told_of_where_home_is_within_or_not_known(area, home, told):
    assert pushed.concerns({"area": area}, home) is told


def test_a_tapped_push_opens_its_request(shown, make, alice):
    shown.sign_in(alice)
    request = make.request(by=alice)
    shown.sync()
    shown.tap(about("service_request", request["id"]))
    shown.robot.settle()
    assert shown.parts.nav.current == "request"
    assert shown.robot.find(text=request["number"])


def test_before_the_sync_has_brought_it_it_is_waited_for_and_then_shown(shown, make, alice):
    shown.sign_in(alice)
    request = make.request(by=alice)
    shown.tap(about("service_request", request["id"]))
    shown.robot.settle()
    model = shown.parts.nav.children[0].model
    assert model.state == "waiting" and shown.robot.all(cls="Skeleton")
    shown.sync()
    assert model.state == "shown" and shown.robot.find(text=request["number"])


def test_what_is_not_there_after_the_sync_is_said_to_be_gone(shown, alice):
    shown.sign_in(alice)
    shown.tap(about("service_request", uuid4()))
    shown.robot.settle()
    shown.sync()
    assert shown.parts.nav.children[0].model.state == "gone"
    shown.robot.tap(text="My requests")
    assert shown.parts.nav.current == "requests"


def test_without_signal_it_says_so_and_shows_it_once_it_came(shown, make, alice):
    shown.sign_in(alice)
    request = make.request(by=alice)
    shown.air.rest = NONE
    shown.tap(about("service_request", request["id"]))
    shown.sync()
    model = shown.parts.nav.children[0].model
    assert model.state == "offline"
    shown.air.rest = GOOD
    shown.sync()
    assert model.state == "shown"


def test_one_that_is_heard_in_front_is_told_of_with_a_way_to_it(shown, make, alice):
    shown.sign_in(alice)
    request = make.request(by=alice)
    shown.sync()
    shown.app._heard(about("service_request", request["id"], title="Your request is closed"))
    shown.robot.settle()
    assert shown.robot.find(text="Your request is closed")
    shown.robot.tap(text="Open")
    assert shown.parts.nav.current == "request"
    shown.robot.settle()
    shown.app._heard(about("service_request", request["id"], title="And again"))
    shown.robot.settle()
    assert shown.robot.all(text="And again") == []  # it is looked at already


def test_what_does_not_concern_the_home_is_not_pushed_into_view(shown):
    shown.parts.preferences.change(home=HOME)
    shown.app._heard(about("alert", uuid4(), title="Far", area=text_of(FAR)))
    shown.robot.settle()
    assert shown.robot.all(text="Far") == []
    shown.app._heard(about("alert", uuid4(), title="Near", area=text_of(AREA)))
    shown.robot.settle()
    assert shown.robot.find(text="Near")


def test_a_message_without_words_is_told_of_in_ours_and_a_bare_hint_not_at_all(shown):
    shown.app._heard({"kind": "sync"})
    shown.robot.settle()
    assert shown.robot.all(cls="Snackbar") == []
    shown.app._heard(about("alert", uuid4()))
    shown.robot.settle()
    assert shown.robot.find(text="A new city alert")


def test_a_report_that_is_being_written_is_not_disturbed(shown):
    shown.parts.nav.go("report")
    shown.app._heard(about("alert", uuid4(), title="Now"))
    shown.robot.settle()
    assert shown.robot.all(text="Now") == []
