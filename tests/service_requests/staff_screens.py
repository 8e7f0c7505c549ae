"""What the tests of the staff's screens share: how a screen is looked at, and requests to work on."""

import os
import uuid
from pathlib import Path

LOOKS = (("light", 1.0, "en"), ("dark", 1.0, "es"), ("light", 2.0, "es"), ("dark", 2.0, "en"))

TWO = (LOOKS[0], ("dark", 2.0, "es"))


def looks_good(robot, kit, name, looks=TWO):
    """In each of these looks nothing is cut off, too small to tap or without words for a screen reader.

    With SHOTS set to a folder a picture of each is left there.
    """
    out = os.environ.get("SHOTS")
    for mode, scale, language in looks:
        kit.theme.mode, kit.theme.text_scale, kit.words.language = mode, scale, language
        robot.settle()
        if out:
            robot.shot(Path(out) / f"{name}-{mode}-{scale:g}-{language}.png")
        faults = robot.clipped(), robot.small_targets(), robot.nameless()
        assert faults == ([], [], []), (name, mode, scale, language, faults)
    kit.theme.mode, kit.theme.text_scale, kit.words.language = "light", 1.0, "en"
    robot.settle()


def some_work(make, alice, carol, dan):
    """Four requests: one new, one given to dan, one that he works on, one closed. By name."""
    at = {"lat": 29.7178, "lon": -95.4317}
    made = {
        "new": make.request(by=alice, description="A deep hole, as wide as a tire", address="Example Street 12"),
        "given": make.request(
            by=alice, type="discolored-water", description="Brown water since Sunday", address="Example Lane 4",
            where={**at, "lat": 29.7193},
        ),
        "begun": make.request(by=alice, type="street-flooding", description="Water stands at the corner"),
        "closed": make.request(by=alice, type="drainage", description="The inlet is full of leaves"),
    }  # fmt: skip
    given = {"department": "public-works", "assignee_id": str(dan.id)}
    for name in ("given", "begun"):
        step(carol, made[name], "assign", given)
    step(dan, made["begun"], "move", {"status": "in-progress"})
    step(carol, made["closed"], "close", {"reason": "fixed"})
    return made


def step(by, request, verb, wish):
    """Somebody else does this to a request, and it is done."""
    answer = by.post(f"/v1/service-requests/{request['id']}/{verb}", wish)
    assert answer.status_code in (200, 201), answer.get_json()
    return answer.get_json()


def note(words, *, public=False, photos=()):
    """The wish for a note."""
    return {"id": str(uuid.uuid4()), "words": words, "public": public, "photos": list(photos)}
