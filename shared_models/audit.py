"""Audit: the ledger, for those who may read it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from shared_models.basics import PageWanted
from shared_models.wire import Length, Wire


class LedgerEvent(Wire):
    """One thing that happened: ids, codes and numbers, never names or words."""

    seq: Annotated[int, "The order of writing."]
    id: UUID
    at: datetime
    kind: str
    actor_id: Annotated[UUID | None, "Who did it; null for the house itself."]
    subject_id: UUID | None
    fields: dict[str, Any]
    request_id: str


class LedgerPage(Wire):
    """Events, the newest first."""

    items: tuple[LedgerEvent, ...]
    next: str | None


class LedgerFilter(PageWanted):
    """Which events."""

    kind: Annotated[str | None, Length(1, 80)] = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None


class ChainState(Wire):
    """Whether the ledger's hash chain holds."""

    sealed: Annotated[int, "How many events are in the chain."]
    sound: bool
    first_broken: Annotated[int | None, "The number of the first link that does not hold."]
