"""PostgreSQL is restarted under load: callers are told to come again, and server and worker go on by themselves."""

import json
import threading
import uuid

from tests.killed.town import alive, ask, until
from tests.make import HERE, Make


class Load:
    """Somebody who reports and reads again and again, and keeps what was answered."""

    def __init__(self, town, person):
        self.town, self.person = town, person
        self.made, self.answers, self.stopped = set(), [], threading.Event()
        self.thread = threading.Thread(target=self.go)
        self.thread.start()

    def call(self, path, body=None, key=""):
        headers = {"Authorization": f"Bearer {self.person.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = json.dumps(body).encode() if body else None
        status, told, raw = ask(self.town.url + path, data=data, headers=headers)
        self.answers.append((status, told, raw))
        return status

    def go(self):
        while not self.stopped.is_set() and len(self.made) < 90:
            id_ = str(uuid.uuid4())
            wish = {"id": id_, "type": "pothole", "description": "x", "where": HERE}
            while self.call("/v1/service-requests/", wish, key=id_) != 201:
                if self.stopped.wait(0.05):
                    return
            self.made.add(id_)
            self.call("/v1/service-requests/")


def test_a_restart_under_load_is_told_as_such_and_needs_nobody_to_start_anything(town):
    with town.app.app_context():
        make = Make(town.app)
        people = [make.person(name) for name in ("alice", "bob", "dan")]
    town.start_server()
    town.start_worker()
    town.await_server()
    processes = {*town.servers(), town.worker}
    load = [Load(town, person) for person in people]
    try:
        for _ in range(2):
            before = town.count("request")
            until(lambda before=before: town.count("request") > before + 5, "reports are made")
            town.cluster.stop()
            away = sum(status == 503 for each in load for status, *_ in each.answers)
            until(
                lambda away=away: sum(s == 503 for each in load for s, *_ in list(each.answers)) > away + 3,
                "callers are told that it is away",
            )
            town.cluster.start()
        before = town.count("request")
        until(lambda: town.count("request") > before + 5, "reports are made again")
    finally:
        for each in load:
            each.stopped.set()
            each.thread.join()
    answers = [answer for each in load for answer in each.answers]
    assert {status for status, *_ in answers} == {200, 201, 503}
    for status, headers, raw in answers:
        if status == 503:
            problem = json.loads(raw)
            assert headers["Content-Type"] == "application/problem+json"
            assert (problem["type"], problem["status"]) == ("unavailable", 503)
            assert int(headers["Retry-After"]) > 0
    made = {str(id_) for (id_,) in town.rows("SELECT id FROM request")}
    for each in load:
        assert each.made <= made
    assert len(made) - sum(len(each.made) for each in load) <= len(load)  # whose answer nobody waited for
    assert processes == {*town.servers(), town.worker}
    assert all(map(alive, processes))
    until(
        lambda: not town.count("event LEFT JOIN seal ON event_seq = seq WHERE n IS NULL"),
        "the worker is at work again",
    )
