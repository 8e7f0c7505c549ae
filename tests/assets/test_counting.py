"""Counting: expected, found, missing, unexpected; by several people at once, and nothing twice."""

import uuid
from datetime import timedelta

import pytest

from backend.core.clock import now
from shared_models.custody import broken_at
from tests.assets.hands import act, chain, done, kit, now_of, take, wrong_at
from tests.cast import problem
from tests.make import HERE
from tests.races import all_at_once, events
from tests.statements import statements


@pytest.fixture
def racks(make, tess):
    """Three radios of the police in their rack, one on loan to Public Works in another place."""
    here = [make.asset(by=tess, tag=f"R-{n}", place="Rack 1") for n in range(3)]
    return [*here, make.asset(by=tess, tag="R-9", place="Truck", department="public-works")]


def begin(by, **more):
    return by.post("/v1/stocktakes/", {"id": str(uuid.uuid4()), "name": "June", **more})


def count(by, made, *codes, **more):
    scans = [code if isinstance(code, dict) else {"code": code} for code in codes]
    return by.post(f"/v1/stocktakes/{made['id']}/count", {"scans": scans, **more})


def lines(by, made, outcome=""):
    wanted = {"outcome": outcome} if outcome else {}
    items = by.get(f"/v1/stocktakes/{made['id']}/lines", query_string=wanted).get_json()["items"]
    return {line["tag"]: line for line in items}


def test_a_stocktake_says_what_was_expected_found_missing_and_unexpected(racks, tess, kim):
    made = done(begin(tess, department="police"))
    assert (made["expected"], made["found"]) == (3, 0)
    told = count(tess, made, "R-0", "https://example.org/t/r-1", "R-9").get_json()
    assert (told["expected"], told["found"], told["unexpected"]) == (1, 2, 1)
    ended = tess.post(f"/v1/stocktakes/{made['id']}/close").get_json()
    assert [ended[name] for name in ("expected", "found", "missing", "unexpected")] == [0, 2, 1, 1]
    assert ended == tess.post(f"/v1/stocktakes/{made['id']}/close").get_json()
    assert ended == tess.get(f"/v1/stocktakes/{made['id']}").get_json()
    assert set(lines(tess, made, "missing")) == {"R-2"}
    assert set(lines(tess, made, "unexpected")) == {"R-9"}
    assert len(lines(tess, made)) == 4
    problem(count(tess, made, "R-2"), 409, "count-closed")

    assert chain(kim, racks[0])[-1]["act"] == "counted"
    assert broken_at(chain(kim, racks[0])) is None
    assert len(chain(kim, racks[2])) == 1


def test_where_a_thing_was_counted_is_where_it_is_from_then_on(racks, sam, kim):
    made = done(begin(sam, department="police"))
    earlier = (now() - timedelta(hours=1)).isoformat()
    scan = {"code": "R-0", "where": HERE, "done_at": earlier}
    assert count(sam, made, scan, place="Rack 7").status_code == 200
    wrong = lines(sam, made)["R-0"]
    assert (wrong["place"], now_of(kim, racks[0])["place"]) == ("Rack 7", "Rack 1")
    assert (wrong["counted_by"], wrong["counted_at"][:19]) == ("Sam", earlier[:19])
    sam.post(f"/v1/stocktakes/{made['id']}/close")
    told = now_of(kim, racks[0])
    assert (told["place"], told["where"], told["seen_at"][:19]) == ("Rack 7", HERE, earlier[:19])


def test_several_count_at_once_and_the_same_scan_again_changes_nothing(make, racks, sam, tess):
    made = done(begin(tess, department="police"))
    people = (sam, tess)
    answers = all_at_once(6, lambda n: count(people[n % 2], made, "R-0", "R-1", "R-2"))
    assert {answer.status_code for answer in answers} == {200}
    told = tess.get(f"/v1/stocktakes/{made['id']}").get_json()
    assert (told["found"], told["unexpected"]) == (3, 0)
    before = lines(tess, made)
    assert count(sam, made, "R-0", place="Elsewhere").status_code == 200
    assert lines(tess, made) == before
    assert sum(event.fields["count"] for event in events("assets.stocktake-counted")) == 3


def test_a_scan_that_nobody_knows_goes_to_the_inbox_once(racks, sam, tess):
    made = done(begin(sam, department="police"))
    for _ in range(2):
        told = count(sam, made, "R-0", {"code": "ZZ-404", "where": HERE}, "R-9").get_json()
    assert told["found"] == 1, "what is another department's is unknown to a supervisor of the police"
    inbox = tess.get("/v1/sightings/").get_json()["items"]
    assert {(each["kind"], each["code"], each["by_staff"]) for each in inbox} == {
        ("unknown", "ZZ-404", True), ("unknown", "R-9", True),
    }  # fmt: skip


def test_a_place_and_a_unit_are_counted_too(make, racks, tess, sam):
    made = done(begin(tess, place="Rack 1"))
    assert set(lines(tess, made)) == {"R-0", "R-1", "R-2"}
    unit = kit([("Radio", "portable-radio")])
    done(act(sam, racks[1], "hand-out", kit_id=str(unit.id)))
    made = done(begin(sam, kit_id=str(unit.id)))
    assert set(lines(sam, made)) == {"R-1"}
    for said in ({}, {"place": "Rack 1", "department": "police"}, {"department": "atlantis"}):
        assert wrong_at(begin(tess, **said)) == {"/department"}
    assert wrong_at(begin(tess, kit_id=str(uuid.uuid4()))) == {"/kit_id"}


def test_who_may_count_and_what_they_see_of_it(racks, sam, tess, kim, make):
    problem(begin(kim, department="police"), 403, "forbidden")
    assert wrong_at(begin(sam, department="public-works")) == {"/department"}
    made = done(begin(sam, department="police"))
    other = make.person("pat", role="supervisor", department="public-works")
    problem(other.get(f"/v1/stocktakes/{made['id']}"), 404, "not-found")
    problem(count(other, made, "R-0"), 404, "not-found")
    assert [each["id"] for each in sam.get("/v1/stocktakes/").get_json()["items"]] == [made["id"]]
    assert other.get("/v1/stocktakes/").get_json()["items"] == []
    sam.post(f"/v1/stocktakes/{made['id']}/close")
    assert sam.get("/v1/stocktakes/", query_string={"open": "true"}).get_json()["items"] == []


def test_a_stocktake_begun_again_is_the_same_one(racks, sam, tess):
    id = str(uuid.uuid4())
    assert done(begin(sam, department="police", id=id)) == done(begin(sam, department="police", id=id))
    problem(begin(tess, department="police", id=id), 409, "already-there")
    problem(begin(sam, place="Rack 1", id=id), 409, "already-there")


def test_counting_many_takes_as_few_statements_as_counting_one(make, tess):
    for n in range(30):
        make.asset(by=tess, tag=f"M-{n}", place="Rack 1")
    made = done(begin(tess, place="Rack 1"))
    with statements() as sent:
        assert count(tess, made, *(f"M-{n}" for n in range(30)), "ZZ-1").status_code == 200
    assert len(sent) <= 10, "\n".join(each.text[:100] for each in sent)
    with statements() as sent:
        assert tess.post(f"/v1/stocktakes/{made['id']}/close").get_json()["found"] == 30
    assert len(sent) <= 10, "\n".join(each.text[:100] for each in sent)


# ── one's own word ───────────────────────────────────────────────────────────────────────────────────────


def test_everybody_says_what_they_have_and_learns_where_the_record_differs(racks, kim, sam):
    take(kim, racks[0])
    take(kim, racks[1])
    wish = {"id": str(uuid.uuid4()), "tags": ["R-0", "R-2", "NO-1"]}
    first, again = (kim.post("/v1/custody/attest", wish) for _ in range(2))
    assert first.get_json() == again.get_json()
    assert first.get_json() == {"held": ["R-0"], "not_mine": ["NO-1", "R-2"], "unnamed": ["R-1"]}
    assert [entry["act"] for entry in chain(kim, racks[0])] == ["registered", "handed-out", "attested"]
    assert broken_at(chain(kim, racks[0])) is None


def test_a_count_of_a_place_is_its_beginners_and_of_who_reaches_everything(make, tess, sam):
    fred = make.person("fred", role="supervisor", department="fire")
    made = done(begin(sam, place="Rack 2"))
    assert fred.get(f"/v1/stocktakes/{made['id']}").status_code == 404
    problem(fred.post(f"/v1/stocktakes/{made['id']}/close"), 404, "not-found")
    assert tess.get(f"/v1/stocktakes/{made['id']}").status_code == 200
    assert sam.post(f"/v1/stocktakes/{made['id']}/close").status_code == 200
