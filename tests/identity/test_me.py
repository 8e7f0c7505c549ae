"""``/v1/me``: who is asking, and what they may change of it."""

import pytest

from shared_models.identity import Me
from tests.cast import problem


def test_me_tells_the_phone_all_it_needs_to_show_buttons(dan):
    told = Me.read(dan.get("/v1/me").get_json())

    assert (told.id, told.named, told.email) == (dan.id, True, dan.email)
    assert [(grant.role, grant.department) for grant in told.grants] == [("crew", "public-works")]
    assert "request:work" in told.permissions
    assert "grant:give" not in told.permissions


def test_name_and_language_change_each_alone(alice):
    assert alice.patch("/v1/me", {"language": "es"}).get_json()["language"] == "es"

    told = alice.patch("/v1/me", {"name": "  Álice O'Hara "}).get_json()

    assert (told["name"], told["language"]) == ("Álice O'Hara", "es")
    assert alice.patch("/v1/me", {}).get_json() == alice.get("/v1/me").get_json() == told


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "bell\a"}, "/name"),
        ({"name": "x" * 121}, "/name"),
        ({"language": "de"}, "/language"),
        ({"email": "other@example.org"}, "/email"),
        ({"named": False}, "/named"),
        ({"permissions": ["grant:give"]}, "/permissions"),
        ({"disabled_at": None}, "/disabled_at"),
        ({"id": "0b8f6a57-3d0e-4a7e-9d5c-000000000000"}, "/id"),
    ],
)
def test_nothing_else_can_be_changed(alice, wish, pointer):
    before = alice.get("/v1/me").get_json()

    told = problem(alice.patch("/v1/me", wish), 422, "invalid")

    assert [error["pointer"] for error in told["errors"]] == [pointer]
    assert alice.get("/v1/me").get_json() == before
