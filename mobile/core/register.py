"""The things and faults on the phone: what the server said, with what waits laid over it; and which one a scan means."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from mobile.core import kinds
from mobile.core.store import REFUSED, WAITING, Seen, Store, Waiting
from shared_models.asset_fields import FIELDS
from shared_models.assets import Asset, AssetState, Severity, plain_code, tag_of
from shared_models.faults import CLOSED

THING, FAULT = "asset", "fault"
"""What the sync brings."""
SETTLED = frozenset(state.value for state in CLOSED)
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
    said += [fields.get(spec.code, "") for spec in FIELDS[kinds.kind_of(value)] if spec.identifies]
    return {plain_code(str(code)) for code in said if code} | {plain_code(value["tag"])}


def faults(store: Store, thing_id: UUID | None = None) -> list[Seen]:
    """Faults on the phone (of one thing), newest first; one that was reported here stands among them at once."""
    seen = [one for one in store.view(FAULT) if "severity" in one.value]
    if thing_id is not None:
        seen = [one for one in seen if one.value["asset_id"] == str(thing_id)]
    return sorted(seen, key=lambda one: str(one.value["reported_at"]), reverse=True)


def worst_by_thing(store: Store) -> dict[str, Severity]:
    """The worst open fault that this phone knows of, by the thing's id."""
    found: dict[str, list[Severity]] = {}
    for one in store.view(FAULT):
        if "severity" in one.value and one.refused is None and one.value.get("state") not in SETTLED:
            found.setdefault(one.value["asset_id"], []).append(Severity(one.value["severity"]))
    return {id_: worst for id_, severities in found.items() if (worst := kinds.worst(severities))}


def spares(store: Store, like: Asset) -> list[Seen]:
    """Spares of its kind that are in stock; first those with no fault, of its department, of its model, the fullest."""
    bad = worst_by_thing(store)
    fit = [
        one
        for one in things(store)
        if one.id != like.id
        and one.value["kind"] == like.kind.value
        and one.value["state"] == AssetState.STOCK.value
        and one.value.get("pool")
    ]

    def rank(one: Seen) -> tuple[bool, bool, bool, int, str]:
        value = one.value
        fault = str(one.id) in bad or bool(value.get("worst_fault"))
        return (
            fault,
            value["department"] != like.department,
            value.get("model_id") != str(like.model_id),
            -(value.get("battery") or 0),
            value["tag"],
        )

    return sorted(fit, key=rank)
