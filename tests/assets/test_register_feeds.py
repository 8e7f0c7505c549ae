"""What of the register is on whose phone: by department, and gone when it leaves them or ends."""

import uuid

from tests.races import all_at_once


def held(changes, kind="asset"):
    """What a phone holds after these changes: id → tag (or code, or name)."""
    now = {}
    for line in changes:
        if line["kind"] == kind:
            now[line["id"]] = line["value"]
    return {value.get("tag") or value.get("code") or value["name"] for value in now.values() if value}


def change(caller, thing, **said):
    answer = caller.patch(f"/v1/assets/{thing['id']}", said, headers={"If-Match": f'"{thing["version"]}"'})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def test_each_pulls_exactly_the_things_of_their_reach(make, tess, kim, dan, alice):
    make.asset(tess, tag="PD-1")
    make.asset(tess, tag="PW-1", department="public-works")
    make.kit(tess, "mdt", code="PD-12")
    make.model(tess, name="APX 6000")
    assert held(tess.pull()[0]) == {"PD-1", "PW-1"}
    assert held(kim.pull()[0]) == {"PD-1"}
    assert held(dan.pull()[0]) == {"PW-1"}
    assert held(alice.pull()[0]) == set()
    assert held(kim.pull()[0], "kit") == {"PD-12"}
    assert held(dan.pull()[0], "kit") == set()
    assert held(kim.pull()[0], "asset_model") == held(dan.pull()[0], "asset_model") == {"APX 6000"}
    assert held(alice.pull()[0], "asset_model") == set()


def test_a_thing_that_changes_department_leaves_the_old_ones_phones(make, tess, kim, dan):
    told = make.asset(tess, tag="PD-1")
    _, kims, *_ = kim.pull()
    _, dans, *_ = dan.pull()
    change(tess, told, department="public-works")
    [line] = [line for line in kim.pull(kims)[0] if line["kind"] == "asset"]
    assert (line["id"], line["value"]) == (told["id"], None)
    assert held(dan.pull(dans)[0]) == {"PD-1"}
    assert held(tess.pull()[0]) == {"PD-1"}


def test_what_ends_leaves_the_phones_and_what_comes_back_returns(make, tess, kim):
    told = make.asset(tess, tag="PD-1")
    _, cursor, *_ = kim.pull()
    tess.post(f"/v1/assets/{told['id']}/move", {"state": "retired", "words": "Worn out"})
    changes, cursor, *_ = kim.pull(cursor)
    assert [(line["id"], line["value"]) for line in changes if line["kind"] == "asset"] == [
        (told["id"], None)
    ]
    tess.post(f"/v1/assets/{told['id']}/move", {"state": "stock"})
    assert held(kim.pull(cursor)[0]) == {"PD-1"}


def test_a_kit_that_changes_department_leaves_the_old_ones_phones(make, tess, kim, dan):
    kit = make.kit(tess, "mdt", code="PD-12")
    _, cursor, *_ = kim.pull()
    answer = tess.patch(
        f"/v1/assets/kits/{kit['id']}", {"department": "public-works"}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 200, answer.get_json()
    [line] = [line for line in kim.pull(cursor)[0] if line["kind"] == "kit"]
    assert line["value"] is None
    assert held(dan.pull()[0], "kit") == {"PD-12"}


def test_twenty_who_change_the_same_things_at_once_do_not_wait_for_each_other_for_ever(app, make, tess):
    things = [make.asset(tess, tag=f"A-{n}") for n in range(12)]
    writers = [make.signed_in(tess) for _ in range(20)]

    def write(n):
        """Each names them in an order of its own, with the versions of this moment, until it comes through."""
        order = things[n % 12 :] + things[: n % 12]
        if n % 2:
            order.reverse()
        for _ in range(200):
            seen = {item["id"]: item["version"] for item in writers[n].get("/v1/assets/").get_json()["items"]}
            items = [{"id": each["id"], "version": seen[each["id"]], "note": f"By {n}"} for each in order]
            answer = writers[n].patch("/v1/assets/bulk", {"items": items})
            if answer.status_code == 200:
                return 200
            assert answer.status_code == 412, answer.get_json()
        return answer.status_code

    assert all_at_once(20, write) == [200] * 20
    told = tess.get("/v1/assets/").get_json()["items"]
    assert {each["version"] for each in told} == {21}
    assert len({each["note"] for each in told}) == 1


def test_one_tag_that_many_want_at_once_is_given_once(app, make, tess):
    def register(n):
        wish = {"id": str(uuid.uuid4()), "tag": "WU-1", "kind": "ups", "department": "police"}
        return make.signed_in(tess).post("/v1/assets/", wish).status_code

    assert sorted(all_at_once(8, register)) == [201] + [409] * 7
