"""Roles: bundles of permissions, held everywhere or in a department, given and taken back."""

import uuid

import pytest

from backend.identity import may_work
from backend.identity.rules import ROLES, STAFF
from backend.worker import in_transaction
from shared_models.identity import Role
from shared_models.permissions import Permission
from tests.cast import problem
from tests.make import PASSWORD
from tests.races import Meanwhile, all_at_once, amid, events

GRANTS = "/v1/identity/grants"
PART = "solid-waste"
"""A part of Public Works."""


def grant(person, role, department=None):
    return {"person_id": str(person.id), "role": role, "department": department}


def held(person):
    return person.get("/v1/me").get_json()["grants"]


def works(person):
    return person.get("/v1/service-requests/work").status_code


def test_each_role_bundles_what_it_says():
    assert set(ROLES) == set(Role) - {Role.NEWER}
    assert {role for role in ROLES if Permission.REQUEST_WORK in ROLES[role]} == STAFF - {Role.TECHNICIAN}
    for alone in (
        Permission.GRANT_GIVE,
        Permission.PERSON_INVITE,
        Permission.PERSON_DISABLE,
        Permission.AUDIT_READ,
    ):
        assert [role for role in ROLES if alone in ROLES[role]] == [Role.ADMIN]
    assert all(Permission.NEWER not in bundle for bundle in ROLES.values())


def test_a_role_works_with_the_next_request_and_ends_with_the_next(bob, erin):
    assert works(bob) == 403

    given = erin.post(GRANTS, grant(bob, "desk"))
    assert (given.status_code, given.get_json()["role"]) == (201, "desk")
    assert works(bob) == 200

    assert erin.delete(f"{GRANTS}/{given.get_json()['id']}").status_code == 204
    assert works(bob) == 403
    assert held(bob) == []
    assert [(e.kind, e.actor_id, e.subject_id) for e in events("identity.grant-ended")] == [
        ("identity.grant-ended", erin.id, bob.id)
    ]


def test_a_role_given_twice_is_held_once(bob, erin):
    answers = [erin.post(GRANTS, grant(bob, "desk")).get_json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(held(bob)) == 1


def test_a_role_given_by_many_at_once_is_held_once(bob, erin):
    all_at_once(6, lambda _: erin.post(GRANTS, grant(bob, "crew", "police")))

    assert [(g["role"], g["department"]) for g in held(bob)] == [("crew", "police")]


@pytest.mark.parametrize(
    ("role", "department", "pointer"),
    [
        ("crew", None, "/department"),
        ("crew", "no-such-one", "/department"),
        ("crew", "Public Works", "/department"),
        ("crew", "police' --", "/department"),
        ("desk", "public-works", "/department"),
        ("admin", "public-works", "/department"),
        ("newer", None, "/role"),
        ("owner", None, "/role"),
        ("", None, "/role"),
        (None, None, "/role"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused_by_name(bob, erin, role, department, pointer):
    told = problem(erin.post(GRANTS, grant(bob, role, department)), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]
    assert held(bob) == []


def test_roles_go_to_accounts_alone(erin, make):
    phone = make.phone()

    problem(erin.post(GRANTS, grant(phone, "desk")), 404, "not-found")
    problem(erin.post(GRANTS, {"person_id": str(uuid.uuid4()), "role": "desk"}), 404, "not-found")


@pytest.mark.parametrize("who", ["alice", "carol", "dan"])
def test_only_who_runs_the_house_gives_and_takes(request, who, bob, erin):
    person = request.getfixturevalue(who)
    given = erin.post(GRANTS, grant(bob, "desk")).get_json()

    problem(person.post(GRANTS, grant(person, "admin")), 403, "forbidden")
    problem(person.delete(f"{GRANTS}/{given['id']}"), 403, "forbidden")
    problem(
        person.post("/v1/identity/invitations", {"email": "x@example.org", "role": "admin"}), 403, "forbidden"
    )
    problem(person.post(f"/v1/identity/people/{erin.id}/disable"), 403, "forbidden")
    assert works(bob) == 200


def test_who_works_in_a_department_works_in_its_parts(make):
    head = make.person("head", role="crew", department="police")
    part = make.person("part", role="crew", department="animal-control")

    assert "animal-control" in head.get("/v1/me").get_json()["departments"]
    assert part.get("/v1/me").get_json()["departments"] == ["animal-control"]


def test_who_works_everywhere_is_told_so(carol, dan):
    assert carol.get("/v1/me").get_json()["departments"] == []
    assert "public-works" in dan.get("/v1/me").get_json()["departments"]
    assert all("request:work" in person.get("/v1/me").get_json()["permissions"] for person in (carol, dan))


def test_who_loses_a_role_has_its_feed_dropped_from_the_phone(alice, erin, make):
    hal = make.person("hal", role="crew", department="public-works")
    request = make.request(by=alice)
    changes, cursor, dropped, _ = hal.pull()
    assert request["id"] in {change["id"] for change in changes}
    assert dropped == []

    erin.delete(f"{GRANTS}/{held(hal)[0]['id']}")

    changes, cursor, dropped, _ = hal.pull(cursor)
    assert changes == []
    assert set(dropped) >= {"dept:public-works", "assets:public-works"}
    assert all(name.startswith(("dept:", "assets:")) for name in dropped)
    assert hal.pull(cursor)[2] == []


def test_who_gains_a_role_gets_its_feed_from_the_start(alice, bob, erin, make):
    request = make.request(by=alice)
    _, cursor, _, _ = bob.pull()

    erin.post(GRANTS, grant(bob, "desk"))

    changes, _, dropped, restarted = bob.pull(cursor)
    assert request["id"] in {change["id"] for change in changes if change["kind"] == "staff_request"}
    assert (dropped, restarted) == ([], [])


def test_the_last_administrator_stays(bob, erin):
    mine = held(erin)[0]["id"]
    problem(erin.delete(f"{GRANTS}/{mine}"), 409, "last-admin")
    problem(erin.post(f"/v1/identity/people/{erin.id}/disable"), 409, "last-admin")

    erin.post(GRANTS, grant(bob, "admin"))

    assert erin.delete(f"{GRANTS}/{mine}").status_code == 204
    problem(bob.delete(f"{GRANTS}/{held(bob)[0]['id']}"), 409, "last-admin")


def test_an_administrator_who_was_disabled_does_not_count(bob, erin):
    erin.post(GRANTS, grant(bob, "admin"))
    erin.post(f"/v1/identity/people/{bob.id}/disable")

    problem(erin.delete(f"{GRANTS}/{held(erin)[0]['id']}"), 409, "last-admin")


@pytest.mark.parametrize("way", ["end-grant", "disable"])
def test_two_administrators_who_put_out_each_other_leave_one(erin, make, way):
    from backend.identity import staff

    frank = make.person("frank", role="admin")
    theirs = {person: uuid.UUID(held(person)[0]["id"]) for person in (erin, frank)}

    with amid(erin):
        staff.end_grant(theirs[frank]) if way == "end-grant" else staff.disable_person(frank.id)
        path = f"{GRANTS}/{theirs[erin]}"
        striking_back = Meanwhile(
            lambda: (
                frank.delete(path)
                if way == "end-grant"
                else frank.post(f"/v1/identity/people/{erin.id}/disable")
            )
        ).waits()

    problem(striking_back.result(), 409, "last-admin")
    assert erin.get("/v1/audit/chain").status_code == 200


def test_work_is_given_to_colleagues_alone(carol, dan, erin, make):
    gus = make.person("gus", role="crew", department="police")

    def colleagues(person):
        return {item["id"] for item in person.get("/v1/identity/colleagues").get_json()["items"]}

    everybody = {str(person.id) for person in (carol, dan, erin, gus)}
    assert colleagues(carol) == everybody
    assert colleagues(dan) == {str(dan.id)}
    erin.post(f"/v1/identity/people/{gus.id}/disable")
    assert colleagues(carol) == everybody - {str(gus.id)}


def test_departments_are_told_to_anybody(nobody):
    items = {item["code"]: item for item in nobody.get("/v1/identity/departments").get_json()["items"]}

    assert items["animal-control"]["part_of"] == "police"
    assert items["public-works"]["part_of"] is None
    assert all(item["name_en"] and item["name_es"] for item in items.values())


def test_the_shell_gives_the_first_administrator(app, nobody):
    from backend.identity import grant_by_email

    token = nobody.post(
        "/v1/identity/accounts", {"email": "ida@example.org", "password": PASSWORD, "name": "Ida"}
    ).get_json()["access_token"]
    assert in_transaction(lambda: grant_by_email("IDA@example.org", Role.ADMIN, None))
    assert not in_transaction(lambda: grant_by_email("nobody@example.org", Role.ADMIN, None))

    from tests.cast import Caller

    assert [g["role"] for g in held(Caller(app, token=token))] == ["admin"]


def test_the_people_of_the_demo_are_made_once_and_always_have_the_password_that_is_told(app, nobody):
    from backend.identity import ensure_account
    from shared_models.basics import Language

    id = uuid.uuid4()
    for password in (PASSWORD, PASSWORD, "four yellow canaries"):
        in_transaction(
            lambda password=password: ensure_account(
                id, email="kim@example.org", name="Kim", password=password, language=Language.ES,
                role=Role.CREW, department="police",
            )
        )  # fmt: skip

    wish = {"email": "kim@example.org", "password": "four yellow canaries"}
    assert nobody.post("/v1/identity/sessions", wish).status_code == 201
    problem(nobody.post("/v1/identity/sessions", wish | {"password": PASSWORD}), 401, "wrong-credentials")
    assert [event.subject_id for event in events("identity.account-made")] == [id]
    assert len(events("identity.grant-given")) == 1


@pytest.mark.parametrize(
    ("role", "department", "asked", "may"),
    [
        ("desk", None, "police", True),
        ("admin", None, "police", True),
        ("crew", "public-works", "public-works", True),
        ("crew", "public-works", PART, True),
        ("crew", PART, "public-works", False),
        ("crew", "public-works", "police", False),
        (None, None, "public-works", False),
        ("resident", None, "public-works", False),
    ],
)
def test_who_may_work_a_departments_requests_may_so_in_its_parts(make, role, department, asked, may):
    person = make.person("kim", role=role, department=department)

    assert in_transaction(lambda: may_work(person.id, asked)) is may


def test_who_was_disabled_may_work_nothing(carol, erin):
    erin.post(f"/v1/identity/people/{carol.id}/disable")

    assert in_transaction(lambda: may_work(carol.id, "police")) is False
