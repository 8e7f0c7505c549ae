"""What became of a request: its history, notes, pages of it; and how it changes hands."""

import uuid

from shared_models.service_requests import RequestEntry, ServiceRequest, StaffEntry, StaffRequest
from tests.cast import problem

ROOT = "/v1/service-requests"


def note(words, **more):
    return {"id": str(uuid.uuid4()), "words": words, **more}


def test_each_change_is_a_line_of_the_history_and_a_version(alice, carol, dan, make):
    request = make.request(by=alice)
    path = f"{ROOT}/{request['id']}"
    carol.post(f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)})
    dan.post(f"{path}/notes", note("Brought the wrong tool"))
    dan.post(f"{path}/move", {"status": "in-progress", "words": "On our way"})
    dan.post(f"{path}/close", {"reason": "fixed"})
    alice.post(f"{path}/answer", {"fixed": False, "words": "No"})

    whole = dan.get(f"{ROOT}/work/{request['id']}/history").get_json()["items"]
    told = alice.get(f"{path}/history").get_json()["items"]

    assert [entry["kind"] for entry in whole] == ["reopened", "closed", "moved", "note", "assigned", "opened"]
    assert [entry["kind"] for entry in told] == ["reopened", "closed", "moved", "assigned", "opened"]
    assert [entry["by_staff"] for entry in told] == [False, True, True, True, False]
    assert [entry["author_id"] for entry in whole] == [None, *[str(dan.id)] * 3, str(carol.id), None]
    assert told[2]["words"] == "On our way"
    assert alice.get(path).get_json()["version"] == 6
    assert [StaffEntry.read(entry).id for entry in whole] == [uuid.UUID(entry["id"]) for entry in whole]
    assert all(RequestEntry.check(entry) for entry in told)


def test_the_same_note_sent_twice_is_one(alice, carol, make):
    path = f"{ROOT}/{make.request(by=alice)['id']}"
    wish = note("Once", public=True)
    first, again = carol.post(f"{path}/notes", wish), carol.post(f"{path}/notes", wish)

    assert first.get_json() == again.get_json()
    assert [entry["kind"] for entry in alice.get(f"{path}/history").get_json()["items"]] == ["note", "opened"]
    assert alice.get(path).get_json()["version"] == 2


def test_the_id_of_a_note_on_another_request_is_refused(alice, carol, make):
    first, second = (f"{ROOT}/{make.request(by=alice)['id']}" for _ in range(2))
    wish = note("Here")
    carol.post(f"{first}/notes", wish)
    problem(carol.post(f"{second}/notes", wish), 409, "already-there")
    assert len(carol.get(second.replace("requests/", "requests/work/") + "/history").get_json()["items"]) == 1


def test_a_closed_request_still_takes_notes(alice, carol, make):
    path = f"{ROOT}/{make.request(by=alice)['id']}"
    carol.post(f"{path}/close", {"reason": "fixed"})
    assert carol.post(f"{path}/notes", note("Measured again", public=True)).status_code == 201
    assert alice.get(path).get_json()["status"] == "closed"


def test_photos_stand_at_the_line_that_brought_them_in_the_order_they_were_named(alice, carol, make, jpeg):
    colours = ["orange", "red", "blue"]
    sent = [alice.send_photo(jpeg(colour)) for colour in colours]
    request = make.request(by=alice, photos=sent[::-1])
    path = f"{ROOT}/{request['id']}"
    proof = carol.send_photo(jpeg("green"))
    carol.post(f"{path}/close", {"reason": "fixed", "photos": [str(proof)]})

    assert request["photos"] == [str(photo) for photo in sent[::-1]]
    assert alice.get(path).get_json()["photos"] == request["photos"]
    closed, opened = alice.get(f"{path}/history").get_json()["items"]
    assert (closed["photos"], opened["photos"]) == ([str(proof)], request["photos"])


def test_lists_come_in_pages_newest_first_without_a_gap(alice, carol, make):
    made = [make.request(by=alice, description=f"Number {n}")["id"] for n in range(5)][::-1]
    for caller, path in ((alice, f"{ROOT}/"), (carol, f"{ROOT}/work")):
        found, after = [], ""
        for _ in range(3):
            page = caller.get(path, query_string={"limit": 2, "after": after}).get_json()
            found += [item["id"] for item in page["items"]]
            after = page["next"] or ""
        assert found == made
        assert after == ""
    for odd in ("x", "20261123041217123456.zz", "99999999999999999999." + "0" * 32):
        answer = problem(alice.get(f"{ROOT}/", query_string={"after": odd}), 422, "invalid")
        assert answer["errors"][0]["pointer"] == "?after"


def test_filters_choose_and_an_unknown_one_is_refused(alice, carol, dan, make):
    hole = make.request(by=alice, description="A deep hole at 100% of the lane")
    trash = make.request(by=alice, type="missed-trash", description="Left", address="6600 Rice_Blvd")
    carol.post(f"{ROOT}/{hole['id']}/assign", {"department": "public-works", "assignee_id": str(dan.id)})
    carol.post(f"{ROOT}/{trash['id']}/close", {"reason": "fixed"})

    def found(query, by=carol):
        return [item["id"] for item in by.get(f"{ROOT}/work?{query}").get_json()["items"]]

    both = [trash["id"], hole["id"]]
    assert found("") == both
    assert found("open=true") == found("status=assigned") == found("type=pothole") == [hole["id"]]
    assert found("department=solid-waste") == found("status=closed") == [trash["id"]]
    assert found("mine=true", by=dan) == found("mine=false&open=true", by=dan) == [hole["id"]]
    assert found("mine=true") == []
    assert found(f"q={hole['number']}") == found("q=HOLE+deep") == found("q=100%25") == [hole["id"]]
    assert found("q=rice_b") == [trash["id"]]
    assert found("q=rice%25b") == found("q=hole+left") == []
    problem(carol.get(f"{ROOT}/work?colour=red"), 422, "invalid")
    problem(carol.get(f"{ROOT}/work?status=newer"), 422, "invalid")


def test_a_single_thing_and_the_same_thing_in_a_list_or_a_feed_are_the_same(alice, carol, make, jpeg):
    request = make.request(
        by=alice, photos=[alice.send_photo(jpeg())], description='Ünïcode "quoted"\n漢字 🕳'
    )
    path = f"{ROOT}/{request['id']}"
    carol.post(f"{path}/close", {"reason": "duplicate", "words": "See the other"})

    single = alice.get(path).get_json()
    assert alice.get(f"{ROOT}/").get_json()["items"] == [single]
    assert [change["value"] for change in alice.pull()[0] if change["kind"] == "service_request"] == [single]
    assert ServiceRequest.check(single).dump() == single

    staff = carol.get(f"{ROOT}/work/{request['id']}").get_json()
    assert carol.get(f"{ROOT}/work").get_json()["items"] == [staff]
    assert [change["value"] for change in carol.pull()[0] if change["kind"] == "staff_request"] == [staff]
    assert StaffRequest.check(staff).dump() == staff


def test_the_map_holds_what_lies_in_the_box(alice, carol, make):
    inside = make.request(by=alice)
    make.request(by=alice, where={"lat": 29.7215, "lon": -95.4205})
    make.request(by=alice, type="park-question", where=None)
    box = {"west": -95.435, "south": 29.71, "east": -95.43, "north": 29.72}

    dots = carol.get(f"{ROOT}/work/map", query_string=box).get_json()

    assert dots == {
        "items": [
            {
                "id": inside["id"],
                "type": "pothole",
                "status": "received",
                "where": {"lat": 29.7178, "lon": -95.4317},
            },
        ],
        "more": False,
    }
    wide = box | {"west": -95.5, "east": -95.3, "north": 29.8, "limit": 1}
    assert carol.get(f"{ROOT}/work/map", query_string=wide).get_json()["more"] is True
    problem(carol.get(f"{ROOT}/work/map", query_string=box | {"north": 91}), 422, "invalid")


def test_signing_up_moves_what_a_phone_reported_into_the_account(alice, carol, make, jpeg):
    phone = make.phone()
    photo = phone.send_photo(jpeg())
    request = make.request(by=phone, photos=[photo])
    path = f"{ROOT}/{request['id']}"
    carol.post(f"{path}/notes", note("For you", public=True))
    assert carol.get(f"{ROOT}/work/{request['id']}").get_json()["by_account"] is False
    problem(alice.get(path), 404, "not-found")

    wish = {"phone_id": str(phone.id), "secret": phone.secret}
    for _ in range(2):
        assert alice.post("/v1/identity/claim", wish).status_code == 204

    assert alice.get(path).get_json()["photos"] == [str(photo)]
    assert [entry["kind"] for entry in alice.get(f"{path}/history").get_json()["items"]] == ["note", "opened"]
    assert alice.get(f"/v1/photos/{photo}").status_code == 200
    kinds = sorted(change["kind"] for change in alice.pull()[0] if change["value"])
    assert kinds == ["request_entry", "request_entry", "service_request"]
    work = carol.get(f"{ROOT}/work/{request['id']}").get_json()
    assert (work["by_account"], work["version"]) == (True, 3)
    carol.post(f"{path}/close", {"reason": "fixed"})
    assert alice.post(f"{path}/answer", {"fixed": True}).get_json()["fixed"] is True
    problem(phone.get(path), 401, "session-ended")


def test_a_stranger_with_a_wrong_secret_claims_nothing(bob, make):
    phone = make.phone()
    request = make.request(by=phone)
    for wish in (
        {"phone_id": str(phone.id), "secret": "wrong"},
        {"phone_id": str(uuid.uuid4()), "secret": phone.secret},
    ):
        problem(bob.post("/v1/identity/claim", wish), 404, "not-found")
    assert phone.get(f"{ROOT}/{request['id']}").status_code == 200


def test_numbers_are_unique_and_can_be_said_on_the_telephone(alice, make):
    numbers = [make.request(by=alice)["number"] for _ in range(3)]
    assert len(set(numbers)) == 3
    assert all(
        len(number) == 9 and number[2] == "-" and number.replace("-", "").isdecimal() for number in numbers
    )
