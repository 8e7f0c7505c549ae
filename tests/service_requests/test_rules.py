"""Which step may follow which: by the table, and by a machine that tries them in any order."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.core.clock import later
from shared_models.service_requests import NEXT, CloseReason, Status
from tests.cast import problem

STATES = [status for status in Status if status is not Status.NEWER]
REASONS = [reason for reason in CloseReason if reason is not CloseReason.NEWER]


@pytest.fixture
def put_into(alice, carol, make):
    """A function that makes a request of alice's in a state; gives its path."""

    def put(status):
        path = f"/v1/service-requests/{make.request(by=alice)['id']}"
        for action, body in {
            Status.RECEIVED: [],
            Status.ASSIGNED: [("assign", {"department": "public-works"})],
            Status.IN_PROGRESS: [("move", {"status": "in-progress"})],
            Status.CLOSED: [("close", {"reason": "fixed"})],
        }[status]:
            assert carol.post(f"{path}/{action}", body).get_json()["status"] == status
        return path

    return put


@pytest.mark.parametrize("to", STATES)
@pytest.mark.parametrize("status", STATES)
def test_a_step_is_taken_or_refused_as_the_table_says(carol, put_into, status, to):
    path = put_into(status)
    before = carol.get(path.replace("requests/", "requests/work/")).get_json()
    if to is Status.CLOSED:
        answer = carol.post(f"{path}/close", {"reason": "fixed"})
    else:
        answer = carol.post(f"{path}/move", {"status": to})

    if to in NEXT[status] and status is not Status.CLOSED:
        assert (answer.status_code, answer.get_json()["status"]) == (200, to)
        assert answer.get_json()["version"] == before["version"] + 1
    else:
        assert problem(answer, 409, "request-not-open")["ids"] == [before["id"]]
        assert carol.get(path.replace("requests/", "requests/work/")).get_json() == before


def test_closing_has_a_verb_of_its_own(carol, put_into):
    path = put_into(Status.ASSIGNED)
    assert (
        problem(carol.post(f"{path}/move", {"status": "closed"}), 422, "invalid")["errors"][0]["pointer"]
        == "/status"
    )


@pytest.mark.parametrize("reason", REASONS)
def test_a_request_can_be_closed_for_each_reason_and_says_so(alice, carol, put_into, reason):
    path = put_into(Status.RECEIVED)
    closed = carol.post(f"{path}/close", {"reason": reason, "words": "As you see"}).get_json()
    assert (closed["status"], closed["close_reason"]) == ("closed", reason)
    assert closed["closed_at"] is not None

    told = alice.get(f"{path}/history").get_json()["items"][0]
    assert (told["kind"], told["close_reason"], told["words"]) == ("closed", reason, "As you see")


def test_there_is_nothing_to_answer_before_it_is_closed(alice, put_into):
    for status in (Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS):
        problem(alice.post(f"{put_into(status)}/answer", {"fixed": True}), 409, "request-not-open")


def test_an_answer_is_taken_until_the_last_moment_and_not_after(alice, put_into, nobody):
    types = nobody.get("/v1/service-requests/types").get_json()["items"]
    days = next(type["reopen_days"] for type in types if type["code"] == "pothole")
    in_time, too_late = put_into(Status.CLOSED), put_into(Status.CLOSED)

    with later(timedelta(days=days, minutes=-1)):
        alice.token = fresh(alice)
        assert alice.post(f"{in_time}/answer", {"fixed": False}).get_json()["status"] == "received"
    with later(timedelta(days=days, minutes=1)):
        alice.token = fresh(alice)
        problem(alice.post(f"{too_late}/answer", {"fixed": False}), 409, "answer-too-late")
        assert alice.get(too_late).get_json()["status"] == "closed"


def fresh(caller):
    """A token of today: the clock was moved."""
    from backend.core.actor import db
    from backend.identity.actions import begin_session
    from backend.identity.tables import PersonRow
    from backend.worker import in_transaction

    return in_transaction(lambda: begin_session(db().get_one(PersonRow, caller.id), "test").access_token)


def test_reopening_keeps_the_crew_and_counts(alice, carol, dan, make):
    path = f"/v1/service-requests/{make.request(by=alice)['id']}"
    carol.post(f"{path}/assign", {"department": "solid-waste", "assignee_id": str(dan.id)})
    for times in (1, 2):
        dan.post(f"{path}/close", {"reason": "fixed"})
        alice.post(f"{path}/answer", {"fixed": False, "words": "No"})

        work = dan.get(path.replace("requests/", "requests/work/")).get_json()
        assert (work["status"], work["department"], work["assignee_id"]) == (
            "assigned",
            "solid-waste",
            str(dan.id),
        )
        assert (work["reopened"], work["closed_at"], work["close_reason"], work["answer_until_at"]) == (
            times,
            None,
            None,
            None,
        )


def test_what_nobody_was_given_waits_for_the_desk_again(alice, put_into):
    path = put_into(Status.CLOSED)
    assert alice.post(f"{path}/answer", {"fixed": False}).get_json()["status"] == "received"


def test_an_answer_that_it_is_fixed_leaves_it_closed_and_may_be_thought_over(alice, put_into):
    path = put_into(Status.CLOSED)
    assert alice.post(f"{path}/answer", {"fixed": True}).get_json()["status"] == "closed"
    again = alice.post(f"{path}/answer", {"fixed": False, "words": "Back after the rain"}).get_json()
    assert (again["status"], again["fixed"]) == ("received", False)


class Life(RuleBasedStateMachine):
    """One request in the hands of its owner and of the desk, against the table of states."""

    alice = carol = make = None

    def __init__(self):
        super().__init__()
        told = self.make.request(by=self.alice)
        self.path = f"/v1/service-requests/{told['id']}"
        self.status, self.version, self.reopened, self.given = Status.RECEIVED, 1, 0, False

    def expect(self, answer, to, *, allowed):
        if allowed:
            assert answer.status_code == 200, answer.get_json()
            self.status, self.version = to, self.version + 1
        else:
            problem(answer, 409, "request-not-open")

    @rule(given=st.booleans())
    def assign(self, given):
        asked = {"department": "public-works"} | ({"assignee_id": str(self.carol.id)} if given else {})
        allowed = Status.ASSIGNED in NEXT[self.status] and self.status is not Status.CLOSED
        self.expect(self.carol.post(f"{self.path}/assign", asked), Status.ASSIGNED, allowed=allowed)
        self.given = given if allowed else self.given

    @rule(to=st.sampled_from([Status.RECEIVED, Status.ASSIGNED, Status.IN_PROGRESS]))
    def move(self, to):
        allowed = to in NEXT[self.status] and self.status is not Status.CLOSED
        self.expect(self.carol.post(f"{self.path}/move", {"status": to}), to, allowed=allowed)

    @rule(reason=st.sampled_from(REASONS))
    def close(self, reason):
        allowed = Status.CLOSED in NEXT[self.status]
        answer = self.carol.post(f"{self.path}/close", {"reason": reason, "words": "So"})
        self.expect(answer, Status.CLOSED, allowed=allowed)

    @precondition(lambda self: self.status is Status.CLOSED)
    @rule()
    def not_fixed(self):
        to = Status.ASSIGNED if self.given else Status.RECEIVED
        assert to in NEXT[Status.CLOSED]
        self.expect(self.alice.post(f"{self.path}/answer", {"fixed": False}), to, allowed=True)
        self.reopened += 1

    @invariant()
    def both_see_the_same_state(self):
        mine = self.alice.get(self.path).get_json()
        work = self.carol.get(self.path.replace("requests/", "requests/work/")).get_json()
        assert mine["status"] == work["status"] == self.status
        assert mine["version"] == work["version"] == self.version
        assert work["reopened"] == self.reopened
        assert (mine["closed_at"] is None) == (self.status is not Status.CLOSED)

    def teardown(self):
        entries = self.alice.get(f"{self.path}/history").get_json()["items"]
        assert len(entries) == self.version
        assert entries[0]["status"] == self.status


def test_no_order_of_steps_leads_out_of_the_table(alice, carol, make, soak):
    Life.alice, Life.carol, Life.make = alice, carol, make
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=200 if soak else 8,
            stateful_step_count=12,
            deadline=None,
            database=None,
            derandomize=not soak,
            suppress_health_check=list(HealthCheck),
        ),
    )
