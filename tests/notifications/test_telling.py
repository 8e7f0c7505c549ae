"""From what happened to what a person is told: the inbox is the truth, each phone is pushed once."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.core.clock import later
from backend.notifications.fakefcm import Fault
from tests.cast import Caller, problem


@pytest.fixture
def pushed(server, fcm, make):
    """A function that lets the worker do all that waits, sending too; gives the pushes that a phone got."""
    from backend.worker import once_through

    def run(token, rounds=6):
        for _ in range(rounds):
            once_through([fcm])
        device = server.fake.devices.get(token)
        return [message.message for message in device.inbox] if device else []

    return run


@pytest.fixture
def rows(app):
    """Deliveries as they stand: (state, tries, why)."""

    def look():
        with app.extensions["westu"].database.reading() as session:
            return session.execute(
                text("SELECT state, tries, why FROM notification_delivery ORDER BY id")
            ).all()

    return look


def phone_of(person, server):
    token = server.fake.register()
    assert (
        person.put("/v1/notifications/endpoint", {"platform": "android", "token": token}).status_code == 200
    )
    return token


def close(carol, request):
    return carol.post(f"/v1/service-requests/{request['id']}/close", {"reason": "fixed"})


def test_each_step_is_pushed_and_stands_in_the_inbox_with_the_same_mid(alice, carol, make, server, pushed):
    token = phone_of(alice, server)
    request = make.request(by=alice, description="Deep one", address="12 Private Ln")
    carol.post(f"/v1/service-requests/{request['id']}/assign", {"department": "public-works"})
    close(carol, request)

    pushes = pushed(token)

    inbox = alice.get("/v1/notifications/").get_json()["items"]
    assert [push["data"]["mid"] for push in pushes] == [note["id"] for note in reversed(inbox)]
    assert {push["data"]["id"] for push in pushes} == {request["id"]}
    assert "Deep one" not in str(pushes) and "Private" not in str(pushes) and alice.name not in str(pushes)


def test_the_inbox_is_the_same_when_every_push_is_lost(alice, carol, make, server, pushed, rows):
    token = phone_of(alice, server)
    server.fake.uninstall(token)
    close(carol, make.request(by=alice))

    assert pushed(token) == []
    assert len(alice.get("/v1/notifications/").get_json()["items"]) == 1
    assert [row.state for row in rows()] == ["gone"]
    close(carol, make.request(by=alice))
    pushed(token)
    assert len(rows()) == 1, "a dead address is not tried again"


def test_a_quota_that_is_used_up_pauses_the_channel_and_burns_no_try(
    alice, carol, make, server, pushed, rows
):
    token = phone_of(alice, server)
    server.fake.fault(token, Fault("QUOTA_EXCEEDED", times=1))
    close(carol, make.request(by=alice))

    assert pushed(token) == []
    assert [(row.state, row.tries) for row in rows()] == [("queued", 0)]
    with later(timedelta(seconds=61)):
        assert len(pushed(token)) == 1
    assert [(row.state, row.tries) for row in rows()] == [("done", 1)]


def test_what_is_over_is_not_sent(alice, carol, make, server, pushed, rows):
    token = phone_of(alice, server)
    close(carol, make.request(by=alice))
    make.worked()
    with later(timedelta(days=8)):
        assert pushed(token) == []
    assert [(row.state, row.why) for row in rows()] == [("gone", "expired")]


def test_two_workers_send_each_once(alice, carol, make, server, fcm, rows):
    from concurrent.futures import ThreadPoolExecutor

    from backend.worker import once_through

    tokens = [phone_of(alice, server) for _ in range(5)]
    for _ in range(4):
        close(carol, make.request(by=alice))
    make.worked()

    def work(_):
        with make.app.app_context():
            while {row.state for row in rows()} != {"done"}:
                once_through([fcm])

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, range(2)))

    for token in tokens:
        mids = [message.message["data"]["mid"] for message in server.fake.devices[token].inbox]
        assert len(mids) == len(set(mids)) == 4
    assert {row.state for row in rows()} == {"done"}


def test_an_address_belongs_to_the_last_account_that_sent_it(alice, bob, carol, make, server, pushed):
    token = phone_of(alice, server)
    bob.put("/v1/notifications/endpoint", {"platform": "android", "token": token})
    close(carol, make.request(by=alice))

    assert pushed(token) == []
    assert len(alice.get("/v1/notifications/").get_json()["items"]) == 1


def test_what_was_read_on_one_phone_is_read_on_all_and_nobody_reads_for_others(alice, bob, carol, make):
    close(carol, make.request(by=alice))
    make.worked()
    note = alice.get("/v1/notifications/").get_json()["items"][0]
    _, cursor, *_ = alice.pull()

    bob.post("/v1/notifications/read", {"ids": [note["id"]]})
    assert alice.get("/v1/notifications/").get_json()["items"][0]["read_at"] is None
    assert alice.post("/v1/notifications/read", {"ids": [note["id"]]}).status_code == 204

    changes, *_ = alice.pull(cursor)
    assert [(c["kind"], c["id"], c["value"]["read_at"] is not None) for c in changes] == [
        ("notification", note["id"], True)
    ]


def test_nobody_is_told_of_their_own_doing(carol, make):
    request = make.request(by=carol)
    close(carol, request)
    make.worked()

    assert carol.get("/v1/notifications/").get_json()["items"] == []


def inbox(person):
    return [note["title"] for note in person.get("/v1/notifications/").get_json()["items"]]


def assigned_to(person, carol, request):
    told = carol.post(
        f"/v1/service-requests/{request['id']}/assign",
        {"department": "public-works", "assignee_id": str(person.id)},
    )
    assert told.status_code == 200, told.get_json()


def end_roles(erin, person):
    for grant in person.get("/v1/me").get_json()["grants"]:
        assert erin.delete(f"/v1/identity/grants/{grant['id']}").status_code == 204


@pytest.mark.parametrize("gone", [False, True])
def test_who_worked_on_it_learns_that_it_reopened_only_while_they_may_still_work_it(
    alice, carol, dan, erin, make, gone
):
    request = make.request(by=alice)
    assigned_to(dan, carol, request)
    close(carol, request)
    make.worked()
    assert len(inbox(dan)) == 1
    if gone:
        end_roles(erin, dan)

    answer = alice.post(f"/v1/service-requests/{request['id']}/answer", {"fixed": False})
    assert answer.status_code == 200, answer.get_json()
    make.worked()

    assert len(inbox(dan)) == (1 if gone else 2)


def test_who_got_it_and_lost_the_role_before_they_were_told_is_not_told(alice, carol, dan, erin, make):
    assigned_to(dan, carol, make.request(by=alice))
    end_roles(erin, dan)
    make.worked()

    assert inbox(dan) == []


def test_the_phones_of_whoever_had_an_account_before_it_was_taken_over_are_pushed_no_more(
    bob, carol, erin, make, nobody, server, pushed
):
    old = phone_of(bob, server)
    wish = {"email": bob.email, "role": "crew", "department": "public-works"}
    token = erin.post("/v1/identity/invitations", wish).get_json()["token"]
    taken = {"token": token, "password": "four yellow canaries", "name": "Ivy"}
    told = nobody.post("/v1/identity/invitations/accept", taken)
    assert told.status_code == 201, told.get_json()
    ivy = Caller(make.app, bob.id, told.get_json()["access_token"])
    new = phone_of(ivy, server)
    make.worked()

    assigned_to(ivy, carol, make.request(by=make.phone()))

    assert [len(pushed(token)) for token in (old, new)] == [0, 1]


def test_a_person_is_told_in_their_language(make, carol):
    ana = make.person("ana", language="es")
    close(carol, make.request(by=ana))
    make.worked()

    note = ana.get("/v1/notifications/").get_json()["items"][0]
    assert "está cerrada" in note["title"] and note["body"].startswith("Bache")


def test_a_hostile_address_is_refused_by_its_field(alice):
    document = problem(
        alice.put("/v1/notifications/endpoint", {"platform": "toaster", "token": "x"}),
        422,
        "invalid",
    )
    assert {error["pointer"] for error in document["errors"]} == {"/platform", "/token"}
    problem(alice.post("/v1/notifications/read", {"ids": []}), 422, "invalid")
    assert alice.post("/v1/notifications/read", {"ids": [str(uuid.uuid4())]}).status_code == 204
