"""What lies on a phone's disk when the app is started: nothing yet, or an account with so many requests."""

import io
import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache

from PIL import Image

from mobile.core.device.secrets import Secrets
from mobile.core.store import Store
from shared_models.identity import Me
from shared_models.photos import THUMB_SIDE, PhotoSize
from shared_models.sync import Changes

TYPES = ("pothole", "street-light-out", "missed-garbage", "tree-hazard", "sewer-backup", "loose-animal")
WORDS = (
    "Deep and wide, at the crossing by the school.",
    "Since Monday.",
    "Please look at it, it is worse at night.",
)
STATES = ("received", "assigned", "in-progress", "closed")
WITH_PHOTO = 4
"""Each so many-th request has a photo, whose thumbnail was fetched before."""
PAGE = 500


def requests(count, *, staff):
    """The wire values of so many requests, newest first, as the server would tell them."""
    chance, now = random.Random(1), datetime.now(UTC)
    for n in range(count):
        at = (now - timedelta(minutes=7 * n)).isoformat(timespec="microseconds").replace("+00:00", "Z")
        status = STATES[n % len(STATES)]
        yield {
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "number": f"26-{count - n:06}",
            "type": TYPES[n % len(TYPES)],
            "description": " ".join(WORDS[: 1 + n % 3]),
            "where": {"lat": 29.7178 + chance.gauss(0, 0.004), "lon": -95.4317 + chance.gauss(0, 0.005)},
            "address": f"{3000 + n % 900} {('Rice', 'University', 'Bissonnet')[n % 3]} Blvd",
            "status": status,
            "department": "public-works",
            "opened_at": at,
            "updated_at": at,
            "closed_at": at if status == "closed" else None,
            "close_reason": "fixed" if status == "closed" else None,
            "photos": [str(uuid.UUID(int=chance.getrandbits(128), version=4))] if n % WITH_PHOTO == 0 else [],
            "fixed": None,
            "answer_until_at": None,
            "version": 1 + n % 4,
        } | ({"channel": "app", "assignee_id": None, "reopened": 0, "by_account": True} if staff else {})


def fill(home, count, *, staff=False):
    """Make the disk of a phone that somebody signed in on, with so many requests (and as many to work, for staff)."""
    account = uuid.uuid4()
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    Secrets(home / "session.json").write(
        {"account": str(account), "access": "none", "access_until": later, "refresh": "none"}
    )
    store = Store(home / "people" / f"person-{account}.sqlite3")
    me = {
        "id": str(account), "named": True, "name": "Alice", "email": "alice@example.org", "language": "en",
        "grants": [], "permissions": ["request:work"] if staff else [], "departments": [],
    }  # fmt: skip
    store.set("me", json.dumps(Me.read(me).dump()))
    for kind in ("service_request", "staff_request") if staff else ("service_request",):
        values = list(requests(count, staff=kind == "staff_request"))
        for begin in range(0, count, PAGE):
            told = [
                {"audience": f"person:{account}", "kind": kind, "id": value["id"], "value": value}
                for value in values[begin : begin + PAGE]
            ]
            store.take(Changes.read({"cursor": "c", "more": begin + PAGE < count, "changes": told}), 1)
    for value in requests(min(count, 200), staff=False):
        for photo in value["photos"]:
            file = home / "cache" / f"{photo}-{PhotoSize.THUMB.value}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(thumbnail())
    store.close()


@cache
def thumbnail():
    """A photo as small as the server's thumbnails."""
    out = io.BytesIO()
    Image.effect_noise((THUMB_SIDE, THUMB_SIDE * 3 // 4), 60).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()
