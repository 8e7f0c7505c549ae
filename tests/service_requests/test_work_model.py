"""What the staff's models make of what is on the phone; no window, no network."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from mobile.core import strings
from mobile.core.store import Seen, Store
from mobile.service_requests import changes, work_steps, work_told
from mobile.service_requests.directions import directions
from mobile.service_requests.work_lines import Names, first_words, lines_of, plain
from mobile.service_requests.work_model import all_work
from mobile.service_requests.work_steps import Step
from shared_models.identity import Me
from shared_models.problems import Problem
from shared_models.service_requests import CloseReason, CloseRequest, StaffRequest

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ME = uuid.uuid4()


def request(**more):
    """A request as it lies in the store."""
    moment = "2026-11-23T11:00:00.000000Z"
    return {
        "id": str(uuid.uuid4()), "number": "26-000001", "type": "pothole", "description": "Deep", "where": None,
        "address": "", "status": "received", "department": "public-works", "opened_at": moment,
        "updated_at": moment, "closed_at": None, "close_reason": None, "photos": [], "fixed": None,
        "answer_until_at": None, "version": 1, "channel": "app", "assignee_id": None, "reopened": 0,
        "by_account": True, **more,
    }  # fmt: skip


def me(*departments):
    return Me.read({
        "id": str(ME), "named": True, "name": "Dan", "email": "dan@example.org", "language": "en", "grants": [],
        "permissions": ["request:work"], "departments": list(departments),
    })  # fmt: skip


def steps(who, **more):
    return work_steps.possible(StaffRequest.read(request(**more)), who)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store.sqlite")
    yield store
    store.close()


def test_the_likeliest_step_comes_first_for_crew_and_for_the_desk():
    crew, desk = me("public-works"), me()
    assert steps(crew)[0] is Step.TAKE
    assert steps(desk)[0] is Step.ASSIGN
    mine = {"assignee_id": str(ME)}
    assert steps(crew, status="assigned", **mine)[0] is Step.START
    assert steps(crew, status="in-progress", **mine)[0] is Step.CLOSE
    assert steps(crew, status="assigned", assignee_id=str(uuid.uuid4()))[0] is Step.NOTE


def test_only_steps_that_can_follow_are_offered():
    crew = me("public-works")
    assert steps(crew, status="closed", close_reason="fixed") == [Step.NOTE]
    assert steps(crew, status="a word of tomorrow") == [Step.NOTE]
    assert Step.HAND_BACK not in steps(crew) and Step.HAND_BACK in steps(crew, status="assigned")
    assert Step.START not in steps(crew, status="in-progress")


def test_thousands_of_requests_become_lines_newest_first_with_what_was_refused_on_top():
    many = [
        Seen(
            uuid.uuid4(),
            request(
                number=f"26-{n:06}",
                opened_at=(NOW - timedelta(minutes=n)).isoformat().replace("+00:00", "Z"),
            ),
            waits=n == 3,
            refused=object() if n == 2000 else None,
        )
        for n in range(3000)
    ]
    lines = lines_of(many, Names({}, {}, "America/Chicago"), NOW)
    assert [line.row["aside"].split(" · ")[0] for line in lines[:3]] == [
        "26-002000",
        "26-000000",
        "26-000001",
    ]
    assert (lines[0].row["badge"], lines[4].row["badge_icon"]) == ("Not accepted", "waiting")
    assert lines[1].row["title"] == "Pothole"  # a type that is not offered any more: its code, readable


def test_a_search_passes_over_accents_and_capitals_and_long_words_end_at_a_word():
    assert plain("Calle DAÑADA é") == "calle danada e"
    assert first_words("one two\nthree") == "one two three"
    assert first_words("word " * 40).endswith("word…") and len(first_words("word " * 40)) <= 81


def test_a_refused_change_of_a_request_that_left_the_phone_is_still_in_the_list(store):
    id_ = uuid.uuid4()
    changes.note(store, id_, "Look behind the house", public=False, photos={})
    change = store.next_to_send()
    store.refused(change, Problem(type="not-found", title="", status=404))
    (seen,) = all_work(store)
    assert seen.id == id_ and seen.refused is not None
    line = lines_of([seen], Names({}, {}, "UTC"), NOW)[0]
    assert (line.row["title"], line.refused) == ("No longer on this phone", True)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("type", "action"), [("request-not-open", "note"), ("not-found", ""), ("changed-meanwhile", "again")]
)
def test_each_refusal_says_what_to_do_and_keeps_the_words(store, language, type, action):
    strings.use(language)
    wish = CloseRequest(reason=CloseReason.DUPLICATE, words="As told yesterday")
    changes.close(store, uuid.uuid4(), wish, {})
    change = store.next_to_send()
    store.refused(change, Problem(type=type, title="No.", status=409))
    told = work_told.refusal(store.outbox()[0])
    assert (told["words"], told["action"]) == ("As told yesterday", action)
    assert told["title"] and told["text"] and bool(told["action_text"]) == bool(action)


def test_the_way_there_is_a_geo_address_on_a_phone_and_a_page_on_a_desk():
    assert directions(29.7178, -95.4317, android=True) == "geo:29.717800,-95.431700?q=29.717800,-95.431700"
    assert directions(29.7178, -95.4317, android=False).startswith("https://www.openstreetmap.org/")
