"""The most valuable test of the house: real phones against the real server, whatever the air and the battery do.

A phone without an account, killed at will, signed in, a second phone of the same person, staff who work the
requests, a session that is ended, a role that is taken back. At any moment nothing that was typed is out of sight;
in the end each report is there once, and every phone shows what the server knows.
"""

import itertools
import os
import random
import shutil
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.core.clock import later
from tests.make import Make
from tests.phones import (
    GOOD,
    KILLED_AFTER,
    KILLED_BEFORE,
    LOSES_ANSWER,
    LOSES_REQUEST,
    NONE,
    PhoneSim,
)

air = st.lists(
    st.sampled_from([GOOD, GOOD, GOOD, NONE, LOSES_REQUEST, LOSES_ANSWER, KILLED_BEFORE, KILLED_AFTER]),
    max_size=9,
)
which = st.integers(0, 1)


def machine(app, sweep, picture):
    """The machine over this application."""

    class Phones(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            sweep()
            self.folder = Path(tempfile.mkdtemp())
            self.make = make = Make(app)
            self.alice, self.carol = make.person("alice"), make.person("carol", role="desk")
            self.dan, self.erin = (
                make.person("dan", role="crew", department="public-works"),
                make.person("erin", role="admin"),
            )
            self.phones = [PhoneSim(app, self.folder / "first"), PhoneSim(app, self.folder / "second")]
            self.crew = PhoneSim(app, self.folder / "crew")
            assert self.crew.sign_in(self.dan).ok
            self.names = (f"report {n}" for n in itertools.count())
            self.typed = [set(), set()]
            self.with_photo = set()
            self.works, self.sessions_ended = True, False
            self.time = ExitStack()

        def teardown(self):
            for phone in (*self.phones, self.crew):
                phone.session.close()
            self.time.close()
            shutil.rmtree(self.folder)

        # ── what people do ─────────────────────────────────────────────────────────────────────────────

        @rule(n=which, photo=st.booleans())
        def report(self, n, photo):
            words = next(self.names)
            self.phones[n].report(words, picture if photo else None)
            self.typed[n].add(words)
            if photo:
                self.with_photo.add(words)

        @rule(n=which, plan=air)
        def sync(self, n, plan):
            self.phones[n].turn(*plan)

        @rule(n=which)
        def kill(self, n):
            self.phones[n].kill()

        @rule(n=which, plan=air)
        def sign_in(self, n, plan):
            before = self.phones[n].session.account
            self.phones[n].sign_in(self.alice, *plan)
            if before is None and self.phones[n].session.account is not None:
                assert self.phones[n].session.account == self.alice.id

        @rule(plan=air)
        def crew_sync(self, plan):
            self.crew.turn(*plan)

        @rule(pick=st.randoms(use_true_random=False))
        def staff_work(self, pick):
            items = self.carol.get("/v1/service-requests/work").get_json()["items"]
            if items:
                item = pick.choice(items)
                path = f"/v1/service-requests/{item['id']}"
                if item["status"] == "received":
                    self.carol.post(
                        f"{path}/assign", {"department": "public-works", "assignee_id": str(self.dan.id)}
                    )
                elif item["status"] != "closed":
                    self.carol.post(f"{path}/close", {"reason": "fixed"})

        @rule(n=which, fixed=st.booleans())
        def answer(self, n, fixed):
            for seen in self.phones[n].store.view("service_request"):
                if seen.value["status"] == "closed" and not seen.waits:
                    self.phones[n].answer(seen.id, fixed=fixed)
                    break

        @rule()
        def eleven_minutes_pass(self):
            """Longer than an access token lives."""
            self.time.enter_context(later(timedelta(minutes=11)))
            self.alice, self.carol, self.dan, self.erin = (
                self.make.signed_in(person) for person in (self.alice, self.carol, self.dan, self.erin)
            )

        @rule()
        def end_sessions(self):
            self.sessions_ended = True
            for session in self.alice.get("/v1/identity/sessions").get_json()["items"]:
                if not session["this_one"]:
                    assert self.alice.delete(f"/v1/identity/sessions/{session['id']}").status_code == 204

        @precondition(lambda self: self.works)
        @rule()
        def take_role_back(self):
            for grant in self.dan.get("/v1/me").get_json()["grants"]:
                assert self.erin.delete(f"/v1/identity/grants/{grant['id']}").status_code == 204
            self.works = False

        # ── what must hold ─────────────────────────────────────────────────────────────────────────────

        @invariant()
        def nothing_typed_is_out_of_sight(self):
            for phone, typed in zip(self.phones, self.typed, strict=True):
                assert typed <= set(phone.requests()), (typed, phone.requests(), phone.air.calls)

        @invariant()
        def nobody_is_signed_out_by_lost_answers(self):
            if not self.sessions_ended:
                assert not any(phone.sync.state.sign_in_needed for phone in (*self.phones, self.crew))

        @invariant()
        def nothing_is_there_twice(self):
            words = [
                item["description"]
                for item in self.carol.get("/v1/service-requests/work?limit=200").get_json()["items"]
            ]
            assert len(words) == len(set(words))

        def settle(self):
            """Signal for everybody, until nothing waits: then all must agree."""
            for phone in self.phones:
                if phone.session.account and (phone.session.ended or phone.sync.state.sign_in_needed):
                    assert phone.sign_in(self.alice).ok
                phone.turn()
                if phone.sync.state.sign_in_needed:
                    assert phone.sign_in(self.alice).ok
                phone.turn()
            for phone in (*self.phones, self.crew):
                phone.turn()
                phone.turn()

        def check(self):
            self.settle()
            truth = {
                item["description"]: item
                for item in self.carol.get("/v1/service-requests/work?limit=200").get_json()["items"]
            }
            assert set(truth) == self.typed[0] | self.typed[1]
            assert {words for words, item in truth.items() if item["photos"]} == self.with_photo
            for phone, typed in zip(self.phones, self.typed, strict=True):
                shown = phone.requests()
                assert phone.store.waits() == 0
                assert all(not waits for _, waits, _ in shown.values())
                assert {w: s for w, (s, _, _) in shown.items()} == {w: truth[w]["status"] for w in shown}
                both = all(p.session.account for p in self.phones)
                assert set(shown) == (
                    set(truth) if both and phone.session.account else typed | set(shown) & set(truth)
                )
            on_crew = {item["description"] for item in self.crew.said("staff_request").values()}
            assert on_crew == (set(truth) if self.works else set())

    class Checked(Phones):
        def teardown(self):
            try:
                self.check()
            finally:
                super().teardown()

    return Checked


def test_whatever_the_air_and_the_battery_do_each_report_arrives_once(
    house, sweeper, jpeg, soak, record_property
):
    checked = machine(house, sweeper, jpeg(size=(64, 48)))
    if soak:
        drawn = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
        print(f"SEED={drawn}")
        record_property("seed", drawn)
        checked = seed(drawn)(checked)
    with house.app_context():
        run_state_machine_as_test(
            checked,
            settings=settings(
                max_examples=int(os.environ.get("EXAMPLES") or 1000) if soak else 25,
                stateful_step_count=50 if soak else 25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                derandomize=not soak,
                print_blob=True,
            ),
        )
