"""What people are told of things: whom a fault wakes, who is asked to confirm, what is reminded of, and who is not."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from backend.assets import FaultFound, FaultMoved, open_faults
from backend.assets.tables import AssetRow, DocumentRow, ModelRow, ReservationRow
from backend.checks import CheckOverdue
from backend.core.actor import Context, db, within
from backend.core.clock import later, now
from backend.core.ledger import record
from backend.notifications import reactions
from backend.worker import in_transaction
from shared_models.assets import Severity
from shared_models.faults import FaultState, Step
from tests.checks.town import Town
from tests.notifications.tape import Tape, phone, sent


@pytest.fixture
def town(make):
    return Town(make)


@pytest.fixture
def staff(make):
    """Police: Gil drives, Ana rides along, Sue answers for the shift. Tom mends everywhere. Dan works elsewhere."""
    return {
        "gil": make.person("gil", role="crew", department="police"),
        "ana": make.person("ana", role="crew", department="police", language="es"),
        "sue": make.person("sue", role="supervisor", department="police"),
        "tom": make.person("tom", role="technician"),
        "dan": make.person("dan", role="crew", department="public-works"),
        "sam": make.person("sam", role="supervisor", department="public-works"),
    }


def inbox(person):
    return person.get("/v1/notifications/").get_json()["items"]


def told(staff):
    """Who was told what, by the newest of each."""
    return {name: items[0]["title"] for name, person in staff.items() if (items := inbox(person))}


def as_(app, person, do):
    """Do this as somebody, as the gate does."""
    from backend.core import feed
    from backend.core.house import house
    from backend.identity import actor_of

    with house().database.writing() as connection:
        actor = actor_of(person.token, connection, True)
        with within(Context(connection, actor)) as here:
            done = do()
            feed.write_touched()
            here.commit()
            return done


@pytest.fixture
def broken(app, make, town, staff):
    """A function by which Gil finds the MDT of his car broken; gives (fault, thing, kit)."""
    kit, things = town.kit()

    def run(severity="critical"):
        found = FaultFound(
            id=uuid.uuid4(), asset_id=things["mdt"], severity=Severity(severity), words="Screen is black"
        )
        as_(app, staff["gil"], lambda: open_faults([found]))
        make.worked()
        return found.id, things["mdt"], kit

    run.things = things
    return run


def moved(fault, thing, step, state, worker=None, reporter=None):
    return FaultMoved(
        fault_id=fault,
        asset_id=thing,
        severity=Severity.MAJOR,
        department="police",
        step=step,
        state=state,
        reporter_id=reporter,
        worker_id=worker,
    )


def test_a_critical_fault_wakes_who_mends_and_who_answers_there_and_not_who_reported_it(staff, broken, erin):
    fault, _, _ = broken("critical")
    assert told(staff) == {"sue": "Critical: WU-00001, P12", "tom": "Critical: WU-00001, P12"}
    [notice] = inbox(staff["tom"])
    assert (notice["kind"], notice["about_kind"], notice["about_id"]) == ("fault", "fault", str(fault))
    assert "black" not in str(notice)


def test_only_what_is_critical_goes_through_quiet_hours(staff, broken):
    tom, tape = staff["tom"], Tape()
    phone(tom)
    quiet = {"quiet": {"begin": "00:00", "end": "00:00", "zone": "America/Chicago"}}
    assert tom.put("/v1/notifications/wishes", quiet).status_code == 200
    broken("minor")
    assert sent(tape) == [] and len(inbox(tom)) == 1
    broken("critical")
    assert [job.title for job in sent(tape)] == ["Critical: WU-00001, P12"]


def test_a_lesser_fault_is_told_to_who_mends_alone(staff, broken):
    broken("major")
    assert list(told(staff)) == ["tom"]
    assert "It needs to be mended soon." in inbox(staff["tom"])[0]["body"]


def test_what_is_mended_is_confirmed_by_who_reported_it_who_has_it_and_the_crew(app, make, staff, broken):
    fault, thing, _ = broken("major")
    for held, holder in ((thing, staff["sue"]), (broken.things["mobile-radio"], staff["ana"])):
        in_transaction(
            lambda held=held, holder=holder: db().execute(
                update(AssetRow).where(AssetRow.id == held).values(holder_id=holder.id, holder="X")
            )
        )
    as_(app, staff["tom"], lambda: record(moved(fault, thing, Step.FIXED, FaultState.FIXED)))
    make.worked()
    titles = told(staff)
    assert titles["gil"] == titles["sue"] == "Please confirm: WU-00001, P12"
    assert titles["ana"] == "Confirme, por favor: WU-00001, P12"
    assert set(titles) == {"gil", "ana", "sue", "tom"} and len(inbox(staff["tom"])) == 1


def test_who_mended_it_learns_that_it_is_not_and_nobody_who_mends_no_more(app, make, staff, broken):
    fault, thing, _ = broken("major")
    tom, dan = staff["tom"], staff["dan"]
    for worker in (tom, dan):
        step = moved(fault, thing, Step.REJECTED, FaultState.IN_REPAIR, worker=worker.id)
        as_(app, staff["gil"], lambda step=step: record(step))
    make.worked()
    assert told(staff)["tom"] == "Not mended: WU-00001, P12"
    assert inbox(dan) == []


def test_a_unit_that_was_not_looked_at_is_told_once_to_who_answers_for_it(make, town, staff, erin):
    kit, _ = town.kit()
    in_transaction(lambda: record(CheckOverdue(kit_id=kit, department="police")))
    make.worked()
    assert told(staff) == {"sue": "P12 was not checked in time"}
    [notice] = inbox(staff["sue"])
    assert (notice["kind"], notice["about_kind"], notice["about_id"]) == ("reminder", "readiness", str(kit))


def test_who_reserved_a_thing_learns_once_when_it_is_theirs(town, staff):
    thing = town.thing("portable-radio", state="stock")
    begins = now() + timedelta(hours=2)
    row = ReservationRow(
        id=uuid.uuid4(),
        asset_id=thing,
        person_id=staff["gil"].id,
        person="Gil",
        from_at=begins,
        until_at=begins + timedelta(hours=8),
        note="",
    )
    in_transaction(lambda: db().add(row))
    in_transaction(reactions.remind_of_promises)
    assert told(staff) == {}
    with later(timedelta(hours=2, minutes=1)):
        for _ in range(2):
            in_transaction(reactions.remind_of_promises)
    [notice] = inbox(staff["gil"])
    assert (notice["title"], notice["about_id"]) == ("WU-00001 is yours from now on", str(thing))
    assert set(told(staff)) == {"gil"}


def test_a_month_before_support_or_a_certificate_ends_who_mends_learns_once_for_a_whole_fleet(town, staff):
    soon, far = (now() + timedelta(days=20)).date(), (now() + timedelta(days=90)).date()
    model = ModelRow(
        id=uuid.uuid4(),
        kind="portable-radio",
        make="Motorola",
        name="APX 6000",
        fields=[],
        issue_battery=None,
        approved_firmware="",
        patch_days=None,
        support_until_on=soon,
        note="",
        updated_at=now(),
    )
    in_transaction(lambda: db().add(model))
    things = [town.thing("portable-radio", model_id=model.id) for _ in range(3)]
    town.thing("mdt", support_until_on=far)
    document = DocumentRow(
        id=uuid.uuid4(),
        asset_id=things[0],
        name="calibration.pdf",
        media_type="application/pdf",
        bytes=10,
        sha256="",
        valid_until_on=soon,
        sent_at=now(),
        sent_by_id=staff["tom"].id,
    )
    in_transaction(lambda: db().add(document))
    for _ in range(2):
        in_transaction(reactions.remind_of_ends)
    assert sorted(item["title"] for item in inbox(staff["tom"])) == [
        f"Ends on {soon}: Motorola APX 6000",
        f"Ends on {soon}: WU-00001",
    ]
    assert "Things: 3." in str(inbox(staff["tom"]))
    assert set(told(staff)) == {"tom"}
