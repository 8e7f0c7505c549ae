"""Which events, and who may see them."""

from sqlalchemy import Select, false, func, select

from backend.core.actor import Actor, db
from backend.core.ledger import EventRow, SealRow, first_broken
from shared_models.audit import ChainState, LedgerFilter
from shared_models.permissions import Permission


def visible_to(actor: Actor) -> Select[EventRow]:
    """All events, for those who audit; none for others."""
    found = select(EventRow)
    return found if actor.may_everywhere(Permission.AUDIT_READ) else found.where(false())


def matching(actor: Actor, wanted: LedgerFilter) -> Select[EventRow]:
    """Those of a kind, by somebody, about something."""
    found = visible_to(actor)
    for column, value in (
        (EventRow.kind, wanted.kind),
        (EventRow.actor_id, wanted.actor_id),
        (EventRow.subject_id, wanted.subject_id),
    ):
        if value is not None:
            found = found.where(column == value)
    return found


def chain_state() -> ChainState:
    """Whether the hash chain holds, from its first link to its last."""
    broken = first_broken()
    sealed = db().scalar(select(func.count()).select_from(SealRow)) or 0
    return ChainState(sealed=sealed, sound=broken is None, first_broken=broken)
