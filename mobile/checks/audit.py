"""The kit audit: what a scan means for a unit's slots. Pure."""

from uuid import UUID

from mobile.checks import asked
from mobile.checks import run as runs
from mobile.checks.known import Known
from mobile.checks.run import Run
from shared_models.assets import Asset, plain_code, tag_of
from shared_models.kits import Kit, KitSlot


def slot_for(
    run: Run, kit: Kit, known: Known, me: UUID | None, code: str, found: Asset | None
) -> KitSlot | None:
    """The slot that a scanned thing belongs to: its own, else the one free one of its kind, else the only one of it."""
    wanted = {plain_code(tag_of(code)), plain_code(code)} - {""}
    for slot in kit.slots:
        thing = asked.expected(slot, known, me)
        if thing and wanted & ({plain_code(thing.tag), plain_code(thing.serial)} - {""}):
            return slot
    fits = [slot for slot in kit.slots if found and slot.kind is found.kind]
    free = [slot for slot in fits if run.slot(slot.id) is None]
    for choice in (free, fits):
        if len(choice) == 1:
            return choice[0]
    return None


def put(run: Run, slot: KitSlot, known: Known, me: UUID | None, code: str, found: Asset | None) -> None:
    """This code was read in this slot: what belongs there, or another one."""
    thing = asked.expected(slot, known, me)
    right = found is not None and (thing.id == found.id if thing else slot.personal)
    if right and found is not None:
        runs.there(run, slot.id, found.id, code)
    else:
        runs.other(run, slot.id, found.id if found else None, code)


def fill(run: Run, kit: Kit, known: Known, me: UUID | None) -> None:
    """Everything of which nothing was said, and that is known to belong there, is there."""
    for slot in kit.slots:
        thing = asked.expected(slot, known, me)
        if run.slot(slot.id) is None and thing is not None:
            runs.there(run, slot.id, thing.id)
