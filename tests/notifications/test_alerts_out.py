"""An alert on its way: whom it reaches, on which channel, in which language; what its sender sees meanwhile."""

import uuid
from datetime import timedelta

import pytest

from backend.core.clock import later
from backend.notifications.clients import Gone, Rejected, Retry, Sent, Urgency
from shared_models.content import mid_of
from tests.cast import problem
from tests.content.test_alerts import SQUARE
from tests.make import HERE, said
from tests.notifications.tape import Tape, browser, mailbox, phone, sent

ELSEWHERE = {"lat": 29.7, "lon": -95.5}


def store(person, where):
    wishes = {"places": [{"label": "Home", "where": where}]}
    assert person.put("/v1/notifications/wishes", wishes).status_code == 200


def progress(by, alert):
    return by.get(f"/v1/notifications/sendings/{alert['id']}/progress").get_json()


def on(channel, told):
    """The counts of a channel that is open."""
    [found] = [one for one in told["channels"] if one["channel"] == channel]
    assert (found.pop("state"), found.pop("why")) == ("open", "")
    return found


def test_an_alert_goes_to_each_phone_once_in_its_language_as_one_row_that_all_read(
    alice, bob, carol, erin, make, app
):
    phone(alice, "one"), phone(alice, "two", language="es"), phone(bob, "one"), browser(bob)
    ana = make.person("ana", language="es")
    phone(ana)
    alert = make.alert(by=carol, publisher=erin)
    fcm, web = Tape("fcm"), Tape("web-push")
    sent(fcm, web)

    assert sorted(fcm.titles) == ["Boil your water"] * 2 + ["Hierva el agua"] * 2
    assert {job.language for job in fcm.jobs} == {"en", "es"}
    assert {job.mid for job in [*fcm.jobs, *web.jobs]} == {mid_of(uuid.UUID(alert["id"]), 1)}
    assert {job.urgency for job in fcm.jobs} == {Urgency.ALERT}
    assert fcm.jobs[0].data == {"about": "alert", "id": alert["id"], "revision": "1"}
    for person in (alice, bob):
        assert person.get("/v1/notifications/").get_json()["items"] == []


def test_heard_twice_it_is_told_once(alice, carol, erin, make, app):
    from backend.core.ledger import EventDeliveryRow
    from backend.worker import in_transaction

    phone(alice)
    make.alert(by=carol, publisher=erin)
    fcm = Tape()
    sent(fcm)
    from sqlalchemy import update

    from backend.core.actor import db

    in_transaction(lambda: db().execute(update(EventDeliveryRow).values(state="queued", tries=0)))
    assert sent(fcm) == []
    assert len(fcm.jobs) == 1


def test_an_area_reaches_stored_places_on_all_channels_and_phones_that_look_for_themselves(
    alice, bob, carol, dan, erin, make
):
    inside, outside, unknown = alice, bob, make.person("una")
    for person in (inside, outside, unknown):
        phone(person), browser(person)
    phone(unknown, "apple", platform="ios")
    store(inside, HERE), store(outside, ELSEWHERE)
    draft = make.draft(by=carol, audience="area", area=SQUARE)
    reach = carol.get(f"/v1/notifications/sendings/{draft['id']}/reach").get_json()
    erin.post(f"/v1/alerts/{draft['id']}/publish", {"version": draft["version"]})
    fcm, web = Tape("fcm"), Tape("web-push")
    sent(fcm, web)

    assert sorted(job.address["token"].split("-of-")[1][:36] for job in fcm.jobs) == sorted(
        str(person.id) for person in (inside, outside, unknown)
    )  # whoever lives in the area by what their phone knows is told by their phone
    assert [job.address["endpoint"].split("/")[3] for job in web.jobs] == [str(inside.id)]
    assert fcm.jobs[0].data["area"] == " ".join(f"{p['lat']:.6f},{p['lon']:.6f}" for p in SQUARE)
    assert reach == {
        "people": 3,
        "phones_decide": 2,
        "households": None,
        "channels": [{"channel": "fcm", "endpoints": 3}, {"channel": "web-push", "endpoints": 1}],
    }


def test_who_has_not_seen_it_in_time_is_written_to_and_who_has_is_not(alice, bob, carol, erin, make):
    for person in (alice, bob):
        phone(person), mailbox(person)
    alert = make.alert(by=carol, publisher=erin)
    fcm, mail = Tape("fcm"), Tape("mail")
    sent(fcm, mail)
    assert (len(fcm.jobs), len(mail.jobs)) == (2, 0)

    seen = {"ids": [str(fcm.jobs[0].mid)], "channel": "fcm"}
    assert alice.post("/v1/notifications/seen", seen).status_code == 204
    with later(timedelta(minutes=9)):
        assert sent(mail) == []
    with later(timedelta(minutes=11)):
        assert [job.address for job in sent(mail)] == [{"email": bob.email}]

    told = progress(carol, alert)
    assert told["seen"] == 1
    assert on("fcm", told) == {"channel": "fcm", "queued": 0, "sent": 2, "seen": 1, "failed": 0, "spared": 0}
    assert on("mail", told) == {
        "channel": "mail",
        "queued": 0,
        "sent": 1,
        "seen": 0,
        "failed": 0,
        "spared": 1,
    }


@pytest.mark.parametrize("severity", ["extreme", "minor"])
def test_every_alert_that_nobody_saw_goes_on_however_urgent(alice, carol, erin, make, severity):
    phone(alice), mailbox(alice)
    make.alert(by=carol, publisher=erin, severity=severity)
    fcm, mail = Tape("fcm"), Tape("mail")
    sent(fcm, mail)
    with later(timedelta(minutes=11)):
        assert len(sent(mail)) == 1


def test_who_has_nothing_but_a_mailbox_is_written_to_at_once(alice, carol, erin, make):
    mailbox(alice)
    make.alert(by=carol, publisher=erin)
    assert len(sent(Tape("mail"))) == 1


def test_its_sender_sees_it_go_out_and_why_some_did_not(alice, bob, carol, erin, make):
    for n, person in enumerate((alice, alice, bob, bob, bob)):
        phone(person, str(n))
    alert = make.alert(by=carol, publisher=erin)
    make.worked()
    assert on("fcm", progress(carol, alert))["queued"] == 5

    answers = iter([Sent("1"), Sent("2"), Gone("UNREGISTERED"), Rejected("too long"), Retry("busy")])
    from backend.worker import send_some

    send_some(Tape(answer=lambda job: next(answers)))

    told = progress(carol, alert)
    assert on("fcm", told) == {"channel": "fcm", "queued": 1, "sent": 2, "seen": 0, "failed": 2, "spared": 0}
    assert sorted((r["why"], r["count"]) for r in told["reasons"]) == [("UNREGISTERED", 1), ("too long", 1)]


def test_before_it_is_published_nothing_is_on_its_way(carol, make, alice):
    draft = make.draft(by=carol)
    assert progress(carol, draft) == {"id": None, "queued_at": None, "seen": 0, "channels": [], "reasons": []}
    problem(alice.get(f"/v1/notifications/sendings/{draft['id']}/progress"), 403, "forbidden")


def test_a_newer_revision_takes_the_place_of_what_still_waits(alice, bob, carol, erin, make):
    phone(alice), phone(bob)
    alert = make.alert(by=carol, publisher=erin)
    make.worked()
    over = {"text_en": "All clear.", "text_es": "Ya pasó."}
    assert carol.post(f"/v1/alerts/{alert['id']}/cancel", over).status_code == 200
    fcm = Tape()
    sent(fcm)

    assert fcm.titles == ["Over: Boil your water"] * 2
    assert {job.mid for job in fcm.jobs} == {mid_of(uuid.UUID(alert["id"]), 2)}
    assert {job.collapse for job in fcm.jobs} == {f"alert-{alert['id']}"}


def test_an_alert_that_is_over_is_not_sent(alice, carol, erin, make):
    phone(alice)
    alert = make.alert(by=carol, publisher=erin)
    make.worked()
    with later(timedelta(hours=7)):
        assert sent(Tape()) == []
    assert [(r["why"], r["count"]) for r in progress(carol, alert)["reasons"]] == [("expired", 1)]


@pytest.mark.parametrize(
    ("severity", "urgency"), [("extreme", 0), ("severe", 0), ("moderate", 2), ("minor", 2)]
)
def test_how_bad_it_is_says_how_urgent(alice, carol, erin, make, severity, urgency):
    phone(alice)
    make.alert(by=carol, publisher=erin, severity=severity)
    assert [job.urgency for job in sent(Tape())] == [urgency]


def test_who_is_disabled_or_signed_out_is_told_nothing(alice, bob, carol, erin, make):
    phone(alice)
    token = phone(bob)
    bob.post("/v1/notifications/endpoint/close", {"platform": "android", "token": token})
    assert erin.post(f"/v1/identity/people/{alice.id}/disable").status_code == 204
    make.worked()
    make.alert(by=carol, publisher=erin)
    assert sent(Tape()) == []


def test_nobody_sees_for_others_what_is_theirs(alice, bob, carol, make, app):
    from tests.notifications.test_telling import close

    close(carol, make.request(by=alice))
    make.worked()
    [note] = alice.get("/v1/notifications/").get_json()["items"]
    for person in (bob, alice, alice):
        assert person.post("/v1/notifications/seen", {"ids": [note["id"]]}).status_code == 204
    from sqlalchemy import text

    with app.extensions["westu"].database.reading() as session:
        assert session.scalars(text("SELECT person_id FROM notification_seen")).all() == [alice.id]


def cancelled(by, alert):
    over = {"text_en": "All clear.", "text_es": "Ya pasó."}
    answer = by.post(f"/v1/alerts/{alert['id']}/cancel", over)
    assert answer.status_code == 200, answer.get_json()


def test_a_late_revision_is_told_to_nobody_and_takes_no_newer_one_away(alice, carol, erin, make, app):
    from sqlalchemy import text

    from backend.core.actor import db
    from backend.worker import in_transaction

    phone(alice)
    alert = make.alert(by=carol, publisher=erin)
    held = "UPDATE event_delivery SET due_at = now() + interval '1 minute' WHERE listener LIKE '%alert-published'"
    in_transaction(lambda: db().execute(text(held)))  # the worker that had it died
    cancelled(carol, alert)
    make.worked()
    with later(timedelta(minutes=2)):
        fcm = Tape()
        sent(fcm)
    assert fcm.titles == ["Over: Boil your water"]
    assert progress(carol, alert)["id"] == str(mid_of(uuid.UUID(alert["id"]), 2))


@pytest.mark.parametrize("how", ["held by a dead worker", "to be tried again"])
def test_what_was_taken_of_a_revision_is_not_sent_after_the_next(alice, carol, erin, make, app, how):
    from backend import notifications
    from backend.worker import in_transaction

    phone(alice)
    alert = make.alert(by=carol, publisher=erin)
    make.worked()
    slow = Tape()
    held = in_transaction(lambda: notifications.claim_jobs(slow))
    cancelled(carol, alert)
    if how == "to be tried again":
        in_transaction(lambda: notifications.settle(slow, held, [Retry("busy")]))
    fcm = Tape()
    sent(fcm)
    with later(timedelta(minutes=15)):
        sent(fcm)
    assert fcm.titles == ["Over: Boil your water"]


def test_who_was_told_hears_that_it_is_over_also_where_its_area_moved_away(alice, carol, erin, make):
    phone(alice, "apple", platform="ios")
    store(alice, HERE)
    alert = make.alert(by=carol, publisher=erin, audience="area", area=SQUARE)
    fcm = Tape()
    sent(fcm)
    south = [corner | {"lat": corner["lat"] - 0.009} for corner in SQUARE]
    wish = said(audience="area", area=south, version=alert["version"])
    changed = carol.post(f"/v1/alerts/{alert['id']}/change", wish).get_json()
    erin.post(f"/v1/alerts/{alert['id']}/publish", {"version": changed["version"]})
    sent(fcm)
    cancelled(carol, alert)
    sent(fcm)
    assert [job.data["revision"] for job in fcm.jobs] == ["1", "2", "3"]


def test_its_sender_sees_that_a_channel_stands_and_why(alice, carol, erin, make, app):
    from backend.notifications.settling import stop
    from backend.worker import in_transaction

    phone(alice)
    alert = make.alert(by=carol, publisher=erin)
    make.worked()
    in_transaction(lambda: stop("fcm", "9 of 10 good addresses dead in one batch"))
    [told] = progress(carol, alert)["channels"]
    assert (told["state"], told["why"]) == ("stopped", "9 of 10 good addresses dead in one batch")
