"""The register: things are registered, alone or many at once; who may, and what is refused by its name."""

import uuid

from tests.cast import problem
from tests.statements import statements


def thing(tag, **more):
    return {"id": str(uuid.uuid4()), "tag": tag, "kind": "portable-radio", "department": "police", **more}


def pointers(answer):
    return [error["pointer"] for error in answer.get_json()["errors"]]


def test_a_technician_registers_a_thing_and_a_crew_member_may_not(make, tess, kim):
    told = make.asset(by=tess, tag="WU-1", serial="581CTX0001", fields={"radio_id": "700123"})
    assert (told["state"], told["version"], told["holder"], told["fields"]) == (
        "stock",
        1,
        "",
        {"radio_id": "700123"},
    )
    assert kim.get(f"/v1/assets/{told['id']}").get_json() == told
    problem(kim.post("/v1/assets/", thing("WU-2")), 403, "forbidden")


def test_the_same_thing_sent_again_changes_nothing_and_a_tag_is_given_once(make, tess):
    wish = thing("WU-1")
    first = tess.post("/v1/assets/", wish)
    again = tess.post("/v1/assets/", wish)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_json() == first.get_json()

    refused = tess.post("/v1/assets/", thing("WU-1"))
    problem(refused, 409, "already-there")
    assert pointers(refused) == ["/tag"]
    refused = tess.post("/v1/assets/", wish | {"tag": "WU-9"})
    problem(refused, 409, "already-there")
    assert pointers(refused) == ["/id"]


def test_many_are_registered_in_a_few_statements_or_none_of_them(make, tess):
    make.asset(by=tess, tag="WU-0", fields={"radio_id": "1"})
    wishes = [thing(f"WU-{n}", fields={"radio_id": str(n)}) for n in range(1, 101)]
    wishes[3] |= {"tag": "WU-0"}
    wishes[7] |= {"fields": {"radio_id": "1"}}
    refused = tess.post("/v1/assets/bulk", {"items": wishes})
    problem(refused, 409, "already-there")
    assert "/items/3/tag" in pointers(refused)

    wishes[3] |= {"tag": "WU-4"}
    refused = tess.post("/v1/assets/bulk", {"items": wishes})
    problem(refused, 409, "already-there")
    assert "/items/7/fields/radio_id" in pointers(refused)

    wishes[0] |= {"fields": {"radio_id": "x1"}}
    wishes[7] |= {"fields": {"radio_id": "8"}}
    with statements() as sent:
        done = tess.post("/v1/assets/bulk", {"items": wishes})
    assert done.status_code == 201, done.get_json()
    assert [item["tag"] for item in done.get_json()["items"]] == [wish["tag"] for wish in wishes]
    assert len(sent) <= 10


def test_every_wrong_line_of_many_is_told_by_its_place(make, tess):
    model = make.model(tess, kind="phone")
    wishes = [
        thing("WU-1"),
        thing("WU-2", department="moon-base"),
        thing("WU-3", fields={"radio_id": "7", "imei": "490154203237518"}),
        thing("WU-1", model_id=model["id"]),
        thing("WU-5", state="in-use"),
    ]
    refused = tess.post("/v1/assets/bulk", {"items": wishes})
    problem(refused, 422, "invalid")
    assert set(pointers(refused)) == {
        "/items/1/department",
        "/items/2/fields/imei",
        "/items/3/model_id",
        "/items/3/tag",
        "/items/4/state",
    }
    assert tess.get("/v1/assets/").get_json()["items"] == []
    problem(tess.post("/v1/assets/bulk", {"items": [thing(f"A-{n}") for n in range(501)]}), 422, "invalid")


def change(caller, thing, **said):
    return caller.patch(f"/v1/assets/{thing['id']}", said, headers={"If-Match": f'"{thing["version"]}"'})


def test_a_change_needs_the_version_that_was_seen(make, tess, kim):
    old = make.asset(tess, tag="WU-1")
    path = f"/v1/assets/{old['id']}"
    problem(tess.patch(path, {"note": "x"}), 428, "version-needed")
    problem(tess.patch(path, {"note": "x"}, headers={"If-Match": "*"}), 428, "version-needed")
    for stale in ('"2"', '"x"', '"1", "2"', 'W/"1"', '""'):
        problem(tess.patch(path, {"note": "x"}, headers={"If-Match": stale}), 412, "version-differs")
    problem(kim.patch(path, {"note": "x"}, headers={"If-Match": '"1"'}), 403, "forbidden")

    done = change(tess, old, note="Loose knob", pool=True)
    assert done.status_code == 200, done.get_json()
    assert done.headers["ETag"] == '"2"'
    assert done.get_json() | {"updated_at": ""} == old | {
        "note": "Loose knob",
        "pool": True,
        "version": 2,
        "updated_at": "",
    }
    problem(change(tess, old, note="Mine"), 412, "version-differs")


def test_who_has_the_newest_version_is_told_so_without_the_thing(make, tess):
    told = make.asset(tess)
    path = f"/v1/assets/{told['id']}"
    first = tess.get(path)
    assert first.headers["ETag"] == '"1"'
    again = tess.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    change(tess, told, name="Alpha 1")
    newer = tess.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (newer.status_code, newer.headers["ETag"], newer.get_json()["name"]) == (200, '"2"', "Alpha 1")


def test_what_is_not_said_stays_and_null_empties_what_can_be_empty(make, tess):
    model = make.model(tess, support_until_on="2030-01-01")
    told = make.asset(tess, model_id=model["id"], battery=80, fields={"radio_id": "1", "alias": "PD 1"})
    assert told["support_until_on"] == "2030-01-01"
    told = change(tess, told, tag=None, battery=None, fields={"alias": None, "band": "VHF"}).get_json()
    assert (told["battery"], told["fields"]) == (None, {"radio_id": "1", "band": "VHF"})
    told = change(tess, told, model_id=None).get_json()
    assert (told["model_id"], told["support_until_on"]) == (None, None)
    refused = change(tess, told, kind="mdt")
    problem(refused, 422, "invalid")
    assert set(pointers(refused)) == {"/fields/radio_id", "/fields/band"}


def test_identifiers_are_given_once_and_free_when_a_thing_ends(make, tess):
    one = make.asset(tess, tag="WU-1", serial="S-1", fields={"radio_id": "70 01"})
    two = make.asset(tess, tag="WU-2", serial="S-1")
    refused = change(tess, two, fields={"radio_id": "7001"})
    problem(refused, 409, "already-there")
    assert pointers(refused) == ["/fields/radio_id"]
    refused = change(tess, two, tag="WU-1")
    problem(refused, 409, "already-there")
    assert pointers(refused) == ["/tag"]

    problem(tess.post(f"/v1/assets/{one['id']}/move", {"state": "retired"}), 422, "invalid")
    gone = tess.post(f"/v1/assets/{one['id']}/move", {"state": "retired", "words": "Worn out"})
    assert gone.get_json()["state"] == "retired"
    assert change(tess, two, fields={"radio_id": "7001"}).status_code == 200
    back = tess.post(f"/v1/assets/{one['id']}/move", {"state": "stock"})
    problem(back, 409, "already-there")
    problem(change(tess, two | {"version": 2}, tag="WU-1"), 409, "already-there")  # a label is for life


def test_a_state_follows_only_what_it_may(make, tess):
    told = make.asset(tess, state="ordered")
    move = f"/v1/assets/{told['id']}/move"
    problem(tess.post(move, {"state": "repair"}), 409, "state-not-next")
    problem(tess.post(move, {"state": "in-use"}), 409, "state-not-next")
    assert tess.post(move, {"state": "stock"}).get_json()["version"] == 2
    assert tess.post(move, {"state": "stock"}).get_json()["version"] == 2
    problem(tess.post(move, {"state": "lost"}), 422, "invalid")
    assert tess.post(move, {"state": "lost", "words": "Fell off"}).get_json()["state"] == "lost"

    secret = make.asset(tess, kind="mdt", data_class="cji")
    problem(tess.post(f"/v1/assets/{secret['id']}/move", {"state": "repair"}), 409, "state-not-next")


def test_the_change_log_tells_who_did_what_with_before_and_after(make, tess, kim, bob):
    told = make.asset(tess, tag="WU-1", place="Closet 2")
    change(tess, told, place="Closet 3", battery=90)
    tess.post(f"/v1/assets/{told['id']}/move", {"state": "out-of-service"})
    log = kim.get(f"/v1/assets/{told['id']}/changes").get_json()["items"]
    assert [(line["what"], line["by"], line["version"]) for line in log] == [
        ("moved", "Tess", 3),
        ("changed", "Tess", 2),
        ("registered", "Tess", 1),
    ]
    assert (log[1]["before"], log[1]["after"]) == (
        {"place": "Closet 2", "battery": None},
        {"place": "Closet 3", "battery": 90},
    )
    assert log[2]["before"] == {}
    assert log[2]["after"]["tag"] == "WU-1"
    problem(bob.get(f"/v1/assets/{told['id']}/changes"), 403, "forbidden")


def test_many_are_changed_or_none_and_a_label_may_be_swapped(make, tess):
    one, two, three = (make.asset(tess, fields={"radio_id": str(n)}) for n in range(3))
    items = [
        {"id": one["id"], "version": 1, "fields": {"radio_id": "1"}},
        {"id": two["id"], "version": 1, "fields": {"radio_id": "0"}, "name": "Beta"},
        {"id": three["id"], "version": 7, "name": "Gamma"},
    ]
    refused = tess.patch("/v1/assets/bulk", {"items": items})
    problem(refused, 412, "version-differs")
    assert pointers(refused) == ["/items/2/version"]
    items[2] |= {"version": 1, "fields": {"radio_id": "0"}}
    refused = tess.patch("/v1/assets/bulk", {"items": items})
    problem(refused, 409, "already-there")
    assert {each.rpartition("/fields")[0] for each in pointers(refused)} <= {"/items/1", "/items/2"}
    odd = [items[0], items[0], {"id": str(uuid.uuid4()), "version": 1}]
    refused = tess.patch("/v1/assets/bulk", {"items": odd})
    assert pointers(refused) == ["/items/1/id", "/items/2/id"]
    assert tess.get(f"/v1/assets/{two['id']}").get_json()["version"] == 1

    items[2]["fields"]["radio_id"] = "9"
    with statements() as sent:
        done = tess.patch("/v1/assets/bulk", {"items": items})
    assert [each["fields"]["radio_id"] for each in done.get_json()["items"]] == ["1", "0", "9"]
    assert [each["name"] for each in done.get_json()["items"]] == ["", "Beta", "Gamma"]
    assert len(sent) <= 10
