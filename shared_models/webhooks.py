"""Webhooks: how other systems are told what happened. Signed as Standard Webhooks says, so that any library of it can check."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.basics import Code, PageWanted
from shared_models.wire import Length, Range, Regexp, Verbatim, Wire, WireEnum

SOURCES = ("assets", "checks", "content", "service_requests")
"""The domains whose events other systems are told of. Who signs in, or reads what, is nobody's business outside."""

Kind = Annotated[
    str,
    Length(3, 80),
    Regexp(
        re.compile(r"^[a-z_]+\.(\*|[a-z0-9-]+)$"),
        error="A kind of event: `assets.asset-changed`, or `assets.*`.",
    ),
]
Kinds = Annotated[
    tuple[Kind, ...], Length(1, 40), "Which events: exact names, or all of a domain (`assets.*`)."
]
Departments = Annotated[
    tuple[Code, ...], Length(max=40), "Only events of these departments; none named is all."
]
Url = Annotated[str, Length(9, 2000), Verbatim, "Where to post: `https://host/…`, a public host, any port."]
Name = Annotated[str, Length(1, 80), "What it is called here."]


class DeliveryState(WireEnum):
    """Where one event stands on its way to one webhook."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    GONE = "gone"
    SPARED = "spared"
    RESTING = "resting"
    NEWER = "newer"


class MakeWebhook(Wire):
    """A system that wants to be told."""

    id: UUID
    name: Name
    url: Url
    kinds: Kinds
    departments: Departments = ()


class ChangeWebhook(Wire):
    """What is to be otherwise; what is not said stays."""

    name: Name | None = None
    url: Url | None = None
    kinds: Kinds | None = None
    departments: Departments | None = None
    paused: Annotated[
        bool | None, "True: nothing is posted until you say so. False: go on, also after it was stopped."
    ] = None
    skip: Annotated[bool, "With `paused: false`: what happened meanwhile is not told any more."] = False


class Webhook(Wire):
    """A webhook, as it stands."""

    id: UUID
    name: str
    url: str
    kinds: tuple[str, ...]
    departments: tuple[str, ...]
    version: int
    made_at: datetime
    paused: bool
    stopped_why: Annotated[
        str, "Why nothing is posted until somebody lets it go on; empty: nothing stopped it."
    ]
    failures: Annotated[int, "Posts in a row that failed."]
    failing_since_at: datetime | None
    rests_until_at: Annotated[datetime | None, "After failures in a row it is left alone for a while."]
    reached_at: Annotated[datetime | None, "When it last took something."]
    old_secret_until_at: Annotated[
        datetime | None, "Until then posts are signed with the secret before as well."
    ]


class WebhookPage(Wire):
    """Webhooks, the newest first."""

    items: tuple[Webhook, ...]
    next: str | None


class WebhookSecret(Wire):
    """What posts are signed with. It is told this once; a lost one is replaced."""

    id: UUID
    secret: Annotated[str, "`whsec_…`: the key in base64, as Standard Webhooks has it."]
    old_until_at: Annotated[datetime | None, "Until then the one before is good too."]


class ReplaceSecret(Wire):
    """Sign with another secret from now on."""

    overlap_hours: Annotated[int, Range(0, 168), "How long the one before stays good beside it."] = 24


class WebhookDelivery(Wire):
    """One event on its way to one webhook, and what became of it."""

    id: UUID
    webhook_id: UUID
    event_id: Annotated[UUID, "The `webhook-id` of each post of it: the same twice is the same event."]
    kind: str
    state: Annotated[
        str,
        "`queued`, `leased` (on its way), `done`, `gone` (nobody wants it any more) or `resting` (given up).",
    ]
    tries: int
    queued_at: datetime
    due_at: Annotated[datetime, "When it is tried next, while it is queued."]
    posted_at: Annotated[datetime | None, "The last try."]
    took_ms: int
    status: Annotated[int, "The HTTP status of the last answer; 0: there was none."]
    why: str


class WebhookDeliveryPage(Wire):
    """Deliveries, the newest first."""

    items: tuple[WebhookDelivery, ...]
    next: str | None


class DeliveriesWanted(PageWanted):
    """Which deliveries."""

    state: DeliveryState | None = None
    event_id: UUID | None = None


class ReplayDeliveries(Wire):
    """Post these again."""

    ids: Annotated[tuple[UUID, ...], Length(1, 200)]


class TestedWebhook(Wire):
    """A word is on its way."""

    event_id: Annotated[UUID, "Ask for its delivery by this."]


class Replayed(Wire):
    """How many are posted again."""

    count: int
