"""Open requests for whoever searches the map: by their number, of those on this phone that have a place."""

import json

from mobile.core.parts import Parts
from shared_models.places import Place
from shared_models.service_requests import Status, number_begun

KINDS = ("service_request", "staff_request")


def on_map(parts: Parts, typed: str, limit: int) -> list[tuple[Place, int]]:
    """Those whose number this is, or begins so; as the server finds them (`backend/service_requests/queries.py`)."""
    begun = number_begun(typed)
    if not begun:
        return []
    held = {id_: json.loads(text) for kind in KINDS for id_, text in parts.store.things(kind).items()}
    found = [
        (value["number"], id_, value)
        for id_, value in held.items()
        if value["number"].startswith(begun) and value["status"] != Status.CLOSED.value and value["where"]
    ]
    return [
        (
            Place(
                f"requests/{id_}",
                "thing",
                number,
                value["address"],
                value["where"]["lat"],
                value["where"]["lon"],
            ),
            int(number != begun),
        )
        for number, id_, value in sorted(found, key=lambda each: each[:2])[:limit]
    ]
