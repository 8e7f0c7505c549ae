"""The account on the phone: signing in and out, the choices, other phones, what waits."""

import os
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from backend.core.clock import later, now
from mobile.core.store import Waiting
from mobile.service_requests import changes
from shared_models.basics import Point
from shared_models.problems import Problem
from shared_models.service_requests import OpenRequest
from tests.make import HERE, PASSWORD
from tests.phones import GOOD, NONE


@pytest.fixture
def pictures(tmp_path):
    """Keep a picture of what is shown, in the folder of SHOTS if that is set."""
    from tests.robot import choose_window

    folder = Path(os.environ.get("SHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def keep(robot, name):
        if choose_window() == "gl":
            robot.settle()
            robot.shot(folder / f"{name}.png")

    return keep


@pytest.fixture
def you(show_app):
    """The app at the tab "You", on a phone without an account."""
    shown = show_app()
    go(shown, "more")
    return shown


def go(shown, name, **args):
    shown.parts.nav.go(name, **args)
    shown.robot.settle()
    return shown.parts.nav.children[0]


def report(shown, words="Deep one"):
    wish = OpenRequest(id=uuid.uuid4(), type="pothole", description=words, where=Point(**HERE))
    changes.open_request(shown.parts.store, wish, shown.parts.types()["pothole"], {})
    shown.parts.tell_changed()
    shown.robot.settle()


def write(shown, label, text):
    field = shown.robot.find(text=label, cls="Field")
    field.text = text
    shown.robot.frames()
    return field


def press(shown, label):
    """Tap a button, and wait until what it began has ended."""
    model = shown.parts.nav.children[0].model
    shown.robot.tap(in_view(shown, label))
    shown.robot.until(lambda: not getattr(model, "busy", False))
    shown.robot.settle()


def in_view(shown, label):
    """The control with this label, scrolled to where it can be tapped."""
    from kivy.uix.scrollview import ScrollView

    from mobile.widgets.control import Control

    controls = (widget for root in shown.robot.win.children for widget in root.walk(restrict=True))
    found = next(one for one in controls if isinstance(one, Control) and one.label.split(", ")[0] == label)
    above = found.parent
    while above is not shown.robot.win and not isinstance(above, ScrollView):
        above = above.parent
    if isinstance(above, ScrollView) and above.children[0].height > above.height:
        above.scroll_to(found, padding=60, animate=False)
        shown.robot.frames(3)
    return found


def tap_row(shown, title):
    shown.robot.tap(in_view(shown, title))
    shown.robot.settle()


def test_a_phone_without_an_account_is_told_what_one_is_good_for_and_what_comes_along(you, pictures):
    you.air.rest = NONE
    report(you)
    assert you.robot.find(text="No account needed")
    assert you.robot.find(text="1 report on this phone comes along when you sign in.")
    pictures(you.robot, "you-guest")


def test_signing_in_goes_back_to_where_one_was_with_the_reports_on_the_list_at_once(you, alice, pictures):
    report(you)
    tap_row(you, "Sign in")
    assert you.app.frame.bare
    write(you, "E-mail", alice.email)
    write(you, "Password", alice.password)
    pictures(you.robot, "sign-in")
    press(you, "Sign in")
    you.robot.until(lambda: you.parts.nav.current == "more")
    assert you.parts.session.account == alice.id
    assert [seen.value["description"] for seen in you.parts.store.view("service_request")] == ["Deep one"]
    assert you.robot.find(text="Alice") and you.robot.find(text=alice.email)
    pictures(you.robot, "you-account")


def test_enter_goes_from_field_to_field_and_signs_in(you, alice):
    screen = go(you, "sign_in")
    write(you, "E-mail", alice.email)
    write(you, "Password", alice.password)
    screen.ids.email.dispatch("on_submit")
    assert screen.ids.password.writing
    screen.ids.password.dispatch("on_submit")
    you.robot.until(lambda: you.parts.session.account == alice.id)


def test_what_is_wrong_is_said_at_its_field_and_again_when_it_is_wrong_again(you, alice, pictures):
    go(you, "sign_in")
    press(you, "Sign in")
    assert you.robot.find(text="Please write your e-mail.")
    write(you, "E-mail", alice.email)
    for wrong in ("not hers", "not hers either"):
        write(you, "Password", wrong)
        press(you, "Sign in")
        assert you.robot.find(text="E-mail or password is wrong. Please check both and try again.")
    pictures(you.robot, "sign-in-wrong")


def test_without_signal_and_after_too_many_tries_it_says_what_to_do(you, alice, pictures):
    go(you, "sign_in")
    write(you, "E-mail", alice.email)
    write(you, "Password", "wrong")
    you.air.rest = NONE
    press(you, "Sign in")
    assert you.robot.find(text="No connection. Please try again where there is signal.")
    pictures(you.robot, "sign-in-no-signal")
    you.air.rest = GOOD
    # Tries are counted by quarters of an hour: at the beginning of one the wait is told in minutes.
    with later(timedelta(seconds=901 - now().timestamp() % 900)):
        for _ in range(21):
            you.parts.session.sign_in(alice.email, "wrong")
        press(you, "Sign in")
    told = next(text for text in you.robot.texts() if text.startswith("Too many tries. Please wait"))
    assert any(sign.isdigit() for sign in told) and "minutes" in told


def test_an_account_is_made_and_an_e_mail_that_is_taken_is_told_at_its_field(you, alice, pictures):
    report(you)
    go(you, "sign_in")
    press(you, "No account yet? Make one")
    assert you.parts.nav.current == "sign_up"
    write(you, "Name", "Alma")
    write(you, "E-mail", alice.email)
    write(you, "Password", "short")
    press(you, "Make the account")
    assert you.robot.find(text="At least 10 characters, please.")
    write(you, "Password", PASSWORD)
    press(you, "Make the account")
    assert you.robot.find(text="There is an account with this e-mail. Sign in with it.")
    pictures(you.robot, "sign-up-taken")
    write(you, "E-mail", f"alma.{uuid.uuid4().hex}@example.org")
    press(you, "Make the account")
    you.robot.until(lambda: you.parts.nav.current == "more")
    assert you.robot.find(text="Alma") and len(you.parts.store.view("service_request")) == 1


def test_a_session_that_ended_leads_back_in_with_the_e_mail_there(you, alice, erin, make):
    you.sign_in(alice)
    you.parts.session._keep(access_until=None, refresh=None)
    you.sync()
    you.robot.tap(in_view(you, "Sign in"))
    you.robot.settle()
    assert you.robot.find(text="E-mail", cls="Field").text == alice.email
    write(you, "Password", alice.password)
    press(you, "Sign in")
    you.robot.until(lambda: not you.parts.session.ended)


def test_signing_out_asks_says_what_would_be_lost_and_leaves_nothing(you, alice, pictures):
    you.sign_in(alice)
    you.air.rest = NONE
    report(you, "Waits")
    go(you, "more")
    tap_row(you, "Sign out")
    assert you.robot.find(text="1 change has not reached the city yet. If you sign out now, it is lost.")
    pictures(you.robot, "sign-out-ask")
    you.robot.tap(text="Stay and let it leave first")
    you.robot.settle()
    assert you.parts.session.account == alice.id

    you.air.rest = GOOD
    you.sync()
    tap_row(you, "Sign out")
    you.robot.tap(you.robot.all(text="Sign out", cls="PushButton")[-1])
    you.robot.until(lambda: you.robot.all(text="No account needed"))
    assert you.robot.find(text="Signed out. Nothing of the account is left on this phone.")
    assert you.parts.session.account is None
    assert you.parts.store.view("service_request") == []
    assert len(alice.get("/v1/identity/sessions").get_json()["items"]) == 1


def test_a_new_name_shows_at_once_and_reaches_the_city(you, alice):
    you.sign_in(alice)
    you.air.rest = NONE
    go(you, "more")
    tap_row(you, "Change name")
    write(you, "Name", "Alice B.")
    you.robot.tap(text="Save", cls="PushButton")
    you.robot.settle()
    assert you.robot.find(text="Alice B.")
    you.air.rest = GOOD
    you.sync()
    assert alice.get("/v1/me").get_json()["name"] == "Alice B."
    assert you.robot.find(text="Alice B.")


def test_roles_are_told_in_words_with_their_department(you, dan):
    you.sign_in(dan)
    go(you, "more")
    assert you.robot.find(text="Crew, Public Works")


def test_the_language_changes_at_once_and_the_city_hears_of_the_last_choice(you, alice):
    you.sign_in(alice)
    you.air.rest = NONE
    go(you, "more")
    tap_row(you, "Español")
    assert you.robot.find(text="Usted") and you.parts.preferences.now.language == "es"
    tap_row(you, "English")
    tap_row(you, "Español")
    assert [change.body for change in you.parts.store.outbox()] == [{"language": "es"}]
    you.air.rest = GOOD
    you.sync()
    assert alice.get("/v1/me").get_json()["language"] == "es"


def test_look_text_size_and_motion_are_worn_at_once_and_kept(you, kit):
    tap_row(you, "Dark")
    tap_row(you, "150 %")
    tap_row(you, "Motion")
    assert (kit.theme.mode, kit.theme.text_scale) == ("dark", 1.5)
    kept = you.parts.preferences.now
    assert (kept.look, kept.text_scale, kept.motion) == ("dark", 1.5, False)


def test_a_code_moves_the_reports_of_one_phone_to_another_account(you, show_app, alice, make, pictures):
    from tests.phones import PhoneSim

    other = PhoneSim(you.air.inner.app, Path(you.app.home).parent / "other")
    other.report("From the other phone")
    other.turn()
    code = other.sync.call("POST", "/v1/identity/claim-codes").data["code"]
    other.session.close()

    you.sign_in(alice)
    go(you, "claim")
    write(you, "Code", "AAAAA-AAAAA")
    press(you, "Bring them here")
    assert you.robot.find(text="This code is not known, or has ended. A code is good once, for ten minutes.")
    pictures(you.robot, "claim-wrong")
    write(you, "Code", code.lower())
    press(you, "Bring them here")
    you.robot.until(lambda: you.parts.nav.current == "more")
    you.sync()
    assert [seen.value["description"] for seen in you.parts.store.view("service_request")] == [
        "From the other phone"
    ]


def test_a_phone_without_an_account_shows_a_code_when_there_is_signal(you, pictures):
    tap_row(you, "Move to another phone")
    you.air.rest = NONE
    press(you, "Show a code")
    assert you.robot.find(text="No connection. Please try again where there is signal.")
    you.air.rest = GOOD
    press(you, "Show a code")
    assert len(you.parts.nav.children[0].model.code) == 11
    pictures(you.robot, "move")


def test_another_place_is_signed_out_from_here(you, alice, pictures):
    you.sign_in(alice)
    go(you, "sessions")
    you.robot.until(lambda: you.robot.all(cls="SessionCard"))
    you.robot.settle()
    pictures(you.robot, "sessions")
    you.robot.tap(text="Sign out there", cls="TextAction")
    you.robot.settle()
    you.robot.tap(you.robot.all(text="Sign out there", cls="PushButton")[-1])
    you.robot.until(lambda: len(you.parts.nav.children[0].model.rows) == 1)
    assert alice.get("/v1/me").status_code == 401


def test_the_password_is_changed_or_the_wrong_field_is_told(you, alice):
    you.sign_in(alice)
    go(you, "more")
    go(you, "password")
    write(you, "Password until now", "not hers at all")
    write(you, "New password", "four green parrots")
    press(you, "Change password")
    assert you.robot.find(text="This is not your password.")
    write(you, "Password until now", alice.password)
    press(you, "Change password")
    you.robot.until(lambda: you.parts.nav.current == "more")
    assert you.parts.session.sign_in(alice.email, "four green parrots").ok


def test_what_waits_and_what_was_refused_is_shown_and_can_be_put_away_or_tried_again(you, pictures):
    you.air.rest = NONE
    report(you, "Deep one")
    store = you.parts.store
    refused = Waiting(
        "POST", f"/v1/service-requests/{uuid.uuid4()}/notes", {"words": "Look"}, "staff_request", uuid.uuid4()
    )
    store.add(refused)
    store.refused(store.outbox()[-1], Problem(type="request-not-open", title="", status=409))
    you.parts.tell_changed()
    you.robot.settle()
    assert you.robot.find(text="1 change was not accepted\n1 change waits to be sent")
    go(you, "waiting")
    pictures(you.robot, "waiting")
    cards = you.robot.all(cls="WaitingCard")
    assert [(card.title, card.words, card.refused) for card in cards] == [
        ("Note", "Look", True),
        ("Report", "Deep one", False),
    ]
    assert you.robot.find(text="The request is at another step by now. Please look at how it stands.")
    you.robot.tap(text="Try again", cls="PushButton")
    you.robot.settle()
    assert store.waits() == 2
    you.robot.tap(text="Do not send", cls="PushButton")
    you.robot.settle()
    you.robot.tap(you.robot.all(text="Do not send", cls="PushButton")[-1])
    you.robot.settle()
    assert store.waits() == 1
