"""Faults: reported, mended, sent away only as the rules allow, and closed by the next user's word alone."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from backend.assets import FaultFound, open_faults
from backend.core.clock import now
from shared_models.assets import Severity
from shared_models.custody import broken_at
from tests.assets.hands import act, chain, done, kit, now_of, take, wrong_at
from tests.cast import problem
from tests.races import all_at_once, amid, events
from tests.statements import statements


@pytest.fixture
def lee(make):
    """The next user."""
    return make.person("lee", role="crew", department="police")


@pytest.fixture
def tom(make):
    """Mends things too."""
    return make.person("tom", role="technician")


@pytest.fixture
def radio(make, tess):
    return make.asset(by=tess, tag="R-1")


def report(by, thing, severity="major", words="Crackles", **more):
    body = {"id": str(uuid.uuid4()), "asset_id": thing["id"], "severity": severity, "words": words}
    return by.post("/v1/faults/", body | more)


def step(by, fault, step, words="Looked at it", **more):
    body = {"id": str(uuid.uuid4()), "step": step, "words": words}
    return by.post(f"/v1/faults/{fault['id']}/steps", body | more)


def seen(by, fault):
    return by.get(f"/v1/faults/{fault['id']}").get_json()


# ── reported ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fault_is_reported_once_and_its_thing_says_so(radio, kim, lee, dan, jpeg):
    photo = kim.send_photo(jpeg())
    body = {"id": str(uuid.uuid4()), "photos": [str(photo)]}
    first, again = (report(kim, radio, "critical", "Dead", **body) for _ in range(2))
    assert done(first) == done(again)
    fault = done(first)
    assert fault == seen(lee, fault)
    assert (fault["state"], fault["reporter"], fault["photos"], fault["number"][0]) == (
        "open",
        "Kim",
        [str(photo)],
        "F",
    )
    told = now_of(kim, radio)
    assert (told["worst_fault"], told["faults"]) == ("critical", 1)
    problem(report(lee, radio, "critical", "Dead", **body), 409, "already-there")
    problem(report(kim, radio, "critical", "Dead again", **body), 409, "already-there")
    problem(report(kim, radio, "major", "Dead", **body), 409, "already-there")
    problem(report(dan, radio), 404, "not-found")
    assert lee.get(f"/v1/photos/{photo}").status_code == 200
    problem(dan.get(f"/v1/photos/{photo}"), 404, "not-found")
    [event] = events("assets.fault-opened")
    assert event.fields == {
        "fault_id": fault["id"], "asset_id": radio["id"], "severity": "critical", "department": "police", "kit_id": None,
    }  # fmt: skip


def test_a_critical_fault_needs_a_photo_or_a_few_words(radio, kim):
    assert wrong_at(report(kim, radio, "critical", "Dead")) == {"/words"}
    done(report(kim, radio, "critical", "It is dead"))
    done(report(kim, radio, "minor", "Dead"))
    problem(report(kim, radio, "critical", "Dead", photos=[str(uuid.uuid4())]), 409, "photo-missing")


def test_a_fault_keeps_when_it_was_seen_without_signal(radio, kim):
    earlier = (now() - timedelta(days=2)).isoformat()
    assert done(report(kim, radio, done_at=earlier))["reported_at"][:19] == earlier[:19]
    assert wrong_at(report(kim, radio, done_at=(now() + timedelta(days=1)).isoformat())) == {"/done_at"}


def test_the_list_is_narrowed_by_each_filter_and_shows_what_is_within_reach(make, tess, radio, kim, dan):
    other = make.asset(by=tess, tag="PW-1", department="public-works")
    mine, theirs = done(report(kim, radio, words="Crackles a lot")), done(report(dan, other))

    def told(by, **wanted):
        items = by.get("/v1/faults/", query_string=wanted).get_json()["items"]
        return [fault["id"] for fault in items]

    assert told(kim) == [mine["id"]]
    assert told(tess) == [theirs["id"], mine["id"]]
    for wanted in (
        {"asset_id": radio["id"]},
        {"q": "crackles r-1"},
        {"department": "police"},
        {"q": mine["number"]},
    ):
        assert told(tess, **wanted) == [mine["id"]]
    done(step(tess, mine, "dismissed"))
    assert told(tess, state="dismissed") == [mine["id"]]
    assert told(tess, open="true") == [theirs["id"]]
    assert told(tess, severity="critical") == []
    problem(dan.get(f"/v1/faults/{mine['id']}"), 404, "not-found")
    problem(dan.get(f"/v1/faults/{mine['id']}/history"), 404, "not-found")


# ── mended ───────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_next_user_closes_what_was_mended(radio, kim, lee, tess):
    fault = done(report(kim, radio))
    problem(step(kim, fault, "begun"), 403, "forbidden")
    done(step(tess, fault, "begun"))
    problem(step(lee, fault, "confirmed"), 409, "state-not-next")
    done(step(tess, fault, "fixed", "New antenna"))
    problem(step(tess, fault, "confirmed"), 403, "forbidden")
    done(step(lee, fault, "rejected", "Still crackles"))
    told = seen(kim, fault)
    assert (told["state"], told["rejected"], told["worker"]) == ("in-repair", 1, "Tess")
    done(step(tess, fault, "fixed", "New board"))
    assert now_of(kim, radio)["faults"] == 1
    done(step(lee, fault, "confirmed", ""))
    assert (seen(kim, fault)["state"], now_of(kim, radio)["faults"]) == ("confirmed", 0)
    assert now_of(kim, radio)["worst_fault"] is None
    problem(step(tess, fault, "note"), 409, "state-not-next")

    lines = kim.get(f"/v1/faults/{fault['id']}/history").get_json()["items"]
    assert [(line["step"], line["by"]) for line in lines] == [
        ("confirmed", "Lee"), ("fixed", "Tess"), ("rejected", "Lee"), ("fixed", "Tess"), ("begun", "Tess"), ("reported", "Kim"),
    ]  # fmt: skip
    assert [event.fields["step"] for event in events("assets.fault-moved")] == [
        "begun", "fixed", "rejected", "fixed", "confirmed",
    ]  # fmt: skip


def test_the_worst_of_the_open_faults_is_told(radio, kim, lee, tess):
    worst = done(report(kim, radio, "critical", "It is quite dead"))
    minor = done(report(kim, radio, "minor"))
    assert (now_of(kim, radio)["worst_fault"], now_of(kim, radio)["faults"]) == ("critical", 2)
    done(step(tess, worst, "dismissed", "It was switched off"))
    assert (now_of(kim, radio)["worst_fault"], now_of(kim, radio)["faults"]) == ("minor", 1)
    done(step(tess, minor, "dismissed"))
    assert now_of(kim, radio)["worst_fault"] is None


def test_steps_that_say_what_came_of_it_need_words_and_only_sending_away_a_vendor(radio, kim, tess):
    fault = done(report(kim, radio))
    for name in ("fixed", "dismissed", "written-off", "note"):
        assert wrong_at(step(tess, fault, name, "")) == {"/words"}
    assert wrong_at(step(tess, fault, "begun", vendor="Motorola")) == {"/vendor"}
    assert wrong_at(step(tess, fault, "sent-away")) == {"/vendor"}
    assert wrong_at(step(tess, fault, "swapped")) == {"/step"}
    assert seen(kim, fault)["state"] == "open"


def test_the_same_step_again_is_the_same_step_even_at_once(radio, kim, lee, tess):
    fault = done(report(kim, radio))
    id = str(uuid.uuid4())
    answers = all_at_once(4, lambda _: step(tess, fault, "begun", id=id))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
    problem(step(tess, fault, "note", id=id), 409, "already-there")
    problem(step(lee, fault, "note", id=id), 409, "already-there")
    problem(step(tess, fault, "begun", "Opened it", id=id), 409, "already-there")
    other = done(report(kim, radio))
    problem(step(tess, other, "begun", id=id), 409, "already-there")
    assert len(kim.get(f"/v1/faults/{fault['id']}/history").get_json()["items"]) == 2


# ── sent away ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def mdt(make, tess):
    """Holds criminal justice information."""
    return make.asset(by=tess, kind="mdt", data_class="cji")


def test_what_holds_cji_leaves_only_approved_and_sanitised_by_different_people(
    mdt, kim, sam, tess, tom, erin
):
    fault = done(report(sam, mdt))
    done(step(tess, fault, "begun"))
    away = {"vendor": "Panasonic, Houston"}
    problem(step(tess, fault, "sent-away", **away), 409, "state-not-next")
    problem(step(sam, fault, "approved"), 403, "forbidden")  # who asked
    problem(step(kim, fault, "approved"), 403, "forbidden")  # no such right
    done(step(erin, fault, "approved"))
    problem(step(erin, fault, "sanitised"), 403, "forbidden")  # who approved
    problem(step(tess, fault, "sent-away", **away), 409, "state-not-next")
    done(step(tom, fault, "sanitised", "Disk taken out"))
    done(step(tess, fault, "sent-away", **away))

    assert (seen(kim, fault)["state"], seen(kim, fault)["vendor"]) == ("away", away["vendor"])
    assert now_of(kim, mdt)["state"] == "repair"
    done(step(tess, fault, "back"))
    told = seen(kim, fault)
    assert (told["state"], told["approved"], told["sanitised"]) == ("in-repair", False, False)
    problem(step(tess, fault, "sent-away", **away), 409, "state-not-next")
    done(step(tess, fault, "fixed"))
    assert now_of(kim, mdt)["state"] == "stock"
    assert [entry["act"] for entry in chain(kim, mdt)] == ["registered", "sent-to-repair", "back-from-repair"]
    assert broken_at(chain(kim, mdt)) is None


def test_what_waits_is_told_to_those_who_can_do_something_about_it(make, mdt, radio, kim, sam, tess, erin):
    fault, other = done(report(kim, mdt)), done(report(kim, radio))

    def told(by, what):
        return [each["id"] for each in by.get(f"/v1/faults/{what}").get_json()["items"]]

    assert told(tess, "to-mend") == [other["id"], fault["id"]]
    assert told(sam, "to-approve") == []
    for each in (fault, other):
        done(step(tess, each, "begun"))
    assert told(sam, "to-approve") == [fault["id"]]
    assert told(make.person("pat", role="supervisor", department="public-works"), "to-approve") == []
    done(step(erin, fault, "approved"))
    done(step(tess, other, "fixed"))
    assert (told(sam, "to-approve"), told(tess, "to-mend")) == ([], [fault["id"]])
    problem(kim.get("/v1/faults/to-mend"), 403, "forbidden")
    problem(tess.get("/v1/faults/to-approve"), 403, "forbidden")


def test_whoever_sanitised_a_thing_does_not_approve_it(mdt, kim, tess, tom, erin):
    fault = done(report(kim, mdt))
    done(step(tess, fault, "begun"))
    done(step(erin, fault, "sanitised", "Wiped"))
    problem(step(erin, fault, "approved"), 403, "forbidden")


def test_other_things_leave_without_approval_and_out_of_their_holders_hands(radio, kim, tess):
    take(kim, radio)
    fault = done(report(kim, radio))
    done(step(tess, fault, "begun"))
    with statements() as sent:
        done(step(tess, fault, "sent-away", vendor="Motorola"))
    assert len(sent) <= 10, "\n".join(each.text[:100] for each in sent)
    assert (now_of(kim, radio)["holder"], now_of(kim, radio)["state"]) == ("", "repair")
    assert chain(kim, radio)[-1]["from_name"] == "Kim"


def test_what_is_written_off_is_retired_and_its_radio_id_is_free(make, tess, kim):
    radio = make.asset(by=tess, fields={"radio_id": "700123"})
    take(kim, radio)
    fault = done(report(kim, radio))
    problem(step(tess, fault, "written-off", "Run over"), 409, "state-not-next")
    done(act(kim, radio, "take-back"))
    done(step(tess, fault, "written-off", "Run over"))
    told = now_of(tess, radio)
    assert (told["state"], told["faults"]) == ("retired", 0)
    last = chain(tess, radio)[-1]
    assert (last["act"], last["condition"], last["fault_id"]) == ("moved", "retired: Run over", fault["id"])
    make.asset(by=tess, fields={"radio_id": "700123"})


def test_no_step_of_a_fault_and_no_swap_for_one_takes_more_than_ten_statements(make, tess, sam, kim, erin):
    def counted(call, *args, **more):
        with statements() as sent:
            done(call(*args, **more))
        assert len(sent) <= 10, "\n".join(each.text[:150] for each in sent)

    unit = kit([("MDT", "mdt")], code="P99")
    worn = make.asset(by=tess, kind="mdt", data_class="cji")
    spare = make.asset(by=tess, kind="mdt", data_class="cji", pool=True)
    done(act(sam, worn, "hand-out", kit_id=str(unit.id)))
    fault = done(report(kim, worn))
    put = {"replacement_id": spare["id"], "replacement_entry_id": str(uuid.uuid4())}
    counted(act, sam, worn, "swap", fault_id=fault["id"], **put)
    assert (now_of(tess, worn)["unit"], now_of(tess, spare)["unit"]) == ("", "P99")

    fault = done(report(kim, spare))
    counted(step, tess, fault, "begun")
    counted(step, erin, fault, "approved")
    counted(step, tess, fault, "sanitised")
    counted(step, tess, fault, "sent-away", vendor="Maker")
    assert now_of(tess, spare)["unit"] == ""
    counted(step, tess, fault, "back")
    done(report(kim, spare))
    counted(step, tess, fault, "written-off", "Beyond repair")
    assert (now_of(tess, spare)["state"], now_of(tess, spare)["faults"]) == ("retired", 0)


# ── found by a check ─────────────────────────────────────────────────────────────────────────────────────


def found(thing, line="portable-radio:antenna", severity=Severity.MAJOR, **more):
    said = {"id": uuid.uuid4(), "asset_id": uuid.UUID(thing["id"]), "words": "Loose", **more}
    return FaultFound(severity=severity, line=line, **said)


def test_a_check_opens_many_faults_in_as_many_statements_as_one(make, tess, kim):
    things = [make.asset(by=tess) for _ in range(5)]
    unit = kit()
    wanted = [found(thing, line, kit_id=unit.id) for thing in things for line in ("a:one", "a:two")]
    with amid(kim), statements() as sent:
        open_faults(wanted)
    assert len(sent) <= 7
    assert [now_of(kim, thing)["faults"] for thing in things] == [2] * 5
    with amid(kim):
        open_faults(wanted)
    items = kim.get("/v1/faults/", query_string={"kit_id": str(unit.id)}).get_json()["items"]
    assert len(items) == len({fault["number"] for fault in items}) == 10
    assert len(events("assets.fault-opened")) == 10


def test_a_line_that_fails_again_is_noted_and_rejected_where_it_was_said_to_be_mended(radio, kim, lee, tess):
    first = found(radio)
    with amid(kim):
        open_faults([first])
    with amid(lee):
        open_faults([found(radio), found(radio, line="portable-radio:display")])
    fault = {"id": str(first.id)}
    assert now_of(kim, radio)["faults"] == 2
    done(step(tess, fault, "fixed"))
    with amid(tess):
        open_faults([found(radio)])
    assert seen(kim, fault)["state"] == "fixed", "whoever mended it can't say that it fails"
    with amid(lee):
        open_faults([found(radio)])
    assert (seen(kim, fault)["state"], seen(kim, fault)["rejected"]) == ("in-repair", 1)
    lines = kim.get(f"/v1/faults/{fault['id']}/history").get_json()["items"]
    assert [line["step"] for line in lines] == ["rejected", "note", "fixed", "note", "reported"]


def test_a_line_that_fails_worse_makes_its_fault_worse(radio, kim, lee):
    first = found(radio)
    with amid(kim):
        open_faults([first])
    with amid(lee):
        open_faults([found(radio, severity=Severity.CRITICAL)])
    assert (now_of(kim, radio)["worst_fault"], now_of(kim, radio)["faults"]) == ("critical", 1)
    assert seen(kim, {"id": str(first.id)})["severity"] == "critical"
    with amid(lee):
        open_faults([found(radio, severity=Severity.MINOR)])
    assert now_of(kim, radio)["worst_fault"] == "critical"


def test_what_fails_opens_a_fault_whatever_has_its_id_already(make, radio, kim, tess):
    other = make.asset(by=tess, tag="R-2")
    mine, theirs = done(report(kim, radio, "minor")), done(report(kim, other, "minor"))
    done(step(tess, mine, "dismissed"))
    check = uuid.uuid4()
    wanted = [
        replace(found(radio, line, Severity.CRITICAL, check_id=check), id=uuid.UUID(taken))
        for line, taken in (
            ("a:one", mine["id"]),
            ("a:two", theirs["id"]),
            ("a:three", str(check)),
            ("a:four", str(check)),
        )
    ]
    with amid(kim):
        ids = open_faults(wanted)
    assert len({*ids, uuid.UUID(mine["id"]), uuid.UUID(theirs["id"])}) == 6
    with amid(kim):
        assert open_faults(wanted) == ids
    assert (now_of(kim, radio)["worst_fault"], now_of(kim, radio)["faults"]) == ("critical", 4)
    assert now_of(kim, other)["faults"] == 1
    assert seen(kim, mine)["state"] == "dismissed"


def test_what_is_written_off_has_no_open_fault_left(radio, kim, tess):
    fault, other, mended = (done(report(kim, radio)) for _ in range(3))
    done(step(tess, mended, "fixed"))
    done(step(tess, fault, "written-off", "Run over"))
    assert (now_of(tess, radio)["faults"], now_of(tess, radio)["worst_fault"]) == (0, None)
    for each in (fault, other, mended):
        assert seen(tess, each)["state"] == "written-off"
        last = tess.get(f"/v1/faults/{each['id']}/history").get_json()["items"][0]
        assert (last["step"], last["words"]) == ("written-off", "Run over")


def test_the_phones_of_the_department_and_of_the_reporter_are_told(radio, kim, lee, dan, tess):
    _, cursor, _, _ = lee.pull()
    _, other, _, _ = dan.pull()
    fault = done(report(kim, radio))
    changes, _, _, _ = lee.pull(cursor)
    assert {change["kind"]: change["value"]["id"] for change in changes} == {
        "fault": fault["id"],
        "asset": radio["id"],
    }
    assert dan.pull(other)[0] == []
