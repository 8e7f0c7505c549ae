"""What the phone knows of things, models, kits and faults: what the server said, with what waits laid over it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from mobile.assets.changes import HOLDERS, KIT, MODEL, PROMISE
from mobile.core import register, strings
from mobile.core.parts import Parts
from mobile.core.session import utc_now
from mobile.core.store import WAITING, Store, Waiting
from shared_models.assets import Asset, AssetKind, AssetModel
from shared_models.custody import Reservation
from shared_models.faults import CLOSED, Fault
from shared_models.identity import Colleague, Colleagues
from shared_models.kits import Kit, KitSlot


def model_of(store: Store, value: dict[str, Any]) -> AssetModel | None:
    """The make and model of a thing; None if it has none, or it is not on the phone."""
    id_ = value.get("model_id")
    seen = store.one(MODEL, UUID(id_)) if id_ else None
    return AssetModel.read(seen.value) if seen else None


def kits(store: Store) -> list[Kit]:
    """The units on the phone, by their codes."""
    return sorted((Kit.read(one.value) for one in store.view(KIT)), key=lambda kit: kit.code)


def free_slots(store: Store, thing: Asset) -> list[tuple[Kit, KitSlot]]:
    """The slots of units in which this thing fits and nothing is, by the record and by what waits here."""
    taken = {
        str(one.body["slot_id"])
        for one in store.waiting(register.THING)
        if one.state == WAITING and one.body.get("slot_id")
    }
    return [
        (kit, slot)
        for kit in kits(store)
        if not kit.retired
        for slot in kit.slots
        if slot.kind in {thing.kind, AssetKind.OTHER}
        and not slot.personal
        and slot.asset_id is None
        and str(slot.id) not in taken
    ]


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


def promised_here(store: Store, id_: UUID) -> list[Waiting]:
    """What was asked here about promises of a thing and is not settled, oldest first."""
    its = {one.id for one in store.view(PROMISE) if one.value.get("asset_id") == str(id_)}
    return [one for one in store.waiting(PROMISE) if one.about in its]


# ── promises ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Promise:
    """What is promised, and whether that has reached the server."""

    promise: Reservation
    waits: bool
    refused: bool


def promises(store: Store, thing_id: UUID | None = None) -> list[Promise]:
    """What is promised (of one thing) and not over, the next first; what was promised here stands among them at once."""
    now = utc_now()
    found = [
        Promise(Reservation.read(one.value), one.waits, one.refused is not None)
        for one in store.view(PROMISE)
        if "asset_id" in one.value and thing_id in {None, UUID(one.value["asset_id"])}
    ]
    open_ = [one for one in found if one.promise.ended_at is None and one.promise.until_at > now]
    return sorted(open_, key=lambda one: (one.promise.from_at, one.promise.id))


def promised_now(store: Store, thing_id: UUID) -> list[UUID]:
    """Who has a thing reserved at this moment."""
    now, found = utc_now(), promises(store, thing_id)
    return [one.promise.person_id for one in found if not one.refused and one.promise.from_at <= now]


def span(one: Reservation, zone: str) -> str:
    """From when until when: "Nov 27, 6:00 AM - Nov 28, 6:00 PM"; the day is said once where it is one."""
    now = utc_now()
    begin, end = (strings.day_and_time(at, zone, now) for at in (one.from_at, one.until_at))
    if strings.day(one.from_at, zone) == strings.day(one.until_at, zone):
        end = strings.clock_time(one.until_at, zone)
    return strings.t("reservations.span", begin=begin, end=end)


def promise_line(one: Promise, zone: str) -> dict[str, Any]:
    """How a promise is shown: to whom, for when, and whether it waits or was not accepted."""
    said = ["requests.waiting"] if one.waits else ["things.refused"] if one.refused else []
    about = [span(one.promise, zone), one.promise.note, *map(strings.t, said)]
    return {
        "key": str(one.promise.id),
        "icon": "waiting" if one.waits else "refused" if one.refused else "calendar",
        "tone": "bad" if one.refused else "neutral",
        "title": one.promise.person,
        "subtitle": " · ".join(part for part in about if part),
    }


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


def people(parts: Parts, department: str) -> tuple[tuple[UUID, str], ...]:
    """Whom a department's things can be handed to, with me first: (id, name)."""
    found = tuple((one.id, one.name) for one in holders(parts.store, department))
    me = parts.me
    if me is None or any(id_ == me.id for id_, _ in found):
        return found
    return ((me.id, me.name), *found)


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
