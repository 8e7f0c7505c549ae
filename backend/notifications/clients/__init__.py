"""Outer systems that carry a message to a person: the contract of a channel. Each file here is one way.

A channel is handed jobs and says for each what became of it; it never raises for one job's
sake, keeps nothing, and knows no table. Every push is a hint only: the inbox on our server is
the truth, so a repeat (same `mid`) does no harm and a loss is made good at the next sync.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Protocol
from uuid import UUID


class Urgency(IntEnum):
    """Smaller goes first. ALERT and FAULT must not be lost on a phone that is off."""

    ALERT = 0
    FAULT = 1
    STATUS = 2
    REMINDER = 3


@dataclass(frozen=True)
class Job:
    """One message to one endpoint.

    `address` is the channel's own: for FCM `{"token": …}` or `{"fid": …}`, each of which has its own
    field there; for Web Push `{"endpoint": …, "p256dh": …, "auth": …}`; for mail `{"email": …}`.
    `mid` is the notification's id, by which a phone drops repeats. `data` holds ids only, `title`
    and `body` say nothing personal: they stand on a locked screen. A later message with the same
    `collapse` replaces this one on the screen. `expires_at` is aware; after it nobody wants to be
    told. `also` are further deliveries for which this message speaks too: a digest. `language` is
    that of `title` and `body` (BCP 47).
    """

    delivery: int
    endpoint: UUID
    address: dict[str, str]
    mid: UUID
    kind: str
    urgency: int
    title: str
    body: str
    data: dict[str, str]
    collapse: str | None
    expires_at: datetime
    also: tuple[int, ...] = ()
    language: str = "en"


@dataclass(frozen=True)
class Sent:
    """The service took it. That is not yet "shown". `provider_id` is the service's name for it."""

    provider_id: str


@dataclass(frozen=True)
class Retry:
    """Not now: again in `after` seconds, or, if None, when the outbox thinks fit (10 s or more).

    `whole_channel` holds up everything on the channel. That, and what is `untried` because the service behind it
    rests, costs this job none of its tries.
    """

    why: str
    after: float | None = None
    whole_channel: bool = False
    untried: bool = False


@dataclass(frozen=True)
class Gone:
    """The address is dead: close it, and never send to it again."""

    why: str


@dataclass(frozen=True)
class Rejected:
    """This message can never go; the address is good."""

    why: str


@dataclass(frozen=True)
class Broken:
    """Our own set-up is wrong: stop the channel, tell the operator, take no try from the job."""

    why: str


Outcome = Sent | Retry | Gone | Rejected | Broken


class Channel(Protocol):
    """One way to reach people.

    `batch` is the most jobs one call takes and `lease` how long they may be held by a call at the
    worst. A batch holds at most one job per endpoint: within a batch there is no order.
    """

    name: str
    batch: int
    lease: timedelta

    def send(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome for each job, in the jobs' order."""
