"""Models with fields of their own, and kits of named members: what each refuses, and what the things in them know of it."""

import uuid

import pytest

from tests.cast import problem
from tests.races import all_at_once


def pointers(answer):
    return [error["pointer"] for error in answer.get_json()["errors"]]


def change(caller, path, thing, **said):
    return caller.patch(
        f"/v1/assets{path}/{thing['id']}", said, headers={"If-Match": f'"{thing["version"]}"'}
    )


def spec(code, **more):
    return {"code": code, "label_en": code, "label_es": code, "type": "text", **more}


# ── models ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_fields_of_a_model_are_asked_of_its_things(make, tess):
    model = make.model(
        tess,
        fields=[
            spec("charger_bank", required=True, type="choice", choices=["A", "B"]),
            spec("bt_mac", type="mac", identifies=True),
        ],
    )
    refused = tess.post(
        "/v1/assets/",
        {
            "id": str(uuid.uuid4()),
            "tag": "WU-1",
            "kind": "portable-radio",
            "department": "police",
            "model_id": model["id"],
        },
    )
    problem(refused, 422, "invalid")
    assert pointers(refused) == ["/fields/charger_bank"]

    one = make.asset(tess, model_id=model["id"], fields={"charger_bank": "A", "bt_mac": "001b.4411.3ab7"})
    assert one["fields"]["bt_mac"] == "00:1B:44:11:3A:B7"
    found = tess.get("/v1/assets/scan", query_string={"code": "00-1b-44-11-3a-b7"}).get_json()["items"]
    assert [each["id"] for each in found] == [one["id"]]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ([spec("a"), spec("a")], "/fields/1/code"),
        ([spec("tag")], "/fields/0/code"),
        ([spec("radio_id", type="number")], "/fields/0/type"),
        ([spec("encryption_key")], "/fields/0/code"),
        ([spec("wifi_password")], "/fields/0/code"),
        ([spec("colour", type="choice")], "/fields/0/choices"),
        ([spec("colour", choices=["red"])], "/fields/0/choices"),
        ([spec("colour", type="choice", choices=["red", "red"])], "/fields/0/choices"),
        ([spec("worth", type="number", identifies=True)], "/fields/0/identifies"),
        ([spec("Colour")], "/fields/0/code"),
    ],
)
def test_odd_fields_of_a_model_are_refused_by_their_place(tess, fields, wrong):
    wish = {"id": str(uuid.uuid4()), "kind": "portable-radio", "make": "M", "name": "N", "fields": fields}
    refused = tess.post("/v1/assets/models/", wish)
    problem(refused, 422, "invalid")
    assert wrong in pointers(refused)


def test_a_model_is_registered_once_and_changed_as_it_was_seen(make, tess, kim, nobody):
    model = make.model(tess, make="Motorola", name="APX 6000", issue_battery=80)
    wish = {"id": str(uuid.uuid4()), "kind": "portable-radio", "make": "Motorola", "name": "APX 6000"}
    refused = tess.post("/v1/assets/models/", wish)
    problem(refused, 409, "already-there")
    assert pointers(refused) == ["/name"]
    other = make.model(tess, name="APX 8000")

    path = f"/v1/assets/models/{model['id']}"
    problem(tess.patch(path, {"note": "x"}), 428, "version-needed")
    problem(change(tess, "/models", other, name="APX 6000"), 409, "already-there")
    done = change(tess, "/models", model, issue_battery=None, note="Old")
    assert (done.headers["ETag"], done.get_json()["issue_battery"], done.get_json()["note"]) == (
        '"2"',
        None,
        "Old",
    )
    problem(change(tess, "/models", model, note="Mine"), 412, "version-differs")
    assert kim.get(path).headers["ETag"] == '"2"'
    assert kim.get(path, headers={"If-None-Match": '"2"'}).status_code == 304
    problem(change(kim, "/models", done.get_json(), note="x"), 403, "forbidden")
    listed = kim.get("/v1/assets/models/?q=8000&kind=portable-radio&note__empty=true").get_json()["items"]
    assert [each["id"] for each in listed] == [other["id"]]


def test_a_field_that_things_say_stays_and_the_end_of_support_is_handed_down(make, tess):
    model = make.model(tess, fields=[spec("bank"), spec("spare")], support_until_on="2030-01-01")
    mine = make.asset(tess, model_id=model["id"], fields={"bank": "A"})
    own = make.asset(tess, model_id=model["id"], support_until_on="2027-05-05")
    refused = change(tess, "/models", model, fields=[spec("spare")])
    problem(refused, 422, "invalid")
    assert pointers(refused) == ["/fields"]
    done = change(tess, "/models", model, fields=[spec("bank"), spec("new")], support_until_on="2031-01-01")
    assert done.status_code == 200, done.get_json()
    assert tess.get(f"/v1/assets/{mine['id']}").get_json()["support_until_on"] == "2031-01-01"
    assert tess.get(f"/v1/assets/{own['id']}").get_json()["support_until_on"] == "2027-05-05"
    [line, _] = tess.get(f"/v1/assets/{mine['id']}/changes").get_json()["items"]
    assert (line["before"], line["after"]) == (
        {"support_until_on": "2030-01-01"},
        {"support_until_on": "2031-01-01"},
    )


# ── kits ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_in_a_kit_knows_its_unit_and_what_leaves_it_no_more(make, tess, kim):
    car = make.asset(tess, tag="CAR-1", kind="vehicle")
    mdt = make.asset(tess, tag="MDT-1", kind="mdt")
    spare = make.asset(tess, tag="MDT-2", kind="mdt")
    kit = make.kit(
        tess, {"kind": "mdt", "asset_id": mdt["id"]}, "dash-camera", code="PD-12", asset_id=car["id"]
    )
    for id in (car["id"], mdt["id"]):
        told = kim.get(f"/v1/assets/{id}").get_json()
        assert (told["kit_id"], told["unit"], told["version"]) == (kit["id"], "PD-12", 2)
    assert {each["tag"] for each in kim.get("/v1/assets/?q=pd-12").get_json()["items"]} == {"CAR-1", "MDT-1"}

    slots = [kit["slots"][0] | {"asset_id": spare["id"]}, kit["slots"][1]]
    done = change(tess, "/kits", kit, slots=slots, code="PD-13")
    assert done.status_code == 200, done.get_json()
    assert done.headers["ETag"] == '"2"'
    units = [tess.get(f"/v1/assets/{each['id']}").get_json()["unit"] for each in (car, mdt, spare)]
    assert units == ["PD-13", "", "PD-13"]
    log = tess.get(f"/v1/assets/{mdt['id']}/changes").get_json()["items"]
    assert [line["after"].get("unit") for line in log][:2] == ["", "PD-12"]

    problem(
        tess.post(f"/v1/assets/{spare['id']}/move", {"state": "retired", "words": "Old"}),
        409,
        "state-not-next",
    )
    retired = change(tess, "/kits", done.get_json(), retired=True).get_json()
    assert (retired["asset_id"], retired["slots"][0]["asset_id"]) == (None, None)
    assert tess.get(f"/v1/assets/{spare['id']}").get_json()["unit"] == ""


def test_a_thing_is_in_at_most_one_slot_of_one_kit(make, tess, sam):
    mdt, radio = make.asset(tess, kind="mdt"), make.asset(tess)
    gone = make.asset(tess, kind="mdt")
    tess.post(f"/v1/assets/{gone['id']}/move", {"state": "retired", "words": "Old"})
    first = make.kit(tess, {"kind": "mdt", "asset_id": mdt["id"]}, code="PD-1")
    second = make.kit(tess, "mdt", "mdt", code="PD-2")
    slots = second["slots"]

    def refused(*said, **more):
        answer = change(
            tess, "/kits", second, slots=[slot | more for slot, more in zip(slots, said, strict=True)], **more
        )
        problem(answer, 422, "invalid")
        return pointers(answer)

    assert refused({"asset_id": mdt["id"]}, {}) == ["/slots/0/asset_id"]
    assert refused({"asset_id": radio["id"]}, {}) == ["/slots/0/asset_id"]
    assert refused({"asset_id": gone["id"]}, {}) == ["/slots/0/asset_id"]
    assert refused({"asset_id": str(uuid.uuid4())}, {}) == ["/slots/0/asset_id"]
    assert refused({}, {"id": slots[0]["id"]}) == ["/slots/1/id"]
    assert "/slots/1/asset_id" in refused({"asset_id": mdt["id"]}, {"asset_id": mdt["id"]})
    assert "/slots/0/asset_id" in refused({"asset_id": mdt["id"], "personal": True}, {})
    assert "/slots/0/asset_id" in refused({"asset_id": radio["id"]}, {}, asset_id=radio["id"])
    problem(change(tess, "/kits", second, code="PD-1"), 409, "already-there")
    problem(change(tess, "/kits", second, department="moon-base"), 422, "invalid")
    problem(change(sam, "/kits", first, name="Mine"), 403, "forbidden")
    problem(tess.patch(f"/v1/assets/kits/{first['id']}", {"name": "x"}), 428, "version-needed")
    problem(change(tess, "/kits", first | {"version": 9}, name="x"), 412, "version-differs")
    assert tess.get(f"/v1/assets/{mdt['id']}").get_json()["unit"] == "PD-1"


def test_a_thing_that_two_kits_want_at_once_comes_into_one(app, make, tess):
    mdt = make.asset(tess, kind="mdt")
    kits = [make.kit(tess, "mdt") for _ in range(6)]

    def take(n):
        slots = [kits[n]["slots"][0] | {"asset_id": mdt["id"]}]
        return change(make.signed_in(tess), "/kits", kits[n], slots=slots).status_code

    assert sorted(all_at_once(6, take)) == [200, 422, 422, 422, 422, 422]


def test_who_changes_a_kit_and_who_changes_what_is_in_it_never_wait_for_each_other_for_ever(app, make, tess):
    mdts = [make.asset(tess, kind="mdt") for _ in range(4)]
    kit = make.kit(tess, *({"kind": "mdt", "asset_id": mdt["id"]} for mdt in mdts))
    callers = [make.signed_in(tess) for _ in range(8)]

    def work(n):
        for _ in range(60):
            told = callers[n].get(f"/v1/assets/kits/{kit['id']}").get_json()
            if n % 2:
                order = [slot["asset_id"] for slot in told["slots"]]
                order = order[1:] + order[:1]
                slots = [slot | {"asset_id": id} for slot, id in zip(told["slots"], order, strict=True)]
                answer = change(callers[n], "/kits", told, slots=slots, name=f"By {n}")
            else:
                seen = [callers[n].get(f"/v1/assets/{mdt['id']}").get_json() for mdt in reversed(mdts)]
                items = [{"id": each["id"], "version": each["version"], "note": f"By {n}"} for each in seen]
                answer = callers[n].patch("/v1/assets/bulk", {"items": items})
            if answer.status_code == 200:
                return 200
            assert answer.status_code == 412, answer.get_json()
        return answer.status_code

    assert all_at_once(8, work) == [200] * 8


# ── filters that are kept ────────────────────────────────────────────────────────────────────────────────


def test_a_filter_is_kept_shared_and_let_go_by_its_owner_alone(make, tess, kim, sam):
    kept = tess.post(
        "/v1/assets/filters/", {"name": "Spare MDTs", "query": "kind=mdt&pool=true", "shared": True}
    )
    assert kept.status_code == 201, kept.get_json()
    kim.post("/v1/assets/filters/", {"name": "Mine", "query": "holder__empty=false"})
    told = kim.get("/v1/assets/filters/").get_json()["items"]
    assert [(each["name"], each["mine"]) for each in told] == [("Mine", True), ("Spare MDTs", False)]
    assert [each["name"] for each in sam.get("/v1/assets/filters/").get_json()["items"]] == ["Spare MDTs"]

    again = tess.post(
        "/v1/assets/filters/", {"name": "Spare MDTs", "query": "kind=mdt&state=stock"}
    ).get_json()
    assert (again["id"], again["shared"]) == (kept.get_json()["id"], False)
    problem(kim.delete(f"/v1/assets/filters/{again['id']}"), 404, "not-found")
    assert tess.delete(f"/v1/assets/filters/{again['id']}").status_code == 204
    assert tess.get("/v1/assets/filters/").get_json()["items"] == []
    for odd in ("colour=red", "kind=spoon", "kind=mdt&kind=phone"):
        refused = tess.post("/v1/assets/filters/", {"name": "Odd", "query": odd})
        problem(refused, 422, "invalid")
        assert pointers(refused) == ["/query"]
