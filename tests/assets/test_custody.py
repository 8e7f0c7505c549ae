"""Custody: one holder at a time, signed at out and at in, in a chain that proves itself."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from backend.core.actor import db
from backend.core.clock import now
from backend.worker import in_transaction
from shared_models.custody import broken_at
from tests.assets.hands import act, barred, chain, done, kit, now_of, take, wrong_at
from tests.cast import problem
from tests.races import all_at_once, events
from tests.statements import statements


@pytest.fixture
def lee(make):
    """Comes at relief."""
    return make.person("lee", role="crew", department="police")


@pytest.fixture
def radio(make, tess):
    return make.asset(by=tess, tag="R-1", place="Rack 2")


def test_a_thing_is_taken_passed_on_and_given_back_and_its_chain_says_so(radio, kim, lee):
    out = take(kim, radio, condition="Scratched")
    assert (out["act"], out["to_name"], out["by"], out["n"]) == ("handed-out", "Kim", "Kim", 2)
    assert (now_of(kim, radio)["holder"], now_of(kim, radio)["state"]) == ("Kim", "in-use")

    done(act(kim, radio, "pass-on", to_id=str(lee.id)))
    assert now_of(kim, radio)["holder"] == "Lee"
    back = done(act(lee, radio, "take-back", place="Rack 3", battery=40))
    assert (back["from_name"], back["place"]) == ("Lee", "Rack 3")
    told = now_of(kim, radio)
    assert (told["holder"], told["state"], told["place"], told["battery"]) == ("", "stock", "Rack 3", 40)

    entries = chain(kim, radio)
    assert [entry["act"] for entry in entries] == ["registered", "handed-out", "passed-on", "taken-back"]
    assert broken_at(entries) is None
    page = kim.get(f"/v1/custody/{radio['id']}").get_json()["items"]
    assert page == entries[::-1]


def test_any_altered_byte_of_a_record_is_found(radio, kim):
    take(kim, radio)
    entries = chain(kim, radio)
    for n, entry in enumerate(entries, start=1):
        for name in entry:
            altered = [dict(each) for each in entries]
            altered[n - 1][name] = "another" if entry[name] != "another" else ""
            assert broken_at(altered) == n, name
    assert broken_at(entries[1:]) == 1


def test_the_sealed_ledger_pins_the_head_of_the_chain(radio, kim):
    entry = take(kim, radio)
    assert events("assets.asset-changed")[-1].fields["chain"] == entry["hash"]


def test_the_application_may_add_to_a_chain_and_neither_change_nor_remove_what_is_in_it(radio, kim):
    take(kim, radio)
    for statement in ("UPDATE custody_entry SET condition = 'New'", "DELETE FROM custody_entry"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            in_transaction(lambda statement=statement: db().execute(text(statement)))


def test_both_out_and_in_need_a_signature(radio, kim, lee):
    assert wrong_at(act(kim, radio, "hand-out", to_id=str(kim.id), signature="")) == {"/signature"}
    take(kim, radio)
    assert wrong_at(act(kim, radio, "pass-on", to_id=str(lee.id), signature="")) == {"/signature"}
    assert wrong_at(act(kim, radio, "take-back", signature="")) == {"/signature"}
    assert now_of(kim, radio)["holder"] == "Kim"


def test_a_second_holder_is_refused_whatever_reason_is_given(radio, kim, lee, sam):
    take(kim, radio)
    assert barred(act(lee, radio, "hand-out", to_id=str(lee.id))) == {"held"}
    assert barred(act(sam, radio, "hand-out", to_id=str(lee.id), override="I say so")) == {"held"}
    assert now_of(kim, radio)["holder"] == "Kim"


def test_of_two_who_take_one_thing_at_once_exactly_one_has_it(make, tess, kim, lee, soak):
    both = (kim, lee)
    for tried in range(200 if soak else 20):
        thing = make.asset(by=tess, tag=f"RACE-{tried}")
        answers = all_at_once(
            2, lambda n, thing=thing: act(both[n], thing, "hand-out", to_id=str(both[n].id))
        )
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [201, 409], [answer.get_json() for answer in answers]
        winner = both[[answer.status_code for answer in answers].index(201)]
        assert now_of(tess, thing)["holder_id"] == str(winner.id)
        entries = chain(tess, thing)
        assert [entry["to_id"] for entry in entries] == [None, str(winner.id)]
        assert broken_at(entries) is None


def test_the_same_hand_out_again_has_the_same_answer_and_is_done_once(radio, kim, lee):
    wish = {"id": str(uuid.uuid4()), "to_id": str(kim.id), "signature": "M1 1L2 2"}
    path = f"/v1/custody/{radio['id']}/hand-out"
    first, again = kim.post(path, wish), kim.post(path, wish)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert len(chain(kim, radio)) == 2
    problem(lee.post(path, wish), 409, "already-there")
    answers = all_at_once(
        4, lambda _: kim.post(f"/v1/custody/{radio['id']}/take-back", wish | {"to_id": None})
    )
    assert {answer.status_code for answer in answers} <= {409, 422}


def test_an_id_that_is_used_again_for_something_else_is_refused(make, tess, radio, kim, lee, sam):
    once = {"id": str(uuid.uuid4()), "condition": "Scratched", "place": "", "battery": 80}
    to = {"to_id": str(kim.id)}
    first = take(kim, radio, **once)
    for verb, said in (
        ("take-back", {}),
        ("pass-on", to),
        ("hand-out", to | {"condition": "New"}),
        ("hand-out", to | {"override": "Needed"}),
        ("hand-out", to | {"signature": "M2 2L3 3"}),
        ("hand-out", {"to_id": str(lee.id)}),
        ("hand-out", {"place": "Rack 9"}),
    ):
        sent = {name: value for name, value in once.items() if verb != "pass-on" or name != "place"} | said
        problem(act(kim, radio, verb, **sent), 409, "already-there")
    assert take(kim, radio, **once) == first
    assert len(chain(kim, radio)) == 2

    far = make.asset(by=tess, department="public-works")
    out = done(act(tess, far, "hand-out", to_id=str(tess.id)))
    back = done(act(tess, far, "take-back", id=str(uuid.uuid4()), place="Rack 1"))
    assert done(act(tess, far, "take-back", id=back["id"], place="Rack 1")) == back
    problem(act(tess, far, "take-back", id=back["id"], place="Rack 2"), 409, "already-there")
    problem(act(tess, far, "take-back", id=out["id"]), 409, "already-there")


def test_what_is_beyond_ones_reach_can_be_had_and_given_back_but_not_taken(make, tess, kim, dan):
    foreign = make.asset(by=tess, tag="PW-1", department="public-works")
    problem(act(kim, foreign, "hand-out", to_id=str(kim.id)), 404, "not-found")

    hers = make.asset(by=tess, tag="PW-2")
    take(kim, hers)
    version = now_of(tess, hers)["version"]
    moved = tess.patch(
        f"/v1/assets/{hers['id']}", {"department": "public-works"}, headers={"If-Match": f'"{version}"'}
    )
    assert moved.status_code == 200, moved.get_json()
    wish = {"id": str(uuid.uuid4()), "signature": "M1 1L2 2"}
    answers = [kim.post(f"/v1/custody/{hers['id']}/take-back", wish) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert len(chain(tess, hers)) == 3
    problem(kim.get(f"/v1/custody/{hers['id']}"), 404, "not-found")


def test_crew_take_for_themselves_and_who_answers_for_a_shift_gives_to_others(radio, kim, lee, sam, dan):
    assert barred(act(kim, radio, "hand-out", to_id=str(lee.id))) == set()
    assert barred(act(kim, radio, "hand-out", place="Closet")) == set()
    assert wrong_at(act(sam, radio, "hand-out", to_id=str(dan.id))) == {"/to_id"}
    assert wrong_at(act(sam, radio, "hand-out", to_id=str(uuid.uuid4()))) == {"/to_id"}
    done(act(sam, radio, "hand-out", to_id=str(lee.id)))
    problem(act(kim, radio, "take-back"), 409, "not-in-hand")
    problem(act(kim, radio, "pass-on", to_id=str(kim.id)), 409, "not-in-hand")
    done(act(sam, radio, "take-back"))


def test_those_who_can_have_a_thing_are_told_to_those_within_reach(kim, lee, sam, tess, dan):
    told = kim.get("/v1/custody/holders", query_string={"department": "police"}).get_json()["items"]
    assert {"Kim", "Lee", "Sam", "Tess"} <= {one["name"] for one in told}
    assert str(dan.id) not in {one["id"] for one in told}
    refused = kim.get("/v1/custody/holders", query_string={"department": "public-works"})
    assert wrong_at(refused) == {"?department"}


def test_what_was_done_without_signal_keeps_its_own_time(radio, kim):
    earlier = now() - timedelta(hours=3)
    entry = take(kim, radio, done_at=earlier.isoformat())
    assert entry["done_at"] < entry["taken_at"]
    for wrong in (now() + timedelta(hours=1), now() - timedelta(days=31)):
        assert wrong_at(act(kim, radio, "take-back", done_at=wrong.isoformat())) == {"/done_at"}


def test_a_thing_goes_into_the_slot_of_a_unit_and_out_of_it(make, tess, radio, kim, sam):
    unit = kit([("Radio", "portable-radio"), ("Camera", "body-camera")])
    camera_slot = unit.slots[1]["id"]
    assert wrong_at(act(sam, radio, "hand-out", kit_id=str(unit.id), slot_id=camera_slot)) == {"/slot_id"}
    assert wrong_at(act(sam, radio, "hand-out", kit_id=str(uuid.uuid4()))) == {"/kit_id"}
    entry = done(act(sam, radio, "hand-out", kit_id=str(unit.id)))
    assert (entry["act"], entry["unit"]) == ("placed", "421")
    assert now_of(kim, radio)["unit"] == "421"
    second = make.asset(by=tess, tag="R-2")
    taken = act(sam, second, "hand-out", kit_id=str(unit.id), slot_id=unit.slots[0]["id"])
    assert problem(taken, 409, "already-there")["ids"] == [radio["id"]]

    problem(act(kim, radio, "hand-out", to_id=str(kim.id)), 409, "not-to-be-handed-out")
    done(act(sam, radio, "take-back"))
    assert now_of(kim, radio)["unit"] == ""
    done(act(sam, second, "hand-out", kit_id=str(unit.id), slot_id=unit.slots[0]["id"]))


def test_the_phones_of_the_department_and_of_the_holder_are_told(radio, kim, dan):
    _, cursor, _, _ = kim.pull()
    _, other, _, _ = dan.pull()
    take(kim, radio)
    changes, _, _, _ = kim.pull(cursor)
    assert {change["value"]["holder"] for change in changes if change["kind"] == "asset"} == {"Kim"}
    assert dan.pull(other)[0] == []


def test_no_change_of_hands_takes_more_than_ten_statements(make, tess, radio, kim, lee, sam):
    unit = kit([("Radio", "portable-radio")])
    for by, verb, more in (
        (sam, "hand-out", {"to_id": str(kim.id)}),
        (kim, "pass-on", {"to_id": str(lee.id)}),
        (lee, "take-back", {}),
        (sam, "hand-out", {"kit_id": str(unit.id)}),
        (sam, "hand-out", {"to_id": str(kim.id)}),
    ):
        with statements() as sent:
            done(act(by, radio, verb, **more))
        assert len(sent) <= 10, "\n".join(each.text[:150] for each in sent)
