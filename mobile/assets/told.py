"""What the phone knows of things, models, kits and faults: what the server said, with what waits laid over it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from mobile.assets.changes import HOLDERS, KIT, MODEL
from mobile.core import register
from mobile.core.parts import Parts
from mobile.core.store import Store, Waiting
from shared_models.assets import AssetModel
from shared_models.faults import CLOSED, Fault
from shared_models.identity import Colleague, Colleagues
from shared_models.kits import Kit


def model_of(store: Store, value: dict[str, Any]) -> AssetModel | None:
    """The make and model of a thing; None if it has none, or it is not on the phone."""
    id_ = value.get("model_id")
    seen = store.one(MODEL, UUID(id_)) if id_ else None
    return AssetModel.read(seen.value) if seen else None


def kits(store: Store) -> list[Kit]:
    """The units on the phone, by their codes."""
    return sorted((Kit.read(one.value) for one in store.view(KIT)), key=lambda kit: kit.code)


def open_faults(store: Store, thing_id: UUID) -> list[Fault]:
    """The faults of a thing that are not closed: those reported here too, unless they were refused."""
    said = (Fault.read(one.value) for one in register.faults(store, thing_id) if one.refused is None)
    return [one for one in said if one.state not in CLOSED]


def about(store: Store, kind: str, id_: UUID) -> list[Waiting]:
    """What was asked of one thing here and is not settled, oldest first; a swap is about both of its things."""
    return [
        one
        for one in store.outbox()
        if one.kind == kind and (one.about == id_ or one.body.get("replacement_id") == str(id_))
    ]


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────


def departments(parts: Parts) -> list[str]:
    """The departments whose things this person may handle, by their codes; all of the city's, where that is everywhere."""
    grants = parts.me.grants if parts.me else ()
    if any(one.department is None for one in grants):
        return [str(one["code"]) for one in parts.city.get("departments", [])]
    return sorted({one.department for one in grants if one.department})


def holders(store: Store, department: str = "") -> list[Colleague]:
    """Whom a department's things (or any) can be handed to, each once and by name, as last heard."""
    _, body = store.document(HOLDERS)
    kept: dict[str, Any] = json.loads(body) if body else {}
    chosen = [kept[department]] if department in kept else kept.values()
    found = {one.id: one for told_ in chosen for one in Colleagues.read(told_).items}
    return sorted(found.values(), key=lambda one: one.name)


def refresh_holders(parts: Parts, then: Callable[[], Any]) -> None:
    """Ask for them anew, so that they are here without signal; until it is answered those of last time are kept."""
    store = parts.store

    def ask() -> dict[str, Any]:
        told_ = {}
        for code in departments(parts):
            answer = parts.sync.call("GET", f"/v1/custody/holders?{urlencode({'department': code})}")
            if answer.ok:
                told_[code] = Colleagues.read(answer.data).dump()
        return told_

    def keep(told_: dict[str, Any]) -> None:
        body = json.dumps(told_, sort_keys=True).encode()
        if told_ and parts.store is store and store.document(HOLDERS)[1] != body:
            store.set_document(HOLDERS, "", body)
            then()

    parts.tasks.run(ask, keep, lambda _: None)
