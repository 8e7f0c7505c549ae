"""What a report is refused for, each time with the words that help, and nothing of it kept."""

import uuid

import pytest

from tests.cast import problem
from tests.make import HERE

BELLAIRE, SOUTHSIDE_PLACE = {"lat": 29.705, "lon": -95.4588}, {"lat": 29.71, "lon": -95.434}
ELSEWHERE_IN_77005 = {
    "Rice University": {"lat": 29.7174, "lon": -95.4018},
    "east of Kirby Drive": {"lat": 29.715, "lon": -95.417},
    "within the bounding box": {"lat": 29.7253, "lon": -95.4465},
}
"""Houston: the ZIP is ours, the place is not."""
PATH = "/v1/service-requests/"


def wish(**changed):
    return {"id": str(uuid.uuid4()), "type": "pothole", "description": "Deep", "where": HERE} | changed


def refused(caller, status, problem_type, /, **changed):
    """The problem; nothing of the report is kept, and the same one with its fault mended is taken."""
    asked = wish(**changed)
    answer = problem(caller.post(PATH, asked), status, problem_type)
    assert caller.get(f"{PATH}{asked['id']}").status_code == 404
    assert caller.post(PATH, wish(id=asked["id"])).status_code == 201
    return answer


@pytest.mark.parametrize(("place", "name"), [(BELLAIRE, "Bellaire"), (SOUTHSIDE_PLACE, "Southside Place")])
def test_a_place_in_a_neighbouring_city_is_refused_with_its_name(alice, place, name):
    assert name in refused(alice, 409, "outside-city", where=place)["detail"]


@pytest.mark.parametrize("place", ELSEWHERE_IN_77005.values(), ids=ELSEWHERE_IN_77005)
def test_a_place_in_houston_is_refused_though_its_zip_is_ours(alice, place):
    detail = refused(alice, 409, "outside-city", where=place)["detail"]
    assert detail
    assert "Bellaire" not in detail


@pytest.mark.parametrize(
    "place", [{"lat": 0, "lon": 0}, {"lat": -29.7178, "lon": 95.4317}, {"lat": 90, "lon": 180}]
)
def test_a_place_far_away_is_refused(alice, place):
    refused(alice, 409, "outside-city", where=place)


def test_what_another_house_handles_is_refused_with_its_telephone(alice):
    for type, where in (("street-light-out", HERE), ("bees-private-property", None)):
        detail = refused(alice, 409, "not-handled-here", type=type, where=where)["detail"]
        assert sum(sign.isdecimal() for sign in detail) >= 10, detail


def test_no_type_that_the_city_does_not_handle_can_be_sent(alice, nobody):
    types = nobody.get(f"{PATH}types").get_json()["items"]
    refusing = [type for type in types if type["outcome"] != "handled"]
    assert len(refusing) > 5
    for type in refusing:
        answer = problem(alice.post(PATH, wish(type=type["code"])), 409, "not-handled-here")
        assert type["reason_en"] in answer["detail"]


def test_a_type_that_needs_a_place_is_refused_without_one(alice):
    refused(alice, 409, "place-needed", where=None)


def test_a_type_that_needs_no_place_needs_a_word_or_a_photo(alice):
    refused(alice, 422, "invalid", type="park-question", where=None, description=" ")
    assert alice.post(PATH, wish(type="park-question", where=None)).status_code == 201


def test_a_type_that_needs_an_account_is_refused_to_a_phone_without_one(alice, make):
    refused(make.phone(), 409, "account-needed", type="replacement-recycling-bin")
    assert alice.post(PATH, wish(type="replacement-recycling-bin")).status_code == 201


def test_an_unknown_type_is_refused_at_its_field(alice):
    answer = refused(alice, 422, "invalid", type="of-tomorrow")
    assert [error["pointer"] for error in answer["errors"]] == ["/type"]


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("id", "1", "/id"),
        ("description", "x" * 4001, "/description"),
        ("address", "x" * 201, "/address"),
        ("where", {"lat": 91, "lon": 0}, "/where/lat"),
        ("where", {"lat": 29.7}, "/where/lon"),
        ("photos", [str(uuid.uuid4()) for _ in range(7)], "/photos"),
        ("photos", ["1"], "/photos/0"),
        ("description", "a\0b", "/description"),
        ("owner_id", "43d0d4af-4720-4683-9ded-b6b14141dec3", "/owner_id"),
    ],
)
def test_what_is_wrong_in_itself_is_refused_at_its_place(alice, field, value, pointer):
    answer = problem(alice.post(PATH, wish(**{field: value})), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]


def test_a_photo_that_is_missing_is_named_and_once_it_is_sent_the_report_is_taken(alice, jpeg):
    here, first, second = alice.send_photo(jpeg()), uuid.uuid4(), uuid.uuid4()
    asked = wish(photos=[str(id) for id in (here, first, second)])
    assert problem(alice.post(PATH, asked), 409, "photo-missing")["ids"] == [str(first), str(second)]

    for id in (first, second):
        alice.send_photo(jpeg(), id)
    taken = alice.post(PATH, asked)

    assert (taken.status_code, taken.get_json()["photos"]) == (201, asked["photos"])


def test_a_photo_that_somebody_else_sent_is_as_good_as_missing(alice, bob, jpeg):
    his = bob.send_photo(jpeg())
    assert refused(alice, 409, "photo-missing", photos=[str(his)])["ids"] == [str(his)]


def test_a_photo_belongs_to_one_report(alice, make, jpeg):
    photo = alice.send_photo(jpeg())
    make.request(by=alice, photos=[photo])
    assert refused(alice, 409, "already-there", photos=[str(photo)])["ids"] == [str(photo)]


def test_an_id_that_is_taken_is_refused_and_tells_nothing_of_the_other_report(alice, bob, make):
    hers = make.request(by=alice, description="A secret of hers")
    answer = problem(bob.post(PATH, wish(id=hers["id"])), 409, "already-there")

    assert answer["ids"] == [hers["id"]]
    assert "secret" not in str(answer)
    assert bob.get(f"{PATH}{hers['id']}").status_code == 404
    assert alice.get(f"{PATH}{hers['id']}").get_json() == hers


def test_a_refused_report_uses_no_key(alice):
    key, asked = uuid.uuid4(), wish(where=BELLAIRE)
    problem(alice.post(PATH, asked, key=key), 409, "outside-city")
    problem(alice.post(PATH, asked, key=key), 409, "outside-city")
    assert alice.post(PATH, asked | {"where": HERE}, key=key).status_code == 201
    problem(alice.post(PATH, wish(), key=key), 409, "key-reused")


def test_what_was_not_fixed_is_closed_with_words_only(alice, dan, make):
    path = f"{PATH}{make.request(by=alice)['id']}"
    answer = problem(dan.post(f"{path}/close", {"reason": "nothing-found", "words": " "}), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == ["/words"]
    assert dan.post(f"{path}/close", {"reason": "nothing-found", "words": "Not there"}).status_code == 200


def test_work_is_given_to_departments_and_colleagues_only(alice, bob, carol, dan, make):
    path = f"{PATH}{make.request(by=alice)['id']}/assign"
    for asked, pointer in (
        ({"department": "magic"}, "/department"),
        ({"department": "public-works", "assignee_id": str(bob.id)}, "/assignee_id"),
        ({"department": "public-works", "assignee_id": str(uuid.uuid4())}, "/assignee_id"),
        ({"department": "police", "assignee_id": str(dan.id)}, "/assignee_id"),
    ):
        answer = problem(carol.post(path, asked), 422, "invalid")
        assert [error["pointer"] for error in answer["errors"]] == [pointer]
    for department in ("public-works", "solid-waste"):
        assert carol.post(path, {"department": department, "assignee_id": str(dan.id)}).status_code == 200
    assert carol.post(path, {"department": "police", "assignee_id": str(carol.id)}).status_code == 200


def test_somebody_who_saw_an_older_version_is_refused(alice, carol, dan, make):
    request = make.request(by=alice)
    path = f"{PATH}{request['id']}/assign"
    seen = {"department": "public-works", "version": request["version"]}
    assert carol.post(path, seen | {"assignee_id": str(dan.id)}).get_json()["version"] == 2

    answer = problem(carol.post(path, seen), 409, "changed-meanwhile")

    assert answer["ids"] == [request["id"]]
    now = carol.get(f"{PATH}work/{request['id']}").get_json()
    assert (now["assignee_id"], now["version"]) == (str(dan.id), 2)
    assert carol.post(path, seen | {"version": 2}).get_json()["assignee_id"] is None
    assert carol.post(path, {"department": "police"}).get_json()["department"] == "police"
