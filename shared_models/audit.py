"""Audit: the ledger, for those who may read it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from shared_models.basics import Code, PageWanted
from shared_models.wire import Length, Range, Verbatim, Wire


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


# ── what other systems are told ──────────────────────────────────────────────────────────────────────────────


class FeedEvent(Wire):
    """One thing that happened, as other systems are told it: by a webhook, or in the feed of events.

    Ids, codes, states and numbers; whoever wants to know more asks for the thing itself, as far as they may see it.
    """

    id: Annotated[UUID, "The same event has the same id wherever it is told: the `webhook-id` of a post."]
    type: Annotated[str, "`domain.what-happened`."]
    version: Annotated[int, "Of this form; a higher one only adds fields."]
    at: datetime
    subject: Annotated[UUID | None, "What it happened to."]
    department: str | None
    data: Annotated[dict[str, Any], "The fields of its kind."]


class FedEvent(FeedEvent):
    """An event of the feed."""

    place: Annotated[str, "Say it as `after` to go on behind this one."]


class FeedWanted(Wire):
    """Which events, from where on."""

    after: Annotated[
        str, Length(max=80), Verbatim, "The `next` of the answer before; empty is the beginning."
    ] = ""
    limit: Annotated[int, Range(1, 1000)] = 200
    kinds: Annotated[
        str, Length(max=2000), "Kinds with commas between them; `assets.*` is all of a domain."
    ] = ""
    department: Code | None = None


class FeedPage(Wire):
    """Events in the order in which the ledger was sealed. None is ever added before one that was told."""

    items: tuple[FedEvent, ...]
    next: Annotated[str, "Say it as `after` to go on from here, now or in a year."]
    more: Annotated[bool, "Whether there is more to be had at once."]
