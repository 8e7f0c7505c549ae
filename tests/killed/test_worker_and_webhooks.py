"""The worker dies while it tells another system what happened: each event arrives, under an id that shows what came twice."""

import signal
import uuid

import pytest

from tests.killed.test_worker_and_fcm import LEASES, killed_at, move_clock, states
from tests.killed.town import alive, kill, until
from tests.make import Make
from tests.notifications.receiver import receiving

MANY = 12


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def happen(town, receiver):
    """A function that lets things happen which a webhook wants; gives the ids of their events."""
    with town.app.app_context():
        make = Make(town.app)
        town.start_worker()
        owner, admin = make.person("alice"), make.person("erin", role="admin")
        wish = {"id": str(uuid.uuid4()), "name": "X", "url": receiver.url, "kinds": ["service_requests.*"]}
        assert admin.post("/v1/webhooks/", wish).status_code == 201
        town.stop(phones=False)

        def happen(count=MANY):
            for _ in range(count):
                make.request(by=owner)
            kinds = "event WHERE split_part(kind, '.', 1) = 'service_requests'"
            return {str(id_) for (id_,) in town.rows(f"SELECT id FROM {kinds}")}

        yield happen


@pytest.mark.parametrize(
    "at", ["INSERT INTO webhook_delivery", "UPDATE webhook_delivery SET state = 'leased'", "posted_at ="]
)
def test_a_worker_that_dies_at_any_of_its_commits_loses_no_event(town, happen, receiver, at):
    events = happen()
    took = {
        "INSERT INTO webhook_delivery": lambda: town.count("webhook_delivery"),
        "UPDATE webhook_delivery SET state = 'leased'": lambda: states(town, "webhook_delivery").get(
            "leased"
        ),
        "posted_at =": lambda: states(town, "webhook_delivery").get("done"),
    }
    killed_at(town, at, when=took[at])
    town.start_worker()
    move_clock(town, LEASES)
    until(lambda: states(town, "webhook_delivery") == {"done": MANY}, "all were taken")
    assert set(receiver.ids) == events


def test_what_was_posted_and_not_written_down_comes_again_with_the_same_id(town, happen, receiver):
    receiver.answer = lambda told: kill(town.worker, signal.SIGKILL) or 200
    events = happen()
    town.start_worker()
    until(lambda: not alive(town.worker), "the worker is dead")
    assert "done" not in states(town, "webhook_delivery")
    before, receiver.answer = set(receiver.ids), 200
    town.start_worker()
    move_clock(town, LEASES)
    until(lambda: states(town, "webhook_delivery") == {"done": MANY}, "all were taken")
    assert before and set(receiver.ids) == events
    assert len(receiver.ids) > len(events)
