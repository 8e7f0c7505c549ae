"""What may be asked for about things, and how it looks until the server has answered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from mobile.core.register import FAULT, THING
from mobile.core.store import Store, Waiting
from shared_models.assets import Asset, AssetState
from shared_models.custody import (
    Attest,
    BeginStocktake,
    CountThings,
    HandOut,
    PassOn,
    Reservation,
    Reserve,
    Swap,
    TakeBack,
)
from shared_models.faults import (
    CLOSED,
    LEADS,
    Fault,
    FaultState,
    ReportFault,
    SettleSighting,
    Sight,
    Step,
    TakeStep,
)
from shared_models.identity import Me
from shared_models.wire import Wire, instant_text

MODEL, KIT, PROMISE = "asset_model", "kit", "reservation"
"""What the sync brings."""
SIGHTING, STOCKTAKE, ATTEST = "sighting", "stocktake", "attest"
"""What is only sent."""
HOLDERS = "holders"
"""The document of whom a thing can be handed to: by department, as the server told."""
CUSTODY, FAULTS, SIGHTINGS, STOCKTAKES = "/v1/custody", "/v1/faults", "/v1/sightings", "/v1/stocktakes"

Photos = Mapping[UUID, Path]
NOBODY: dict[str, Any] = {"holder_id": None, "holder": "", "kit_id": None, "unit": ""}


def hand_out(store: Store, thing: Asset, wish: HandOut, whom: str) -> None:
    """Give it to somebody called so; it shows in their hands while that waits."""
    meanwhile = {
        "state": AssetState.IN_USE.value,
        **NOBODY,
        "holder_id": str(wish.to_id),
        "holder": whom,
        **_charge(wish),
    }
    _custody(store, thing, "hand-out", wish, meanwhile)


def put(store: Store, thing: Asset, wish: HandOut, unit: str = "") -> None:
    """Put it into a slot of the unit called so, or at a place; it shows there while that waits."""
    there = {"kit_id": str(wish.kit_id), "unit": unit} if wish.kit_id else {"place": wish.place}
    meanwhile = {"state": AssetState.IN_USE.value, **NOBODY, **there, **_charge(wish)}
    _custody(store, thing, "hand-out", wish, meanwhile)


def take_back(store: Store, thing: Asset, wish: TakeBack) -> None:
    """Take it back into stock."""
    meanwhile = {"state": AssetState.STOCK.value, **NOBODY, **_charge(wish)}
    if wish.place:
        meanwhile["place"] = wish.place
    _custody(store, thing, "take-back", wish, meanwhile)


def pass_on(store: Store, thing: Asset, wish: PassOn, whom: str) -> None:
    """Pass it on at relief to somebody called so."""
    _custody(store, thing, "pass-on", wish, {"holder_id": str(wish.to_id), "holder": whom, **_charge(wish)})


def swap(store: Store, thing: Asset, spare: Asset, wish: Swap) -> None:
    """Put the spare where the thing is. It is one call about two things: what the spare becomes is `put_in`."""
    broken = AssetState.OUT_OF_SERVICE if wish.fault_id else AssetState.STOCK
    meanwhile = {
        "state": broken.value,
        **NOBODY,
        "put_in": {
            "state": AssetState.IN_USE.value,
            "pool": False,
            "holder_id": str(thing.holder_id) if thing.holder_id else None,
            "holder": thing.holder,
            "kit_id": str(thing.kit_id) if thing.kit_id else None,
            "unit": thing.unit,
            "place": thing.place,
            **_charge(wish),
        },
    }
    _custody(store, thing, "swap", wish, meanwhile)
    assert spare.id == wish.replacement_id


def _charge(wish: Any) -> dict[str, Any]:
    return {} if wish.battery is None else {"battery": wish.battery}


def _custody(store: Store, thing: Asset, verb: str, wish: Wire, meanwhile: Mapping[str, Any]) -> None:
    store.add(Waiting("POST", f"{CUSTODY}/{thing.id}/{verb}", wish.dump(), THING, thing.id, meanwhile))


def attest(store: Store, wish: Attest) -> None:
    """Say which things I have."""
    store.add(Waiting("POST", f"{CUSTODY}/attest", wish.dump(), ATTEST, wish.id))


def reserve(store: Store, wish: Reserve, whom: str) -> None:
    """Promise a thing to somebody called so; it shows as promised while that waits."""
    assert wish.person_id is not None
    meanwhile = Reservation(
        id=wish.id, asset_id=wish.asset_id, person_id=wish.person_id, person=whom, from_at=wish.from_at,
        until_at=wish.until_at, note=wish.note, ended_at=None, version=0,
    )  # fmt: skip
    store.add(Waiting("POST", f"{CUSTODY}/reservations", wish.dump(), PROMISE, wish.id, meanwhile.dump()))


def end_promise(store: Store, promise: Reservation) -> None:
    """It is no longer needed: it is gone while that waits."""
    path = f"{CUSTODY}/reservations/{promise.id}/end"
    store.add(Waiting("POST", path, {}, PROMISE, promise.id, {"ended_at": instant_text(datetime.now(UTC))}))


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────


def report_fault(store: Store, thing: Asset, wish: ReportFault, photos: Photos, me: Me) -> None:
    """Say that a thing is broken; the fault stands open, without a number, while that waits."""
    moment = datetime.now(UTC)
    meanwhile = Fault(
        id=wish.id,
        number="",
        asset_id=thing.id,
        tag=thing.tag,
        department=thing.department,
        kit_id=thing.kit_id,
        unit=thing.unit,
        severity=wish.severity,
        state=FaultState.OPEN,
        words=wish.words,
        line="",
        check_id=None,
        photos=wish.photos,
        reported_at=wish.done_at or moment,
        reporter_id=me.id,
        reporter=me.name,
        worker_id=None,
        worker="",
        replacement_id=None,
        approved=False,
        sanitised=False,
        vendor="",
        rejected=0,
        updated_at=moment,
        closed_at=None,
        version=0,
    )
    store.add(
        Waiting("POST", f"{FAULTS}/", wish.dump(), FAULT, wish.id, meanwhile.dump(), wish.photos), photos
    )


def take_step(store: Store, fault: Fault, wish: TakeStep, photos: Photos, me: Me) -> None:
    """Take a step with a fault; it shows where that leads while it waits."""
    state = LEADS[fault.state].get(wish.step, fault.state)
    meanwhile: dict[str, Any] = {"state": state.value}
    if state in CLOSED:
        meanwhile["closed_at"] = instant_text(datetime.now(UTC))
    if wish.step is Step.BEGUN:
        meanwhile |= {"worker_id": str(me.id), "worker": me.name}
    elif wish.step is Step.APPROVED:
        meanwhile["approved"] = True
    elif wish.step is Step.SANITISED:
        meanwhile["sanitised"] = True
    elif wish.step is Step.SENT_AWAY:
        meanwhile["vendor"] = wish.vendor
    elif wish.step is Step.REJECTED:
        meanwhile["rejected"] = fault.rejected + 1
    path = f"{FAULTS}/{fault.id}/steps"
    store.add(Waiting("POST", path, wish.dump(), FAULT, fault.id, meanwhile, wish.photos), photos)


# ── what was scanned or found ────────────────────────────────────────────────────────────────────────────


def sight(store: Store, wish: Sight, photos: Photos | None = None) -> None:
    """Say of a label that it is unknown, was found, or hangs on something broken."""
    store.add(
        Waiting("POST", f"{SIGHTINGS}/", wish.dump(), SIGHTING, wish.id, {}, wish.photos), dict(photos or {})
    )


def settle(store: Store, id_: UUID, wish: SettleSighting) -> None:
    """Say what came of it; it shows settled while that waits."""
    path = f"{SIGHTINGS}/{id_}/settle"
    meanwhile = {"settled_at": instant_text(datetime.now(UTC)), "outcome": wish.words}
    store.add(Waiting("POST", path, wish.dump(), SIGHTING, id_, meanwhile))


# ── counting ─────────────────────────────────────────────────────────────────────────────────────────────


def begin_count(store: Store, wish: BeginStocktake) -> None:
    """Begin to count."""
    store.add(Waiting("POST", f"{STOCKTAKES}/", wish.dump(), STOCKTAKE, wish.id))


def count(store: Store, id_: UUID, wish: CountThings) -> None:
    """One scan more."""
    store.add(Waiting("POST", f"{STOCKTAKES}/{id_}/count", wish.dump(), STOCKTAKE, id_))


def close_count(store: Store, id_: UUID) -> None:
    """Counting is over."""
    store.add(Waiting("POST", f"{STOCKTAKES}/{id_}/close", {}, STOCKTAKE, id_))
