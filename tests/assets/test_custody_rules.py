"""The issue rule, swaps from the spare pool, and what is promised to whom."""

import uuid
from datetime import timedelta

import pytest

from backend.assets.tables import AssetRow
from backend.core.actor import db
from backend.core.clock import later, now
from backend.worker import in_transaction
from shared_models.assets import AssetState
from shared_models.custody import broken_at
from tests.assets.hands import SIGNED, act, barred, chain, done, kit, now_of, take, wrong_at
from tests.cast import problem
from tests.races import all_at_once, events


@pytest.fixture
def lee(make):
    """Works the same shift."""
    return make.person("lee", role="crew", department="police")


def bars(by, thing):
    return set(by.get(f"/v1/custody/{thing['id']}/bars").get_json()["items"])


def broken(by, thing, severity="critical", id=None):
    """A fault of a thing, as the server told it."""
    body = {
        "id": id or str(uuid.uuid4()), "asset_id": thing["id"], "severity": severity, "words": "Does not transmit at all",
    }  # fmt: skip
    return done(by.post("/v1/faults/", body))


def promise(by, thing, begin, hours, **more):
    from_at = now() + timedelta(hours=begin)
    until = from_at + timedelta(hours=hours)
    body = {
        "id": str(uuid.uuid4()),
        "asset_id": thing["id"],
        "from_at": from_at.isoformat(),
        "until_at": until.isoformat(),
    }
    return by.post("/v1/custody/reservations", body | more)


# ── the issue rule ───────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_handed_out_below_its_battery_threshold(make, tess, kim):
    model = make.model(by=tess, issue_battery=80)
    radio = make.asset(by=tess, model_id=model["id"])
    assert bars(kim, radio) == {"battery"}, "nobody knows its charge"
    assert barred(act(kim, radio, "hand-out", to_id=str(kim.id))) == {"battery"}
    assert barred(act(kim, radio, "hand-out", to_id=str(kim.id), battery=79)) == {"battery"}
    take(kim, radio, battery=80)
    assert now_of(kim, radio)["battery"] == 80


def test_nothing_unpatched_or_with_other_firmware_than_approved_is_handed_out(make, tess, kim):
    model = make.model(by=tess, kind="mdt", patch_days=30, approved_firmware="7.2")
    old = (now() - timedelta(days=31)).date().isoformat()
    fine = (now() - timedelta(days=30)).date().isoformat()
    said = {"kind": "mdt", "model_id": model["id"]}
    never = make.asset(by=tess, firmware="7.2", **said)
    long_ago = make.asset(by=tess, firmware="7.1", patched_on=old, **said)
    ready = make.asset(by=tess, firmware="7.2", patched_on=fine, **said)
    assert barred(act(kim, never, "hand-out", to_id=str(kim.id))) == {"unpatched"}
    assert barred(act(kim, long_ago, "hand-out", to_id=str(kim.id))) == {"unpatched", "firmware"}
    assert bars(kim, ready) == set()
    take(kim, ready)


def test_a_critical_fault_stands_against_it_until_it_is_mended_and_the_next_user_can_try(
    make, tess, kim, lee
):
    radio = make.asset(by=tess)
    broken(kim, radio, "major")
    assert bars(lee, radio) == set()
    fault = broken(kim, radio)
    assert barred(act(lee, radio, "hand-out", to_id=str(lee.id))) == {"fault"}
    step = {"id": str(uuid.uuid4()), "step": "fixed", "words": "New antenna"}
    done(tess.post(f"/v1/faults/{fault['id']}/steps", step))
    take(lee, radio)


def test_an_override_needs_a_reason_and_somebody_who_answers_for_it(make, tess, kim, lee, sam):
    model = make.model(by=tess, issue_battery=80)
    radio = make.asset(by=tess, model_id=model["id"])
    problem(act(kim, radio, "hand-out", to_id=str(kim.id), override="I need it"), 403, "forbidden")
    assert barred(act(sam, radio, "hand-out", to_id=str(kim.id))) == {"battery"}
    entry = done(act(sam, radio, "hand-out", to_id=str(kim.id), override="The last one, charges in the car"))
    assert entry["override"] == "The last one, charges in the car"
    [told] = events("assets.rule-overridden")
    assert told.fields["bars"] == ["battery"]
    assert "charges" not in str(told.fields)
    assert barred(act(kim, radio, "pass-on", to_id=str(lee.id))) == {"battery"}
    assert done(act(kim, radio, "pass-on", to_id=str(lee.id), battery=90))["override"] == ""
    assert len(events("assets.rule-overridden")) == 1


def test_what_is_lost_or_away_is_handed_to_nobody(make, tess, sam, kim):
    radio = make.asset(by=tess)
    answer = tess.post(f"/v1/assets/{radio['id']}/move", {"state": "lost", "words": "Not in its rack"})
    assert answer.status_code == 200, answer.get_json()
    assert barred(act(sam, radio, "hand-out", to_id=str(kim.id), override="Found it")) == {"state"}


# ── swaps ────────────────────────────────────────────────────────────────────────────────────────────────


def swapped(by, old, new, **more):
    entry = {"replacement_entry_id": str(uuid.uuid4())}
    return act(by, old, "swap", replacement_id=new["id"], **entry | more)


def test_a_broken_thing_is_swapped_for_a_spare_in_one_go(make, tess, kim, sam):
    old, spare = make.asset(by=tess, tag="OLD"), make.asset(by=tess, tag="NEW", pool=True)
    unit = kit([("Radio", "portable-radio")])
    done(act(sam, old, "hand-out", kit_id=str(unit.id), battery=20))
    fault = broken(kim, old)
    entry, put = done(swapped(kim, old, spare, fault_id=fault["id"], battery=95, condition="Dead"))["items"]

    assert (entry["act"], entry["unit"], entry["fault_id"]) == ("swapped-out", "421", fault["id"])
    assert (put["act"], put["unit"], put["signature"], entry["condition"]) == (
        "swapped-in",
        "421",
        SIGNED,
        "Dead",
    )
    gone, come = now_of(kim, old), now_of(kim, spare)
    assert (gone["state"], gone["unit"], gone["worst_fault"]) == ("out-of-service", "", "critical")
    assert (come["state"], come["unit"], come["pool"], gone["pool"]) == ("in-use", "421", False, True)
    assert (come["battery"], gone["battery"]) == (95, 20)
    told = kim.get(f"/v1/faults/{fault['id']}").get_json()
    assert (told["state"], told["replacement_id"]) == ("open", spare["id"])
    assert [each["act"] for each in chain(kim, spare)] == ["registered", "swapped-in"]
    assert broken_at(chain(kim, spare)) is None
    assert broken_at(chain(kim, old)) is None


def test_a_swap_again_is_the_same_swap_and_of_two_at_once_one_has_the_spare(make, tess, kim, lee):
    first, second, spare = make.asset(by=tess), make.asset(by=tess), make.asset(by=tess, pool=True)
    take(kim, first)
    take(lee, second)
    tries = [(kim, first, str(uuid.uuid4())), (lee, second, str(uuid.uuid4()))]

    def once(n):
        by, old, id = tries[n % 2]
        return swapped(by, old, spare, id=id, replacement_entry_id=str(uuid.UUID(int=uuid.UUID(id).int ^ 1)))

    answers = all_at_once(4, once)
    assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422]
    assert len({answer.get_data() for answer in answers if answer.status_code == 201}) == 1
    by, old, id = next(
        each for each, answer in zip(tries, answers[:2], strict=True) if answer.status_code == 201
    )
    problem(swapped(by, old, spare, id=id), 409, "already-there")
    both = {"id": id, "replacement_entry_id": str(uuid.UUID(int=uuid.UUID(id).int ^ 1))}
    problem(swapped(by, old, spare, override="Now", **both), 409, "already-there")
    problem(swapped(by, old, spare, condition="Wet", **both), 409, "already-there")
    holder = now_of(tess, spare)["holder_id"]
    assert holder in {str(kim.id), str(lee.id)}
    assert len(chain(tess, spare)) == 2


def test_only_a_spare_of_the_same_kind_that_may_be_handed_out_is_put_in(make, tess, kim, lee):
    old, other = make.asset(by=tess), make.asset(by=tess, kind="body-camera", pool=True)
    no_spare, flat = make.asset(by=tess), make.asset(by=tess, pool=True)
    take(kim, old)
    assert wrong_at(swapped(kim, old, other)) == {"/replacement_id"}
    assert wrong_at(swapped(kim, old, no_spare)) == {"/replacement_id"}
    assert wrong_at(swapped(kim, old, old)) == {"/replacement_id"}
    problem(swapped(lee, old, flat), 409, "not-in-hand")
    assert wrong_at(swapped(kim, old, flat, signature="")) == {"/signature"}
    broken(kim, flat)
    assert barred(swapped(kim, old, flat)) == {"fault"}
    assert wrong_at(swapped(kim, old, make.asset(by=tess, pool=True), fault_id=str(uuid.uuid4()))) == {
        "/fault_id"
    }
    assert now_of(kim, old)["holder"] == "Kim"


# ── promises ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_promised_to_one_is_not_handed_to_another(make, tess, kim, lee, sam):
    radio = make.asset(by=tess)
    made = done(promise(kim, radio, 1, 4))
    assert bars(lee, radio) == set()
    with later(timedelta(hours=2)):
        lee, kim, sam = (make.signed_in(each) for each in (lee, kim, sam))
        assert barred(act(lee, radio, "hand-out", to_id=str(lee.id))) == {"reserved"}
        assert bars(kim, radio) == set()
        ended = kim.post(f"/v1/custody/reservations/{made['id']}/end")
        assert ended.get_json()["ended_at"] is not None
        take(lee, radio)


def test_two_promises_of_one_thing_never_overlap_even_at_once(make, tess, kim, lee):
    radio = make.asset(by=tess)
    both = (kim, lee)
    answers = all_at_once(4, lambda n: promise(both[n % 2], radio, 1, 4))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    problem(promise(lee, radio, 4.5, 1), 409, "already-there")
    done(promise(lee, radio, 6, 1))
    told = kim.get(
        "/v1/custody/reservations", query_string={"asset_id": radio["id"], "open": "true"}
    ).get_json()
    assert len(told["items"]) == 2


def test_crew_reserve_for_themselves_and_who_answers_for_a_shift_for_others(make, tess, kim, lee, sam, dan):
    radio = make.asset(by=tess)
    problem(promise(kim, radio, 1, 1, person_id=str(lee.id)), 403, "forbidden")
    made = done(promise(sam, radio, 1, 1, person_id=str(lee.id)))
    assert made["person"] == "Lee"
    problem(kim.post(f"/v1/custody/reservations/{made['id']}/end"), 409, "not-in-hand")
    problem(dan.post(f"/v1/custody/reservations/{made['id']}/end"), 404, "not-found")
    assert wrong_at(promise(kim, radio, 3, -1)) == {"/until_at"}
    assert wrong_at(promise(sam, radio, 3, 1, person_id=str(dan.id))) == {"/person_id"}
    assert lee.post(f"/v1/custody/reservations/{made['id']}/end").status_code == 200


# ── what carries a unit, what may not leave ──────────────────────────────────────────────────────────────


def carrier(by, made):
    return by.get(f"/v1/assets/kits/{made['id']}").get_json()["asset_id"]


def test_a_unit_is_carried_by_what_was_put_in_the_place_of_its_car_and_by_none_that_left(make, tess, kim):
    car, spare = (make.asset(by=tess, kind="vehicle", pool=pool) for pool in (False, True))
    made = make.kit(tess, asset_id=car["id"])
    in_transaction(lambda: setattr(db().get(AssetRow, uuid.UUID(car["id"])), "state", AssetState.IN_USE))
    done(swapped(kim, car, spare))
    assert carrier(tess, made) == spare["id"]
    done(act(tess, spare, "take-back"))
    assert carrier(tess, made) is None


def test_a_thing_does_not_lose_its_class_so_that_it_may_leave(make, tess, kim, erin):
    mdt = make.asset(by=tess, kind="mdt", data_class="cji")
    fault = broken(kim, mdt)

    def lower(by):
        thing = now_of(by, mdt)
        seen = {"If-Match": f'"{thing["version"]}"'}
        return by.patch(f"/v1/assets/{mdt['id']}", {"data_class": "internal"}, headers=seen)

    assert problem(lower(erin), 422, "invalid")["errors"][0]["pointer"] == "/data_class"
    step = {"id": str(uuid.uuid4()), "step": "dismissed", "words": "Nothing is wrong with it"}
    done(tess.post(f"/v1/faults/{fault['id']}/steps", step))
    assert problem(lower(tess), 422, "invalid")["errors"][0]["pointer"] == "/data_class"
    assert lower(erin).status_code == 200


def test_what_holds_cji_is_disposed_of_only_by_who_approves_and_says_how_it_was_sanitised(make, tess, erin):
    mdt, radio = make.asset(by=tess, kind="mdt", data_class="cji"), make.asset(by=tess)

    def dispose(by, thing, **words):
        return by.post(f"/v1/assets/{thing['id']}/move", {"state": "disposed", **words})

    for thing in (mdt, radio):
        tess.post(f"/v1/assets/{thing['id']}/move", {"state": "retired", "words": "Too old"})
    problem(dispose(tess, mdt, words="Sold"), 403, "forbidden")
    assert wrong_at(dispose(erin, mdt)) == {"/words"}
    assert dispose(erin, mdt, words="Disk shredded").get_json()["state"] == "disposed"
    assert chain(tess, mdt)[-1]["condition"] == "disposed: Disk shredded"
    assert dispose(tess, radio, words="Sold").get_json()["state"] == "disposed"


def test_crew_promise_themselves_three_things_for_14_days_and_no_more(make, tess, kim, sam):
    things = [make.asset(by=tess) for _ in range(4)]
    assert wrong_at(promise(kim, things[0], 1, 15 * 24)) == {"/until_at"}
    made = [done(promise(kim, thing, 1, 14 * 24 - 1)) for thing in things[:3]]
    refused = problem(promise(kim, things[3], 1, 2), 409, "already-there")
    assert set(refused["ids"]) == {each["id"] for each in made}
    kim.post(f"/v1/custody/reservations/{made[0]['id']}/end")
    done(promise(kim, things[3], 1, 2))
    for hours in (1, 800, 1600, 2400):
        done(promise(sam, things[0], hours, 700))


def test_a_promise_at_the_end_of_time_is_refused_by_name(make, tess, kim):
    radio = make.asset(by=tess)
    times = {"from_at": "9999-12-31T00:00:00Z", "until_at": "9999-12-31T23:59:59Z"}
    assert wrong_at(promise(kim, radio, 1, 1, **times)) == {"/until_at"}
