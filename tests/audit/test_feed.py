"""The feed of events: another system asks what happened since, misses nothing, and learns nothing of people."""

import threading
import uuid

import pytest
from sqlalchemy import text

from tests.cast import problem


@pytest.fixture
def sealed(app):
    """Seal what is committed, as the worker does in each of its rounds."""
    from backend.core import ledger
    from backend.worker import in_transaction

    def run():
        while in_transaction(ledger.seal):
            pass

    return run


def fed(caller, after="", **wanted):
    answer = caller.get("/v1/events", query_string={"after": after, **wanted})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def read_to_the_end(caller, after="", **wanted):
    found, more = [], True
    while more:
        page = fed(caller, after, **wanted)
        found += page["items"]
        after, more = page["next"], page["more"]
    return found, after


def test_events_come_in_their_order_page_by_page_and_later_only_what_is_new(alice, carol, erin, make, sealed):
    requests = [make.request(by=alice)["id"] for _ in range(5)]
    sealed()
    pages, after = [], ""
    for _ in range(3):
        page = fed(erin, after, limit=2)
        pages.append([event["subject"] for event in page["items"]])
        after = page["next"]
    assert pages == [requests[:2], requests[2:4], requests[4:]] and not page["more"]
    assert fed(erin, after)["items"] == []

    carol.post(f"/v1/service-requests/{requests[0]}/assign", {"department": "police"})
    assert fed(erin, after)["items"] == []  # it is told when it is sealed
    sealed()
    [event] = fed(erin, after)["items"]
    assert event | {"data": None, "place": "", "at": "", "id": ""} == {
        "id": "",
        "type": "service_requests.request-assigned",
        "version": 1,
        "at": "",
        "subject": requests[0],
        "department": "police",
        "data": None,
        "place": "",
    }
    assert fed(erin, event["place"])["items"] == []


def test_kinds_and_a_department_narrow_it_and_a_kind_that_is_never_told_is_refused(
    alice, carol, erin, make, sealed
):
    request = make.request(by=alice, description="Deep one at the corner")
    carol.get("/v1/service-requests/work")
    for department in ("public-works", "police"):
        carol.post(f"/v1/service-requests/{request['id']}/assign", {"department": department})
    sealed()

    assigned, _ = read_to_the_end(erin, kinds="service_requests.request-assigned,assets.*")
    police, _ = read_to_the_end(erin, department="police")
    everything, _ = read_to_the_end(erin)
    assert [event["department"] for event in assigned] == ["public-works", "police"]
    assert [event["type"] for event in police] == ["service_requests.request-assigned"]
    assert {event["type"].split(".")[0] for event in everything} == {"service_requests"}
    assert "corner" not in str(everything) and str(carol.id) not in str(everything)
    for kinds in ("core.read", "identity.*", "service_requests.nothing"):
        refused = problem(erin.get("/v1/events", query_string={"kinds": kinds}), 422, "invalid")
        assert [error["pointer"] for error in refused["errors"]] == ["?kinds"]


def test_a_place_that_is_made_up_or_of_another_history_is_refused(alice, erin, nobody, make, sealed):
    problem(nobody.get("/v1/events"), 401, "sign-in")
    problem(alice.get("/v1/events"), 403, "forbidden")
    make.request(by=alice)
    sealed()
    place = fed(erin)["next"]
    n, _, proof = place.partition(".")
    problem(erin.get("/v1/events?after=7"), 422, "invalid")
    problem(erin.get(f"/v1/events?after={n}.{'0' * len(proof)}"), 409, "feed-elsewhere")
    problem(erin.get(f"/v1/events?after={int(n) + 50}.{proof}"), 409, "feed-elsewhere")
    assert fed(erin, place) == {"items": [], "next": place, "more": False}


def test_a_rare_kind_is_looked_for_piece_by_piece(alice, erin, make, sealed, monkeypatch):
    from backend.audit import queries

    monkeypatch.setattr(queries, "LOOKED_AT", 3)
    for _ in range(7):
        make.request(by=alice)
    sealed()
    page = fed(erin, kinds="content.*")
    assert (page["items"], page["more"]) == ([], True)
    everything, _ = read_to_the_end(erin)
    assert len(everything) == 7
    assert read_to_the_end(erin, kinds="content.*")[0] == []


def test_a_change_that_commits_late_is_told_late_and_is_never_skipped(app, alice, erin, make, sealed):
    """Its number in the ledger is smaller than those that were told before: by that a reader would miss it."""
    from backend.core.house import house
    from backend.service_requests.events import RequestsClaimed

    slow = house().database.write.connect()
    early = uuid.uuid4()
    slow.execute(
        text("""INSERT INTO event (id, at, kind, fields, request_id)
                VALUES (:id, now(), :kind, CAST('{"count": 1}' AS jsonb), '')"""),
        {"id": early, "kind": RequestsClaimed.kind()},
    )
    make.request(by=alice)
    sealed()
    first, place = read_to_the_end(erin)
    assert [event["type"] for event in first] == ["service_requests.request-opened"]
    slow.commit()
    slow.close()
    sealed()
    late, _ = read_to_the_end(erin, place)
    assert [event["id"] for event in late] == [str(early)]


def test_a_reader_beside_many_writers_gets_each_event_once(app, alice, erin, make, soak):
    """Eight writers, two who seal at once as two workers do, one reader: each event once, in the order of the chain."""
    from backend.core import ledger
    from backend.worker import in_transaction

    each, writers, found = (90 if soak else 12), 8, []
    written, all_sealed = threading.Event(), threading.Event()
    people = [make.person(f"writer{n}") for n in range(writers)]

    def write(person):
        with app.app_context():
            for _ in range(each):
                make.request(by=person)

    def seal():
        with app.app_context():
            while not written.is_set():
                in_transaction(ledger.seal)

    def read():
        after, last = "", False
        with app.app_context():
            while not last:
                last = all_sealed.is_set()
                items, after = read_to_the_end(erin, after, limit=7)
                found.extend(event["subject"] for event in items)

    writing, sealing, reading = (
        [threading.Thread(target=write, args=(person,)) for person in people],
        [threading.Thread(target=seal) for _ in range(2)],
        [threading.Thread(target=read)],
    )
    for thread in (*reading, *sealing, *writing):
        thread.start()
    ended(writing)
    written.set()
    ended(sealing)
    in_transaction(ledger.seal)
    all_sealed.set()
    ended(reading)
    made = [request["id"] for person in people for request in mine(person)]
    assert sorted(found) == sorted(made) and len(found) == each * writers


def ended(threads):
    for thread in threads:
        thread.join()


def mine(person):
    found, after = [], None
    while after != "":
        page = person.get(
            "/v1/service-requests/", query_string={"limit": 200, **({"after": after} if after else {})}
        )
        found += page.get_json()["items"]
        after = page.get_json()["next"] or ""
    return found
