"""Which notifications, whose; and what is to be sent."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, column, exists, false, select, table, text

from backend import maps
from backend.core import prepared
from backend.core.actor import Actor, db
from backend.core.claims import QueueState
from backend.core.clock import now
from backend.core.database import one
from backend.notifications.tables import (
    ChannelPauseRow,
    EndpointRow,
    MailCodeRow,
    NotificationRow,
    WebhookDeliveryRow,
    WebhookRow,
)
from shared_models.basics import Point
from shared_models.notifications import (
    PUSHED,
    ChannelHealth,
    ChannelProgress,
    ChannelReach,
    FailureReason,
    NoticeChannel,
    Reach,
    SendingProgress,
)
from shared_models.permissions import Permission
from shared_models.webhooks import DeliveriesWanted

NEAR = """(CAST(:area AS text) = '' OR endpoint.channel = 'fcm' AND endpoint.platform <> 'ios'
    OR ST_Intersects(wishes.spots, ST_GeomFromText(CAST(:area AS text), 4326)))"""
"""Which addresses something for an area goes to: to whoever stored a place here that lies in it, all; to everybody, the
phones whose app looks for itself whether its home lies there. An iPhone shows what it gets, and so gets it for a place alone.
"""

KEPT = timedelta(days=90)
"""How long a notification is on phones."""


def polygon_text(area: Sequence[Point]) -> str:
    """An area as PostGIS reads it (WKT); empty for everywhere."""
    ring = ",".join(f"{corner.lon:.6f} {corner.lat:.6f}" for corner in (*area, *area[:1]))
    return f"POLYGON(({ring}))" if ring else ""


def visible_to(actor: Actor) -> Select[NotificationRow]:
    """What this person was told."""
    return select(NotificationRow).where(NotificationRow.person_id == actor.id)


def on_phones(actor: Actor) -> Select[NotificationRow]:
    """What of it is on phones."""
    return visible_to(actor).where(NotificationRow.at >= now() - KEPT)


def endpoints_of(actor: Actor) -> Select[EndpointRow]:
    """Where this person is pushed."""
    return select(EndpointRow).where(EndpointRow.person_id == actor.id, EndpointRow.closed_at.is_(None))


def pause_of(channel: str) -> Select[ChannelPauseRow]:
    """The pause that a channel makes now, if it makes one."""
    until = ChannelPauseRow.until_at
    return select(ChannelPauseRow).where(
        ChannelPauseRow.channel == channel, until.is_(None) | (until > now())
    )


def mailboxes_of(actor: Actor, email: str) -> Select[EndpointRow]:
    """The endpoint of this address of theirs, proven or not."""
    return endpoints_of(actor).where(
        EndpointRow.channel == NoticeChannel.MAIL.value, EndpointRow.address.contains({"email": email})
    )


def mailbox_of(actor: Actor) -> Select[EndpointRow]:
    """The mailbox that this person is written to at."""
    return endpoints_of(actor).where(EndpointRow.channel == NoticeChannel.MAIL.value, EndpointRow.proven)


def zone_known(name: str) -> Select[bool]:
    """Whether PostgreSQL, which reckons with them, knows a time zone of this name."""
    return select(
        exists(select(column("name")).select_from(table("pg_timezone_names")).where(column("name") == name))
    )


def mail_code_of(actor: Actor) -> Select[MailCodeRow]:
    """The code that is on its way to them."""
    return select(MailCodeRow).where(MailCodeRow.person_id == actor.id, MailCodeRow.until_at > now())


def webhooks_visible_to(actor: Actor) -> Select[WebhookRow]:
    """All webhooks, for those who keep them; none for others."""
    found = select(WebhookRow)
    return found if actor.may_everywhere(Permission.WEBHOOK_MANAGE) else found.where(false())


def webhook_seen_by(actor: Actor, id_: UUID) -> Select[WebhookRow]:
    """This one of them."""
    return webhooks_visible_to(actor).where(WebhookRow.id == id_)


def deliveries_of(actor: Actor, id_: UUID, wanted: DeliveriesWanted) -> Select[WebhookDeliveryRow]:
    """What was posted to a webhook, or waits. Raises NotFound if there is no such webhook for them."""
    one(webhook_seen_by(actor, id_))
    found = select(WebhookDeliveryRow).where(WebhookDeliveryRow.webhook_id == id_)
    if wanted.state is not None:
        found = found.where(WebhookDeliveryRow.state == wanted.state.value)
    if wanted.event_id is not None:
        found = found.where(WebhookDeliveryRow.event_id == wanted.event_id)
    return found


# ── how a sending fares ──────────────────────────────────────────────────────────────────────────────────────

_PROGRESS = text("""
    WITH newest AS (
        SELECT id, at FROM notification WHERE about_id = :about AND person_id IS NULL ORDER BY revision DESC, at DESC LIMIT 1
    ), sent AS (
        SELECT channel, state, why, count(*) AS many
        FROM notification_delivery WHERE notification_id = (SELECT id FROM newest) GROUP BY channel, state, why
    ), seen AS (
        SELECT channel, count(*) AS many
        FROM notification_seen WHERE notification_id = (SELECT id FROM newest) GROUP BY channel
    )
    SELECT (SELECT id FROM newest), (SELECT at FROM newest),
           coalesce((SELECT json_agg(sent) FROM sent), '[]'), coalesce((SELECT json_agg(seen) FROM seen), '[]'),
           coalesce((SELECT json_object_agg(channel, json_build_array(until_at IS NULL, why)) FROM channel_pause
                     WHERE until_at IS NULL OR until_at > :now), '{}')
""")
MOST_REASONS = 20
FAILED = frozenset({QueueState.GONE, QueueState.RESTING})


def progress_of(about_id: UUID, configured: Collection[str]) -> SendingProgress:
    """How the newest sending about this thing fares, channel by channel, and which of them wait. One statement."""
    [(mid, at, sent, seen, held)] = prepared.run_here(_PROGRESS, about=about_id, now=now())

    def state(channel: NoticeChannel) -> tuple[str, str]:
        if channel in PUSHED and channel.value not in configured:
            return "off", ""
        stopped, why = held.get(channel.value, (None, ""))
        return ("open" if stopped is None else "stopped" if stopped else "paused"), why

    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    reasons: Counter[tuple[str, str]] = Counter()
    for row in sent:
        counts[row["channel"]][row["state"]] += row["many"]
        if row["state"] in FAILED:
            reasons[row["channel"], row["why"]] += row["many"]
    looked = {row["channel"]: row["many"] for row in seen}
    told = [channel for channel in NoticeChannel if channel in counts or channel in looked]

    def fares(channel: NoticeChannel) -> ChannelProgress:
        count, (state_now, why) = counts[channel], state(channel)
        return ChannelProgress(
            channel=channel,
            queued=count["queued"] + count["leased"],
            sent=count["done"],
            seen=looked.get(channel, 0),
            failed=sum(count[each] for each in FAILED),
            spared=count["spared"],
            state=state_now,
            why=why,
        )

    return SendingProgress(
        id=mid,
        queued_at=at,
        seen=sum(looked.values()),
        channels=tuple(fares(channel) for channel in told),
        reasons=tuple(
            FailureReason(channel=NoticeChannel(channel), why=why, count=many)
            for (channel, why), many in reasons.most_common(MOST_REASONS)
        ),
    )


_REACH = text(f"""
    SELECT endpoint.channel, count(*), count(DISTINCT endpoint.person_id),
           count(DISTINCT endpoint.person_id) FILTER (WHERE CAST(:area AS text) <> '' AND coalesce(NOT ST_Intersects(
               wishes.spots, ST_GeomFromText(NULLIF(CAST(:area AS text), ''), 4326)), true))
    FROM endpoint LEFT JOIN notification_wishes AS wishes USING (person_id)
    WHERE endpoint.closed_at IS NULL AND endpoint.proven AND endpoint.channel = ANY (CAST(:channels AS text[]))
      AND 'alert/' || endpoint.channel <> ALL (coalesce(wishes.off, '{{}}')) AND {NEAR}
    GROUP BY GROUPING SETS ((endpoint.channel), ())
""")  # noqa: S608 - text of our own


def reach_of(area: Sequence[Point], configured: Collection[str]) -> Reach:
    """Whom an alert for this area (empty: everywhere) would reach now, on the channels that are set up."""
    rows = prepared.run_here(_REACH, area=polygon_text(area), channels=sorted(configured))
    [(people, deciding)] = [row[2:] for row in rows if row[0] is None] or [(0, 0)]
    return Reach(
        people=people,
        phones_decide=deciding,
        households=maps.households(area),
        channels=tuple(
            ChannelReach(channel=NoticeChannel(channel), endpoints=many)
            for channel, many, *_ in sorted(row for row in rows if row[0] is not None)
        ),
    )


# ── how the channels fare ────────────────────────────────────────────────────────────────────────────────────

_HEALTH = text("""
    SELECT channels.name, pause.channel IS NOT NULL AND (pause.until_at IS NULL OR pause.until_at > :now) AS held,
           pause.until_at, coalesce(pause.why, '') AS why, queued.many, queued.oldest,
           (SELECT count(*) FROM notification_delivery WHERE channel = channels.name AND state = 'resting') AS resting,
           (SELECT count(*) FROM endpoint WHERE channel = channels.name AND closed_at IS NULL AND proven) AS endpoints
    FROM unnest(CAST(:names AS text[])) AS channels(name)
    LEFT JOIN channel_pause AS pause ON pause.channel = channels.name
    LEFT JOIN LATERAL (
        SELECT count(*) AS many, min(queued_at) FILTER (WHERE NOT held AND (tries > 0 OR due_at <= :now OR why <> '')) AS oldest
        FROM notification_delivery WHERE channel = channels.name AND state IN ('queued', 'leased')
    ) AS queued ON true
    ORDER BY channels.name
""")


def channels_health(configured: Collection[str]) -> list[ChannelHealth]:
    """Each channel that sends, as it stands; ``configured`` names those that this house has set up."""
    moment = now()
    rows = db().execute(_HEALTH, {"now": moment, "names": [channel.value for channel in PUSHED]})
    return [
        ChannelHealth(
            channel=NoticeChannel(row.name),
            configured=row.name in configured,
            state=("stopped" if row.until_at is None else "paused") if row.held else "open",
            until_at=row.until_at if row.held else None,
            why=row.why if row.held else "",
            queued=row.many,
            oldest_s=max(0, int((moment - row.oldest).total_seconds())) if row.oldest else 0,
            resting=row.resting,
            endpoints=row.endpoints,
        )
        for row in rows
    ]


_WEBHOOKS = text("""
    SELECT webhook.id, CASE WHEN stopped_why <> '' THEN 3 WHEN paused THEN 1 WHEN rests_until_at > :now THEN 2 ELSE 0 END AS held,
           failures, waiting.many, extract(epoch FROM :now - waiting.oldest) AS oldest_s,
           (SELECT count(*) FROM webhook_delivery WHERE webhook_id = webhook.id AND state = 'resting') AS resting
    FROM webhook LEFT JOIN LATERAL (
        SELECT count(*) AS many, min(queued_at) AS oldest
        FROM webhook_delivery WHERE webhook_id = webhook.id AND state IN ('queued', 'leased')
    ) AS waiting ON true
    ORDER BY webhook.made_at
""")


def webhooks_health() -> Sequence[Any]:
    """Each webhook as it stands: (id, held, failures, many, oldest_s, resting)."""
    return db().execute(_WEBHOOKS, {"now": now()}).all()
