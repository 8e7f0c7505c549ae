"""How I am told, set on the phone: with signal and without, one document, and my home stays with me."""

import pytest

from mobile.core.device.push import NoPush
from mobile.notifications import changes
from shared_models.problems import Problem
from tests.looks.city_says import HOME
from tests.notifications.tape import Tape, sent
from tests.phones import GOOD, NONE

PLACE = tuple(map(float, HOME.split(",")))


class AskingPush(NoPush):
    """A phone that must be asked whether it shows anything."""

    asks = True

    def __init__(self):
        self.shows, self.asked, self.opened, self.home = False, 0, 0, None

    def allowed(self):
        return self.shows

    def ask(self):
        self.asked += 1

    def open_settings(self):
        self.opened += 1

    def live_at(self, home):
        self.home = home


@pytest.fixture
def shown(show_app):
    """The app on a phone without an account, at the settings."""
    made = show_app()
    made.sync()
    return made


def open_settings(shown):
    screen = shown.parts.nav.go("notify")
    shown.robot.settle()
    return screen


def tap(shown, label, cls="Toggle"):
    robot = shown.robot
    found = next(
        w
        for w in robot._walk(None)
        if type(w).__name__ == cls and label in w.label and robot.visible(w, beyond=True)
    )
    found.trigger()
    shown.robot.settle()
    return found


def says(shown, words):
    """Whether this can be read, perhaps after scrolling."""
    robot = shown.robot
    robot.frames()
    return any(words in getattr(w, "text", "") and robot.visible(w, beyond=True) for w in robot._walk(None))


def report(shown):
    """Send a report."""
    model = shown.parts.nav.go("report").model
    model.begin()
    model.place.put(*PLACE)
    model.draft.type = "pothole"
    model.words = "Deep one"
    model.send()


def at_server(person):
    return person.get("/v1/notifications/wishes").get_json()


# ── kinds and ways ───────────────────────────────────────────────────────────────────────────────────────


def test_a_kind_is_turned_off_on_phones_and_browsers_at_once_and_the_city_hears_it(shown, alice):
    shown.sign_in(alice)
    open_settings(shown)
    tap(shown, "City news, On your phones")
    shown.sync()
    off = [{"kind": "news", "channel": channel} for channel in ("fcm", "web-push")]
    assert sorted(at_server(alice)["off"], key=str) == sorted(off, key=str)
    tap(shown, "City news, On your phones")
    shown.sync()
    assert at_server(alice)["off"] == []


def test_without_signal_it_holds_here_says_that_it_waits_and_leaves_as_one(shown, alice):
    shown.sign_in(alice)
    shown.air.rest = NONE
    screen = open_settings(shown)
    tap(shown, "City news, On your phones")
    tap(shown, "Reminders, On your phones")
    tap(shown, "Be quiet at night")
    assert says(shown, "On this phone they hold already")
    assert [kind["push"] for kind in screen.model.kinds] == [True, True, False, False]
    assert len(shown.parts.store.outbox()) == 1
    assert at_server(alice)["quiet"] is None
    shown.air.rest = GOOD
    shown.sync()
    assert at_server(alice)["quiet"] == {"begin": "22:00", "end": "07:00", "zone": "America/Chicago"}
    assert len(at_server(alice)["off"]) == 4
    shown.sync()
    assert not screen.model.waits and [kind["push"] for kind in screen.model.kinds] == [
        True,
        True,
        False,
        False,
    ]


def test_what_another_phone_chose_is_seen_here_and_never_overwritten_unseen(show_app, alice):
    alice.put("/v1/notifications/wishes", {"off": [{"kind": "news", "channel": "mail"}]})
    shown = show_app()
    assert shown.parts.session.sign_in(alice.email, alice.password).ok
    shown.air.rest = NONE
    screen = open_settings(shown)
    assert not screen.model.known
    assert shown.robot.all(cls="Toggle") == []
    shown.air.rest = GOOD
    shown.sync()
    assert screen.model.known and [kind["mail"] for kind in screen.model.kinds] == [True, True, True, False]


def test_only_staff_are_asked_about_what_only_staff_are_told(shown, dan):
    screen = open_settings(shown)
    assert [kind["key"] for kind in screen.model.kinds] == ["alert", "status", "reminder", "news"]
    shown.sign_in(dan)
    open_settings(shown)
    assert [kind["key"] for kind in screen.model.kinds] == [
        "alert", "fault", "status", "assignment", "reminder", "news",
    ]  # fmt: skip


def test_that_alerts_always_stand_in_the_inbox_is_said(shown):
    open_settings(shown)
    assert says(shown, "They always stand in your inbox")


def test_quiet_hours_move_by_half_an_hour_over_midnight(shown):
    screen = open_settings(shown)
    tap(shown, "Be quiet at night")
    for _ in range(4):
        tap(shown, "From, half an hour later", "IconButton")
    tap(shown, "To, half an hour earlier", "IconButton")
    assert (screen.model.begin, screen.model.end) == ("00:00", "06:30")
    assert says(shown, "12:00 AM")
    assert says(shown, "Emergencies and severe warnings come anyway")


def test_a_refusal_is_told_and_can_be_tried_again(shown, alice):
    shown.sign_in(alice)
    shown.air.rest = NONE
    screen = open_settings(shown)
    tap(shown, "City news, On your phones")
    store = shown.parts.store
    store.refused(store.outbox()[-1], Problem(type="invalid", title="", status=422))
    screen.reload()
    assert screen.model.refused and [kind["push"] for kind in screen.model.kinds] == [True] * 4
    shown.air.rest = GOOD
    shown.robot.tap(text="Try again")
    shown.sync()
    assert len(at_server(alice)["off"]) == 2 and not screen.model.refused


# ── where I live ─────────────────────────────────────────────────────────────────────────────────────────


def set_home(shown):
    screen = shown.parts.nav.go("home_place")
    screen.place.put(*PLACE)
    shown.robot.until(lambda: screen.place.near)
    shown.robot.settle()
    shown.robot.tap(text="I live here")
    return screen


def test_my_home_stays_on_this_phone_unless_i_say_otherwise(shown, alice):
    shown.sign_in(alice)
    screen = open_settings(shown)
    set_home(shown)
    assert shown.parts.nav.current == "notify"
    assert shown.parts.home_place == PLACE
    for _ in range(2):
        shown.sync()
    assert at_server(alice)["places"] == []
    assert screen.model.home == "Lafayette St" and not screen.model.stored
    tap(shown, "Store it with the city too")
    shown.sync()
    [kept] = at_server(alice)["places"]
    assert kept == {"label": "Lafayette St", "where": {"lat": PLACE[0], "lon": PLACE[1]}}
    tap(shown, "Store it with the city too")
    shown.sync()
    assert at_server(alice)["places"] == [] and shown.parts.home_place == PLACE


def test_who_moves_moves_what_the_city_keeps_too_and_what_was_stored_elsewhere_stays(shown, alice):
    other = {"label": "Grandmother", "where": {"lat": 29.716, "lon": -95.43}}
    alice.put("/v1/notifications/wishes", {"places": [other]})
    shown.sign_in(alice)
    screen = open_settings(shown)
    set_home(shown)
    tap(shown, "Store it with the city too")
    place = shown.parts.nav.go("home_place").place
    place.put(29.72, -95.43, "New street")
    shown.robot.settle()
    shown.robot.tap(text="I live here")
    shown.sync()
    assert [kept["label"] for kept in at_server(alice)["places"]] == ["Grandmother", "New street"]
    shown.parts.nav.go("home_place")
    shown.robot.settle()
    tap(shown, "Remove it from this phone", "IconButton")
    shown.sync()
    assert at_server(alice)["places"] == [other] and shown.parts.home_place is None
    assert screen.model.home == ""
    tap(shown, "Let the city forget Grandmother", "IconButton")
    shown.sync()
    assert at_server(alice)["places"] == []


def test_a_home_is_found_by_its_address_without_signal(shown):
    shown.air.rest = NONE
    screen = shown.parts.nav.go("home_place")
    screen.place.query = "4107 Amherst"
    shown.robot.until(lambda: screen.place.hits)
    shown.robot.settle()
    shown.robot.tap(cls="Row")
    shown.robot.until(lambda: screen.place.pinned)
    shown.robot.settle()
    shown.robot.tap(text="I live here")
    assert shown.parts.preferences.now.home_label == "4107 Amherst St"


# ── mail ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_an_account_there_is_no_mail_and_it_says_why(shown):
    screen = open_settings(shown)
    assert screen.mail.state == "none"
    assert says(shown, "The city writes to people with an account")


def test_a_code_turns_mail_on_and_a_tap_turns_it_off(shown, alice, monkeypatch, app):
    monkeypatch.setitem(app.extensions["westu"].__dict__, "settings", _with_mail(app))
    shown.sign_in(alice)
    screen = open_settings(shown)
    screen.mail.ask_for_code()
    shown.robot.until(lambda: screen.mail.state == "asked")
    tape = Tape("mail")
    sent(tape)
    code = next(
        word for word in tape.jobs[0].body.replace(".", " ").split() if len(word) == 8 and word.isupper()
    )
    screen.mail.confirm("")
    assert screen.mail.errors["code"] == "Please type the code."
    screen.mail.confirm("WRNG2345")
    shown.robot.until(lambda: screen.mail.errors)
    assert "wrong" in screen.mail.errors["code"]
    screen.mail.confirm(code)
    shown.robot.until(lambda: screen.mail.state == "on")
    shown.robot.settle()
    tap(shown, "City news, By e-mail")
    shown.sync()
    assert at_server(alice)["off"] == [{"kind": "news", "channel": "mail"}]
    screen.turn_off_mail()
    shown.robot.settle()
    shown.robot.find(cls="ConfirmSheet").answer()
    shown.robot.until(lambda: screen.mail.state == "off")
    assert alice.get("/v1/notifications/mail").get_json()["confirmed"] is False


def _with_mail(app):
    from dataclasses import replace

    return replace(app.extensions["westu"].settings, smtp_url="smtp://mail.example.org")


def test_mail_says_what_to_do_without_signal_and_where_the_city_has_none(shown, alice):
    shown.sign_in(alice)
    screen = open_settings(shown)
    shown.air.rest = NONE
    screen.mail.ask_for_code()
    shown.robot.until(lambda: screen.mail.notice)
    assert "signal" in screen.mail.notice
    assert changes.wished(shown.parts.store) is None


# ── the phone's own permission ───────────────────────────────────────────────────────────────────────────


def test_the_phone_is_asked_after_the_first_report_and_not_before(show_app, jpeg):
    push = AskingPush()
    shown = show_app(push=push)
    shown.sync()
    for name in ("requests", "inbox", "more", "notify"):
        shown.parts.nav.go(name)
        shown.robot.settle()
    assert push.asked == 0 and not shown.parts.preferences.now.push_asked
    report(shown)
    shown.robot.settle()
    assert push.asked == 0
    shown.robot.tap(text="Yes, tell me")
    assert push.asked == 1 and shown.parts.preferences.now.push_asked
    report(shown)
    shown.robot.settle()
    assert shown.robot.all(cls="ConfirmSheet") == [] and push.asked == 1


def test_the_settings_say_that_the_phone_shows_nothing_and_ask_or_lead_to_its_own(show_app):
    push = AskingPush()
    shown = show_app(push=push)
    screen = open_settings(shown)
    shown.robot.tap(text="Turn them on")
    assert (push.asked, push.opened) == (1, 0)
    shown.robot.tap(text="Turn them on")
    assert (push.asked, push.opened) == (1, 1)
    push.shows = True
    shown.app.on_resume()
    assert screen.model.may_show and shown.robot.all(text="Turn them on") == []


def test_the_phones_own_service_learns_where_home_is(show_app):
    push = AskingPush()
    shown = show_app(push=push)
    shown.sync()
    assert push.home == ""
    shown.parts.nav.go("notify")
    set_home(shown)
    assert push.home == HOME.replace("29.7178", "29.717800").replace("-95.4317", "-95.431700")
