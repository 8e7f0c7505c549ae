"""Webhooks: another system is told what happens, each event at least once, signed, and by nobody who was only named."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from backend.core.clock import later
from backend.notifications.clients.webhooks import Post, Webhooks
from tests.cast import problem
from tests.notifications.receiver import posted, receiving

HOUR = timedelta(hours=1)


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def way():
    made = Webhooks(loopback=True, timeout=2)
    yield made
    made.close()


@pytest.fixture
def at_home(app):
    """The house of a developer: webhooks on this machine are taken."""
    house = app.extensions["westu"]
    app.extensions["westu"] = replace(house, settings=replace(house.settings, webhooks_loopback=True))
    yield
    app.extensions["westu"] = house


@pytest.fixture
def hook(at_home, erin, receiver, make):
    """Makes a webhook; gives (id, secret)."""

    def run(url=None, kinds=("service_requests.*",), departments=()):
        make.worked()
        wish = {
            "id": str(uuid.uuid4()),
            "name": "Work orders",
            "url": url or receiver.url,
            "kinds": list(kinds),
            "departments": list(departments),
        }
        answer = erin.post("/v1/webhooks/", wish)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()["id"], answer.get_json()["secret"]

    return run


def told(erin, id):
    return erin.get(f"/v1/webhooks/{id}").get_json()


def deliveries(erin, id, **wanted):
    return erin.get(f"/v1/webhooks/{id}/deliveries", query_string=wanted).get_json()["items"]


def changed(erin, id, **wish):
    seen = erin.get(f"/v1/webhooks/{id}").headers["ETag"]
    answer = erin.patch(f"/v1/webhooks/{id}", wish, headers={"If-Match": seen})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_event_arrives_signed_with_ids_and_codes_and_nothing_that_somebody_wrote(
    hook, erin, alice, carol, make, receiver, way
):
    _, secret = hook()
    request = make.request(by=alice, description="Deep one")
    carol.post(f"/v1/service-requests/{request['id']}/assign", {"department": "police"})
    assert posted(way) == 2

    assert sorted(receiver.kinds) == ["service_requests.request-assigned", "service_requests.request-opened"]
    [assigned] = [told for told in receiver.posts if told.event["type"].endswith("assigned")]
    assert assigned.signed_by(secret) and not assigned.signed_by("whsec_" + "A" * 44)
    assert assigned.headers["content-type"] == "application/json"
    assert assigned.event == {
        "id": assigned.id,
        "type": "service_requests.request-assigned",
        "version": 1,
        "at": assigned.event["at"],
        "subject": request["id"],
        "department": "police",
        "data": assigned.event["data"],
    }
    assert assigned.event["data"]["assignee_id"] is None
    assert "Deep" not in str([told.event for told in receiver.posts])
    ledger = erin.get(f"/v1/audit/events?subject_id={request['id']}").get_json()["items"]
    assert {event["id"] for event in ledger} == set(receiver.ids)


def test_only_the_chosen_kinds_and_departments_are_told_and_nothing_from_before(
    hook, alice, carol, make, receiver, way
):
    before = make.request(by=alice)
    hook(kinds=["service_requests.request-assigned"], departments=["police"])
    for department in ("public-works", "police"):
        carol.post(f"/v1/service-requests/{before['id']}/assign", {"department": department})
    posted(way)

    assert [(told.event["type"], told.event["department"]) for told in receiver.posts] == [
        ("service_requests.request-assigned", "police")
    ]


def test_an_event_that_is_only_for_the_record_is_told_too_and_who_signs_in_never(
    hook, erin, make, receiver, way
):
    wish = {"id": str(uuid.uuid4()), "name": "All", "url": receiver.url, "kinds": ["identity.*"]}
    hook()
    told = problem(erin.post("/v1/webhooks/", wish), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["/kinds/0"]
    make.request(by=make.person("new"))
    posted(way)
    assert receiver.kinds == ["service_requests.request-opened"]


def test_the_secret_is_told_once_and_stands_nowhere(hook, erin, app):
    from backend.core.actor import db
    from backend.core.database import Base
    from backend.worker import in_transaction

    id, secret = hook()
    assert secret.startswith("whsec_") and len(secret) > 40
    assert secret not in str([told(erin, id), erin.get("/v1/webhooks/").get_json()])
    tables = in_transaction(
        lambda: [
            db().connection().exec_driver_sql(f'SELECT "{table}"::text FROM "{table}"').scalars().all()
            for table in Base.metadata.tables
        ]
    )
    assert secret not in str(tables) and secret.removeprefix("whsec_") not in str(tables)


def test_a_replaced_secret_signs_beside_the_one_before_until_that_is_over(
    hook, erin, make, alice, receiver, way
):
    id, old = hook()
    answer = erin.post(f"/v1/webhooks/{id}/secret", {"overlap_hours": 2}).get_json()
    new = answer["secret"]
    make.request(by=alice)
    posted(way)
    with later(3 * HOUR):
        make.request(by=make.signed_in(alice))
        posted(way)

    first, second = receiver.posts
    assert first.signed_by(old) and first.signed_by(new)
    assert second.signed_by(new) and not second.signed_by(old)


def test_a_test_is_told_to_that_one_alone_and_its_delivery_says_what_became_of_it(hook, erin, receiver, way):
    id, secret = hook(kinds=["assets.*"])
    hook(kinds=["assets.*", "checks.*", "content.*", "service_requests.*"])
    event = erin.post(f"/v1/webhooks/{id}/test").get_json()["event_id"]
    posted(way)

    [post] = receiver.posts
    assert (post.id, post.event["type"], post.signed_by(secret)) == (
        event,
        "notifications.webhook-tested",
        True,
    )
    [delivery] = deliveries(erin, id, event_id=event)
    assert (delivery["state"], delivery["status"], delivery["tries"]) == ("done", 200, 1)
    assert delivery["posted_at"] is not None


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_failed_post_comes_again_with_the_same_id_after_growing_pauses(
    hook, erin, alice, make, receiver, way
):
    id, secret = hook()
    receiver.answer = 500
    make.request(by=alice)
    assert posted(way) == 1
    [waiting] = deliveries(erin, id)
    assert (waiting["state"], waiting["status"], waiting["why"]) == ("queued", 500, "HTTP 500")
    assert posted(way) == 0  # not yet
    with later(timedelta(seconds=13)):
        assert posted(way) == 1
        assert posted(way) == 0
    receiver.answer = 200
    with later(timedelta(seconds=60)):
        assert posted(way) == 1

    assert len(set(receiver.ids)) == 1 and len(receiver.posts) == 3
    assert all(post.signed_by(secret) for post in receiver.posts)
    assert (deliveries(erin, id)[0]["state"], told(erin, id)["failures"]) == ("done", 0)


def test_tries_go_on_for_about_three_days_and_then_it_is_given_up_and_can_be_replayed(
    hook, erin, alice, make, receiver, way, app
):
    from backend.notifications import posting

    pauses = [
        min(posting.LONGEST_PAUSE_S, posting.FIRST_PAUSE_S * 2**n) for n in range(posting.MOST_TRIES - 1)
    ]
    assert 2.5 * 86_400 < sum(pauses) < 3.5 * 86_400
    id, _ = hook()
    make.request(by=alice)
    post = Post(uuid.uuid4(), uuid.uuid4(), posting.MOST_TRIES, "", uuid.uuid4(), b"", ())
    state, due = posting.what_became(post, posting.Answer(500), later)
    assert (state.value, due) == ("resting", None)

    posted(way)
    [delivery] = deliveries(erin, id)
    answer = erin.post(f"/v1/webhooks/{id}/replay", {"ids": [delivery["id"]]}).get_json()
    posted(way)
    assert answer == {"count": 1} and len(receiver.posts) == 2 and len(set(receiver.ids)) == 1


def test_who_wants_nothing_any_more_is_posted_to_no_more(hook, erin, alice, make, receiver, way):
    id, _ = hook()
    receiver.answer = 410
    for _ in range(12):
        make.request(by=alice)
    posted(way)

    assert len(receiver.posts) == 8  # those that were under way side by side
    assert "410" in told(erin, id)["stopped_why"]
    assert {one["state"] for one in deliveries(erin, id)} == {"gone"}
    kinds = [event["kind"] for event in erin.get("/v1/audit/events").get_json()["items"]]
    assert kinds.count("notifications.webhook-stopped") == 1
    problem(erin.post(f"/v1/webhooks/{id}/test"), 409, "webhook-held")
    receiver.answer = 200
    changed(erin, id, paused=False)
    make.request(by=alice)
    posted(way)
    assert len(receiver.posts) == 9


def test_one_that_fails_in_a_row_rests_is_tried_with_one_post_and_loses_nothing(
    hook, erin, alice, make, receiver, way
):
    id, _ = hook()
    receiver.answer = 503
    for _ in range(20):
        make.request(by=alice)
    posted(way)
    assert len(receiver.posts) == 8
    assert told(erin, id)["failures"] == 8 and told(erin, id)["rests_until_at"] is not None
    with later(timedelta(minutes=10)):
        posted(way)
        assert len(receiver.posts) == 9  # a single one, to see
        receiver.answer = 200
    with later(timedelta(hours=3)):
        posted(way)

    assert {one["state"] for one in deliveries(erin, id)} == {"done"}
    assert len(set(receiver.ids)) == 20
    assert told(erin, id)["failures"] == 0


def test_one_that_takes_nothing_for_three_days_is_stopped_with_a_notice_and_later_told_what_it_missed(
    hook, erin, alice, make, receiver, way
):
    id, _ = hook()
    receiver.answer = 500
    make.request(by=alice)
    posted(way)
    with later(timedelta(days=3, hours=1)):
        posted(way)
        erin, alice = make.signed_in(erin), make.signed_in(alice)
        assert "three days" in told(erin, id)["stopped_why"]
        make.request(by=alice)
        assert posted(way) == 0
        held = [line for line in metrics() if line.startswith(f'westu_webhook_held{{webhook="{id}"}}')]
        assert held == [f'westu_webhook_held{{webhook="{id}"}} 3.0']
        receiver.answer, receiver.posts[:] = 200, []
        changed(erin, id, paused=False)
        with later(timedelta(days=3, hours=2)):
            posted(way)
        assert len(set(receiver.ids)) == 2


def metrics():
    from prometheus_client import CollectorRegistry, generate_latest

    from backend.core.scrape import Waiting

    asked = CollectorRegistry(auto_describe=False)
    asked.register(Waiting())
    return generate_latest(asked).decode().splitlines()


def test_a_pause_keeps_the_place_and_skipping_gives_it_up(hook, erin, alice, make, receiver, way):
    id, _ = hook()
    changed(erin, id, paused=True)
    first = make.request(by=alice)
    assert posted(way) == 0
    changed(erin, id, paused=False)
    posted(way)
    assert [post.event["subject"] for post in receiver.posts] == [first["id"]]
    changed(erin, id, paused=True)
    make.request(by=alice)
    make.worked()
    changed(erin, id, paused=False, skip=True)
    third = make.request(by=alice)
    posted(way)
    assert [post.event["subject"] for post in receiver.posts] == [first["id"], third["id"]]


def test_a_change_against_an_older_version_is_refused_and_a_removed_one_is_posted_to_no_more(
    hook, erin, alice, make, receiver, way
):
    id, _ = hook()
    changed(erin, id, name="Other")
    path, wish = f"/v1/webhooks/{id}", {"name": "X"}
    for stale in ('"1"', '"soon"', '"1", "2"'):
        problem(erin.patch(path, wish, headers={"If-Match": stale}), 412, "version-differs")
    for unsaid in ({}, {"If-Match": "*"}):
        problem(erin.patch(path, wish, headers=unsaid), 428, "version-needed")
    problem(erin.patch(path, {"version": 2, **wish}, headers={"If-Match": '"2"'}), 422, "invalid")
    assert (told(erin, id)["name"], told(erin, id)["version"]) == ("Other", 2)
    assert erin.get(path, headers={"If-None-Match": '"2"'}).status_code == 304
    answer = erin.patch(path, {"name": "Third"}, headers={"If-Match": '"2"'})
    assert (answer.get_json()["version"], answer.headers["ETag"]) == (3, '"3"')
    make.request(by=alice)
    make.worked()
    assert erin.delete(f"/v1/webhooks/{id}").status_code == 204
    assert posted(way) == 0
    problem(erin.get(f"/v1/webhooks/{id}"), 404, "not-found")
    problem(erin.get(f"/v1/webhooks/{id}/deliveries"), 404, "not-found")


def test_a_kind_or_a_department_that_there_is_not_is_refused_by_its_place(at_home, erin, receiver):
    wish = {
        "id": str(uuid.uuid4()),
        "name": "X",
        "url": receiver.url,
        "kinds": ["assets.*", "assets.nothing"],
    }
    refused = problem(erin.post("/v1/webhooks/", wish | {"departments": ["police", "moon"]}), 422, "invalid")
    assert [error["pointer"] for error in refused["errors"]] == ["/kinds/1", "/departments/1"]
    fine = wish | {"kinds": ["assets.*"], "departments": ["police"]}
    assert erin.post("/v1/webhooks/", fine).status_code == 201
    problem(erin.post("/v1/webhooks/", fine), 409, "already-there")


def test_only_who_keeps_webhooks_sees_them(hook, alice, dan, nobody):
    id, _ = hook()
    problem(nobody.get("/v1/webhooks/"), 401, "sign-in")
    problem(alice.get(f"/v1/webhooks/{id}"), 403, "forbidden")
    problem(dan.get(f"/v1/webhooks/{id}/deliveries"), 403, "forbidden")
