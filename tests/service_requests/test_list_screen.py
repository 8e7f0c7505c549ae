"""The home screen: my requests, those that wait on top, and why one was refused."""

import pytest

from tests.make import HERE
from tests.phones import NONE
from tests.service_requests.screens import Hand


@pytest.fixture
def alices(show_app, alice, tmp_path):
    """Alice's phone, signed in."""
    shown = show_app()
    shown.sign_in(alice)
    return Hand(shown, tmp_path / "shots")


def titles(hand):
    return [
        row.subtitle for row in sorted(hand.robot.all(cls="Row"), key=lambda row: -hand.robot.center(row)[1])
    ]


def wish(hand, words, type="pothole", where=HERE):
    from uuid import uuid4

    from mobile.service_requests import changes
    from shared_models.basics import Point
    from shared_models.service_requests import OpenRequest

    kind = hand.shown.parts.types()[type]
    asked = OpenRequest(id=uuid4(), type=type, description=words, where=Point(**where))
    changes.open_request(hand.shown.parts.store, asked, kind, {})


def test_the_newest_stands_first_and_what_waits_above_it(alices, alice, make):
    make.request(alice, description="Older")
    make.request(alice, description="Newer")
    alices.shown.air.rest = NONE
    alices.shown.sync()
    wish(alices, "Waits")
    alices.shown.sync()
    assert titles(alices) == ["Waits"]

    alices.shown.air.plan = []
    alices.shown.air.rest = "good"
    wish(alices, "A street light", type="street-light-out")
    alices.shown.sync()

    assert titles(alices)[1:] == ["Waits", "Newer", "Older"]
    assert alices.reads("Not accepted", "CenterPoint maintains")
    alices.look("home")


def test_each_state_has_its_own_words(alices, alice, carol, make):
    for words, close in (("fixed", "fixed"), ("nothing", "nothing-found"), ("open", "")):
        request = make.request(alice, description=words)
        if close:
            answer = carol.post(
                f"/v1/service-requests/{request['id']}/close", {"reason": close, "words": "Seen."}
            )
            assert answer.status_code == 200, answer.get_json()
    alices.shown.sync()
    assert alices.reads("Closed: Fixed", "Closed: Nothing found", "Received", "Is it fixed? Please tell us.")
    alices.look("home-states")


def test_in_a_wide_window_the_detail_stands_beside_the_list_and_its_row_is_marked(alices, alice, make):
    make.request(alice, description="Beside")
    alices.shown.sync()
    alices.robot.resize(1280, 800)
    alices.robot.tap(cls="Row")
    alices.robot.settle()
    assert alices.shown.app.nav.panes() == ["requests", "request"]
    assert [row.chosen for row in alices.robot.all(cls="Row")] == [True]
    alices.look("wide")
