"""Verbs of settling: what became of what was sent, when it is tried again, and which channel has to wait."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.core import claims, metrics, prepared
from backend.core.actor import db
from backend.core.claims import QueueState
from backend.core.clock import now
from backend.core.log import say
from backend.notifications.clients import Broken, Channel, Gone, Job, Outcome, Rejected, Retry, Sent
from backend.notifications.tables import ChannelPauseRow

MOST_TRIES = 8
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10.0, 3600.0
"""Seconds before the second try: FCM asks for at least ten (scale-fcm). Then twice as long each time."""
PAUSE_S = 60.0
BROKEN_PAUSE = timedelta(minutes=5)
FEW, MOST_DEAD = 3, 0.2
"""More people whose good address is dead than both, in one batch, are more likely our mistake: the channel stops."""
DOUBTED = "doubted: "

_SETTLE = text("""
    UPDATE notification_delivery AS delivery
    SET state = found.state, leased_until = NULL, why = found.why, provider_id = found.provider_id,
        due_at = coalesce(found.due_at, delivery.due_at), held = delivery.held OR found.held,
        tries = delivery.tries - found.refund::integer,
        settled_at = CASE WHEN found.state = 'queued' THEN NULL ELSE CAST(:now AS timestamptz) END
    FROM unnest(CAST(:ids AS bigint[]), CAST(:tries AS integer[]), CAST(:states AS text[]), CAST(:whys AS text[]),
                CAST(:provider_ids AS text[]), CAST(:dues AS timestamptz[]), CAST(:refunds AS boolean[]),
                CAST(:helds AS boolean[]))
         AS found(id, tries, state, why, provider_id, due_at, refund, held)
    WHERE delivery.id = found.id AND delivery.state = 'leased' AND delivery.tries = found.tries
""")
"""What another worker has taken since (its lease was over) is that worker's to settle."""

_CLOSE = text("""
    UPDATE endpoint SET closed_at = :now, closed_why = found.why
    FROM unnest(CAST(:ids AS uuid[]), CAST(:whys AS text[])) AS found(id, why) WHERE endpoint.id = found.id
""")


@dataclass(frozen=True)
class Settled:
    """What becomes of one delivery."""

    delivery: int
    tries: int
    """When it was taken: by this the delivery is known as still ours."""
    state: QueueState
    why: str = ""
    provider_id: str = ""
    due_at: datetime | None = None
    refund: bool = False
    held: bool = False


@dataclass(frozen=True)
class Taken(Job):
    """A job, with what settling it needs."""

    tries: int = 1
    queued_at: datetime | None = None
    person_id: UUID | None = None
    known: bool = False
    """A message got through to this address before."""
    others: tuple[tuple[int, int], ...] = ()
    """(delivery, tries) of those that this message speaks for as well: a digest."""


def settle(channel: Channel, jobs: Sequence[Taken], outcomes: Sequence[Outcome]) -> None:
    """Write down what became of each job: one statement for all, one more for addresses that are dead."""
    moment = now()
    outcomes = doubted(channel, jobs, outcomes)
    settled: list[Settled] = []
    dead: dict[UUID, str] = {}
    fresh: list[UUID] = []
    for job, outcome in zip(jobs, outcomes, strict=True):
        match outcome:
            case Gone():
                dead[job.endpoint] = outcome.why[:300]
            case Sent():
                if not job.known:
                    fresh.append(job.endpoint)
                if job.queued_at is not None:
                    metrics.pushed(channel.name, (moment - job.queued_at).total_seconds())
        done = what_became(job, outcome, moment)
        settled += [done, *(replace(done, delivery=id_, tries=tries) for id_, tries in job.others)]
    write(settled)
    count(channel, settled)
    if dead:
        prepared.run_here(_CLOSE, now=moment, ids=list(dead), whys=list(dead.values()))
    if fresh:
        prepared.run_here(_REACHED, now=moment, ids=fresh)
    hold_up(channel, outcomes)


_REACHED = text("UPDATE endpoint SET reached_at = :now WHERE id = ANY(CAST(:ids AS uuid[]))")


def hold_up(channel: Channel, outcomes: Sequence[Outcome]) -> None:
    """Let the channel wait where the service asks for that, or our own set-up is wrong.

    Not where that holds for some and it works for others (an expired key of Apple's, say): the operator is told.
    """
    asked = [one for one in outcomes if isinstance(one, Retry) and one.whole_channel]
    if asked:
        longest = max(asked, key=lambda one: one.after or PAUSE_S)
        pause(channel.name, timedelta(seconds=longest.after or PAUSE_S), longest.why)
    broken = [one for one in outcomes if isinstance(one, Broken) and not one.why.startswith(DOUBTED)]
    if broken and not any(isinstance(one, Sent) for one in outcomes):
        pause(channel.name, BROKEN_PAUSE, broken[0].why)
    elif broken:
        say("channel broken for some", level=40, channel=channel.name, count=len(broken), why=broken[0].why)


def doubted(channel: Channel, jobs: Sequence[Taken], outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Where too many good addresses of a batch are dead none of them is closed, and the channel stops until an operator looks.

    Good is one that a message once got through to, and people are counted, not addresses: anybody may register as many
    that never worked as they like, and must not stop a city's alerts with them.
    """
    told = zip(jobs, outcomes, strict=True)
    dead = {job.person_id for job, outcome in told if job.known and isinstance(outcome, Gone)}
    if len(dead) <= max(FEW, MOST_DEAD * len({job.person_id for job in jobs})):
        return outcomes
    stop(channel.name, f"{len(dead)} of {len(jobs)} good addresses dead in one batch")
    return [
        Broken(DOUBTED + outcome.why) if job.known and isinstance(outcome, Gone) else outcome
        for job, outcome in zip(jobs, outcomes, strict=True)
    ]


def put_off(job: Taken, outcome: Retry, moment: datetime) -> Settled:
    """Once more, later; after eight tries it rests, and an operator is shown it."""
    wait = timedelta(seconds=outcome.after or PAUSE_S)
    at = (job.delivery, job.tries)
    if outcome.whole_channel or outcome.untried:
        return Settled(*at, QueueState.QUEUED, outcome.why, due_at=moment + wait, refund=True)
    if job.tries >= MOST_TRIES:
        return Settled(*at, QueueState.RESTING, outcome.why)
    due = claims.retry_at(job.tries, first=FIRST_PAUSE_S, most=LONGEST_PAUSE_S)
    asked = moment + timedelta(seconds=outcome.after or 0)
    return Settled(*at, QueueState.QUEUED, outcome.why, due_at=max(due, asked))


def what_became(job: Taken, outcome: Outcome, moment: datetime) -> Settled:
    """How an outcome is written down."""
    at = (job.delivery, job.tries)
    match outcome:
        case Sent():
            return Settled(*at, QueueState.DONE, provider_id=outcome.provider_id)
        case Gone():
            return Settled(*at, QueueState.GONE, outcome.why)
        case Rejected():
            return Settled(*at, QueueState.RESTING, outcome.why)
        case Broken():
            return Settled(*at, QueueState.QUEUED, outcome.why, due_at=moment + BROKEN_PAUSE, refund=True)
        case Retry():
            return put_off(job, outcome, moment)
        case _:
            assert_never(outcome)


def write(settled: Sequence[Settled]) -> None:
    """Write down what became of these deliveries."""
    if not settled:
        return
    prepared.run_here(
        _SETTLE,
        now=now(),
        ids=[one.delivery for one in settled],
        tries=[one.tries for one in settled],
        states=[one.state.value for one in settled],
        whys=[one.why[:300] for one in settled],
        provider_ids=[one.provider_id for one in settled],
        dues=[one.due_at for one in settled],
        refunds=[one.refund for one in settled],
        helds=[one.held for one in settled],
    )


def count(channel: Channel, settled: Sequence[Settled]) -> None:
    """Count for Prometheus what became of them."""
    for state, number in Counter(one.state for one in settled).items():
        metrics.settled(channel.name, state.value, number)


# ── a channel that waits ─────────────────────────────────────────────────────────────────────────────────────


def pause(channel: str, wait: timedelta, why: str) -> None:
    """Let a channel wait, and tell the operator. One that is stopped stays so."""
    hold(channel, now() + wait, why)
    say("channel paused", level=30, channel=channel, seconds=wait.total_seconds(), why=why)


def stop(channel: str, why: str) -> None:
    """Let a channel wait until an operator says otherwise (``westu push resume``)."""
    hold(channel, None, why)
    say("channel stopped", level=40, channel=channel, why=why)


def hold(channel: str, until: datetime | None, why: str) -> None:
    """Write down that a channel waits."""
    row = ChannelPauseRow
    db().execute(
        upsert(row)
        .values(channel=channel, until_at=until, why=why[:300])
        .on_conflict_do_update(
            index_elements=[row.channel],
            set_={"until_at": until, "why": why[:300]},
            where=row.until_at.is_not(None) if until else None,
        )
    )
