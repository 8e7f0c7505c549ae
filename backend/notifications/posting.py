"""Verbs of posting to webhooks: which events each is to be told, what is taken to be posted, what became of it.

The ledger is read in the order in which it was sealed: a link's number is given to events that are committed, one worker at
a time, without a gap. So whoever remembers the last number that they saw misses nothing, however late a change committed.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from backend.core import claims, prepared
from backend.core.actor import db
from backend.core.claims import QueueState
from backend.core.clock import now
from backend.core.house import house
from backend.core.ledger import record
from backend.core.log import say
from backend.notifications.clients.webhooks import Answer, Post, Webhooks, key_of
from backend.notifications.events import WebhookStopped
from shared_models.audit import FeedEvent

AT_ONCE = 500
"""Events that one webhook is moved on by in a round."""
SIDE_BY_SIDE = 8
"""Posts that are under way to one webhook: the others wait for their turn, and one that is slow holds up few."""
MOST_TRIES, FIRST_PAUSE_S, LONGEST_PAUSE_S = 18, 10.0, 12 * 3600.0
"""Doubling pauses: 18 tries take about three days."""
RESTS_AFTER, FIRST_REST_S, LONGEST_REST_S = 5, 30.0, 3600.0
"""After so many failures in a row a webhook is left alone for a while, then tried with one post; the others lose no try."""
LONGEST_ASKED_S = 24 * 3600.0
"""A Retry-After that asks for more is not heeded."""
STOPS_AFTER = timedelta(days=3)
"""A webhook that took nothing for so long is stopped until somebody lets it go on; then it is told what it missed."""

WANTED = "(event.kind = ANY({kinds}) OR split_part(event.kind, '.', 1) || '.*' = ANY({kinds}))"

_QUEUE = text(f"""
    WITH hooks AS MATERIALIZED (
        SELECT id, sealed_n, kinds, departments FROM webhook
        WHERE NOT paused AND stopped_why = '' AND sealed_n < (SELECT max(n) FROM seal)
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ), looked AS (
        SELECT hooks.id AS webhook_id, link.* FROM hooks CROSS JOIN LATERAL (
            SELECT seal.n, event.id AS event_id, event.kind,
                   {WANTED.format(kinds="hooks.kinds")} AND (hooks.departments = '{{}}'
                       OR event.fields ->> 'department' = ANY(hooks.departments)) AS wanted
            FROM seal JOIN event ON event.seq = seal.event_seq
            WHERE seal.n > hooks.sealed_n ORDER BY seal.n LIMIT :most
        ) AS link
    ), queued AS (
        INSERT INTO webhook_delivery (webhook_id, event_id, kind, queued_at, due_at)
        SELECT webhook_id, event_id, kind, CAST(:now AS timestamptz), :now FROM looked WHERE wanted ORDER BY webhook_id, n
        ON CONFLICT DO NOTHING
    ), moved AS (
        UPDATE webhook SET sealed_n = last.n
        FROM (SELECT webhook_id, max(n) AS n FROM looked GROUP BY webhook_id) AS last
        WHERE webhook.id = last.webhook_id RETURNING webhook.id
    )
    SELECT count(*) FROM moved
""")  # noqa: S608 - text of our own
"""Row and place move in one transaction: a worker that dies in between has done neither, and two at once queue nothing twice."""


def queue_posts() -> int:
    """Give each webhook the deliveries of what was sealed since it was last looked at; gives how many were moved on.

    Only rows are made here, nothing is posted. A webhook that pauses or is stopped keeps its place in the ledger.
    """
    [(moved,)] = prepared.run_here(_QUEUE, now=now(), most=AT_ONCE)
    return int(moved)


_CLAIM = text("""
    WITH found AS MATERIALIZED (
        SELECT due.id FROM webhook CROSS JOIN LATERAL (
            SELECT id, due_at FROM webhook_delivery AS delivery
            WHERE delivery.webhook_id = webhook.id
              AND (state = 'queued' AND due_at <= :now OR state = 'leased' AND leased_until < :now)
            ORDER BY due_at, id LIMIT CASE WHEN webhook.failures >= :rests_after THEN 1 ELSE :side_by_side END
            FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE NOT paused AND stopped_why = '' AND (rests_until_at IS NULL OR rests_until_at <= :now)
        ORDER BY due.due_at, due.id LIMIT :most
    ), taken AS (
        UPDATE webhook_delivery SET state = 'leased', leased_until = :until, tries = tries + 1
        WHERE id IN (SELECT id FROM found) RETURNING *
    )
    SELECT taken.id, taken.webhook_id, taken.tries, webhook.url, webhook.secret_number, webhook.old_secret_until_at,
           event.id AS event_id, event.kind, event.at, event.subject_id, event.fields
    FROM taken JOIN webhook ON webhook.id = taken.webhook_id JOIN event ON event.id = taken.event_id
    ORDER BY taken.due_at, taken.id
""")


def claim_posts(way: Webhooks) -> list[Post]:
    """Take what is due, of each webhook a few. What a worker that died had taken comes back with its lease."""
    moment = now()
    values = {
        "now": moment,
        "until": moment + way.lease,
        "most": way.batch,
        "side_by_side": SIDE_BY_SIDE,
        "rests_after": RESTS_AFTER,
    }
    rows = db().execute(_CLAIM, values).all()
    return [post_of(row, moment) for row in rows]


def post_of(row: Any, moment: datetime) -> Post:
    """The post that tells of an event."""
    city, number = house().settings.secret_key, row.secret_number
    keys = [key_of(city, row.webhook_id, number)]
    if row.old_secret_until_at is not None and row.old_secret_until_at > moment:
        keys.append(key_of(city, row.webhook_id, number - 1))
    told = FeedEvent(
        id=row.event_id,
        type=row.kind,
        version=1,
        at=row.at,
        subject=row.subject_id,
        department=row.fields.get("department"),
        data=row.fields,
    )
    return Post(
        delivery=row.id,
        webhook=row.webhook_id,
        tries=row.tries,
        url=row.url,
        event=row.event_id,
        body=json.dumps(told.dump(), ensure_ascii=False, separators=(",", ":")).encode(),
        keys=tuple(keys),
    )


# ── what became of it ────────────────────────────────────────────────────────────────────────────────────────

_LOCK = text(
    "SELECT id, stopped_why FROM webhook WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE"
)
"""In one order: two workers that settle at once must not wait for each other for ever."""

_SETTLE = text("""
    UPDATE webhook_delivery AS delivery
    SET state = found.state, why = found.why, status = found.status, took_ms = found.took_ms, posted_at = :now,
        due_at = coalesce(found.due_at, delivery.due_at), leased_until = NULL
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tries AS integer[]), CAST(:states AS text[]), CAST(:whys AS text[]),
                CAST(:statuses AS integer[]), CAST(:tooks AS integer[]), CAST(:dues AS timestamptz[]))
         AS found(id, tries, state, why, status, took_ms, due_at)
    WHERE delivery.id = found.id AND delivery.state = 'leased' AND delivery.tries = found.tries
""")
"""What another worker has taken since (its lease was over) is that worker's to settle."""

_FARED = text("""
    UPDATE webhook SET
        failures = CASE WHEN fared.good THEN 0 ELSE failures + fared.failed END,
        failing_since_at = CASE WHEN fared.good THEN NULL ELSE coalesce(failing_since_at, :now) END,
        reached_at = CASE WHEN fared.good THEN :now ELSE reached_at END,
        rests_until_at = CASE WHEN NOT fared.good AND failures + fared.failed >= :rests_after
            THEN :now + greatest(fared.asked, least(:longest, :first * 2.0 ^ least(failures + fared.failed - :rests_after, 20)))
                 * interval '1 second'
            WHEN NOT fared.good AND fared.asked > 0 THEN :now + fared.asked * interval '1 second' END,
        stopped_why = CASE WHEN fared.gone THEN 'it wants nothing any more (HTTP 410)'
            WHEN NOT fared.good AND failing_since_at < CAST(:long_ago AS timestamptz) THEN 'it took nothing for three days'
            ELSE stopped_why END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:goods AS boolean[]), CAST(:failed AS integer[]), CAST(:gone AS boolean[]),
                CAST(:asked AS float8[])) AS fared(id, good, failed, gone, asked)
    WHERE webhook.id = fared.id
    RETURNING webhook.id, stopped_why, failures, fared.gone
""")

_FORGO = text("""
    UPDATE webhook_delivery SET state = 'gone', why = 'the webhook wants nothing any more', leased_until = NULL
    WHERE webhook_id = ANY(CAST(:ids AS uuid[])) AND state IN ('queued', 'leased')
""")


@dataclass
class Fared:
    """How one webhook fared in a batch."""

    good: bool = False
    failed: int = 0
    gone: bool = False
    asked: float = 0.0
    status: int = 0


def settle_posts(posts: Sequence[Post], answers: Sequence[Answer]) -> None:
    """Write down what became of each post, and how each webhook fares: three statements for all."""
    moment = now()
    told = list(zip(posts, answers, strict=True))
    ids = sorted({post.webhook for post in posts})
    stopped = {id_ for id_, why in prepared.run_here(_LOCK, ids=ids) if why}
    became = [what_became(post, answer, moment) for post, answer in told]
    prepared.run_here(
        _SETTLE,
        now=moment,
        ids=[post.delivery for post in posts],
        tries=[post.tries for post in posts],
        states=[state.value for state, _ in became],
        dues=[due for _, due in became],
        whys=["" if answer.good else answer.why[:300] for answer in answers],
        statuses=[answer.status for answer in answers],
        tooks=[answer.took_ms for answer in answers],
    )
    judge(fared(told), stopped, moment)


def what_became(post: Post, answer: Answer, moment: datetime) -> tuple[QueueState, datetime | None]:
    """How an answer is written down, and when it is tried again."""
    if answer.good:
        return QueueState.DONE, None
    if answer.gone:
        return QueueState.GONE, None
    if post.tries >= MOST_TRIES:
        return QueueState.RESTING, None
    due = claims.retry_at(post.tries, first=FIRST_PAUSE_S, most=LONGEST_PAUSE_S)
    return QueueState.QUEUED, max(due, moment + timedelta(seconds=asked_of(answer)))


def asked_of(answer: Answer) -> float:
    """Seconds that an answer asks us to wait, a day at the most."""
    return min(answer.after or 0.0, LONGEST_ASKED_S)


def fared(told: Sequence[tuple[Post, Answer]]) -> dict[UUID, Fared]:
    """How each webhook of a batch fared: one post that it took says that it is there."""
    found: defaultdict[UUID, Fared] = defaultdict(Fared)
    for post, answer in told:
        one = found[post.webhook]
        one.good = one.good or answer.good
        one.gone = one.gone or answer.gone
        one.failed += not answer.good
        one.asked = max(one.asked, asked_of(answer))
        one.status = one.status if answer.good else answer.status
    return found


def judge(found: dict[UUID, Fared], stopped: Collection[UUID], moment: datetime) -> None:
    """Let a webhook rest after failures in a row, and stop it when it took nothing for days, or wants nothing any more."""
    rows = prepared.run_here(
        _FARED,
        now=moment,
        long_ago=moment - STOPS_AFTER,
        rests_after=RESTS_AFTER,
        first=FIRST_REST_S,
        longest=LONGEST_REST_S,
        ids=list(found),
        goods=[one.good and not one.gone for one in found.values()],
        failed=[one.failed for one in found.values()],
        gone=[one.gone for one in found.values()],
        asked=[one.asked for one in found.values()],
    )
    for id_, why, failures, gone in rows:
        if why and id_ not in stopped:
            say("webhook stopped", level=40, webhook=str(id_), why=why)
            record(WebhookStopped(webhook_id=id_, status=found[id_].status))
        elif not why and failures >= RESTS_AFTER and found[id_].failed:
            say("webhook rests", level=30, webhook=str(id_), failures=failures)
        if gone:
            prepared.run_here(_FORGO, ids=[id_])
