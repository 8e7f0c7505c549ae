"""Ready bytes: whatever a row holds, PostgreSQL's JSON says the same as the wire; and pages have no gap."""

import json
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import Schema
from sqlalchemy import select

from backend.core.actor import Context, db, within
from backend.core.clock import now
from backend.core.house import house
from backend.core.ready import PageWanted, list_text, page_text, ready_one, texts_by_id
from backend.notifications.tables import NotificationRow
from backend.service_requests.tables import EntryRow, RequestRow
from backend.worker import in_transaction
from shared_models.basics import Point
from shared_models.notifications import NoticeKind, Notification, NotificationPage
from shared_models.service_requests import (
    Channel,
    CloseReason,
    EntryKind,
    RequestEntry,
    RequestPage,
    ServiceRequest,
    StaffEntry,
    StaffRequest,
    Status,
)
from tests.cast import problem
from tests.make import HERE

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def members(enum):
    return st.sampled_from([member for member in enum if member.name != "NEWER"])


words = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    st.sampled_from(["", "'", '"', "\\", '\\"', "</script>", "{}", "null", "%s %(x)s :x", "ñandú · 鳥 · 💩", "a\r\n\tb", "\u2028"]),
)  # fmt: skip
moments = st.datetimes(
    datetime(1900, 1, 1),
    datetime(2200, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-6))]),
)
points = st.builds(Point, lat=st.floats(-90, 90), lon=st.floats(-180, 180))


@st.composite
def requests(draw, owner=None):
    return RequestRow(
        id=draw(st.uuids()), number=str(draw(st.uuids())), type="pothole", description=draw(words),
        where=draw(st.none() | points), address=draw(words), status=draw(members(Status)),
        department="public-works", owner_id=owner, by_account=draw(st.booleans()), assignee_id=owner,
        channel=draw(members(Channel)), opened_at=draw(moments), updated_at=draw(moments),
        closed_at=draw(st.none() | moments), close_reason=draw(st.none() | members(CloseReason)),
        fixed=draw(st.none() | st.booleans()), answer_until_at=draw(st.none() | moments),
        reopened=draw(st.integers(0, 2**31 - 1)), version=draw(st.integers(1, 2**31 - 1)), on_phones=True,
    )  # fmt: skip


@st.composite
def entries(draw, request_id, author):
    return EntryRow(
        id=draw(st.uuids()), request_id=request_id, kind=draw(members(EntryKind)), at=draw(moments),
        words=draw(words), status=draw(members(Status)), department="police",
        close_reason=draw(st.none() | members(CloseReason)), public=draw(st.booleans()),
        by_staff=draw(st.booleans()), author_id=draw(st.sampled_from([None, author])),
    )  # fmt: skip


@st.composite
def notifications(draw, person):
    return NotificationRow(
        id=draw(st.uuids()), person_id=person, event_id=draw(st.uuids()), kind=draw(members(NoticeKind)),
        urgency=1, title=draw(words), body=draw(words), about_kind=draw(words), about_id=draw(st.uuids()),
        at=draw(moments), expires_at=draw(moments), read_at=draw(st.none() | moments),
    )  # fmt: skip


@contextmanager
def written(*rows):
    """These rows in the database for a moment, as it has them."""
    with house().database.writing() as session, within(Context(session)):
        for row in rows:
            db().add(row)
            db().flush()
            db().refresh(row)
        yield


def said(row, *wires):
    """What the wire says of a row, and what PostgreSQL says: in a list, in a feed and on a page."""
    kind = type(row)
    query = select(kind).where(kind.id == row.id)
    for wire in wires:
        plain = json.loads(json.dumps(Schema.dump(wire.Schema(), row)))  # marshmallow's own way
        assert json.loads(wire.Schema().dumps(row)) == plain
        [(key, alone)] = texts_by_id([(query, wire, [row.id])])[0].items()
        assert key == row.id
        assert ready_one(query, wire).get_json() == plain
        assert json.loads(list_text(query, wire)) == [plain]
        assert json.loads(alone) == plain
        assert json.loads(page_text(query, wire, PageWanted()))["items"] == [plain]
        assert list(json.loads(alone)) == list(plain)


@few
@given(data=st.data())
def test_of_any_request_the_database_says_what_the_wire_says(alice, data):
    row = data.draw(requests(alice.id))
    with written(row):
        said(row, ServiceRequest, StaffRequest)


@few
@given(data=st.data())
def test_of_any_line_of_history_the_database_says_what_the_wire_says(alice, data):
    request = data.draw(requests())
    row = data.draw(entries(request.id, alice.id))
    with written(request, row):
        said(row, RequestEntry, StaffEntry)


@few
@given(data=st.data())
def test_of_any_notification_the_database_says_what_the_wire_says(alice, data):
    row = data.draw(notifications(alice.id))
    with written(row):
        said(row, Notification)


def test_photos_are_said_as_the_wire_says_them(alice, carol, make, jpeg):
    photos = [alice.send_photo(jpeg(colour)) for colour in ("red", "blue", "green")]
    request = make.request(by=alice, photos=photos)

    [listed] = alice.get("/v1/service-requests/").get_json()["items"]

    assert listed == alice.get(f"/v1/service-requests/{request['id']}").get_json() == request
    assert listed["photos"] == [str(photo) for photo in photos]


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────


def fill(owner, count, at):
    """So many requests, three at each moment: ties are broken by their ids."""

    def write():
        for number in range(count):
            moment = at - timedelta(microseconds=number // 3)
            db().add(RequestRow(
                id=uuid.uuid4(), number=str(uuid.uuid4()), type="pothole", description="", where=Point(**HERE),
                address="", status=Status.RECEIVED, department="public-works", owner_id=owner.id, by_account=True,
                channel=Channel.APP, opened_at=moment, updated_at=moment,
            ))  # fmt: skip

    in_transaction(write)


def page(by, **query):
    answer = by.get("/v1/service-requests/", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return RequestPage.check(answer.get_json())


@pytest.mark.parametrize("limit", [1, 2, 7, 20, 21, 200])
def test_pages_have_no_gap_and_nothing_twice_while_requests_are_made(alice, limit):
    fill(alice, 20, at=now())
    wanted = in_transaction(
        lambda: (
            db()
            .scalars(select(RequestRow.id).order_by(RequestRow.opened_at.desc(), RequestRow.id.desc()))
            .all()
        )
    )

    seen, after = [], ""
    while after is not None:
        told = page(alice, limit=limit, after=after)
        assert 1 <= len(told.items) <= limit
        seen += [item.id for item in told.items]
        after = told.next
        fill(alice, 2, at=now())

    assert seen == wanted


def test_no_requests_are_an_empty_page(alice):
    assert page(alice) == RequestPage(items=(), next=None)


def test_a_page_that_is_just_full_is_the_last(alice):
    fill(alice, 5, at=now())

    assert page(alice, limit=5).next is None
    assert page(alice, limit=4).next is not None


def test_the_inbox_is_paged_as_well(alice):
    def write():
        for number in range(5):
            db().add(NotificationRow(
                id=uuid.uuid4(), person_id=alice.id, event_id=uuid.uuid4(), kind=NoticeKind.STATUS, urgency=1,
                title=str(number), body="", about_kind="service_request", about_id=uuid.uuid4(),
                at=now() + timedelta(seconds=number), expires_at=now(),
            ))  # fmt: skip

    in_transaction(write)
    titles, after = [], ""
    while after is not None:
        answer = alice.get("/v1/notifications/", query_string={"limit": 2, "after": after})
        told = NotificationPage.check(answer.get_json())
        titles += [note.title for note in told.items]
        after = told.next

    assert titles == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("after", [
    "x", ".", "0.0", "2" * 20 + "." + "0" * 31, "2" * 19 + "." + "0" * 32, "20261332010101000000." + "0" * 32,
    "00000101000000000000." + "0" * 32, "20261123000000000000." + "g" * 32, "20261123000000000000." + "0" * 32 + "\n",
    "٢" * 20 + "." + "0" * 32, "' OR 1=1 --", "a" * 81,
])  # fmt: skip
def test_a_place_that_is_not_ours_is_refused_by_name(alice, after):
    told = problem(alice.get("/v1/service-requests/", query_string={"after": after}), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == ["?after"]
