"""What has to hold before a thing changes hands, or a step is taken with its fault; pure decisions, no database."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.assets.tables import AssetRow, FaultRow, ModelRow
from backend.core.actor import Actor
from backend.core.problems import Forbidden, Invalid, Refused
from shared_models.assets import NEXT_STATE, AssetState
from shared_models.custody import STAYS_INSIDE, Bar, HandOut, Reserve
from shared_models.faults import PHOTO_NEEDED, FaultState, ReportFault, Step, TakeStep
from shared_models.permissions import Permission
from shared_models.problems import FieldError

# ── custody ──────────────────────────────────────────────────────────────────────────────────────────────

OLDEST_DONE, CLOCKS_DIFFER = timedelta(days=30), timedelta(minutes=5)
"""How long a phone may have been without signal, and how far its clock may be ahead of ours."""

HANDED = frozenset({AssetState.STOCK, AssetState.IN_USE})
"""In these states a thing can change hands."""


def moment_done(said: datetime | None, moment: datetime, at: str = "/done_at") -> datetime:
    """When something was done, by the clock of whoever did it; never later than now. Raises Invalid."""
    if said is not None and not moment - OLDEST_DONE <= said <= moment + CLOCKS_DIFFER:
        words = "That is yet to come." if said > moment else "That is more than 30 days ago."
        raise Invalid(FieldError(pointer=at, detail=words))
    return min(said or moment, moment)


def bars_of(
    row: AssetRow,
    model: ModelRow | None,
    *,
    battery: int | None,
    broken: bool,
    promised: Collection[UUID],
    to: UUID | None,
    moment: datetime,
) -> list[Bar]:
    """What stands against handing this thing out now.

    ``broken``: it has a critical fault that nobody has mended; ``promised``: who has it reserved at this moment.
    """
    charge = row.battery if battery is None else battery
    stands: dict[Bar, bool] = {
        Bar.FAULT: broken,
        Bar.RESERVED: any(person != to for person in promised),
        Bar.HELD: row.holder_id is not None,
        Bar.STATE: row.state not in HANDED,
    }
    if model is not None:
        least, days = model.issue_battery, model.patch_days
        stands[Bar.BATTERY] = least is not None and (charge is None or charge < least)
        stands[Bar.FIRMWARE] = bool(model.approved_firmware) and row.firmware != model.approved_firmware
        stands[Bar.UNPATCHED] = days is not None and (
            row.patched_on is None or (moment.date() - row.patched_on).days > days
        )
    return [bar for bar in Bar if stands.get(bar)]


def refuse_unclear(wish: HandOut) -> None:
    """Refuse a hand-out to nobody, or to two at once."""
    if sum(1 for said in (wish.to_id, wish.kit_id, wish.place) if said) != 1:
        raise Invalid(
            FieldError(pointer="/to_id", detail="To a person, into a unit or at a place: one of them.")
        )
    if wish.slot_id and not wish.kit_id:
        raise Invalid(FieldError(pointer="/slot_id", detail="Of which unit?"))


LONGEST_PROMISE = timedelta(days=366)
"""How far ahead anything is promised."""
OWN_DAYS, OWN_PROMISES = 14, 3
"""For how long, and how many things at a time, somebody may promise to themselves who does not answer for them."""


def refuse_odd_time(wish: Reserve, moment: datetime) -> None:
    """Refuse a promise that ends before it begins, is over already, or is of a time far ahead. Raises Invalid."""
    if not max(wish.from_at, moment) < wish.until_at <= moment + LONGEST_PROMISE:
        words = "After it begins, after now, and within a year from now."
        raise Invalid(FieldError(pointer="/until_at", detail=words))


def refuse_hoarding(wish: Reserve, open_: Sequence[UUID]) -> None:
    """Refuse a promise by which somebody would keep things from the others; ``open_``: what is promised to them."""
    if wish.until_at - wish.from_at > timedelta(days=OWN_DAYS):
        words = f"For longer than {OWN_DAYS} days only who answers for it may promise it."
        raise Invalid(FieldError(pointer="/until_at", detail=words))
    if len(open_) >= OWN_PROMISES:
        raise Refused("already-there", f"You have {OWN_PROMISES} promises open: end one first.", ids=open_)


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────

LEAST_WORDS = 10
"""Signs that a critical fault without a photo needs."""
NEEDS_WORDS = frozenset(
    {Step.SANITISED, Step.FIXED, Step.REJECTED, Step.DISMISSED, Step.WRITTEN_OFF, Step.NOTE}
)
STEP_RIGHTS = {
    Step.NOTE: Permission.FAULT_REPORT,
    Step.CONFIRMED: Permission.FAULT_REPORT,
    Step.REJECTED: Permission.FAULT_REPORT,
    Step.APPROVED: Permission.REPAIR_APPROVE,
    Step.BEGUN: Permission.FAULT_WORK,
    Step.SANITISED: Permission.FAULT_WORK,
    Step.SENT_AWAY: Permission.FAULT_WORK,
    Step.BACK: Permission.FAULT_WORK,
    Step.FIXED: Permission.FAULT_WORK,
    Step.DISMISSED: Permission.FAULT_WORK,
    Step.WRITTEN_OFF: Permission.FAULT_WORK,
}
"""What each step asks for. Those that are none of these are taken by other verbs: a report, a swap."""
MENDS = frozenset({Step.FIXED, Step.CONFIRMED, Step.DISMISSED})
"""After these nobody works on a fault any more: the next user may take the thing."""


def refuse_bare_fault(wish: ReportFault) -> None:
    """Refuse a critical fault that shows nothing and says next to nothing. Raises Invalid."""
    if wish.severity in PHOTO_NEEDED and not wish.photos and len(wish.words) < LEAST_WORDS:
        raise Invalid(
            FieldError(pointer="/words", detail="Send a photo, or say what is wrong in a few words.")
        )


def refuse_unsaid(wish: TakeStep) -> None:
    """Refuse a step that does not say what it has to. Raises Invalid."""
    if wish.step not in STEP_RIGHTS:
        raise Invalid(FieldError(pointer="/step", detail="Report it, or swap the thing, to take this step."))
    if wish.step in NEEDS_WORDS and not wish.words:
        raise Invalid(FieldError(pointer="/words", detail="Say what was done, or why."))
    if (wish.step is Step.SENT_AWAY) != bool(wish.vendor):
        words = "Where is it sent?" if not wish.vendor else "Only with `sent-away`."
        raise Invalid(FieldError(pointer="/vendor", detail=words))


def is_theirs(step: Step, row: AssetRow, actor: Actor) -> bool:
    """Whether a step is a user's word of a thing that they have themselves, whatever its department."""
    return (
        row.holder_id == actor.id
        and STEP_RIGHTS[step] is Permission.FAULT_REPORT
        and actor.may(STEP_RIGHTS[step])
    )


def refuse_step(fault: FaultRow, row: AssetRow, step: Step, by: UUID) -> None:
    """Refuse a step that this person must not take, or that can't be taken with this thing now.

    CJIS MA-2 and MP-6: who mends or sanitises a thing is not who lets it leave the building; of what holds criminal
    justice information nothing leaves unless both were done.
    """
    if step in {Step.CONFIRMED, Step.REJECTED} and by == fault.worker_id:
        raise Forbidden("The next user says whether it works, not whoever mended it.")
    if step is Step.APPROVED and by in {fault.worker_id, fault.reporter_id, fault.sanitised_by_id}:
        raise Forbidden("Somebody else has to approve it.")
    if step is Step.SANITISED and by == fault.approved_by_id:
        raise Forbidden("Whoever approved it can't be who sanitises it.")
    if step is Step.SENT_AWAY and row.data_class is STAYS_INSIDE and not (fault.approved and fault.sanitised):
        raise Refused("state-not-next", "It leaves the building only approved and sanitised.", ids=[fault.id])
    ends = {
        Step.SENT_AWAY: AssetState.REPAIR,
        Step.BACK: AssetState.OUT_OF_SERVICE,
        Step.WRITTEN_OFF: AssetState.RETIRED,
    }
    if step in ends and ends[step] not in NEXT_STATE[row.state]:
        raise Refused("state-not-next", f"The thing itself is {row.state.value}.", ids=[row.id])


def back_to_stock(row: AssetRow, open_: Iterable[FaultRow]) -> None:
    """Let a thing out of service be handed out again once nobody has work on it left."""
    if all(fault.state is FaultState.FIXED for fault in open_):
        row.state = AssetState.STOCK
