"""What the phone knows of things, models, kits and faults: what the server said, with what waits laid over it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID
from weakref import WeakKeyDictionary

from mobile.assets import looks
from mobile.assets.changes import FAULT, HOLDERS, KIT, MODEL, THING
from mobile.core.parts import Parts
from mobile.core.store import REFUSED, WAITING, Seen, Store, Waiting
from shared_models.asset_fields import FIELDS
from shared_models.assets import Asset, AssetModel, AssetState, Severity, plain_code, tag_of
from shared_models.faults import CLOSED, Fault
from shared_models.identity import Colleague, Colleagues
from shared_models.kits import Kit

T = TypeVar("T")
_last: WeakKeyDictionary[Store, dict[str, tuple[int, Any]]] = WeakKeyDictionary()
"""What was made last of all things, by its name, with the revision it rests on: thousands are not read anew for each
scan, and what somebody left who signed out goes with their store."""


def _once(name: str, store: Store, make: Callable[[], T]) -> T:
    kept, revision = _last.setdefault(store, {}), store.revision(THING)
    if name not in kept or kept[name][0] != revision:
        kept[name] = (revision, make())
    made: T = kept[name][1]
    return made


def things(store: Store) -> list[Seen]:
    """All things on the phone."""

    def read() -> list[Seen]:
        swapped = _swapped(store)
        return [_with(one, swapped.get(one.id)) for one in store.view(THING) if "tag" in one.value]

    return _once("things", store, read)


def thing(store: Store, id_: UUID) -> Seen | None:
    """One thing; None if it is not on the phone."""
    seen = store.one(THING, id_)
    if seen is None or "tag" not in seen.value:
        return None
    return _with(seen, _swapped(store).get(id_))


def _swapped(store: Store) -> dict[UUID, Waiting]:
    """Swaps that wait, by what is put in: each is one call about two things."""
    waiting = (one for one in store.outbox() if one.kind == THING and one.state != REFUSED)
    return {UUID(one.body["replacement_id"]): one for one in waiting if "replacement_id" in one.body}


def _with(seen: Seen, swap: Waiting | None) -> Seen:
    if swap is None:
        return seen
    value = {**seen.value, **swap.meanwhile.get("put_in", {})}
    return replace(seen, value=value, waits=seen.waits or swap.state == WAITING)


def by_code(store: Store, code: str) -> list[Seen]:
    """The things that a scanned or written code stands for: by tag, serial, or a field that identifies."""

    def read() -> dict[str, list[Seen]]:
        found: dict[str, list[Seen]] = {}
        for one in things(store):
            for said in _codes(one.value):
                found.setdefault(said, []).append(one)
        return found

    known, tag = _once("codes", store, read), tag_of(code)
    found = known.get(plain_code(tag)) or known.get(plain_code(code)) or []
    return [one for one in found if one.value["tag"] == tag] or found


def _codes(value: dict[str, Any]) -> set[str]:
    fields = value.get("fields") or {}
    said = [value.get("serial", "")]
    said += [fields.get(spec.code, "") for spec in FIELDS[looks.kind_of(value)] if spec.identifies]
    return {plain_code(str(code)) for code in said if code} | {plain_code(value["tag"])}


def model_of(store: Store, value: dict[str, Any]) -> AssetModel | None:
    """The make and model of a thing; None if it has none, or it is not on the phone."""
    id_ = value.get("model_id")
    seen = store.one(MODEL, UUID(id_)) if id_ else None
    return AssetModel.read(seen.value) if seen else None


def kits(store: Store) -> list[Kit]:
    """The units on the phone, by their codes."""
    return sorted((Kit.read(one.value) for one in store.view(KIT)), key=lambda kit: kit.code)


def faults(store: Store, thing_id: UUID | None = None) -> list[Seen]:
    """Faults on the phone (of one thing), newest first; one that was reported here stands among them at once."""
    seen = [one for one in store.view(FAULT) if "severity" in one.value]
    if thing_id is not None:
        seen = [one for one in seen if one.value["asset_id"] == str(thing_id)]
    return sorted(seen, key=lambda one: str(one.value["reported_at"]), reverse=True)


def open_faults(store: Store, thing_id: UUID) -> list[Fault]:
    """The faults of a thing that are not closed: those reported here too, unless they were refused."""
    said = (Fault.read(one.value) for one in faults(store, thing_id) if one.refused is None)
    return [one for one in said if one.state not in CLOSED]


def worst_by_thing(store: Store) -> dict[str, Severity]:
    """The worst open fault that this phone knows of, by the thing's id."""
    found: dict[str, list[Severity]] = {}
    for one in store.view(FAULT):
        if "severity" in one.value and one.refused is None and looks.is_open(one.value):
            found.setdefault(one.value["asset_id"], []).append(Severity(one.value["severity"]))
    return {id_: worst for id_, severities in found.items() if (worst := looks.worst(severities))}


def about(store: Store, kind: str, id_: UUID) -> list[Waiting]:
    """What was asked of one thing here and is not settled, oldest first; a swap is about both of its things."""
    return [
        one
        for one in store.outbox()
        if one.kind == kind and (one.about == id_ or one.body.get("replacement_id") == str(id_))
    ]


def spares(store: Store, like: Asset) -> list[Seen]:
    """Spares that could take its place: of its kind, in stock, the best first (no fault, its own model, the fullest battery)."""
    bad = worst_by_thing(store)
    fit = [
        one
        for one in things(store)
        if one.id != like.id
        and one.value["kind"] == like.kind.value
        and one.value["state"] == AssetState.STOCK.value
        and one.value.get("pool")
    ]

    def rank(one: Seen) -> tuple[bool, bool, int, str]:
        value = one.value
        fault = str(one.id) in bad or bool(value.get("worst_fault"))
        return (
            fault,
            value.get("model_id") != str(like.model_id),
            -(value.get("battery") or 0),
            value["tag"],
        )

    return sorted(fit, key=rank)


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
