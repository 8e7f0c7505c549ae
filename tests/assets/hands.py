"""How things change hands in tests: each verb of custody over HTTP, signed."""

import uuid

from tests.cast import problem

SIGNED = "M10 10L200 180L390 20"
"""The strokes of somebody's name."""


def act(by, thing, verb, **more):
    """The answer to a verb of custody."""
    return by.post(
        f"/v1/custody/{thing['id']}/{verb}", {"id": str(uuid.uuid4()), "signature": SIGNED, **more}
    )


def done(answer):
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def take(by, thing, **more):
    """Take a thing for oneself; the entry."""
    return done(act(by, thing, "hand-out", to_id=str(by.id), **more))


def now_of(by, thing):
    """The thing as it is now."""
    return by.get(f"/v1/assets/{thing['id']}").get_json()


def chain(by, thing):
    """The whole chain, the first entry first."""
    return by.get(f"/v1/custody/{thing['id']}/record").get_json()["entries"]


def barred(answer):
    """The bars that are told of a hand-out that was refused."""
    return {error["detail"] for error in problem(answer, 409, "not-to-be-handed-out")["errors"]}


def wrong_at(answer):
    """The places of what was wrong."""
    return {error["pointer"] for error in problem(answer, 422, "invalid")["errors"]}


def kit(slots=(), *, code="421", department="police"):
    """A unit with these slots (name, kind); its id."""
    from backend.assets.tables import KitRow
    from backend.core.actor import db
    from backend.core.clock import now
    from backend.worker import in_transaction

    made = KitRow(
        id=uuid.uuid4(), code=code, name=f"Car {code}", department=department, asset_id=None, updated_at=now(),
        slots=[
            {"id": str(uuid.uuid4()), "name": name, "kind": kind, "required": True, "personal": False, "asset_id": None}
            for name, kind in slots
        ],
    )  # fmt: skip
    in_transaction(lambda: db().add(made))
    return made
