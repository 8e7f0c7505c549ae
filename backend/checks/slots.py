"""What a kit audit found in another place than the record says: the record is put right, or somebody is told to look."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import assets
from backend.core.actor import db, me
from backend.core.problems import ProblemError
from backend.core.words import title_and_body
from shared_models.checks import FinishCheck, SlotFound, SlotOutcome
from shared_models.custody import HandOut, Swap
from shared_models.faults import Sight, SightingKind


def others(wish: FinishCheck) -> Iterable[SlotFound]:
    """The slots in which another thing was found, or one that nobody knows."""
    return (each for each in wish.slots if each.outcome is SlotOutcome.OTHER and (each.asset_id or each.code))


def correct(wish: FinishCheck, unit: str, slots: Mapping[UUID, Mapping[str, Any]], at: datetime) -> None:
    """Put what was found into its slot, where it was in stock and whoever checked may; else it goes to the inbox.

    The check itself never fails by it: it says what was seen.
    """
    for found in others(wish):
        slot = slots[found.slot_id]
        if str(found.asset_id) == slot["asset_id"] or (found.asset_id and _put(wish, found, slot, at)):
            continue
        _tell(wish, found, unit, slot, at)


def _put(wish: FinishCheck, found: SlotFound, slot: Mapping[str, Any], at: datetime) -> bool:
    """Whether custody took it so. What it refuses is undone, and nothing else of the check."""
    assert found.asset_id is not None
    first, second = (uuid.uuid5(wish.id, f"{found.slot_id}:{side}") for side in ("out", "in"))
    signed: dict[str, Any] = {"signature": wish.signature, "done_at": at, "condition": found.note}
    try:
        with db().begin_nested():
            if slot["asset_id"]:
                swap = Swap(id=first, replacement_id=found.asset_id, replacement_entry_id=second, **signed)
                assets.swap(UUID(slot["asset_id"]), swap)
            else:
                out = HandOut(id=first, kit_id=wish.kit_id, slot_id=found.slot_id, **signed)
                assets.hand_out(found.asset_id, out)
    except ProblemError:
        return False
    return True


def _tell(wish: FinishCheck, found: SlotFound, unit: str, slot: Mapping[str, Any], at: datetime) -> None:
    code = found.code or assets.tag_of(found.asset_id) if found.asset_id else found.code
    if not code:
        return
    said = ": ".join(title_and_body(me().language, "kit-audit.in-slot", unit=unit, slot=slot["name"]))
    assets.take_sighting(
        Sight(
            id=uuid.uuid5(wish.id, f"{found.slot_id}:seen"),
            kind=SightingKind.FOUND if found.asset_id else SightingKind.UNKNOWN,
            code=code,
            words=f"{said} {found.note}".strip(),
            where=wish.where,
            done_at=at,
        )
    )
