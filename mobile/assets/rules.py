"""What this person may do with a thing or a fault, and what stands against handing one out; pure decisions.

The server decides in the end. The phone works with the same facts, so that nobody walks to the car with a radio that
will be refused.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared_models.assets import Asset, AssetModel, AssetState, DataClass, Severity
from shared_models.custody import Bar
from shared_models.faults import LEADS, Fault, FaultState, Step
from shared_models.permissions import Permission


class Deed(StrEnum):
    """What can be done with a thing."""

    TAKE = "take"
    HAND_OUT = "hand_out"
    GIVE_BACK = "give_back"
    PASS_ON = "pass_on"  # noqa: S105 - no secret
    SWAP = "swap"
    RESERVE = "reserve"
    REPORT = "report"
    ATTEST = "attest"


Rights = frozenset[Permission]
HANDED = frozenset({AssetState.STOCK, AssetState.IN_USE})
"""In these states a thing can change hands; in use without a holder it is in a unit or at a place."""
HANDS = frozenset({Permission.CUSTODY_GIVE, Permission.CUSTODY_TAKE})
WORDS_NEEDED = frozenset(
    {Step.SANITISED, Step.FIXED, Step.REJECTED, Step.DISMISSED, Step.WRITTEN_OFF, Step.NOTE}
)
"""Steps that say nothing without words."""
NEXT_USER = frozenset({Step.CONFIRMED, Step.REJECTED})
NEEDS = {
    Step.NOTE: Permission.FAULT_REPORT,
    Step.CONFIRMED: Permission.FAULT_REPORT,
    Step.REJECTED: Permission.FAULT_REPORT,
    Step.APPROVED: Permission.REPAIR_APPROVE,
}
"""Which right a step needs; any other needs that of who mends."""


def deeds(thing: Asset, me: UUID, rights: Rights) -> list[Deed]:
    """What this person may do with it now, what they most likely want first."""
    found: list[Deed] = []
    mine, gives = thing.holder_id == me, Permission.CUSTODY_GIVE in rights
    handles = bool(rights & HANDS)
    used = thing.state is AssetState.IN_USE
    if thing.state in HANDED and thing.holder_id is None and handles:
        found += [Deed.HAND_OUT, Deed.TAKE] if gives else [Deed.TAKE]
    if used and (gives or (mine and handles)):
        found.append(Deed.GIVE_BACK)
        if thing.holder_id is not None:
            found.append(Deed.PASS_ON)
    if used and handles and (gives or mine or thing.holder_id is None):
        found.append(Deed.SWAP)
    if thing.pool and thing.state in HANDED and handles:
        found.append(Deed.RESERVE)
    if Permission.FAULT_REPORT in rights:
        found.append(Deed.REPORT)
    if mine:
        found.append(Deed.ATTEST)
    return found


def bars(
    thing: Asset,
    model: AssetModel | None,
    faults: Iterable[Fault],
    *,
    battery: int | None,
    today: date,
    promised: Iterable[UUID] = (),
    to: UUID | None = None,
) -> list[Bar]:
    """What stands against handing it out to this person with this charge; `promised`: who has it reserved now."""
    charge = thing.battery if battery is None else battery
    known = list(faults)
    unmended = [one.severity for one in known if one.state is not FaultState.FIXED]
    stands = {
        Bar.FAULT: Severity.CRITICAL in unmended or (not known and thing.worst_fault is Severity.CRITICAL),
        Bar.RESERVED: any(person != to for person in promised),
        Bar.HELD: thing.holder_id is not None,
        Bar.STATE: thing.state not in HANDED,
    }
    if model is not None:
        least, days = model.issue_battery, model.patch_days
        stands[Bar.BATTERY] = least is not None and (charge is None or charge < least)
        stands[Bar.FIRMWARE] = bool(model.approved_firmware) and thing.firmware != model.approved_firmware
        stands[Bar.UNPATCHED] = days is not None and (
            thing.patched_on is None or (today - thing.patched_on).days > days
        )
    return [bar for bar in Bar if stands.get(bar)]


def steps(fault: Fault, thing: Asset | None, rights: Rights, me: UUID) -> list[Step]:
    """The steps that this person may take with it next; a swap is a change of hands, and not among them."""
    found: list[Step] = []
    for step in LEADS[fault.state]:
        if step is Step.SWAPPED or NEEDS.get(step, Permission.FAULT_WORK) not in rights:
            continue
        if (step is Step.APPROVED and fault.approved) or (step is Step.SANITISED and fault.sanitised):
            continue
        if (step in NEXT_USER and me == fault.worker_id) or (
            step is Step.APPROVED and me in {fault.worker_id, fault.reporter_id}
        ):
            continue  # who mends it is not who says that it works, nor who lets it leave (CJIS MA-2)
        if step is Step.SENT_AWAY and stays(thing) and not (fault.approved and fault.sanitised):
            continue
        found.append(step)
    return found


def stays(thing: Asset | None) -> bool:
    """Whether it leaves the building for repair only approved and sanitised. Of what we don't know: yes."""
    return thing is None or thing.data_class is DataClass.CJI


def confirms(fault: Fault, rights: Rights, me: UUID) -> bool:
    """Whether this person is asked if it works again."""
    mended = fault.state is FaultState.FIXED and me != fault.worker_id
    return mended and Permission.FAULT_REPORT in rights
