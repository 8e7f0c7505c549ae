"""The journey over HTTP: reported, worked, closed, answered."""

import uuid

from tests.cast import problem


def test_a_pothole_is_reported_worked_closed_and_found_fixed(alice, carol, dan, make, jpeg):
    photo = alice.send_photo(jpeg())
    request = make.request(by=alice, photos=[photo])
    assert request["status"] == "received" and request["photos"] == [str(photo)]

    path = f"/v1/service-requests/{request['id']}"
    given = carol.post(
        f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)}
    ).get_json()
    assert (given["status"], given["assignee_id"]) == ("assigned", str(dan.id))
    assert dan.post(f"{path}/move", {"status": "in-progress"}).get_json()["status"] == "in-progress"
    proof = dan.send_photo(jpeg("green"))
    closed = dan.post(f"{path}/close", {"reason": "fixed", "photos": [str(proof)]}).get_json()
    assert (closed["status"], closed["close_reason"]) == ("closed", "fixed")

    assert alice.get(f"/v1/photos/{proof}").status_code == 200
    history = alice.get(f"{path}/history").get_json()["items"]
    assert [entry["kind"] for entry in history] == ["closed", "moved", "assigned", "opened"]
    answered = alice.post(f"{path}/answer", {"fixed": True}).get_json()
    assert answered["fixed"] is True

    make.worked()
    inbox = alice.get("/v1/notifications/").get_json()["items"]
    assert [note["title"].split(request["number"])[1] for note in inbox] == [
        " is closed",
        " has begun",
        " is with a crew",
    ]


def test_not_fixed_opens_it_again_for_the_same_crew(alice, carol, dan, make):
    request = make.request(by=alice)
    path = f"/v1/service-requests/{request['id']}"
    carol.post(f"{path}/assign", {"department": "public-works", "assignee_id": str(dan.id)})
    dan.post(f"{path}/close", {"reason": "fixed"})

    answered = alice.post(f"{path}/answer", {"fixed": False, "words": "Still there"}).get_json()

    assert (answered["status"], answered["fixed"]) == ("assigned", False)
    work = dan.get("/v1/service-requests/work?open=true").get_json()["items"]
    assert [(item["id"], item["reopened"], item["assignee_id"]) for item in work] == [
        (request["id"], 1, str(dan.id))
    ]
    make.worked()
    assert "open again" in dan.get("/v1/notifications/").get_json()["items"][0]["title"]


def test_a_neighbour_cannot_see_my_request(alice, bob, make):
    request = make.request(by=alice)

    assert alice.get(f"/v1/service-requests/{request['id']}").status_code == 200
    problem(bob.get(f"/v1/service-requests/{request['id']}"), 404, "not-found")


def test_the_same_report_sent_twice_is_one(alice):
    wish = {
        "id": str(uuid.uuid4()),
        "type": "pothole",
        "description": "Deep",
        "where": {"lat": 29.7178, "lon": -95.4317},
    }
    key = uuid.uuid4()
    first = alice.post("/v1/service-requests/", wish, key=key)
    again = alice.post("/v1/service-requests/", wish, key=key)
    without_key = alice.post("/v1/service-requests/", wish)

    assert first.get_json() == again.get_json() == without_key.get_json()
    assert again.headers["Idempotent-Replay"] == "true"
    assert len(alice.get("/v1/service-requests/").get_json()["items"]) == 1
