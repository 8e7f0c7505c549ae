"""Verbs of sending: what a channel takes, what became of it. The worker calls these, each in a transaction of its own."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert

from backend import identity
from backend.core import claims, metrics, prepared
from backend.core.actor import db
from backend.core.claims import QueueState
from backend.core.clock import now
from backend.core.log import say
from backend.core.words import title_and_body
from backend.notifications import queries
from backend.notifications.clients import Broken, Channel, Gone, Job, Outcome, Rejected, Retry, Sent
from backend.notifications.tables import ChannelPauseRow
from shared_models.basics import Language

MOST_TRIES = 8
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10.0, 3600.0
"""Seconds before the second try: FCM asks for at least ten (scale-fcm). Then twice as long each time."""
PAUSE_S = 60.0
BROKEN_PAUSE = timedelta(minutes=5)
UNDER_WAY = timedelta(seconds=30)
SOON = timedelta(minutes=1)
"""What is held waits at least that long."""
FEW, MOST_DEAD = 3, 0.2
"""More dead addresses than both, in one batch, are more likely our mistake than theirs: the channel stops."""
DOUBTED = "doubted: "
IN_A_DIGEST = 4
"""Titles that a digest names."""

_CLAIM = text("""
    WITH found AS MATERIALIZED (
        SELECT id FROM notification_delivery AS delivery
        WHERE channel = :channel
          AND (state = 'queued' AND due_at <= :now OR state = 'leased' AND leased_until < :now)
          AND (urgency <= 1 OR NOT EXISTS (
              SELECT FROM notification_delivery AS other
              WHERE other.endpoint_id = delivery.endpoint_id AND other.state = 'leased' AND other.leased_until > :under_way))
        ORDER BY urgency, due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    ), first AS (
        SELECT DISTINCT ON (endpoint_id) delivery.id FROM notification_delivery AS delivery JOIN found USING (id)
        ORDER BY endpoint_id, urgency, due_at, delivery.id
    )
    UPDATE notification_delivery SET state = 'leased', leased_until = :until, tries = tries + 1
    WHERE id IN (SELECT id FROM first) RETURNING id
""")
"""One message per address at a time, whoever sends: two at once would arrive in any order.

A worker that died holds no address longer than a message is under way at the most, and what is urgent waits for nobody.
"""

_QUIET_END = """
    CASE WHEN quiet_begin IS NULL OR NOT (
            CASE WHEN quiet_begin < quiet_end THEN spoken::time >= quiet_begin AND spoken::time < quiet_end
                 ELSE spoken::time >= quiet_begin OR spoken::time < quiet_end END)
         THEN NULL
         ELSE (CASE WHEN spoken::time < quiet_end THEN spoken::date ELSE spoken::date + 1 END + quiet_end)
              AT TIME ZONE wishes.zone END
"""
"""When the quiet hours end that are on now; null if none are. PostgreSQL knows when the clocks of a zone change."""

_LOOK = text(f"""
    SELECT delivery.id, delivery.endpoint_id, delivery.tries, delivery.queued_at, delivery.due_at, delivery.held,
           endpoint.address, endpoint.closed_at, endpoint.person_id, endpoint.language,
           notification.id AS mid, notification.kind, notification.urgency, title, body, title_es, body_es, area,
           about_kind, about_id, expires_at,
           delivery.unless_seen AND EXISTS (
               SELECT FROM notification_seen AS seen
               WHERE seen.notification_id = notification.id AND seen.person_id = endpoint.person_id) AS seen,
           CASE WHEN notification.urgency >= 2 THEN {_QUIET_END} END AS quiet_until
    FROM notification_delivery AS delivery
    JOIN endpoint ON endpoint.id = delivery.endpoint_id
    JOIN notification ON notification.id = delivery.notification_id
    LEFT JOIN notification_wishes AS wishes ON wishes.person_id = endpoint.person_id
    LEFT JOIN LATERAL (SELECT CAST(:now AS timestamptz) AT TIME ZONE wishes.zone AS spoken) AS clock ON true
    WHERE delivery.id = ANY(CAST(:ids AS bigint[]))
    ORDER BY delivery.urgency, delivery.due_at, delivery.id
""")  # noqa: S608 - text of our own

_PILED_UP = text("""
    WITH found AS MATERIALIZED (
        SELECT id FROM notification_delivery
        WHERE endpoint_id = ANY(CAST(:endpoints AS uuid[])) AND state = 'queued' AND held AND due_at <= :now
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
    UPDATE notification_delivery SET state = 'leased', leased_until = :until, tries = tries + 1
    WHERE id IN (SELECT id FROM found) RETURNING id
""")

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
    others: tuple[tuple[int, int], ...] = ()
    """(delivery, tries) of those that this message speaks for as well: a digest."""


def claim_jobs(channel: Channel) -> list[Taken]:
    """Take what this channel is to send now: the urgent first, one message per address.

    Nothing that is over, that was seen on another channel already, or whose person sleeps: what piled up for them
    comes as one message afterwards.
    """
    if db().scalar(queries.pause_of(channel.name)) is not None:
        return []
    jobs: list[Taken] | None = []
    while jobs == []:  # all that was taken is settled without sending: there may be more behind it
        jobs = claim_some(channel, now())
    return jobs or []


def claim_some(channel: Channel, moment: datetime) -> list[Taken] | None:
    """Take what is due, and settle what is not to be sent; None if nothing is due."""
    lease = {"now": moment, "until": moment + channel.lease}
    under_way = moment + channel.lease - UNDER_WAY
    values = {"channel": channel.name, "most": channel.batch, "under_way": under_way}
    ids = [id_ for (id_,) in prepared.run_here(_CLAIM, **values, **lease)]
    if not ids:
        return None
    rows = looked_at(ids)
    if waking := {row.endpoint_id for row in rows if row.held and row.quiet_until is None}:
        more = prepared.run_here(_PILED_UP, endpoints=list(waking), **lease)
        rows += looked_at([id_ for (id_,) in more])
    settled, jobs = [], defaultdict(list)
    for row in rows:
        done = without_sending(row, moment)
        if done is None:
            jobs[row.endpoint_id].append(row)
        else:
            settled.append(done)
    write(settled)
    count(channel, settled)
    spoken = languages(row for some in jobs.values() for row in some)
    return [job_of(some, spoken) for some in jobs.values()]


def looked_at(ids: Sequence[int]) -> list[Any]:
    """All that a channel needs to know of these deliveries, the most urgent first."""
    return list(db().execute(_LOOK, {"ids": list(ids), "now": now()})) if ids else []


def without_sending(row: Any, moment: datetime) -> Settled | None:
    """What becomes of a delivery that is not sent, or not yet; None if it is."""
    if row.seen:
        return Settled(row.id, row.tries, QueueState.SPARED, "seen")
    if row.closed_at is not None:
        return Settled(row.id, row.tries, QueueState.GONE, "address closed")
    if row.expires_at <= moment:
        return Settled(row.id, row.tries, QueueState.GONE, "expired")
    if row.quiet_until is not None:
        return Settled(
            row.id,
            row.tries,
            QueueState.QUEUED,
            "quiet hours",
            due_at=max(row.quiet_until, moment + SOON),
            refund=True,
            held=True,
        )
    return None


def languages(rows: Iterable[Any]) -> dict[UUID, Language]:
    """What the people speak whose address does not say."""
    return identity.languages_of({row.person_id for row in rows if not row.language})


def job_of(rows: Sequence[Any], spoken: dict[UUID, Language]) -> Taken:
    """The one message that these deliveries of one address make: the first, or a digest of them."""
    first = rows[0]
    language = Language(first.language or spoken.get(first.person_id, Language.EN))
    title, body = in_language(first, language)
    job = Taken(
        delivery=first.id,
        endpoint=first.endpoint_id,
        address=first.address,
        mid=first.mid,
        kind=first.kind,
        urgency=first.urgency,
        title=title,
        body=body,
        data={
            "about": first.about_kind,
            "id": str(first.about_id),
            **({"area": first.area} if first.area else {}),
        },
        collapse=f"{first.about_kind}-{first.about_id}",
        expires_at=first.expires_at,
        language=language.value,
        tries=first.tries,
        queued_at=first.queued_at,
    )
    return digest(job, rows, language) if len(rows) > 1 else job


def digest(job: Taken, rows: Sequence[Any], language: Language) -> Taken:
    """One message for what piled up: of each thing the newest, and more than one by their titles."""
    newest = {(row.about_kind, row.about_id): row for row in rows}  # a later one replaces
    last = list(newest.values())[-1]
    titles = [in_language(row, language)[0] for row in newest.values()]
    title, body = in_language(last, language)
    if len(titles) > 1:
        named = " · ".join(titles[-IN_A_DIGEST:])
        title, body = title_and_body(language, "digest.piled-up", count=str(len(titles)), titles=named)
    return replace(
        job,
        mid=last.mid,
        kind=last.kind,
        title=title,
        body=body,
        data={"about": "inbox", "id": str(last.mid)}
        if len(titles) > 1
        else job.data | {"id": str(last.about_id)},
        collapse="digest" if len(titles) > 1 else f"{last.about_kind}-{last.about_id}",
        expires_at=max(row.expires_at for row in rows),
        others=tuple((row.id, row.tries) for row in rows[1:]),
    )


def in_language(row: Any, language: Language) -> tuple[str, str]:
    """Title and body, in Spanish where that is spoken and there."""
    if language is Language.ES and row.title_es:
        return row.title_es, row.body_es
    return row.title, row.body


def settle(channel: Channel, jobs: Sequence[Taken], outcomes: Sequence[Outcome]) -> None:
    """Write down what became of each job: one statement for all, one more for addresses that are dead."""
    moment = now()
    outcomes = doubted(channel, outcomes)
    settled: list[Settled] = []
    dead: dict[UUID, str] = {}
    for job, outcome in zip(jobs, outcomes, strict=True):
        if isinstance(outcome, Gone):
            dead[job.endpoint] = outcome.why[:300]
        done = what_became(channel, job, outcome, moment)
        settled += [done, *(replace(done, delivery=id_, tries=tries) for id_, tries in job.others)]
    write(settled)
    if dead:
        prepared.run_here(_CLOSE, now=moment, ids=list(dead), whys=list(dead.values()))
    count(channel, settled)
    for job, outcome in zip(jobs, outcomes, strict=True):
        if isinstance(outcome, Sent) and job.queued_at is not None:
            metrics.pushed(channel.name, (moment - job.queued_at).total_seconds())


def doubted(channel: Channel, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Where too many addresses of a batch are dead none is closed, and the channel stops until an operator has looked."""
    dead = sum(isinstance(outcome, Gone) for outcome in outcomes)
    if dead <= max(FEW, MOST_DEAD * len(outcomes)):
        return outcomes
    stop(channel.name, f"{dead} of {len(outcomes)} addresses dead in one batch")
    return [Broken(DOUBTED + outcome.why) if isinstance(outcome, Gone) else outcome for outcome in outcomes]


def put_off(channel: Channel, job: Taken, outcome: Retry, moment: datetime) -> Settled:
    """Once more, later: the whole channel, or this one; after eight tries it rests, and an operator is shown it."""
    wait = timedelta(seconds=outcome.after or PAUSE_S)
    if outcome.whole_channel:
        pause(channel.name, wait, outcome.why)
    at = (job.delivery, job.tries)
    if outcome.whole_channel or outcome.untried:
        return Settled(*at, QueueState.QUEUED, outcome.why, due_at=moment + wait, refund=True)
    if job.tries >= MOST_TRIES:
        return Settled(*at, QueueState.RESTING, outcome.why)
    due = claims.retry_at(job.tries, first=FIRST_PAUSE_S, most=LONGEST_PAUSE_S)
    asked = moment + timedelta(seconds=outcome.after or 0)
    return Settled(*at, QueueState.QUEUED, outcome.why, due_at=max(due, asked))


def what_became(channel: Channel, job: Taken, outcome: Outcome, moment: datetime) -> Settled:
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
            if not outcome.why.startswith(DOUBTED):
                pause(channel.name, BROKEN_PAUSE, outcome.why)
            return Settled(*at, QueueState.QUEUED, outcome.why, due_at=moment + BROKEN_PAUSE, refund=True)
        case Retry():
            return put_off(channel, job, outcome, moment)
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
    say("channel paused", level=30, channel=channel, seconds=wait.total_seconds())


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
