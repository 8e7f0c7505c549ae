"""Finishing a check: what it needs, what follows from it, what comes twice or late."""

import uuid
from datetime import timedelta

from sqlalchemy import text

from backend.core.actor import db
from backend.core.clock import now
from backend.worker import in_transaction
from shared_models.checks import FinishCheck
from shared_models.custody import link
from tests.cast import problem
from tests.statements import statements


def errors(answer):
    return {error["pointer"]: error["detail"] for error in problem(answer, 422, "invalid")["errors"]}


def faults(by):
    return {row["id"]: row for kind, row in pulled(by) if kind == "fault"}


def pulled(by):
    changes, *_ = by.pull()
    return [(change["kind"], change["value"]) for change in changes if change["value"]]


def test_a_check_that_passes_is_sealed_and_a_second_sending_changes_nothing(town, gil, alice):
    kit, things = town.kit()
    sent = town.check(town.part(gil, things["mdt"], "mdt"), kit=kit)

    first = town.done(gil, sent)
    assert (first["unit"], first["by"], first["worst"], first["failed"]) == ("P12", "Gil", None, 0)
    assert first["hash"] == link(FinishCheck.check(sent).dump())
    assert town.done(gil, sent) == first
    problem(gil.post("/v1/checks/", {**sent, "app": "other"}), 409, "already-there")
    problem(alice.post("/v1/checks/", sent), 403, "forbidden")
    assert gil.get(f"/v1/checks/{first['id']}").get_json() == first


def test_what_fails_opens_a_fault_of_its_severity_and_once_only(town, gil):
    kit, things = town.kit()
    screen = {"value": "fail", "note": "Cracked in a corner"}
    part = town.part(gil, things["mdt"], "mdt", screen=screen, peripherals="fail")

    assert town.done(gil, town.check(part, kit=kit))["failed"] == 2
    found = faults(gil)
    assert {(row["line"], row["severity"]) for row in found.values()} == {
        ("mdt:screen", "major"),
        ("mdt:peripherals", "minor"),
    }
    [major] = [row for row in found.values() if row["severity"] == "major"]
    assert major["words"].endswith("night mode. Cracked in a corner")
    assert major["unit"] == "P12"

    town.done(gil, town.check(part, kit=kit))
    assert faults(gil).keys() == found.keys()
    assert town.asset(things["mdt"]).worst_fault == "major"


def test_answers_name_the_faults_that_were_opened_whatever_ids_were_sent(town, gil):
    kit, things = town.kit()
    used = str(uuid.uuid4())
    twice = {
        line: {"value": "fail", "note": "Cracked", "fault_id": used} for line in ("screen", "peripherals")
    }
    sent = town.check(town.part(gil, things["mdt"], "mdt", **twice), kit=kit)
    town.done(gil, sent)

    query = "SELECT line, fault_id FROM check_answer WHERE check_id = :id AND severity IS NOT NULL"
    named = in_transaction(lambda: db().execute(text(query), {"id": sent["id"]}).all())
    opened = faults(gil)
    assert len(opened) == 2
    assert {line: opened[str(id)]["line"] for line, id in named} == {line: line for line, _ in named}
    assert used in opened


def test_a_critical_failure_asks_for_a_photo_or_why_there_is_none_and_a_major_one_for_words(town, gil, jpeg):
    kit, things = town.kit()

    def sent(**said):
        return town.check(town.part(gil, things["mdt"], "mdt", **said), kit=kit)

    def pointers(**said):
        return set(errors(gil.post("/v1/checks/", sent(**said))))

    assert pointers(boots="fail") == {"/parts/0/answers/2/note"}
    assert pointers(boots={"value": "fail", "note": "Dead"}) == {"/parts/0/answers/2/note"}
    assert pointers(gps="fail") == {"/parts/0/answers/6/note"}
    photo = str(gil.send_photo(jpeg()))
    assert town.done(gil, sent(boots={"value": "fail", "photos": [photo]}))["worst"] == "critical"
    assert town.done(gil, sent(boots={"value": "fail", "note": "Too dark in here"}))["worst"] == "critical"


def test_wrong_and_missing_answers_are_named_by_their_place(town, gil):
    kit, things = town.kit()
    part = town.part(gil, things["mdt"], "mdt", network="fair", power="battery", battery="101", cad="maybe")
    found = errors(gil.post("/v1/checks/", town.check(part, kit=kit)))
    assert found == {
        "/parts/0/answers/4/value": "It must be one of good, weak, none.",
        "/parts/0/answers/5/value": "It must be pass or fail.",
        "/parts/0/answers/11/value": "It must be a number from 0 to 100.",
    }

    part = town.part(gil, things["mdt"], "mdt")
    part["answers"] = [*part["answers"][2:], {"line": "horn", "value": "pass"}, part["answers"][4]]
    found = errors(gil.post("/v1/checks/", town.check(part, kit=kit)))
    assert found == {
        "/parts/0/answers": "Not answered: tag, mount.",
        "/parts/0/answers/9/line": "No such line.",
        "/parts/0/answers/10/line": "Answered before.",
    }


def test_what_does_not_belong_together_is_refused(town, gil, make):
    kit, things = town.kit()
    radio = town.part(gil, things["mobile-radio"], "mobile-radio")
    mdt = town.part(gil, things["mdt"], "mdt")
    others = town.thing("mdt", department="fire")
    assert set(errors(gil.post("/v1/checks/", town.check({**radio, "template": "mdt"}, kit=kit)))) == {
        "/parts/0/template"
    }
    sent = town.check({**mdt, "asset_id": str(others)})
    assert set(errors(gil.post("/v1/checks/", sent))) == {"/parts/0/asset_id"}
    assert set(errors(gil.post("/v1/checks/", town.check(mdt, kit=uuid.uuid4())))) == {"/kit_id"}
    assert set(errors(gil.post("/v1/checks/", town.check(mdt, mdt, kit=kit)))) == {"/parts/1"}
    odd = town.check(mdt, kit=kit, slots=[{"slot_id": str(uuid.uuid4()), "outcome": "there"}])
    assert set(errors(gil.post("/v1/checks/", odd))) == {"/slots/0/slot_id"}
    unknown = problem(
        gil.post("/v1/checks/", town.check({**mdt, "template_version": 9})), 409, "template-unknown"
    )
    assert unknown["errors"][0]["pointer"] == "/parts/0/template_version"
    missing = {**mdt["answers"][0], "photos": [str(uuid.uuid4())]}
    sent = town.check({**mdt, "answers": [missing, *mdt["answers"][1:]]}, kit=kit)
    problem(gil.post("/v1/checks/", sent), 409, "photo-missing")


def test_a_thing_of_criminal_justice_fails_worse(town, gil):
    patch = {"patch_age": {"value": "40", "note": "Waits for the vendor"}}
    worst = []
    for data_class in ("internal", "cji"):
        thing = town.thing("mdt", data_class=data_class)
        part = town.part(gil, thing, "mdt", cadences=("quarterly",), **patch)
        worst.append(town.done(gil, town.check(part))["worst"])
    assert worst == ["major", "critical"]


def test_a_check_tells_the_last_readings_of_a_thing_and_one_that_comes_late_changes_none(town, gil):
    thing = town.thing("portable-radio")
    at = {"lat": 29.7178, "lon": -95.4317}

    def done(charge, ago, **said):
        part = town.part(gil, thing, "portable-radio", battery=charge)
        return town.done(gil, town.check(part, ago=ago, **said))

    done("91", timedelta(hours=1), where=at)
    row = town.asset(thing)
    assert (row.battery, row.where.dump()) == (91, at)
    before = {kind: value for kind, value in pulled(gil) if kind in {"check_done", "asset"}}

    late = done({"value": "85"}, timedelta(hours=9))
    assert town.asset(thing).battery == 91
    after = {kind: value for kind, value in pulled(gil) if kind in {"check_done", "asset"}}
    assert after == before
    assert late["id"] in {value["id"] for kind, value in pulled(gil) if kind == "check"}

    done("88", timedelta(0))
    assert town.asset(thing).battery == 88


def test_a_clock_that_is_ahead_does_not_shut_out_what_comes_after(town, gil):
    thing = town.thing("portable-radio")
    town.done(gil, town.check(town.part(gil, thing, "portable-radio", battery="91"), ago=-timedelta(days=3)))
    town.done(gil, town.check(town.part(gil, thing, "portable-radio", battery="90")))
    assert town.asset(thing).battery == 90


def test_photos_of_a_check_are_seen_by_whoever_sees_it_and_nobody_else(town, gil, sue, make, jpeg):
    thing = town.thing("portable-radio")
    photo = str(gil.send_photo(jpeg()))
    town.done(
        gil, town.check(town.part(gil, thing, "portable-radio", battery={"value": "95", "photos": [photo]}))
    )
    fire = make.person("hal", role="crew", department="fire")
    assert sue.get(f"/v1/photos/{photo}").status_code == 200
    problem(fire.get(f"/v1/photos/{photo}"), 404, "not-found")


def test_a_check_of_30_answers_with_failures_takes_at_most_14_statements(town, gil, jpeg):
    kit, things = town.kit()
    photo = str(gil.send_photo(jpeg()))
    parts = [
        town.part(
            gil, things["mdt"], "mdt",
            screen={"value": "fail", "note": "Cracked"}, boots={"value": "fail", "photos": [photo]}, peripherals="fail",
        ),
        town.part(gil, things["mobile-radio"], "mobile-radio"),
        town.part(gil, things["dash-camera"], "dash-camera", metadata="fail"),
    ]  # fmt: skip
    assert sum(len(part["answers"]) for part in parts) >= 30
    town.done(gil, town.check(town.part(gil, things["mobile-radio"], "mobile-radio"), kit=kit))
    sent = town.check(*parts, kit=kit)
    with statements() as seen:
        town.done(gil, sent)
    assert len(seen) <= 14, "\n".join(" ".join(each.text.split())[:120] for each in seen)


def test_a_slot_is_told_once(town, gil):
    kit, things = town.kit()
    slot = {"slot_id": town.slots(kit)[0]["id"], "outcome": "there"}
    sent = town.check(town.part(gil, things["mdt"], "mdt"), kit=kit, slots=[slot, slot])
    assert set(errors(gil.post("/v1/checks/", sent))) == {"/slots/1/slot_id"}
    assert town.done(gil, {**sent, "slots": [slot]})


def test_a_check_says_something_only_of_what_has_to_do_with_its_unit(town, gil, sue, make):
    kit, things = town.kit()
    strange = town.thing("mdt")
    part = town.part(gil, strange, "mdt")
    sent = town.check(town.part(gil, things["mdt"], "mdt"), part, kit=kit)
    assert set(errors(gil.post("/v1/checks/", sent))) == {"/parts/1/asset_id"}

    found = {"slot_id": town.slots(kit)[0]["id"], "outcome": "other", "asset_id": str(strange)}
    assert town.done(gil, {**sent, "slots": [found]})
    mine = town.thing("body-camera", holder_id=gil.id)
    assert town.done(gil, town.check(town.part(gil, mine, "body-camera"), kit=kit))
    spare = town.thing("mdt", state="stock", pool=True)
    assert town.done(gil, town.check(town.part(gil, spare, "mdt"), kit=kit))
    assert town.done(gil, town.check(town.part(gil, strange, "mdt"))), "alone it may be looked at"


def test_what_left_the_unit_while_the_check_was_on_its_way_is_taken_in(town, fay, gil):
    kit, things = town.kit()
    sent = town.check(town.part(gil, things["mdt"], "mdt"), kit=kit)
    seen = fay.get(f"/v1/assets/kits/{kit}")
    slots = [{**slot, "asset_id": None} for slot in seen.get_json()["slots"]]
    tag = {"If-Match": seen.headers["ETag"]}
    assert fay.patch(f"/v1/assets/kits/{kit}", {"slots": slots}, headers=tag).status_code == 200
    assert town.asset(things["mdt"]).kit_id is None
    assert town.done(gil, sent)


def test_what_was_retired_is_looked_at_no_more(town, gil):
    thing = town.thing("mdt", state="retired")
    sent = town.check(town.part(gil, thing, "mdt"))
    assert set(errors(gil.post("/v1/checks/", sent))) == {"/parts/0/asset_id"}
    town.change(thing, state="in-use")
    assert town.done(gil, sent)


def test_what_is_retired_while_the_check_is_on_its_way_is_taken_in(town, fay, gil):
    thing = town.thing("mdt")
    sent = town.check(town.part(gil, thing, "mdt"))
    back = {"id": str(uuid.uuid4()), "signature": "M1 1L200 90"}
    assert fay.post(f"/v1/custody/{thing}/take-back", back).status_code == 201
    for state in ("out-of-service", "retired"):
        answer = fay.post(f"/v1/assets/{thing}/move", {"state": state, "words": "Worn out"})
        assert answer.status_code == 200, answer.get_json()
    assert town.done(gil, sent)


def test_readings_that_the_register_would_not_take_are_refused_in_their_place(town, gil):
    thing = town.thing("mdt")
    far, next_day = ((now() + timedelta(days=days)).date().isoformat() for days in (3, 0))
    sent = town.check(town.part(gil, thing, "mdt", cadences=("quarterly",), patched=far))
    [(pointer, words)] = errors(gil.post("/v1/checks/", sent)).items()
    assert pointer.startswith("/parts/0/answers/"), words
    assert pointer.endswith("/value")
    town.done(gil, town.check(town.part(gil, thing, "mdt", cadences=("quarterly",), patched=next_day)))
    assert town.asset(thing).patched_on.isoformat() == next_day

    radio = town.thing("portable-radio")
    cadence = next(
        line["cadence"]
        for line in town.template(gil, "portable-radio")["lines"]
        if line["code"] == "firmware"
    )
    for length, status in ((121, 422), (120, 201)):
        part = town.part(gil, radio, "portable-radio", cadences=(cadence,), firmware="R" * length)
        assert gil.post("/v1/checks/", town.check(part)).status_code == status


def test_a_check_of_a_clock_that_is_years_behind_is_refused(town, gil):
    sent = town.check(town.part(gil, town.thing("mdt"), "mdt"))
    old = {"started_at": "2019-12-31T23:59:00Z", "finished_at": "2019-12-31T23:59:59Z"}
    assert set(errors(gil.post("/v1/checks/", {**sent, **old}))) == {"/started_at", "/finished_at"}


def test_a_check_that_is_on_no_phone_any_more_says_nothing_of_how_things_are_now(town, gil):
    kit, things = town.kit()
    thing = things["mdt"]
    missing = {"slot_id": town.slots(kit)[1]["id"], "outcome": "missing"}
    dead = {"value": "fail", "note": "Does not boot at all"}
    part = town.part(gil, thing, "mdt", boots=dead, power="battery", battery="60")
    town.done(gil, town.check(part, kit=kit, slots=[missing], ago=timedelta(days=31)))
    assert (town.asset(thing).battery, town.asset(thing).seen_at) == (None, None)
    kinds = {kind for kind, _ in pulled(gil)}
    assert "check_done" not in kinds
    assert {row["line"] for row in faults(gil).values()} == {"mdt:boots"}, (
        "what is broken is told all the same"
    )
    [unit] = gil.get("/v1/checks/board").get_json()["items"]
    assert "missing" not in {reason["code"] for reason in unit["reasons"]}
    town.done(gil, town.check(part, kit=kit, slots=[missing], ago=timedelta(days=29)))
    assert town.asset(thing).battery == 60
