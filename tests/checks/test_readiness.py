"""Which unit can roll: each rule, since when, who is told, and how it moves by itself."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, update

from backend.assets.tables import AssetRow, DocumentRow, ModelRow
from backend.checks import readiness
from backend.core.actor import db
from backend.core.clock import later, now
from backend.core.ledger import EventRow
from backend.worker import in_transaction
from shared_models.checks import Board, ReasonCode
from tests.statements import statements


def board(by, **query):
    answer = by.get("/v1/checks/board", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return Board.check(answer.get_json())


def unit(by, code="P12"):
    [found] = [each for each in board(by).items if each.unit == code]
    return found


def codes(by, code="P12"):
    return {(reason.code.value, reason.level.value, reason.name) for reason in unit(by, code).reasons}


def again():
    return in_transaction(readiness.recompute)


@pytest.fixture
def car(town, gil):
    """A car that was looked at and is ready; gives (kit, its things)."""
    kit, things = town.kit()
    town.done(gil, town.check(*(town.part(gil, id, kind) for kind, id in things.items()), kit=kit))
    assert unit(gil).level == "green"
    return kit, things


def events(kind):
    from sqlalchemy import select

    rows = select(EventRow).where(EventRow.kind == kind).order_by(EventRow.seq)
    return in_transaction(lambda: [row.fields for row in db().scalars(rows)])


def test_a_unit_that_nobody_ever_looked_at_is_amber_and_says_so(town, gil):
    town.kit()
    again()
    found = unit(gil)
    assert found.level == "amber"
    assert {reason.code for reason in found.reasons} == {ReasonCode.NEVER_CHECKED}
    assert {reason.detail for reason in found.reasons} == {
        f"{kind}:shift-start" for kind in ("mdt", "mobile-radio", "dash-camera")
    }


def test_a_critical_failure_makes_a_unit_red_at_once_and_a_major_one_amber(town, gil, car):
    kit, things = car
    dim = {"value": "fail", "note": "Dim"}
    town.done(gil, town.check(town.part(gil, things["mdt"], "mdt", screen=dim), kit=kit))
    assert codes(gil) == {("major-fault", "amber", "MDT")}
    dead = {"value": "fail", "note": "Does not boot at all"}
    town.done(gil, town.check(town.part(gil, things["mdt"], "mdt", boots=dead), kit=kit))
    found = unit(gil)
    assert (found.level, found.reasons[0].detail) == ("red", "mdt:boots")
    assert found.reasons[0].fault_id
    assert found.checked_by == "Gil"
    assert [each["level"] for each in events("checks.unit-moved")] == ["amber", "red"]
    assert board(gil).red == 1


def test_each_thing_that_can_keep_a_unit_from_rolling_is_a_reason(town, gil, car):
    _, things = car
    model = uuid.uuid4()

    def change():
        db().add(
            ModelRow(
                id=model, kind="mobile-radio", make="M", name="X", fields=[], issue_battery=60,
                approved_firmware="", note="", updated_at=now(),
            )
        )  # fmt: skip
        db().flush()
        db().execute(
            update(AssetRow).where(AssetRow.id == things["mobile-radio"]).values(model_id=model, battery=55)
        )
        values = {"state": "repair", "battery_health": 65}
        db().execute(update(AssetRow).where(AssetRow.id == things["dash-camera"]).values(**values))
        for days, name in ((-2, "old"), (10, "soon"), (90, "fine")):
            db().add(
                DocumentRow(
                    id=uuid.uuid4(), asset_id=things["mdt"], name=name, media_type="a/b", bytes=1, sha256="",
                    valid_until_on=now().date() + timedelta(days=days), sent_at=now(), sent_by_id=gil.id,
                )
            )  # fmt: skip

    in_transaction(change)
    again()
    assert codes(gil) == {
        ("battery-low", "amber", "MOBILE-RADIO"),
        ("battery-weak", "amber", "DASH-CAMERA"),
        ("not-in-service", "red", "DASH-CAMERA"),
        ("certificate", "red", "MDT"),
        ("certificate", "amber", "MDT"),
    }
    assert all(date.fromisoformat(r.detail) for r in unit(gil).reasons if r.code == "certificate")


def test_an_empty_slot_and_what_was_found_missing_make_a_unit_red_until_something_is_there(town, gil, car):
    kit, things = car
    slots = in_transaction(lambda: db().get_one(kit_row(), kit).slots)
    missing = {"slot_id": slots[0]["id"], "outcome": "missing"}
    there = {"slot_id": slots[1]["id"], "outcome": "there"}
    town.done(
        gil,
        town.check(town.part(gil, things["mobile-radio"], "mobile-radio"), kit=kit, slots=[missing, there]),
    )
    assert codes(gil) == {("missing", "red", "MDT")}

    town.done(gil, town.check(town.part(gil, things["mobile-radio"], "mobile-radio"), kit=kit, slots=[there]))
    assert codes(gil) == {("missing", "red", "MDT")}, "nobody looked at that slot again"

    town.done(
        gil,
        town.check(town.part(gil, things["mdt"], "mdt"), kit=kit, slots=[{**missing, "outcome": "there"}]),
    )
    assert unit(gil).level == "green"

    town.write_kit(kit, "P12", [*slots[1:], town.slot("vehicle"), town.slot("dock", required=False)])
    again()
    assert codes(gil) == {("missing", "red", "VEHICLE")}


def kit_row():
    from backend.assets.tables import KitRow

    return KitRow


def test_a_mended_fault_waits_amber_for_the_next_users_word(town, gil, car):
    from backend.assets.tables import FaultRow

    kit, things = car
    dead = {"value": "fail", "note": "Does not boot at all"}
    town.done(gil, town.check(town.part(gil, things["mdt"], "mdt", boots=dead), kit=kit))
    in_transaction(lambda: db().execute(update(FaultRow).values(state="fixed")))
    again()
    assert codes(gil) == {("unconfirmed", "amber", "MDT")}
    in_transaction(lambda: db().execute(update(FaultRow).values(state="confirmed", closed_at=now())))
    again()
    assert codes(gil) == set()


def test_since_stays_while_the_level_and_the_reason_stay(town, gil, car):
    _, things = car
    town.change(things["mdt"], state="repair")
    again()
    first = unit(gil)
    with later(timedelta(minutes=30)):
        town.change(things["mobile-radio"], battery=10)
        again()
        gil = town.make.signed_in(gil)
        second = unit(gil)
    assert second.since_at == first.since_at
    assert second.reasons[0] == first.reasons[0]
    assert len(second.reasons) == 2
    town.change(things["mdt"], state="in-use")
    town.change(things["mobile-radio"], battery=90)
    with later(timedelta(minutes=40)):
        again()
        gil = town.make.signed_in(gil)
        assert unit(gil).level == "green"
        assert unit(gil).since_at > first.since_at


def test_nothing_is_written_and_nobody_woken_where_nothing_changed(town, gil, car):
    again()
    _, cursor, *_ = gil.pull()
    assert again() == 0
    assert gil.pull(cursor)[0] == []


def test_overdue_is_amber_and_announced_once_for_each_unit_and_period(town, gil, car):
    kit, _ = car
    before = len(events("checks.check-overdue"))
    for days, told in ((1, 0), (2, 1), (2, 1), (3, 2)):
        with later(timedelta(days=days)):
            again()
            assert len(events("checks.check-overdue")) - before == told
    with later(timedelta(days=3)):
        found = unit(town.make.signed_in(gil))
        assert found.level == "amber"
        assert "overdue" in {reason.code for reason in found.reasons}
    assert events("checks.check-overdue")[-1] == {"kit_id": str(kit), "department": "police"}


def test_a_board_has_the_worst_first_and_of_ones_own_department_only(town, gil, make, car):
    town.kit("E1", kinds=("portable-radio",), department="fire")
    town.kit("P11", kinds=("portable-radio",))
    town.kit("P13", kinds=("mdt",), state="lost")
    again()
    assert [each.unit for each in board(gil).items] == ["P13", "P11", "P12"]
    hal = make.person("hal", role="crew", department="fire")
    assert [each.unit for each in board(hal).items] == ["E1"]
    fay = make.person("fay", role="technician")
    found = board(fay)
    assert (len(found.items), found.red, found.amber, found.green) == (4, 1, 2, 1)
    assert [each.unit for each in board(fay, department="fire").items] == ["E1"]


def test_a_board_that_shows_the_same_is_not_sent_again(town, gil, car):
    first = gil.get("/v1/checks/board")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert gil.get("/v1/checks/board", headers=tag).status_code == 304
    _, things = car
    town.change(things["mdt"], state="lost")
    again()
    assert gil.get("/v1/checks/board", headers=tag).status_code == 200


def test_what_happens_to_a_thing_moves_its_unit_by_itself(town, gil, car, make):
    from backend.assets import FaultFound, open_faults
    from shared_models.assets import Severity

    _, things = car
    make.worked()
    _, cursor, *_ = gil.pull()
    found = FaultFound(id=uuid.uuid4(), asset_id=things["mdt"], severity=Severity.CRITICAL, words="Smoke")
    in_transaction(lambda: open_faults([found]))
    make.worked()
    [change] = [each for each in gil.pull(cursor)[0] if each["kind"] == "readiness"]
    assert change["value"]["level"] == "red"


def test_a_slot_that_custody_emptied_makes_its_unit_red_by_itself(town, gil, car, make, erin):
    _, things = car
    again()
    assert unit(gil).level == "green"
    hand = {
        "id": str(uuid.uuid4()),
        "to_id": str(erin.id),
        "signature": "M1 1L200 90",
        "override": "For a look",
    }
    answer = erin.post(f"/v1/custody/{things['mdt']}/hand-out", hand)
    assert answer.status_code == 201, answer.get_json()
    make.worked()
    assert ("missing", "red", "MDT") in codes(gil)


def test_a_retired_unit_leaves_the_board_and_the_phones(town, gil, car):
    kit, _ = car
    _, cursor, *_ = gil.pull()
    town.write_kit(kit, "P12", [], retired=True)
    again()
    assert board(gil).items == ()
    [change] = [each for each in gil.pull(cursor)[0] if each["kind"] == "readiness"]
    assert change["value"] is None


def test_two_thousand_units_are_looked_at_in_three_statements(town, gil):
    in_transaction(lambda: db().execute(delete(AssetRow)))
    for n in range(5):
        town.kit(f"P{n}")
    with statements() as seen:
        again()
    assert len([each for each in seen if "westu_feed" not in each.text]) <= 3


def test_what_was_found_missing_counts_however_often_other_slots_are_looked_at_since(town, gil, car):
    kit, things = car
    first, second, _ = town.slots(kit)
    part = town.part(gil, things["mobile-radio"], "mobile-radio")
    ago = timedelta(minutes=30)
    missing = {"slot_id": first["id"], "outcome": "missing"}
    town.done(gil, town.check(part, kit=kit, slots=[missing], ago=ago))
    for minute in range(12):
        seen = [{"slot_id": second["id"], "outcome": "there"}]
        town.done(gil, town.check(part, kit=kit, slots=seen, ago=ago - timedelta(minutes=minute + 1)))
    assert ("missing", "red", "MDT") in codes(gil)

    earlier = [{**missing, "outcome": "there"}]
    town.done(gil, town.check(part, kit=kit, slots=earlier, ago=ago + timedelta(minutes=1)))
    assert ("missing", "red", "MDT") in codes(gil), "an earlier word does not end a later one"
    town.done(gil, town.check(part, kit=kit, slots=earlier))
    assert ("missing", "red", "MDT") not in codes(gil)


def test_a_unit_that_is_made_up_otherwise_moves_by_itself(town, fay, gil, car, make):
    kit, _ = car
    seen = fay.get(f"/v1/assets/kits/{kit}")
    slots = [*seen.get_json()["slots"], town.slot("vehicle")]
    tag = {"If-Match": seen.headers["ETag"]}
    answer = fay.patch(f"/v1/assets/kits/{kit}", {"slots": slots}, headers=tag)
    assert answer.status_code == 200, answer.get_json()
    make.worked()
    assert codes(gil) == {("missing", "red", "VEHICLE")}


def test_a_new_battery_threshold_moves_the_units_that_have_the_model(town, fay, gil, car, make):
    _, things = car
    model = {"id": str(uuid.uuid4()), "kind": "mdt", "make": "Panasonic", "name": "G2", "issue_battery": 20}
    seen = fay.post("/v1/assets/models/", model)
    town.change(things["mdt"], model_id=uuid.UUID(model["id"]), battery=50)
    tag = {"If-Match": seen.headers["ETag"]}
    fay.patch(f"/v1/assets/models/{model['id']}", {"issue_battery": 60}, headers=tag)
    make.worked()
    assert codes(gil) == {("battery-low", "amber", "MDT")}


def test_a_certificate_that_ends_moves_its_unit_until_it_is_dropped(town, fay, gil, car, make):
    _, things = car
    soon = (now().date() + timedelta(days=3)).isoformat()
    document = str(uuid.uuid4())
    answer = fay.put(
        f"/v1/assets/{things['mdt']}/documents",
        data=b"%PDF-1.4 paper",
        content_type="application/octet-stream",
        query_string={"document_id": document, "name": "Certificate.pdf", "valid_until_on": soon},
    )
    assert answer.status_code == 200, answer.get_json()
    make.worked()
    assert codes(gil) == {("certificate", "amber", "MDT")}
    assert fay.delete(f"/v1/assets/documents/{document}").status_code == 204
    make.worked()
    assert codes(gil) == set()
