"""The fault machine, driven over HTTP by whoever may come: whatever is sent, in whatever order and how often.

At any moment: a thing says the worst of its open faults and how many there are; only somebody else than whoever mended
it closed one; nothing that holds criminal justice information is away unless two people saw to it; chains are whole.
"""

import itertools
import uuid
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from backend.core.clock import now
from shared_models.custody import broken_at
from shared_models.faults import CLOSED, LEADS, FaultState, Step
from tests.assets.hands import SIGNED
from tests.make import Make

WORST = ("critical", "major", "minor")
PEOPLE = ("kim", "lee", "tess", "tom", "sam", "erin", "dan")
WORKS, APPROVES, REPORTS = {"tess", "tom", "erin"}, {"sam", "erin"}, set(PEOPLE) - {"dan"}
RIGHT = {
    **dict.fromkeys((Step.BEGUN, Step.SANITISED, Step.SENT_AWAY, Step.BACK, Step.FIXED), WORKS),
    **dict.fromkeys((Step.DISMISSED, Step.WRITTEN_OFF), WORKS),
    **dict.fromkeys((Step.NOTE, Step.CONFIRMED, Step.REJECTED), REPORTS),
    Step.APPROVED: APPROVES,
}
"""Whose roles let them take which step; the others are taken by other verbs."""

who = st.sampled_from(PEOPLE)
which = st.integers(0, 2)
LONG_WAY = (
    Step.BEGUN, Step.APPROVED, Step.SANITISED, Step.SENT_AWAY, Step.BACK, Step.FIXED, Step.REJECTED, Step.FIXED, Step.CONFIRMED,
)  # fmt: skip

some = st.integers(0, 30)
ago = st.integers(0, 60)


def machine(app, sweep, reached):
    """The machine over this application; ``reached`` gets the states to which steps led, by class of the thing."""

    class Faults(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            sweep()
            make = Make(app)
            roles = {"kim": "crew", "lee": "crew", "tess": "technician", "tom": "technician", "sam": "supervisor", "erin": "admin", "dan": "crew"}  # fmt: skip
            places = {"kim": "police", "lee": "police", "sam": "police", "dan": "public-works"}
            self.people = {
                name: make.person(name, role=roles[name], department=places.get(name)) for name in PEOPLE
            }
            classes = ("cji", "internal", "cji")
            self.things = [make.asset(by=self.people["tess"], data_class=each) for each in classes]
            self.faults, self.sent = [], []
            self.names = itertools.count()
            self.steps, self.state = {}, {}
            self.report("kim", 0, "critical", 0)

        def send(self, name, path, body):
            """Send it; keep it, to be sent again."""
            answer = self.people[name].post(path, body)
            assert answer.status_code in {201, 403, 404, 409, 422}, answer.get_json()
            self.sent.append((name, path, body, answer.status_code, answer.get_data()))
            return answer

        def opened(self, answer):
            fault = answer.get_json()
            self.faults.append(fault)
            self.steps[fault["id"]], self.state[fault["id"]] = [], FaultState.OPEN

        def taken(self, id, step, name):
            self.steps[id].append((step, name))
            self.state[id] = LEADS[self.state[id]][Step(step)]
            if step == Step.WRITTEN_OFF.value:
                self.written_off_with(next(each for each in self.faults if each["id"] == id), name)

        def written_off_with(self, fault, name):
            """What is retired has nothing left to mend: its other open faults take the same step."""
            for other in self.faults:
                if other["asset_id"] == fault["asset_id"] and self.state[other["id"]] not in CLOSED:
                    self.steps[other["id"]].append((Step.WRITTEN_OFF.value, name))
                    self.state[other["id"]] = FaultState.WRITTEN_OFF

        def one(self, n):
            """One of the faults, of those that are open if there are some."""
            found = [each for each in self.faults if self.state[each["id"]] not in CLOSED] or self.faults
            return found[-1 - n % len(found)]

        @rule(name=who, n=which, severity=st.sampled_from(WORST), minutes=ago)
        def report(self, name, n, severity, minutes):
            body = {"id": str(uuid.uuid4()), "asset_id": self.things[n]["id"], "severity": severity}
            body |= {
                "words": f"Broken {next(self.names)} times",
                "done_at": (now() - timedelta(minutes=minutes)).isoformat(),
            }
            answer = self.send(name, "/v1/faults/", body)
            assert (answer.status_code == 404) == (name == "dan")
            if answer.status_code == 201:
                self.opened(answer)

        @rule(name=who, n=some, step=st.sampled_from(sorted(Step)), minutes=ago)
        def try_anything(self, name, n, step, minutes):
            self.step(name, self.faults[-1 - n % len(self.faults)], step, minutes)

        @rule(n=some, next_=some, name=some, minutes=ago)
        def go_on(self, n, next_, name, minutes):
            """Somebody who has the right takes a step that may follow."""
            fault = self.one(n)
            steps = [step for step in LEADS[self.state[fault["id"]]] if step in RIGHT]
            if steps:
                step = steps[next_ % len(steps)]
                able = sorted(RIGHT[step])
                self.step(able[name % len(able)], fault, step, minutes)

        @rule(
            n=some,
            names=st.lists(some, min_size=len(LONG_WAY), max_size=len(LONG_WAY)),
            until=st.sampled_from([4, 6, 7, 9]),
        )
        def go_the_long_way(self, n, names, until):
            """Away and back, each step by somebody who has the right; some of them are the wrong ones all the same."""
            fault = self.one(n)
            for step, name in zip(LONG_WAY[:until], names, strict=False):
                able = sorted(RIGHT[step])
                self.step(able[name % len(able)], fault, step, 0)

        def step(self, name, fault, step, minutes):
            before = self.now_of(fault)
            body = {"id": str(uuid.uuid4()), "step": step.value, "words": "So it is"}
            body |= {"vendor": "Maker"} if step is Step.SENT_AWAY else {}
            body["done_at"] = (now() - timedelta(minutes=minutes)).isoformat()
            answer = self.send(name, f"/v1/faults/{fault['id']}/steps", body)
            after = self.now_of(fault)
            if answer.status_code != 201:
                assert after == before, "what is refused changes nothing"
                return
            assert name in RIGHT[step]
            assert after["state"] == LEADS[FaultState(before["state"])][step]
            self.taken(fault["id"], step.value, name)
            thing = next(each for each in self.things if each["id"] == fault["asset_id"])
            reached.add((after["state"], thing["data_class"]))

        @rule(n=st.integers(0, 30))
        def again(self, n):
            """A phone that got no answer sends the same again: the same answer, if it was one, and nothing doubled."""
            if not self.sent:
                return
            name, path, body, status, data = self.sent[-1 - n % len(self.sent)]
            answer = self.people[name].post(path, body)
            if status == 201 and path != "/v1/faults/":
                assert (answer.status_code, answer.get_data()) == (201, data)
            elif status == 201:
                assert answer.status_code in {201, 409}
            elif answer.status_code == 201:
                self.sent.append((name, path, body, 201, answer.get_data()))
                if path == "/v1/faults/":
                    self.opened(answer)
                elif path.endswith("/steps"):
                    self.taken(path.split("/")[3], body["step"], name)

        @rule(name=who, n=which)
        def take(self, name, n):
            to = {"id": str(uuid.uuid4()), "to_id": str(self.people[name].id), "signature": SIGNED}
            self.send(name, f"/v1/custody/{self.things[n]['id']}/hand-out", to)

        @rule(name=who, n=which)
        def give_back(self, name, n):
            self.send(
                name,
                f"/v1/custody/{self.things[n]['id']}/take-back",
                {"id": str(uuid.uuid4()), "signature": SIGNED},
            )

        def now_of(self, fault):
            return self.people["tess"].get(f"/v1/faults/{fault['id']}").get_json()

        @invariant()
        def a_thing_says_the_worst_of_its_open_faults(self):
            told = {
                fault["id"]: fault for fault in self.people["tess"].get("/v1/faults/").get_json()["items"]
            }
            assert len(told) == len(self.faults) == len({fault["number"] for fault in told.values()})
            assert {id: fault["state"] for id, fault in told.items()} == self.state
            for thing in self.things:
                open_ = [
                    each["severity"] for each in told.values()
                    if each["asset_id"] == thing["id"] and each["state"] not in CLOSED
                ]  # fmt: skip
                seen = self.people["tess"].get(f"/v1/assets/{thing['id']}").get_json()
                worst = next((each for each in WORST if each in open_), None)
                assert (seen["worst_fault"], seen["faults"]) == (worst, len(open_))
            for fault in told.values():
                self.look_at(fault)

        def look_at(self, fault):
            steps = self.steps[fault["id"]]
            if fault["state"] == "confirmed":
                *_, (_, mended), (last, closed) = [each for each in steps if each[0] != "note"]
                assert last == "confirmed"
                assert mended != closed, "only the next user closes"
            thing = next(each for each in self.things if each["id"] == fault["asset_id"])
            if fault["state"] == "away" and thing["data_class"] == "cji":
                begun = max(n for n, each in enumerate(steps) if each[0] == "sent-away")
                since = max([n for n, each in enumerate(steps[:begun]) if each[0] == "back"], default=-1)
                approved = {name for step, name in steps[since + 1 : begun] if step == "approved"}
                sanitised = {name for step, name in steps[since + 1 : begun] if step == "sanitised"}
                assert approved, "away without approval"
                assert sanitised, "away with the city's data on it"
                assert (fault["approved"], fault["sanitised"]) == (True, True)

        def teardown(self):
            for thing in self.things:
                entries = self.people["tess"].get(f"/v1/custody/{thing['id']}/record").get_json()["entries"]
                assert broken_at(entries) is None
                assert all(datetime.fromisoformat(each["done_at"]) <= now() for each in entries)
            for fault in self.faults:
                history = self.people["tess"].get(f"/v1/faults/{fault['id']}/history").get_json()["items"]
                assert len(history) == 1 + len(self.steps[fault["id"]]), "nothing lost, nothing doubled"

    return Faults


def test_whatever_comes_in_whatever_order_the_fault_machine_keeps_its_word(app, sweeper, soak):
    reached = set()
    wanted = settings(
        max_examples=150 if soak else 8,
        stateful_step_count=60 if soak else 10,
        deadline=None,
        derandomize=not soak,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(app, sweeper, reached), settings=wanted)
    for state in ("away", "confirmed"):
        assert (state, "cji") in reached, "it never came so far"
