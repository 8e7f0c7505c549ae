"""One of my requests: its history, what comes next, fixed or not fixed, and what to do about a refusal."""

from datetime import timedelta

import pytest

from backend.core.clock import later
from tests.make import HERE
from tests.service_requests.screens import Hand
from tests.service_requests.test_list_screen import wish


@pytest.fixture
def hand(show_app, alice, tmp_path, jpeg):
    """Alice's phone, signed in, with pictures to take."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "now.jpg").write_bytes(jpeg("teal"))
    shown = show_app(pictures=folder)
    shown.sign_in(alice)
    return Hand(shown, tmp_path / "shots")


@pytest.fixture
def closed(alice, carol, make, jpeg):
    """A request of hers with a photo, that Carol closed as fixed with words and a photo."""
    request = make.request(
        alice, description="Deep one", photos=[alice.send_photo(jpeg())], address="3500 Rice Blvd"
    )
    answer = carol.post(
        f"/v1/service-requests/{request['id']}/close",
        {
            "reason": "fixed",
            "words": "Filled this morning.",
            "photos": [str(carol.send_photo(jpeg("green")))],
        },
    )
    assert answer.status_code == 200, answer.get_json()
    return request


def show(hand, title="Pothole or damaged street"):
    hand.shown.sync()
    hand.tap(title)


def now(caller, request):
    return caller.get(f"/v1/service-requests/{request['id']}").get_json()


def test_it_tells_what_happened_and_what_comes_next(hand, alice, carol, closed):
    show(hand)
    hand.robot.until(
        lambda: all(tile["source"] for tile in (*hand.screen.model.mine, *hand.screen.model.theirs))
    )
    assert hand.reads(
        closed["number"], "Closed: Fixed", "Is it fixed?", "Photos from the city", "Filled this morning."
    )
    model = hand.screen.model
    assert [entry["title"] for entry in model.entries] == ["Closed: Fixed", "Reported"]
    assert (model.description, model.address, len(model.mine), len(model.theirs)) == (
        "Deep one",
        "3500 Rice Blvd",
        1,
        1,
    )
    hand.look("detail-closed")
    hand.screen.ids.page.scroll_y = 0
    hand.look("detail-closed-below")
    hand.tap("Photo 1")
    hand.robot.until(lambda: hand.robot.all(cls="PhotoView"))


def test_fixed_is_one_tap(hand, alice, closed):
    show(hand)
    hand.tap("Fixed")
    assert not hand.reads("Is it fixed?")
    hand.shown.sync()
    assert now(alice, closed)["fixed"] is True
    assert hand.reads("You said that it is fixed")


def test_not_fixed_opens_it_again_with_words_and_a_photo(hand, alice, closed):
    show(hand)
    hand.tap("Not fixed")
    hand.look("detail-not-fixed")
    hand.write("Still a hole")
    hand.robot.tap(cls="AddPhoto")
    hand.robot.until(lambda: hand.screen.ids.photos.model.files)
    hand.robot.settle()
    hand.screen.ids.page.scroll_to(hand.robot.all(cls="PushButton")[0])
    hand.robot.settle()
    hand.tap("Send: it is not fixed")
    assert hand.screen.model.badge == "Waiting to send"

    hand.shown.sync()

    assert now(alice, closed)["status"] == "received"
    entry = alice.get(f"/v1/service-requests/{closed['id']}/history").get_json()["items"]
    told = next(line for line in entry if line["kind"] == "reopened")
    assert told["words"] == "Still a hole" and len(told["photos"]) == 1
    assert (
        hand.screen.model.badge == "Received"
        and hand.screen.model.entries[0]["title"] == "Not fixed, open again"
    )


def test_an_answer_that_came_too_late_says_so_and_can_be_put_away(hand, alice, closed):
    show(hand)
    with later(timedelta(days=31)):
        hand.tap("Not fixed", "Send: it is not fixed")
        hand.shown.sync()
    assert hand.reads("The city could not take your answer", "The time to answer is over")
    assert not hand.reads("Try again")
    hand.tap("Put away")
    assert not hand.reads("The city could not take your answer")
    assert hand.shown.parts.store.outbox() == []


def test_a_refused_report_says_whom_to_call_and_is_put_away_after_a_question(hand):
    called = []
    wish(hand, "A street light", type="street-light-out")
    hand.shown.sync()
    hand.tap("Street light out")
    hand.screen.ids.contacts.dial = called.append
    assert hand.reads("The city could not take this report", "CenterPoint maintains") and not hand.reads(
        "Try again"
    )
    hand.look("detail-refused")
    hand.tap("Call West U City Hall can say whom to call: 713-668-4441")
    assert called == ["713-668-4441"]
    hand.tap("Put away")
    hand.robot.all(cls="PushButton", text="Put away")[-1].trigger()
    hand.robot.settle()
    assert hand.shown.app.nav.current == "requests" and hand.reads("Nothing reported yet")


def test_a_refused_report_can_be_tried_again(hand, carol):
    from mobile.core.store import Waiting
    from shared_models.problems import Problem

    wish(hand, "Deep one")
    store = hand.shown.parts.store
    (change,) = store.outbox()
    assert isinstance(change, Waiting)
    store.refused(change, Problem(type="forbidden", title="", status=403))
    hand.shown.parts.tell_changed()
    hand.tap("Pothole or damaged street", "Try again")
    hand.shown.sync()
    assert hand.screen.model.badge == "Received" and not hand.reads("Try again")
    assert len(carol.get("/v1/service-requests/work").get_json()["items"]) == 1


def test_outside_the_city_a_refusal_says_whose_place_it_is(hand):
    wish(hand, "Elsewhere", where={"lat": 29.7058, "lon": -95.4588})
    hand.shown.sync()
    hand.tap("Pothole or damaged street")
    assert hand.reads("This place is in Bellaire", "713-668-4441")


def test_the_number_can_be_copied(hand, alice, make):
    from kivy.core.clipboard import Clipboard

    request = make.request(alice, description="Deep one", where=HERE)
    show(hand)
    hand.screen.copy_number()
    assert Clipboard.paste() == request["number"]
