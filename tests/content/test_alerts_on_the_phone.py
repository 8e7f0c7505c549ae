"""What the city says to everybody: fetched in each round, decided on by the phone, shown where the eye is, told once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from mobile.core import alerts
from mobile.core.alerts import Concern
from shared_models.content import Alert, mid_of
from tests.content.standin import stand_in
from tests.looks.city_says import AREA, FAR, HOME, TRAFFIC, alert
from tests.phones import GOOD, NONE

PLACE = tuple(map(float, HOME.split(",")))


def read(value):
    return Alert.read(value)


# ── whom it concerns ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("area", "home", "found"),
    [
        ((), None, Concern.YES),
        ((), PLACE, Concern.YES),
        (AREA, PLACE, Concern.YES),
        (FAR, PLACE, Concern.ELSEWHERE),
        (AREA, None, Concern.PERHAPS),
        (FAR, None, Concern.PERHAPS),
    ],
)
def test_each_phone_decides_by_its_home_whether_an_alert_concerns_it(area, home, found):
    assert alerts.concern(read(alert(area=area)), home) is found


def test_an_area_of_a_zone_counts_as_one_that_was_drawn():
    assert alerts.concern(read({**alert(area=FAR), "audience": "zone"}), PLACE) is Concern.ELSEWHERE


def test_an_alert_ends_with_its_time_or_when_it_is_cancelled():
    now = datetime.now(UTC)
    one = read(alert(hours=1))
    assert not alerts.over(one, now)
    assert alerts.over(one, one.expires_at)
    assert alerts.over(read(alert(state="cancelled")), now)
    assert alerts.over(read(alert(state="newer")), now)  # what this app does not know is not pushed into view


# ── on the screens ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shown(show_app):
    made = show_app()
    made.city = stand_in(made)
    return made


def live_at(shown, home):
    shown.parts.preferences.change(home=home)


def heads(rows):
    return [row["title"] for row in rows]


def badge(shown):
    return next(tab["count"] for tab in shown.app.tabs.tabs if tab["name"] == "inbox")


def test_each_round_asks_and_what_is_not_new_costs_no_body(shown):
    shown.city.say(alert("minor"))
    for _ in range(3):
        shown.sync()
    assert shown.city.asked == [200, 304, 304]
    shown.city.say()
    shown.sync()
    assert shown.city.asked[-1] == 200 and alerts.known(shown.parts.store) == []


def test_the_worst_stands_first_on_the_home_screen_and_what_is_elsewhere_or_over_does_not(shown):
    live_at(shown, HOME)
    far = {**TRAFFIC, "headline_en": "Far"}
    shown.city.say(
        alert("minor", headline_en="Small"), alert("extreme", AREA, headline_en="Large"), alert("severe", FAR, **far),
        alert(hours=-1, headline_en="Past"), alert(state="cancelled", headline_en="Off"),
    )  # fmt: skip
    shown.sync()
    model = shown.parts.nav.children[0].model
    assert heads(model.alerts) == ["Large", "Small"]
    assert [row["badge"] for row in model.alerts] == ["Emergency", "Notice"]
    assert badge(shown) == 2
    shown.parts.nav.go("inbox")
    shown.robot.settle()
    titles = heads(shown.parts.nav.children[0].model.rows)
    assert titles[-2:] == ["Elsewhere in the city", "Far"]
    assert {"Large", "Small", "Past", "Off"} <= set(titles)


def test_with_no_home_known_an_alert_of_an_area_is_shown_and_says_perhaps(shown):
    shown.city.say(alert("severe", FAR))
    shown.sync()
    row = shown.parts.nav.children[0].model.alerts[0]
    assert "May concern you" in row["subtitle"]
    live_at(shown, HOME)
    shown.app._changed()
    assert shown.parts.nav.children[0].model.alerts == []


def test_a_tap_opens_it_reads_it_and_the_city_hears_once_that_it_was_seen(shown):
    one = alert("extreme")
    shown.city.say(one)
    shown.sync()
    assert badge(shown) == 1
    shown.robot.tap(cls="AlertRow")
    assert shown.parts.nav.current == "alert"
    assert shown.robot.find(text=one["text_en"])
    assert shown.robot.find(text="Everybody in the city")
    for _ in range(3):
        shown.sync()
    assert badge(shown) == 0
    assert shown.city.seen == [{"ids": [str(mid_of(UUID(one["id"]), 1))], "channel": "inbox"}]


def test_a_newer_revision_is_new_again_and_told_again(shown):
    one = alert("extreme")
    shown.city.say(one)
    shown.sync()
    shown.robot.tap(cls="AlertRow")
    shown.sync()
    shown.parts.nav.go("requests")
    shown.city.say(alert("extreme", id=one["id"], revision=2, headline_en="Now with more"))
    shown.sync()
    shown.sync()
    assert badge(shown) == 1
    assert [seen["ids"] for seen in shown.city.seen] == [[str(mid_of(UUID(one["id"]), n))] for n in (1, 2)]
    shown.robot.tap(cls="AlertRow")
    assert shown.robot.find(text="Changed last")


def test_seen_without_signal_it_is_told_later_and_nobody_is_bothered_that_it_waits(shown):
    shown.city.say(alert("minor"))
    shown.parts.nav.go("more")
    shown.sync()
    shown.air.rest = NONE
    shown.parts.nav.go("requests")
    shown.sync()
    assert shown.city.seen == [] and len(shown.parts.store.quiet()) == 1
    assert shown.parts.sync.state.waits == 0 and shown.parts.store.outbox() == []
    shown.air.rest = GOOD
    shown.sync()
    assert len(shown.city.seen) == 1


def test_what_comes_while_nobody_looks_is_not_told_to_be_seen(shown):
    shown.app.on_pause()
    shown.city.say(alert("minor"))
    shown.sync()
    assert shown.parts.store.quiet() == []
    shown.app.on_resume()
    assert len(shown.parts.store.quiet()) == 1


def test_a_server_that_will_not_hear_it_is_not_asked_for_ever_and_delays_nothing(shown):
    shown.city.answers["/v1/notifications/seen"] = (404, {})
    shown.city.say(alert("minor"))
    shown.sync()
    shown.sync()
    assert shown.parts.store.quiet() == [] and shown.parts.sync.state.online


def test_an_alert_comes_although_the_session_has_ended(shown, alice):
    shown.sign_in(alice)
    shown.parts.session._keep(ended=True, access=None, access_until=None, refresh=None, next=None)
    shown.city.say(alert("extreme"))
    shown.sync()
    assert shown.parts.sync.state.sign_in_needed and len(alerts.known(shown.parts.store)) == 1


def test_notifications_in_the_inbox_are_told_to_be_seen_once_and_together(show_app, make, alice, carol, dan):
    request = make.request(by=alice)
    path = f"/v1/service-requests/{request['id']}"
    carol.post(f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)})
    carol.post(f"{path}/close", {"reason": "fixed"})
    make.worked()
    shown = show_app()
    city = stand_in(shown)
    shown.sign_in(alice)
    assert city.seen == []
    shown.parts.nav.go("inbox")
    for _ in range(3):
        shown.sync()
    told = {row["key"] for row in shown.parts.nav.children[0].model.rows if "key" in row}
    assert [set(seen["ids"]) for seen in city.seen] == [{str(id) for id in told}] and len(told) == 2


def test_all_read_counts_alerts_too(shown):
    shown.city.say(alert("minor"), alert("severe"))
    shown.sync()
    shown.parts.nav.go("inbox")
    shown.robot.settle()
    shown.robot.tap(text="Mark all as read")
    assert badge(shown) == 0


# ── opened before it is here ─────────────────────────────────────────────────────────────────────────────


def test_one_that_is_not_here_yet_is_waited_for_and_then_shown(shown):
    one = alert("severe")
    model = shown.parts.nav.go("alert", id=one["id"]).model
    assert model.state == "waiting"
    shown.city.say(one)
    shown.sync()
    assert model.state == "shown" and shown.robot.find(text=one["headline_en"])


def test_one_that_the_city_no_longer_tells_of_is_said_to_be_gone(shown):
    model = shown.parts.nav.go("alert", id=uuid4()).model
    shown.sync()
    assert model.state == "gone"
    shown.robot.tap(text="Go to the inbox")
    assert shown.parts.nav.current == "inbox"


def test_without_signal_it_says_so_and_shows_it_once_it_came(shown):
    one = alert("severe")
    shown.city.say(one)
    shown.air.rest = NONE
    model = shown.parts.nav.go("alert", id=one["id"]).model
    shown.sync()
    assert model.state == "offline"
    shown.air.rest = GOOD
    shown.sync()
    assert model.state == "shown"


def test_patience_ends(shown):
    model = shown.parts.nav.go("alert", id=uuid4()).model
    model.load(datetime.now(UTC) + timedelta(seconds=21))
    assert model.state == "gone"
