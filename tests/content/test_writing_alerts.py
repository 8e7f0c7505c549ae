"""Speaking for the city from the app: written, also without signal, published by somebody else, followed, cancelled."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mobile.content import written
from shared_models.basics import Point
from shared_models.content import AlertAudience, WriteAlert
from tests.notifications.tape import Tape, phone, sent
from tests.phones import GOOD, NONE

WORDS = {
    "headline_en": "Boil your water",
    "headline_es": "Hierva el agua",
    "text_en": "For one minute.",
    "text_es": "Un minuto.",
}
CORNERS = [(29.713, -95.436), (29.713, -95.428), (29.721, -95.428), (29.721, -95.436)]


@pytest.fixture
def speaks(show_app):
    """A function that shows the app on the phone of somebody."""

    def show(person, name="phone"):
        shown = show_app(name)
        shown.sign_in(person)
        return shown

    return show


def write(shown, **more):
    """Write an alert on the screen and save it; gives its id."""
    model = shown.parts.nav.go("alert_edit").model
    for name, value in {**WORDS, **more}.items():
        setattr(model, name, value)
    shown.robot.settle()
    shown.parts.nav.children[0].save()
    shown.robot.settle()
    assert shown.parts.nav.current == "alert_work", model.errors
    return shown.parts.nav.children[0].model.id


def at_server(person, id):
    return person.get(f"/v1/alerts/work/{id}").get_json()


def out(person):
    return person.get("/v1/alerts/").get_json()["items"]


def sheet(shown):
    shown.robot.settle()
    return shown.robot.find(cls="PublishSheet")


# ── what it lacks ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({}, []),
        ({"headline_es": " "}, ["A headline in Spanish"]),
        ({"text_en": "", "text_es": ""}, ["The text in English", "The text in Spanish"]),
        ({"audience": AlertAudience.ZONE}, ["A zone"]),
        (
            {"audience": AlertAudience.AREA, "area": (Point(lat=1, lon=1),)},
            ["An area of three corners or more"],
        ),
        ({"hours": 0}, ["An end that is at least five minutes ahead"]),
        ({"hours": 24 * 31}, ["An end within 30 days"]),
    ],
)
def test_what_an_alert_lacks_is_named_before_anything_is_sent(more, named):
    now = datetime.now(UTC)
    end = now + timedelta(hours=more.pop("hours", 5))
    wish = WriteAlert(**{"severity": "severe", "expires_at": end, **WORDS, **more})
    assert written.lacks(wish, now) == named


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_resident_finds_no_way_there(speaks, alice):
    shown = speaks(alice)
    shown.parts.nav.go("more")
    shown.robot.settle()
    assert not shown.parts.nav.children[0].model.speaks


def test_who_may_speak_for_the_city_finds_the_way_there(speaks, carol):
    shown = speaks(carol)
    shown.parts.nav.go("more")
    shown.robot.settle()
    row = next(w for w in shown.robot._walk(None) if getattr(w, "title", "") == "City alerts")
    row.trigger()
    shown.robot.settle()
    assert shown.robot.find(text="No alerts yet")
    shown.robot.tap(text="Write an alert")
    assert shown.parts.nav.current == "alert_edit"


def test_what_is_written_without_signal_stands_in_the_list_and_leaves_later(speaks, carol):
    shown = speaks(carol)
    shown.air.rest = NONE
    id = write(shown)
    assert shown.robot.find(text="What you wrote is on its way to the city.")
    shown.parts.nav.go("alerts")
    shown.robot.settle()
    assert [row["title"] for row in shown.parts.nav.children[0].model.rows] == [
        "Being written",
        "Boil your water",
    ]
    model = shown.parts.nav.go("alert_edit", id=id).model
    model.text_en = "For three minutes."
    shown.parts.nav.children[0].save()
    model = shown.parts.nav.go("alert_edit", id=id).model
    assert model.text_en == "For three minutes."
    model.headline_es = "Hierva toda el agua"
    shown.parts.nav.children[0].save()
    shown.air.rest = GOOD
    shown.sync()
    shown.sync()
    told = at_server(carol, id)
    assert (told["text_en"], told["headline_es"], told["version"]) == (
        "For three minutes.",
        "Hierva toda el agua",
        3,
    )
    assert shown.parts.store.outbox() == []


def test_somebody_who_changed_it_meanwhile_is_not_overwritten(speaks, carol, erin):
    shown = speaks(carol)
    id = write(shown)
    shown.sync()
    before = at_server(carol, id)
    body = {name: before[name] for name in (*WORDS, "severity", "audience", "expires_at")}
    assert (
        erin.post(f"/v1/alerts/{id}/change", {**body, "text_en": "Erin's", "version": 1}).status_code == 200
    )
    model = shown.parts.nav.go("alert_edit", id=id).model
    model.text_en = "Carol's"
    shown.parts.nav.children[0].save()
    shown.sync()
    shown.robot.settle()
    assert at_server(carol, id)["text_en"] == "Erin's"
    assert shown.robot.find(text="What you wrote was not accepted")
    shown.robot.tap(text="Put away")
    shown.sync()
    assert shown.parts.nav.children[0].model.text_en == "Erin's"


def test_what_was_typed_and_not_saved_is_there_again_until_it_is_thrown_away(speaks, carol):
    shown = speaks(carol)
    model = shown.parts.nav.go("alert_edit").model
    model.headline_en, model.audience = "Half a", "area"
    model.corner(*CORNERS[0])
    shown.parts.nav.go("requests")
    model.headline_en = "gone"
    model = shown.parts.nav.go("alert_edit").model
    assert (model.headline_en, model.audience, list(model.area)) == ("Half a", "area", [list(CORNERS[0])])
    shown.parts.nav.children[0].discard()
    shown.robot.settle()
    shown.robot.find(cls="ConfirmSheet").answer()
    assert shown.parts.nav.go("alert_edit").model.headline_en == ""


def test_a_wrong_date_is_noticed_in_full_words(speaks, carol):
    shown = speaks(carol)
    screen = shown.parts.nav.go("alert_edit")
    screen.model.day, screen.model.time = "2027-01-02", "18:00"
    assert screen.model.until == "Saturday, January 2, 2027, 6:00 PM"
    screen.model.day = "2026-02-30"
    assert screen.model.until == "" and screen.model.save() is None
    assert "2026-11-28" in screen.model.errors["until"]
    screen.model.end_in(24)
    there = screen.model.end() - datetime.now(UTC)
    assert timedelta(hours=23, minutes=58) < there <= timedelta(hours=24)


def test_an_area_is_drawn_corner_by_corner_on_the_map(speaks, carol):
    shown = speaks(carol)
    screen = shown.parts.nav.go("alert_edit")
    screen.model.audience = "area"
    screen.model.mode = "area"
    shown.robot.settle()
    city = shown.robot.find(cls="CityMap")
    for x, y in ((-60, -60), (60, -60), (60, 60), (-60, 60), (0, 90)):
        shown.robot.tap_at(city.center_x + x, city.center_y + y)
        shown.robot.frames(30)
    shown.robot.until(lambda: len(screen.model.area) == 5)
    shown.robot.tap(shown.robot.find(text="Take the last corner back", cls="IconButton"))
    assert shown.robot.find(text="4 corners. It closes by itself.")
    shown.robot.tap(text="Done")
    assert screen.model.mode == "form" and len(screen.model.area) == 4
    screen.model.mode = "area"
    shown.robot.settle()
    shown.robot.tap(shown.robot.find(text="Remove all corners", cls="IconButton"))
    assert screen.model.area == []
    assert screen.take_back() and screen.model.mode == "form"


def test_zones_are_offered_only_where_the_city_has_some(speaks, carol):
    import json

    shown = speaks(carol)
    model = shown.parts.nav.go("alert_edit").model
    assert [one["key"] for one in model.audiences] == ["all", "area"]
    area = [{"lat": lat, "lon": lon} for lat, lon in CORNERS]
    zone = {"code": "east", "name_en": "East", "name_es": "Este", "area": area}
    shown.parts.store.set_document("zones", '"1"', json.dumps({"items": [zone]}).encode())
    model = shown.parts.nav.go("alert_edit").model
    assert [one["key"] for one in model.audiences] == ["all", "zone", "area"]
    model.audience, model.headline_en = "zone", "A"
    assert model.save() is None and "zone" in model.errors
    model.zone = "east"
    assert model.save() is not None


# ── publishing ───────────────────────────────────────────────────────────────────────────────────────────


def test_written_by_one_published_by_another_read_by_everybody(speaks, make, alice, carol, erin):
    id = make.draft(by=carol)["id"]
    phone(alice)
    shown = speaks(erin)
    screen = shown.parts.nav.go("alert_work", id=id)
    shown.robot.settle()
    shown.robot.tap(text="Publish")
    opened = sheet(shown)
    shown.robot.until(lambda: screen.model.reach_state == "shown")
    rows = {row["key"]: row["value"] for row in screen.model.reach}
    assert int(rows["People"]) >= 1 and rows["Households"].startswith("Not known")
    assert not screen.model.mine
    opened.publish()
    shown.robot.until(lambda: shown.parts.nav.current == "alert_progress")
    assert [one["id"] for one in out(alice)] == [id]


def test_who_wrote_it_is_told_to_ask_somebody_and_may_only_in_an_emergency(speaks, carol):
    shown = speaks(carol)
    id = write(shown)
    shown.sync()
    screen = shown.parts.nav.children[0]
    screen.publish()
    opened = sheet(shown)
    shown.robot.until(lambda: screen.model.reach_state == "shown")
    assert shown.robot.find(text="You wrote this")
    button = next(w for w in shown.robot.all(cls="PushButton") if w.text == "Publish now")
    assert button.disabled
    opened.emergency = True
    shown.robot.settle()
    opened.publish()
    shown.robot.settle()
    assert out(carol) == []
    shown.robot.find(cls="ConfirmSheet").answer()
    shown.robot.until(lambda: shown.parts.nav.current == "alert_progress")
    assert at_server(carol, id)["emergency"] is True


def test_without_signal_it_is_not_published_and_the_sheet_says_why(speaks, make, carol, erin):
    id = make.draft(by=carol)["id"]
    shown = speaks(erin)
    screen = shown.parts.nav.go("alert_work", id=id)
    shown.air.rest = NONE
    screen.publish()
    opened = sheet(shown)
    shown.robot.until(lambda: screen.model.reach_state == "offline")
    opened.publish()
    shown.robot.until(lambda: screen.model.notice)
    assert "signal" in screen.model.notice and out(carol) == []
    assert shown.parts.store.outbox() == []  # never later, by itself


def test_what_waits_or_lacks_words_can_not_be_published(speaks, carol):
    shown = speaks(carol)
    shown.air.rest = NONE
    write(shown, headline_es="")
    model = shown.parts.nav.children[0].model
    assert model.waits and model.lacks == ["A headline in Spanish"]
    button = next(w for w in shown.robot.all(cls="PushButton") if w.text == "Publish")
    assert button.disabled


def test_another_version_than_the_one_that_was_read_is_not_published(speaks, make, carol, erin):
    draft = make.draft(by=carol)
    shown = speaks(erin)
    screen = shown.parts.nav.go("alert_work", id=draft["id"])
    body = {name: draft[name] for name in (*WORDS, "severity", "audience", "expires_at")}
    carol.post(f"/v1/alerts/{draft['id']}/change", {**body, "text_en": "Other", "version": 1})
    screen.model.publish(lambda: None)
    shown.robot.until(lambda: screen.model.notice)
    assert "changed" in screen.model.notice and out(carol) == []


# ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_progress_moves_while_it_is_looked_at_and_is_not_asked_for_afterwards(
    speaks, make, alice, carol, erin
):
    phone(alice)
    id = make.alert(by=carol, publisher=erin)["id"]
    shown = speaks(erin)
    screen = shown.parts.nav.go("alert_progress", id=id)
    shown.robot.until(lambda: screen.model.state == "none")
    make.worked()
    screen.model.ask()
    shown.robot.until(lambda: screen.model.state == "shown")
    counts = {one["name"]: one["count"] for one in screen.model.channels[0]["counts"]}
    assert (counts["Waiting"], counts["Sent"]) == (1, 0)
    sent(Tape("fcm"))
    before = len(shown.air.calls)
    shown.robot.until(
        lambda: screen.model.channels[0]["counts"][0]["count"] == 1
    )  # by itself, after two seconds
    assert len(shown.air.calls) > before
    shown.parts.nav.go("requests")
    shown.robot.settle()
    shown.robot.until(lambda: not screen.model._asking)
    before = len(shown.air.calls)
    assert screen._clock is None
    shown.robot.frames(5)
    assert len(shown.air.calls) == before


def test_numbers_from_before_stay_when_the_connection_is_lost(speaks, make, carol, erin, alice):
    phone(alice)
    id = make.alert(by=carol, publisher=erin)["id"]
    make.worked()
    shown = speaks(erin)
    screen = shown.parts.nav.go("alert_progress", id=id)
    shown.robot.until(lambda: screen.model.state == "shown")
    shown.air.rest = NONE
    screen.model.ask()
    shown.robot.until(lambda: screen.model.stale)
    assert screen.model.channels and shown.robot.find(
        text="No connection. These are the numbers from before."
    )
    screen = shown.parts.nav.go("alert_progress", id=uuid4())
    shown.robot.until(lambda: screen.model.state == "offline")


def test_a_change_of_what_is_out_waits_for_somebody_else(speaks, make, alice, carol, erin):
    id = make.alert(by=carol, publisher=erin)["id"]
    shown = speaks(erin)
    model = shown.parts.nav.go("alert_edit", id=id).model
    assert model.is_out
    model.text_en = "Boil it for three minutes."
    shown.parts.nav.children[0].save()
    shown.sync()
    assert out(alice)[0]["text_en"] != "Boil it for three minutes."
    item = shown.parts.nav.children[0].model
    assert (item.badge, item.mine, item.can_publish, item.can_cancel) == (
        "Change not published",
        True,
        True,
        True,
    )
    carol.post(f"/v1/alerts/{id}/publish", {"version": at_server(carol, id)["version"]})
    assert (out(alice)[0]["text_en"], out(alice)[0]["revision"]) == ("Boil it for three minutes.", 2)


def test_it_is_cancelled_with_words_in_both_languages(speaks, make, alice, carol, erin):
    id = make.alert(by=carol, publisher=erin)["id"]
    shown = speaks(carol)
    screen = shown.parts.nav.go("alert_work", id=id)
    shown.robot.settle()
    screen.cancel()
    shown.robot.settle()
    opened = shown.robot.find(cls="CancelSheet")
    opened.ids.en.text = "The water is safe again."
    opened.send()
    assert screen.model.errors == {"text_es": "Please write it in both languages."}
    opened.ids.es.text = "El agua vuelve a ser segura."
    opened.send()
    shown.robot.until(lambda: screen.model.badge == "Cancelled")
    [told] = out(alice)
    assert (told["state"], told["text_es"]) == ("cancelled", "El agua vuelve a ser segura.")
    assert not (screen.model.can_edit or screen.model.can_cancel or screen.model.can_publish)
