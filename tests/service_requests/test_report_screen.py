"""A resident reports something: photo, place, topic, words, send; with no signal, and after the app was killed."""

import pytest

from tests.make import HERE
from tests.phones import GOOD, NONE
from tests.service_requests.screens import Hand

AT = (HERE["lat"], HERE["lon"])
BELLAIRE = (29.7058, -95.4588)


@pytest.fixture
def pictures(tmp_path, jpeg):
    """A folder with two pictures."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(jpeg("orange", (1200, 900)))
    (folder / "b.jpg").write_bytes(jpeg("teal", (900, 1200)))
    return folder


@pytest.fixture
def phone(show_app, pictures, tmp_path):
    """A function that shows the app on a phone that stands in West U, and gives a hand to use it."""

    def show(name="phone", here=AT, signal=GOOD):
        shown = show_app(name, pictures=pictures, here=here)
        shown.air.rest = signal
        shown.robot.settle()
        return Hand(shown, tmp_path / "shots")

    return show


def test_a_report_made_without_signal_waits_and_leaves_by_itself_once(phone, carol):
    hand = phone(signal=NONE)
    hand.report()
    hand.shown.sync()
    assert hand.reads("Pothole or damaged street", "Deep one", "Waiting to send")
    assert carol.get("/v1/service-requests/work").get_json()["items"] == []

    hand.shown.air.rest = GOOD
    hand.shown.sync()
    hand.shown.sync()

    (item,) = carol.get("/v1/service-requests/work").get_json()["items"]
    assert (item["type"], item["description"], item["where"]) == ("pothole", "Deep one", HERE)
    assert len(item["photos"]) == 1 and item["address"]
    sent = [path.split("/")[2] for method, path, _ in hand.shown.air.calls if method in ("PUT", "POST")]
    assert sent.index("photos") < sent.index("service-requests")
    assert hand.reads("Received", item["number"]) and not hand.reads("Waiting to send")


def test_each_step_can_be_read_and_reached_in_each_look(phone):
    hand = phone(signal=NONE)
    hand.look("home-empty")
    hand.begin()
    hand.look("photo-none")
    hand.tap("Take a photo")
    hand.robot.until(lambda: hand.robot.all(cls="PhotoTile"))
    hand.look("photo")
    hand.tap("Continue")
    hand.robot.until(lambda: hand.screen.model.place.near)
    hand.look("place")
    hand.tap("Continue")
    hand.look("type")
    hand.topic("hole in road", "Pothole or damaged street")
    hand.look("words")
    hand.tap("Continue")
    hand.look("review")
    hand.tap("Send")
    hand.look("home-waiting")
    hand.tap("Pothole or damaged street")
    hand.look("detail-waiting")


def test_what_was_entered_survives_an_app_that_is_killed_at_each_step(phone):
    hand = phone(signal=NONE)
    hand.begin()
    for step in (
        lambda hand: hand.photo(),
        lambda hand: hand.place(),
        lambda hand: hand.topic("bache", "Pothole or damaged street"),
        lambda hand: (hand.write("Deep one"), hand.tap("Continue")),
    ):
        step(hand)
        before = hand.screen.model.draft
        hand.robot.close()

        hand = phone(signal=NONE)
        hand.tap("Go on with your report")

        assert hand.screen.model.draft == before and hand.screen.model.step == before.step
        assert all(file.exists() for file in before.photos.values())
    assert hand.screen.model.step == "review"


def test_a_report_that_was_sent_is_no_draft_any_more_even_if_the_app_was_killed_in_between(phone, carol):
    from mobile.service_requests import draft as drafts

    hand = phone(signal=NONE)
    hand.begin()
    hand.photo()
    hand.place()
    hand.topic("bache", "Pothole or damaged street")
    hand.tap("Continue")
    kept = hand.screen.model.draft.text()
    hand.tap("Send")
    hand.shown.parts.store.set(drafts.KEY, kept)  # as if the draft's end had not reached the disk
    hand.robot.close()

    again = phone()
    again.shown.sync()

    assert again.reads("Report something") and not again.reads("Go on with your report")
    assert len(carol.get("/v1/service-requests/work").get_json()["items"]) == 1


def test_outside_the_limits_the_app_says_whose_place_it_is_and_goes_no_further(phone):
    hand = phone(here=BELLAIRE)
    called = []
    hand.shown.parts.dial = called.append
    hand.begin()
    hand.photo()
    hand.robot.until(lambda: hand.screen.model.place.pinned)
    hand.robot.settle()
    assert hand.reads("outside the limits", "This place is in Bellaire", "713-668-4441")
    hand.look("place-outside")

    hand.tap("Continue")
    assert hand.screen.model.step == "place"
    hand.robot.tap(text="Call West U City Hall can say whom to call: 713-668-4441")
    assert called == ["713-668-4441"]

    hand.write("rice and edloe")
    hand.robot.until(lambda: hand.screen.model.place.hits)
    hand.look("place-found")
    hand.robot.tap(cls="Row")
    hand.place()
    assert hand.screen.model.step == "type"


@pytest.mark.parametrize(
    ("typed", "outcome", "reason"),
    [
        ("farola", "Somebody else looks after this", "CenterPoint maintains the street lights"),
        ("bees", "Not a service of the city", "The city does not treat bees on private property"),
    ],
)
def test_what_the_city_does_not_do_ends_with_reason_and_telephone_before_anything_is_sent(
    phone, typed, outcome, reason
):
    hand = phone()
    called = []
    hand.shown.parts.dial = called.append
    hand.begin()
    hand.photo()
    hand.place()
    hand.write(typed)
    hand.robot.tap(cls="Row")
    hand.robot.settle()

    assert hand.reads(outcome, reason, "713-668-4441") and not hand.reads("Continue")
    hand.robot.tap(text="Call West U City Hall can say whom to call: 713-668-4441")
    assert called == ["713-668-4441"]
    hand.tap("Done", "Throw it away")
    assert hand.shown.parts.store.outbox() == []
    hand.robot.until(lambda: not list(hand.shown.parts.photos.glob("*.jpg")))


def test_a_topic_that_needs_an_account_offers_to_sign_in_and_what_was_entered_comes_along(
    phone, alice, carol
):
    hand = phone()
    hand.begin()
    hand.photo()
    hand.place()
    hand.write("water bill high")
    hand.robot.tap(cls="Row")
    hand.robot.settle()
    assert hand.reads("the city needs to know who you are")
    hand.look("account-needed")
    hand.tap("Sign in")
    assert hand.shown.app.nav.current == "sign_in"

    hand.shown.sign_in(alice)
    hand.robot.back()
    hand.robot.settle()
    assert len(hand.screen.model.draft.photos) == 1
    hand.tap("Continue")
    assert hand.screen.model.step == "words" and hand.screen.model.count == 4
    hand.tap("Continue", "Send")
    hand.shown.sync()
    (item,) = carol.get("/v1/service-requests/work").get_json()["items"]
    assert item["where"] is None and item["by_account"]


def test_back_keeps_everything_and_leaving_asks(phone):
    hand = phone()
    hand.begin()
    hand.photo()
    hand.place()
    hand.robot.back()
    hand.robot.back()
    assert hand.screen.model.step == "photo" and len(hand.screen.model.photos) == 1
    hand.robot.back()
    hand.robot.settle()
    hand.tap("Stay here")
    assert hand.shown.app.nav.current == "report"
    hand.tap(
        "Leave the report", "Keep it for later", "Go on with your report", "Leave the report", "Throw it away"
    )
    assert hand.reads("Report something")
    hand.robot.until(lambda: not list(hand.shown.parts.photos.glob("*.jpg")))


def test_a_desk_without_a_camera_picks_from_the_pictures_that_are_there(show_app, pictures, tmp_path):
    shown = show_app()
    shown.app.parts.camera.shelf = pictures
    hand = Hand(shown, tmp_path)
    hand.begin()
    assert not hand.reads("Take a photo")
    hand.tap("Choose a picture")
    hand.robot.until(
        lambda: (
            all(tile.source for tile in hand.robot.all(cls="PictureTile"))
            and hand.robot.all(cls="PictureTile")
        )
    )
    hand.tap("a.jpg")
    hand.robot.until(lambda: hand.robot.all(cls="PhotoTile"))
    hand.tap("Photo 1")
    assert hand.robot.all(cls="PhotoView")
    hand.robot.back()
    hand.tap("Remove photo 1")
    assert not hand.robot.all(cls="PhotoTile")


def test_from_the_review_each_answer_can_be_changed_and_leads_back(phone):
    hand = phone()
    hand.begin()
    hand.tap("Continue without a photo")
    hand.place()
    hand.topic("bache", "Pothole or damaged street")
    hand.tap("Continue")
    assert hand.reads("Please write a line")
    hand.write("Deep one")
    hand.tap("Continue", "Change: Topic")
    hand.write("flooding")
    hand.tap("Street flooding", "Continue")
    assert hand.screen.model.step == "review" and hand.reads("Street flooding", "Deep one")
