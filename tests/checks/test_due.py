"""What is due: the server's statement and the phone's rule say the same, of any town."""

import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.core.clock import later, now
from shared_models.assets import Asset
from shared_models.checks import Done, DueList, Schedule, Shift
from shared_models.duty import due_of
from shared_models.kits import Kit
from shared_models.templates import CheckTemplate
from shared_models.verdicts import week_of
from tests.cast import problem
from tests.checks.town import ZONE, Town
from tests.make import Make

KINDS = {"asset": Asset, "kit": Kit, "check_done": Done, "check_schedule": Schedule, "shift": Shift}


def told(by, **query):
    answer = by.get("/v1/checks/due", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return DueList.check(answer.get_json())


def on_phone(by, moment):
    """What a phone makes of what it has pulled."""
    changes, *_ = by.pull()
    held = {(change["kind"], change["id"]): change["value"] for change in changes}
    found = {
        kind: [wire.read(value) for (its, _), value in held.items() if its == kind and value]
        for kind, wire in KINDS.items()
    }
    templates = [CheckTemplate.read(v) for (kind, _), v in held.items() if kind == "check_template" and v]
    return due_of(
        found["check_schedule"],
        {each.code: each for each in templates if each.state == "in-force"},
        found["kit"],
        found["asset"],
        found["check_done"],
        found["shift"],
        ZoneInfo(ZONE),
        moment,
    )


def test_a_car_is_due_at_the_beginning_of_a_shift_and_no_more_once_it_was_looked_at(town, gil):
    kit, things = town.kit()
    due = [each for each in told(gil).items if each.cadence == "shift-start"]
    assert {(each.unit, each.template) for each in due} == {("P12", kind) for kind in things}
    assert not any(each.done_at or each.overdue for each in due)

    town.done(gil, town.check(*(town.part(gil, id, kind) for kind, id in things.items()), kit=kit))
    assert all(each.done_at for each in told(gil).items if each.cadence == "shift-start")
    assert [each.tag for each in told(gil, asset_id=things["mdt"], kit_id=kit).items] == ["WU-00001"] * 3
    with later(timedelta(days=1)):
        gil = town.make.signed_in(gil)
        assert not any(each.done_at for each in told(gil).items if each.cadence == "shift-start")


def test_what_somebody_holds_is_theirs_to_check_where_a_car_has_a_place_for_it(town, gil, make):
    hal = make.person("hal", role="crew", department="fire")
    camera = town.thing("body-camera", holder_id=gil.id)
    town.thing("body-camera", state="stock")
    assert [each for each in told(gil).items if each.cadence == "shift-start"] == []
    town.write_kit(uuid.uuid4(), "P12", [town.slot("body-camera", personal=True)])
    assert [each.asset_id for each in told(gil).items if each.cadence == "shift-start"] == [camera]
    assert told(hal).items == ()
    assert told(gil, department="fire").items == ()


def test_an_hour_after_a_shift_began_its_check_is_overdue(town, gil, fay):
    kit, things = town.kit()
    local = now().astimezone(ZoneInfo(ZONE))
    starts = (local + timedelta(hours=2)).strftime("%H:00")
    shift = {
        "department": "police",
        "code": "day",
        "name_en": "Day",
        "name_es": "Día",
        "starts": starts,
        "hours": 12,
    }
    assert fay.put(f"/v1/checks/shifts/{uuid.uuid4()}", shift).status_code == 200
    begun = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2) - local
    with later(begun + timedelta(minutes=59)):
        gil = town.make.signed_in(gil)
        assert not any(each.overdue for each in told(gil, kit_id=kit).items)
    with later(begun + timedelta(minutes=61)):
        gil = town.make.signed_in(gil)
        late = [each for each in told(gil, kit_id=kit).items if each.overdue]
        assert {each.cadence for each in late} == {"shift-start"}
        assert len(late) == len(things)
        assert told(gil).items[: len(late)] == tuple(late)


def test_a_long_list_says_that_there_is_more_and_tells_the_most_urgent(town, gil):
    town.kit()
    whole = gil.get("/v1/checks/due").get_json()
    some = gil.get("/v1/checks/due", query_string={"limit": 2}).get_json()
    assert (some["items"], some["more"], whole["more"]) == (whole["items"][:2], True, False)


def test_who_may_not_read_checks_sees_nothing_due(town, alice):
    problem(alice.get("/v1/checks/due"), 403, "forbidden")


def test_each_week_a_sample_of_the_door_readers_is_due_and_each_of_them_once_a_year(town, fay):
    made = now() - timedelta(days=800)
    readers = {town.thing("door-reader", department="public-works", made_at=made) for _ in range(60)}
    told_of = {each.asset_id: each for each in told(fay, limit=500).items if each.cadence == "yearly"}
    assert told_of.keys() == readers
    for due in told_of.values():
        assert due.from_at <= now() < due.until_at
        assert timedelta(days=364) < due.until_at - due.from_at < timedelta(days=367)
    begins = {each.from_at for each in told_of.values()}
    assert len(begins) == len({week_of(id) for id in readers}) > 20, "not all on one day"
    sample = [each for each in told_of.values() if now() - each.from_at < timedelta(days=7)]
    assert len(sample) < len(readers) / 4


# ── phone and server agree ───────────────────────────────────────────────────────────────────────────────

kinds = st.sampled_from(["mdt", "portable-radio", "body-camera", "dock", "phone", "vehicle", "door-reader"])
states = st.sampled_from(["in-use", "in-use", "stock", "repair", "lost"])
thing = st.fixed_dictionaries(
    {
        "kind": kinds,
        "state": states,
        "department": st.sampled_from(["police", "fire"]),
        "held": st.booleans(),
        "age": st.integers(0, 200),
        "in_kit": st.integers(0, 3),
    }
)
looked_at = st.tuples(
    st.integers(0, 7), st.sampled_from(["mdt", "body-camera", "dock", "door-reader"]), st.integers(0, 24 * 40)
)
shift = st.tuples(st.sampled_from(["police", "fire"]), st.integers(0, 23), st.sampled_from([8, 10, 12, 24]))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    things=st.lists(thing, min_size=1, max_size=8),
    done=st.lists(looked_at, max_size=6),
    turns=st.lists(shift, max_size=3),
    extra=st.sampled_from([None, "police", "fire"]),
    ahead=st.integers(0, 24 * 30),
)
def test_server_and_phone_agree_on_what_is_due(house, sweeper, things, done, turns, extra, ahead):
    sweeper()
    with house.app_context():
        agree(Make(house), things, done, turns, extra, ahead)


def agree(make, things, done, turns, extra, ahead):
    from backend.checks.tables import DoneRow
    from backend.core.actor import db
    from backend.core.feed import THINGS, touch
    from backend.worker import in_transaction
    from shared_models.checks import done_id

    town, fay = Town(make), make.person("fay", role="technician")
    kits = [uuid.uuid4() for _ in range(3)]
    made = []
    for each in things:
        values = {name: each[name] for name in ("state", "department")}
        values["made_at"] = now() - timedelta(hours=7 * each["age"])
        values["holder_id"] = fay.id if each["held"] else None
        made.append((town.thing(each["kind"], **values), each))
    for n, kit in enumerate(kits):
        carrier = next((id for id, each in made if each["kind"] == "vehicle" and not each["in_kit"]), None)
        slots = [town.slot("body-camera", personal=True)] if n == 1 else []
        department = ("police", "fire", "police")[n]
        town.write_kit(kit, f"K{n}", slots, department, retired=n == 2, asset_id=carrier if n == 0 else None)
    for id, each in made:
        if each["in_kit"]:
            town.change(id, kit_id=kits[each["in_kit"] - 1])
    for department, hour, hours in {(d, h): (d, h, n) for d, h, n in turns}.values():
        body = {
            "department": department,
            "code": f"s{hour}",
            "name_en": "S",
            "name_es": "S",
            "starts": f"{hour:02}:00",
        }
        assert fay.put(f"/v1/checks/shifts/{uuid.uuid4()}", {**body, "hours": hours}).status_code == 200
    if extra:
        body = {"template": "dock", "cadence": "weekly", "department": extra, "kits": False}
        assert fay.put(f"/v1/checks/schedules/{uuid.uuid4()}", body).status_code == 200

    def look():
        for n, template, ago in done:
            id, each = made[n % len(made)]
            for cadence in ("shift-start", "daily", "weekly", "yearly"):
                row = DoneRow(
                    id=done_id(id, template, cadence_of(cadence)), asset_id=id, template=template,
                    cadence=cadence_of(cadence), department=each["department"],
                    done_at=now() - timedelta(hours=ago), by="Fay",
                )  # fmt: skip
                db().merge(row)
                touch({THINGS}, "check_done", row.id)
        for id, _ in made:
            touch({THINGS}, "asset", id)
        for kit in kits:
            touch({THINGS}, "kit", kit)

    in_transaction(look)
    with later(timedelta(hours=ahead)):
        fay = make.signed_in(fay)
        server = told(fay)
        assert on_phone(fay, server.made_at) == server.items


def cadence_of(word):
    from shared_models.templates import Cadence

    return Cadence(word)
