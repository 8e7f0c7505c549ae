"""Every step stands in the ledger: who, when, what; and who read it."""

from tests.cast import problem


def test_each_step_of_a_request_stands_in_the_ledger_with_who_did_it(alice, carol, dan, erin, make):
    request = make.request(by=alice)
    path = f"/v1/service-requests/{request['id']}"
    carol.post(f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)})
    dan.post(f"{path}/move", {"status": "in-progress"})
    dan.post(f"{path}/close", {"reason": "fixed"})
    alice.post(f"{path}/answer", {"fixed": True})

    events = erin.get(f"/v1/audit/events?subject_id={request['id']}").get_json()["items"]

    steps = [(event["kind"].split(".")[1], event["actor_id"]) for event in reversed(events)]
    assert steps == [
        ("request-opened", str(alice.id)),
        ("request-assigned", str(carol.id)),
        ("request-moved", str(dan.id)),
        ("request-closed", str(dan.id)),
        ("request-answered", str(alice.id)),
    ]


def test_reading_the_work_list_and_the_ledger_are_events_themselves(alice, carol, erin, make):
    make.request(by=alice)
    carol.get("/v1/service-requests/work?open=true")
    erin.get("/v1/audit/events")

    read = erin.get("/v1/audit/events?kind=core.read").get_json()["items"]

    assert [(event["actor_id"], event["fields"]) for event in read] == [
        (str(erin.id), read[0]["fields"]),
        (str(carol.id), {"what": "work-list", "subject_id": None, "filters": ["open"], "count": 1}),
    ]
    assert read[0]["fields"]["what"] == "ledger"


def test_a_search_is_written_down_by_the_filters_used_never_by_what_was_typed(alice, carol, erin, make):
    make.request(by=alice, description="Deep one at the corner")
    carol.get("/v1/service-requests/work?q=corner")

    read = erin.get("/v1/audit/events?kind=core.read").get_json()["items"]

    assert read[0]["fields"]["filters"] == ["q"]
    assert "corner" not in str(erin.get("/v1/audit/events?limit=200").get_json())


def test_only_who_audits_may_read_the_ledger(alice, carol, nobody):
    problem(nobody.get("/v1/audit/events"), 401, "sign-in")
    problem(alice.get("/v1/audit/events"), 403, "forbidden")
    problem(carol.get("/v1/audit/chain"), 403, "forbidden")


def test_the_chain_holds_after_the_worker_sealed_it(alice, erin, make):
    make.request(by=alice)
    make.worked()

    state = erin.get("/v1/audit/chain").get_json()

    assert state["sound"] and state["sealed"] >= 3 and state["first_broken"] is None


def test_looking_at_one_request_counts_as_one(alice, carol, erin, make):
    request = make.request(by=alice)
    carol.get(f"/v1/service-requests/work/{request['id']}")

    read = erin.get("/v1/audit/events?kind=core.read").get_json()["items"]

    assert read[0]["fields"] == {"what": "work-item", "subject_id": request["id"], "filters": [], "count": 1}
    assert read[0]["subject_id"] == request["id"]
