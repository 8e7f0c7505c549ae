"""How a person wants to be told is kept: kinds and channels, quiet hours through changes of the clock, one message after."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.core import clock
from backend.core.clock import later
from tests.cast import problem
from tests.make import HERE
from tests.notifications.tape import Tape, browser, mailbox, phone, sent
from tests.notifications.test_telling import close

CHICAGO = "America/Chicago"
NIGHT = {"begin": "22:00", "end": "07:00", "zone": CHICAGO}


def wish(person, **wishes):
    answer = person.put("/v1/notifications/wishes", wishes)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def at(text):
    """Let it be this moment (UTC)."""
    return later(datetime.fromisoformat(text).replace(tzinfo=UTC) - clock.now())


def told(make, carol, person, times=1, type="pothole"):
    """So many things happen that this person is told of."""
    for _ in range(times):
        close(carol, make.request(by=person, type=type))
    make.worked()


def test_nothing_is_wished_for_until_somebody_does_and_all_of_it_comes_back(alice, bob):
    assert alice.get("/v1/notifications/wishes").get_json() == {"off": [], "quiet": None, "places": []}
    wishes = {
        "off": [{"kind": "news", "channel": "mail"}, {"kind": "status", "channel": "fcm"}],
        "quiet": NIGHT,
        "places": [{"label": "Home", "where": HERE}],
    }
    assert wish(alice, **wishes) == wishes
    assert alice.get("/v1/notifications/wishes").get_json() == wishes
    assert bob.get("/v1/notifications/wishes").get_json()["places"] == []

    wish(alice)
    assert alice.get("/v1/notifications/wishes").get_json() == {"off": [], "quiet": None, "places": []}


@pytest.mark.parametrize(
    ("wishes", "pointer"),
    [
        ({"off": [{"kind": "alert", "channel": "inbox"}]}, "/off/0/channel"),
        (
            {"off": [{"kind": "news", "channel": "fcm"}, {"kind": "news", "channel": "stream"}]},
            "/off/1/channel",
        ),
        ({"quiet": NIGHT | {"zone": "America/West_U"}}, "/quiet/zone"),
        ({"quiet": NIGHT | {"begin": "24:00"}}, "/quiet/begin"),
        ({"places": [{"label": "Home", "where": {"lat": 91, "lon": 0}}]}, "/places/0/where/lat"),
        ({"places": [{"label": "x", "where": HERE}] * 6}, "/places"),
    ],
)
def test_what_can_not_be_wished_for_is_refused_by_its_name(alice, wishes, pointer):
    refused = problem(alice.put("/v1/notifications/wishes", wishes), 422, "invalid")
    assert {error["pointer"] for error in refused["errors"]} == {pointer}


def test_a_kind_that_is_off_on_a_channel_comes_on_the_others_and_stands_in_the_inbox(alice, carol, make):
    phone(alice), browser(alice)
    wish(alice, off=[{"kind": "status", "channel": "fcm"}])
    told(make, carol, alice)
    fcm, web = Tape("fcm"), Tape("web-push")
    sent(fcm, web)

    assert (len(fcm.jobs), len(web.jobs)) == (0, 1)
    assert len(alice.get("/v1/notifications/").get_json()["items"]) == 1


def test_an_alert_may_be_turned_off_on_a_phone_and_then_goes_by_the_next_channel_at_once(
    alice, carol, erin, make
):
    phone(alice), mailbox(alice)
    wish(alice, off=[{"kind": "alert", "channel": "fcm"}])
    make.alert(by=carol, publisher=erin)
    fcm, mail = Tape("fcm"), Tape("mail")
    sent(fcm, mail)
    assert (len(fcm.jobs), len(mail.jobs)) == (0, 1)


def test_whoever_is_pushed_is_not_written_to_about_what_is_not_urgent(alice, bob, carol, make):
    phone(alice), mailbox(alice), mailbox(bob)
    for person in (alice, bob):
        told(make, carol, person)
    mail = Tape("mail")
    with later(timedelta(hours=1)):
        assert [job.address["email"] for job in sent(mail)] == [bob.email]


@pytest.mark.parametrize(
    ("quiet", "moment", "wakes"),
    [
        (NIGHT, "2026-11-27T04:30:00", "2026-11-27T13:00:00"),  # 22:30 in winter, until 7
        (NIGHT, "2026-11-27T12:59:00", "2026-11-27T13:00:00"),
        (NIGHT, "2026-11-27T13:00:00", None),
        (NIGHT, "2026-11-27T03:59:00", None),
        (NIGHT, "2026-07-01T03:30:00", "2026-07-01T12:00:00"),  # the same in summer
        (NIGHT, "2026-03-08T05:00:00", "2026-03-08T12:00:00"),  # the night that is an hour shorter
        (NIGHT, "2026-11-01T04:00:00", "2026-11-01T13:00:00"),  # and the one that is longer
        (
            NIGHT | {"end": "02:30"},
            "2026-03-08T07:00:00",
            "2026-03-08T08:30:00",
        ),  # an end that the clock leaps over
        (NIGHT | {"begin": "13:00", "end": "14:00"}, "2026-11-27T19:30:00", "2026-11-27T20:00:00"),
        (NIGHT | {"begin": "13:00", "end": "14:00"}, "2026-11-27T04:30:00", None),
        (NIGHT | {"zone": "Europe/Madrid"}, "2026-11-27T04:30:00", "2026-11-27T06:00:00"),
    ],
)
def test_quiet_hours_hold_what_is_not_urgent_until_they_end_where_the_person_lives(
    alice, carol, make, app, quiet, moment, wakes
):
    phone(alice)
    wish(alice, quiet=quiet)
    fcm = Tape()
    with at(moment):
        told(make, make.signed_in(carol), make.signed_in(alice))
        assert len(sent(fcm)) == (wakes is None)
    if wakes:
        with at(wakes), later(timedelta(seconds=-2)):
            assert sent(fcm) == []
        with at(wakes), later(timedelta(seconds=2)):
            assert len(sent(fcm)) == 1


def test_what_is_urgent_wakes_and_what_is_less_does_not(alice, carol, erin, make):
    phone(alice)
    wish(alice, quiet=NIGHT | {"begin": "00:00", "end": "00:00"})
    make.alert(by=carol, publisher=erin, severity="minor", headline_en="Sprinklers")
    make.alert(by=carol, publisher=erin, severity="extreme", headline_en="Leave now")
    fcm = Tape()
    sent(fcm)
    assert fcm.titles == ["Leave now"]


def test_what_piled_up_comes_as_one_message_and_of_each_thing_the_newest(alice, carol, make, app):
    phone(alice), phone(alice, "two", language="es")
    wish(alice, quiet=NIGHT)
    fcm = Tape()
    with at("2026-11-27T05:00:00"):
        alice_, carol_ = make.signed_in(alice), make.signed_in(carol)
        first, second = make.request(by=alice_), make.request(by=alice_)
        for status in ("in-progress", "received"):
            moved = carol_.post(f"/v1/service-requests/{first['id']}/move", {"status": status})
            assert moved.status_code == 200, moved.get_json()
        close(carol_, second)
        assert sent(fcm) == []
    with at("2026-11-27T13:00:01"):
        sent(fcm)

    assert sorted(fcm.titles) == ["2 things are new", "Hay 2 novedades"]
    assert {job.data["about"] for job in fcm.jobs} == {"inbox"}
    english = next(job for job in fcm.jobs if job.language == "en")
    assert english.body.count(" · ") == 1
    assert first["number"] in english.body and second["number"] in english.body
    states = deliveries(app)
    assert states == {"done": 6}
    assert len(alice.get("/v1/notifications/").get_json()["items"]) == 3


def test_of_one_thing_that_moved_on_at_night_the_last_word_is_told(alice, carol, make):
    phone(alice)
    wish(alice, quiet=NIGHT)
    fcm = Tape()
    with at("2026-11-27T05:00:00"):
        alice_, carol_ = make.signed_in(alice), make.signed_in(carol)
        request = make.request(by=alice_)
        carol_.post(f"/v1/service-requests/{request['id']}/move", {"status": "in-progress"})
        close(carol_, request)
        sent(fcm)
    with at("2026-11-27T13:00:01"):
        [job] = sent(fcm)
    assert "is closed" in job.title
    assert job.data == {"about": "service_request", "id": request["id"]}


def test_what_is_over_by_the_morning_is_not_told(alice, carol, erin, make):
    from tests.make import said

    phone(alice)
    wish(alice, quiet=NIGHT)
    fcm = Tape()
    with at("2026-11-27T05:00:00"):
        carol_, erin_ = make.signed_in(carol), make.signed_in(erin)
        until = said(severity="minor", expires_at="2026-11-27T10:00:00Z")
        make.alert(by=carol_, publisher=erin_, **{n: until[n] for n in ("severity", "expires_at")})
        assert sent(fcm) == []
    with at("2026-11-27T13:00:01"):
        assert sent(fcm) == []


# ── the mailbox ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mailbox_is_written_to_once_its_code_was_typed(alice, carol, make):
    assert alice.get("/v1/notifications/mail").get_json() == {
        "email": alice.email,
        "confirmed": False,
        "asked": False,
    }
    code = mailbox(alice)
    assert alice.get("/v1/notifications/mail").get_json()["confirmed"] is True
    assert alice.get("/v1/notifications/").get_json()["items"] == []  # the code stood in no inbox
    told(make, carol, alice)
    assert len(sent(Tape("mail"))) == 1

    problem(alice.post("/v1/notifications/mail/confirm", {"code": code}), 409, "mail-code-ended")
    assert alice.post("/v1/notifications/mail/close").get_json()["confirmed"] is False
    told(make, carol, alice)
    assert sent(Tape("mail")) == []


def test_before_the_code_is_typed_nothing_else_is_written(alice, carol, make):
    alice.post("/v1/notifications/mail")
    sent(Tape("mail"))
    told(make, carol, alice)
    assert sent(Tape("mail")) == []


def test_five_wrong_codes_end_it_and_an_old_one_is_over(alice, app):
    mail = Tape("mail")
    alice.post("/v1/notifications/mail")
    [job] = sent(mail)
    code = job.body.split("app: ")[1][:8]
    for _ in range(5):
        problem(alice.post("/v1/notifications/mail/confirm", {"code": "WRNG2345"}), 409, "mail-code-ended")
    problem(alice.post("/v1/notifications/mail/confirm", {"code": code}), 409, "mail-code-ended")

    alice.post("/v1/notifications/mail")
    [job] = sent(mail)
    code = job.body.split("app: ")[1][:8]
    with later(timedelta(minutes=9)):
        assert alice.post("/v1/notifications/mail/confirm", {"code": code.lower()}).status_code == 200


def test_codes_are_few_a_day_and_a_code_is_for_its_person(alice, bob):
    mail = Tape("mail")
    for _ in range(5):
        assert alice.post("/v1/notifications/mail").status_code == 200
    problem(alice.post("/v1/notifications/mail"), 429, "slow-down")
    code = sent(mail)[-1].body.split("app: ")[1][:8]
    bob.post("/v1/notifications/mail")
    problem(bob.post("/v1/notifications/mail/confirm", {"code": code}), 409, "mail-code-ended")


def test_a_phone_without_an_account_has_no_mailbox(make):
    problem(make.phone().post("/v1/notifications/mail"), 409, "account-needed")


def test_what_a_phone_without_an_account_wished_for_goes_to_the_account(make, alice):
    guest = make.phone()
    phone(guest)
    wish(guest, quiet=NIGHT)
    claimed = alice.post("/v1/identity/claim", {"phone_id": str(guest.id), "secret": guest.secret})
    assert claimed.status_code < 300, claimed.get_json()
    assert alice.get("/v1/notifications/wishes").get_json()["quiet"] == NIGHT


def deliveries(app):
    """How many deliveries stand how."""
    from sqlalchemy import text

    with app.extensions["westu"].database.reading() as session:
        found = session.execute(text("SELECT state, count(*) FROM notification_delivery GROUP BY state"))
        return {row.state: row.count for row in found}
