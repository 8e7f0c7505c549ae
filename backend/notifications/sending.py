"""Verbs of sending: what a channel takes, and as what. The worker calls these, each in a transaction of its own."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from backend import identity
from backend.core import prepared
from backend.core.actor import db
from backend.core.claims import QueueState
from backend.core.clock import now
from backend.core.words import title_and_body
from backend.notifications import queries
from backend.notifications.clients import Channel
from backend.notifications.settling import Settled, Taken, count, write
from shared_models.basics import Language

URGENT_LEASE = timedelta(seconds=90)
UNDER_WAY = timedelta(seconds=30)
SOON = timedelta(minutes=1)
"""What is held waits at least that long."""
IN_A_DIGEST = 4
"""Titles that a digest names."""

_CLAIM = text("""
    WITH found AS MATERIALIZED (
        SELECT id FROM notification_delivery AS delivery
        WHERE channel = :channel
          AND (state = 'queued' AND due_at <= :now OR state = 'leased' AND leased_until < :now)
          AND (urgency <= 1 OR NOT EXISTS (
              SELECT FROM notification_delivery AS other
              WHERE other.endpoint_id = delivery.endpoint_id AND other.state = 'leased' AND other.leased_until >
                    CASE WHEN other.urgency <= 1 THEN CAST(:urgent_under_way AS timestamptz) ELSE :under_way END))
        ORDER BY urgency, due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    ), first AS (
        SELECT DISTINCT ON (endpoint_id) delivery.id FROM notification_delivery AS delivery JOIN found USING (id)
        ORDER BY endpoint_id, urgency, due_at, delivery.id
    )
    UPDATE notification_delivery SET state = 'leased', tries = tries + 1,
           leased_until = CASE WHEN urgency <= 1 THEN CAST(:urgent_until AS timestamptz) ELSE :until END
    WHERE id IN (SELECT id FROM first) RETURNING id
""")
"""One message per address at a time, whoever sends: two at once would arrive in any order.

A worker that died holds no address longer than a message is under way at the most; what is urgent waits for nobody, and
comes back soon: if the worker was only slow, a phone gets it twice under one ``mid`` and shows it once.
"""
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('send:' || :channel))")
"""Two that take at once would each not see what the other takes."""

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
           endpoint.address, endpoint.closed_at, endpoint.person_id, endpoint.language, endpoint.reached_at,
           notification.id AS mid, notification.kind, notification.urgency, title, body, title_es, body_es, area, revision,
           about_kind, about_id, expires_at,
           (delivery.unless_seen OR delivery.held) AND (notification.read_at IS NOT NULL OR EXISTS (
               SELECT FROM notification_seen AS seen
               WHERE seen.notification_id = notification.id AND seen.person_id = endpoint.person_id)) AS seen,
           notification.person_id IS NULL AND EXISTS (
               SELECT FROM notification AS newer WHERE newer.about_id = notification.about_id
               AND newer.person_id IS NULL AND newer.revision > notification.revision) AS replaced,
           notification.person_id <> endpoint.person_id AS another,
           about_kind NOT IN ('test', 'mail-code')
               AND notification.kind || '/' || delivery.channel = ANY (coalesce(wishes.off, '{{}}')) AS turned_off,
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


def claim_jobs(channel: Channel) -> list[Taken]:
    """Take what this channel is to send now: the urgent first, one message per address.

    Nothing that is over, that was seen on another channel already, or whose person sleeps: what piled up for them
    comes as one message afterwards.
    """
    prepared.run_here(_ALONE, channel=channel.name)
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
    urgent = {
        "urgent_until": moment + URGENT_LEASE,
        "urgent_under_way": moment + URGENT_LEASE - UNDER_WAY,
    }
    values = {"channel": channel.name, "most": channel.batch, "under_way": under_way, **urgent}
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
    for no_more, why in (
        (row.seen, "seen"),
        (row.replaced, "replaced by a newer one"),
        (row.another, "the address is another person's by now"),
        (row.turned_off, "turned off"),
    ):
        if no_more:
            return Settled(row.id, row.tries, QueueState.SPARED, why)
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
        data=data_of(first),
        collapse=f"{first.about_kind}-{first.about_id}",
        expires_at=first.expires_at,
        language=language.value,
        tries=first.tries,
        queued_at=first.queued_at,
        person_id=first.person_id,
        known=first.reached_at is not None,
    )
    return digest(job, rows, language) if len(rows) > 1 else job


def data_of(row: Any) -> dict[str, str]:
    """What the app works with; of an alert also its revision, so that a late one does not replace a newer one."""
    data = {"about": row.about_kind, "id": str(row.about_id)}
    if row.revision:
        data["revision"] = str(row.revision)
    if row.area:
        data["area"] = row.area
    return data


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
        data={"about": "inbox", "id": str(last.mid)} if len(titles) > 1 else data_of(last),
        collapse="digest" if len(titles) > 1 else f"{last.about_kind}-{last.about_id}",
        expires_at=max(row.expires_at for row in rows),
        others=tuple((row.id, row.tries) for row in rows[1:]),
    )


def in_language(row: Any, language: Language) -> tuple[str, str]:
    """Title and body, in Spanish where that is spoken and there."""
    if language is Language.ES and row.title_es:
        return row.title_es, row.body_es
    return row.title, row.body
