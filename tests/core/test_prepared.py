"""Statements that are made once: the same rows as SQLAlchemy's own way, whoever asks and whatever for."""

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, func, select, text

from backend.core import prepared
from backend.core.actor import db
from backend.core.clock import now
from backend.core.database import insert
from backend.core.ready import list_items
from backend.core.versions import Kept
from backend.service_requests.tables import EntryRow, RequestRow, RequestTypeRow
from backend.worker import in_transaction
from shared_models.basics import Point
from shared_models.service_requests import Channel, EntryKind, ServiceRequest, Status
from tests.make import HERE


def told(answer):
    return [item["id"] for item in answer.get_json()["items"]]


def test_two_who_ask_the_same_get_each_their_own(alice, bob, make):
    hers, his = make.request(by=alice), make.request(by=bob)

    for _ in range(3):
        assert told(alice.get("/v1/service-requests/")) == [hers["id"]]
        assert told(bob.get("/v1/service-requests/")) == [his["id"]]
        assert bob.get(f"/v1/service-requests/{hers['id']}").status_code == 404


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    filters=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(["received", "assigned", "closed"]),
                "type": st.sampled_from(["pothole", "sewer-problem"]),
                "open": st.sampled_from(["true", "false"]),
                "q": st.sampled_from(["deep", "deep one", "%", "_", "\\", "'", "flat", ":most", "%(id)s"]),
                "limit": st.integers(1, 5),
            },
        ),
        min_size=2,
        max_size=6,
    )
)
def test_filters_in_any_order_give_what_they_ask_for(carol, six_requests, filters):
    for wanted in filters:
        words = wanted.get("q", "").split()
        fits = [
            request["id"]
            for request in six_requests
            if wanted.get("status", request["status"]) == request["status"]
            and wanted.get("type", request["type"]) == request["type"]
            and (wanted.get("open") != "true" or request["status"] != "closed")
            and all(word in request["description"].lower() for word in words)
        ]
        assert (
            told(carol.get("/v1/service-requests/work", query_string=wanted))
            == fits[: wanted.get("limit", 50)]
        )


@pytest.fixture
def six_requests(alice, carol, make):
    """Six of alice's, the newest first."""
    made = []
    for number, words in enumerate(
        ["Deep one", "Deep %", "Flat_", "a 'quote'", "back\\slash", ":most %(id)s"]
    ):
        request = make.request(by=alice, description=words, type=["pothole", "sewer-problem"][number % 2])
        if number % 3 == 0:
            closed = carol.post(f"/v1/service-requests/{request['id']}/close", {"reason": "fixed"})
            request["status"] = closed.get_json()["status"]
        made.insert(0, request)
    return made


def test_a_query_without_one_text_is_run_the_ordinary_way(alice, make):
    request = make.request(by=alice)
    query = select(RequestRow).where(RequestRow.status.in_([Status.RECEIVED, Status.CLOSED]))

    [item] = in_transaction(lambda: list_items(query, ServiceRequest))

    assert request["id"] in item


def test_a_statement_of_ones_own_takes_its_values_by_name(app):
    double = select(
        (bindparam("n", required=True) * 2).label("twice"), func.length(bindparam("word", required=True))
    )

    assert in_transaction(lambda: prepared.run_here(double, n=3, word="four")) == [(6, 4)]
    assert in_transaction(lambda: prepared.run_here(double, n=4, word="seven")) == [(8, 5)]


def test_what_the_session_holds_back_is_written_before_it_is_read(alice, make):
    request = make.request(by=alice)

    def change_and_read():
        row = db().get_one(RequestRow, uuid.UUID(request["id"]))
        row.description = "Deeper"
        return list_items(select(RequestRow).where(RequestRow.id == row.id), ServiceRequest)

    assert "Deeper" in in_transaction(change_and_read)[0]


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────


def new_row(owner, **more):
    moment = now()
    return RequestRow(
        id=uuid.uuid4(), number=str(uuid.uuid4()), type="pothole", description="", where=Point(**HERE), address="",
        status=Status.RECEIVED, department="public-works", owner_id=owner.id, by_account=True, channel=Channel.APP,
        opened_at=moment, updated_at=moment, **more,
    )  # fmt: skip


def test_a_row_that_is_written_at_once_is_as_if_it_had_been_loaded(alice):
    def write():
        row = new_row(alice)
        assert insert(row)
        seen = {key: getattr(row, key) for key in row.__mapper__.column_attrs.keys()}  # noqa: SIM118
        db().expire(row)
        loaded = {key: getattr(row, key) for key in seen}
        row.description = "changed"
        return row.id, seen, loaded

    id, seen, loaded = in_transaction(write)

    assert seen == loaded
    assert (loaded["version"], loaded["reopened"], loaded["on_phones"], loaded["closed_at"]) == (
        1,
        0,
        True,
        None,
    )
    assert in_transaction(lambda: db().get_one(RequestRow, id).description) == "changed"


def test_what_the_database_fills_in_comes_back_with_the_row(alice):
    def write():
        row = new_row(alice, reopened=3)
        insert(row)
        return row.words, row.number, row.reopened

    words, number, reopened = in_transaction(write)

    assert (words.split(), reopened) == ([number.lower()], 3)


def test_a_key_that_is_taken_is_told_and_changes_nothing(alice):
    def write():
        first, second = new_row(alice), new_row(alice)
        second.id, second.description = first.id, "another"
        return insert(first, unless_there="id"), insert(second, unless_there="id"), first.id

    made, again, id = in_transaction(write)

    assert (made, again) == (True, False)
    assert in_transaction(lambda: db().get_one(RequestRow, id).description) == ""


def test_a_row_with_fewer_attributes_is_another_form(alice, make):
    request = make.request(by=alice)

    def write():
        common = {
            "request_id": uuid.UUID(request["id"]), "kind": EntryKind.NOTE, "at": now(), "words": "", "status": Status.RECEIVED,
            "department": "police", "public": True, "by_staff": True,
        }  # fmt: skip
        rows = EntryRow(id=uuid.uuid4(), **common), EntryRow(id=uuid.uuid4(), author_id=alice.id, **common)
        return [(insert(row), row.author_id) for row in rows]

    assert in_transaction(write) == [(True, None), (True, alice.id)]


# ── what is kept while its table stays ───────────────────────────────────────────────────────────────────


def test_what_is_made_of_a_table_is_made_again_only_when_the_table_changes(app):
    made = []
    kept = Kept("request_type", lambda: made.append(1) or len(made))

    assert [in_transaction(kept.now) for _ in range(3)] == [1, 1, 1]
    in_transaction(lambda: db().execute(text("UPDATE request_type SET place = place WHERE code = 'pothole'")))
    assert [in_transaction(kept.now) for _ in range(3)] == [2, 2, 2]


def test_a_type_that_is_not_offered_any_more_is_refused_and_left_out_at_once(alice, make, nobody):
    def offer(offered):
        row = db().get_one(RequestTypeRow, "pothole")
        row.offered = offered

    def codes():
        return {kind["code"] for kind in nobody.get("/v1/service-requests/types").get_json()["items"]}

    make.request(by=alice)
    assert "pothole" in codes()
    in_transaction(lambda: offer(False))
    try:
        wish = {"id": str(uuid.uuid4()), "type": "pothole", "where": HERE}
        assert alice.post("/v1/service-requests/", wish).status_code == 422
        assert "pothole" not in codes()
    finally:
        in_transaction(lambda: offer(True))
    make.request(by=alice)
    assert "pothole" in codes()


# ── connections ──────────────────────────────────────────────────────────────────────────────────────────


def test_connections_that_the_server_ended_meanwhile_are_not_used(alice, app):
    assert alice.get("/v1/service-requests/").status_code == 200
    end = text(
        "SELECT pid, pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'westu'"
        " AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    ended = in_transaction(lambda: db().execute(end).all())
    assert ended
    assert all(gone for _, gone in ended)

    assert [alice.get("/v1/service-requests/").status_code for _ in range(4)] == [200] * 4
    assert [alice.patch("/v1/me", {"language": "es"}).status_code for _ in range(4)] == [200] * 4
