"""Verbs of webhooks: make, change, test, replay. What is posted, and when, stands in ``posting.py``."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from backend import identity
from backend.core import prepared
from backend.core.actor import db, me
from backend.core.clock import now
from backend.core.database import insert, one
from backend.core.house import house
from backend.core.ledger import SealRow, known_kinds, record
from backend.core.problems import Invalid, Refused
from backend.notifications import queries
from backend.notifications.clients.endpoints import refused_webhook
from backend.notifications.clients.webhooks import key_of, secret_text
from backend.notifications.events import WebhookChanged, WebhookTested
from backend.notifications.tables import WebhookRow
from shared_models.problems import FieldError
from shared_models.webhooks import (
    SOURCES,
    ChangeWebhook,
    MakeWebhook,
    ReplaceSecret,
    ReplayDeliveries,
    Replayed,
    WebhookSecret,
)

MOST = 50
"""Webhooks in one house: each is looked through for each event."""


def make_webhook(wish: MakeWebhook) -> WebhookSecret:
    """Tell another system what happens from now on; gives the secret, which is not told again."""
    refuse_odd(wish.url, wish.kinds, wish.departments)
    if (db().scalar(select(func.count()).select_from(WebhookRow)) or 0) >= MOST:
        raise Refused("already-there", f"There are {MOST} webhooks; no more are posted to.")
    row = WebhookRow(
        id=wish.id,
        name=wish.name,
        url=wish.url,
        kinds=list(wish.kinds),
        departments=list(wish.departments),
        made_at=now(),
        sealed_n=sealed(),
    )
    if not insert(row, unless_there="id"):
        raise Refused("already-there", "Choose a new id.", at="/id", ids=[wish.id])
    record(WebhookChanged(webhook_id=wish.id, what="made"))
    return told_once(row)


def change_webhook(id_: UUID, wish: ChangeWebhook, version: int) -> WebhookRow:
    """Change what is said of one that was seen in this version; let it pause, or go on.

    Raises NotFound, Invalid, Refused("version-differs").
    """
    refuse_odd(wish.url, wish.kinds or (), wish.departments or ())
    row = locked(id_)
    if row.version != version:
        raise Refused("version-differs", "Look at it again first.", ids=[id_])
    for field in ("name", "url"):
        if (said := getattr(wish, field)) is not None:
            setattr(row, field, said)
    for field in ("kinds", "departments"):
        if (said := getattr(wish, field)) is not None:
            setattr(row, field, list(said))
    if wish.paused is not None:
        row.paused = wish.paused
    if wish.paused is False:
        go_on(row, skip=wish.skip)
    row.version += 1
    record(WebhookChanged(webhook_id=id_, what="changed" if wish.paused is None else paused_word(row)))
    return row


def paused_word(row: WebhookRow) -> str:
    """What became of it, for the ledger."""
    return "paused" if row.paused else "resumed"


def go_on(row: WebhookRow, *, skip: bool) -> None:
    """Post to it again, at once; with ``skip`` only what happens from now on."""
    row.stopped_why, row.failures, row.failing_since_at, row.rests_until_at = "", 0, None, None
    if skip:
        row.sealed_n = sealed()
        prepared.run_here(_SKIP, id=row.id)


_SKIP = text("""
    UPDATE webhook_delivery SET state = 'spared', why = 'skipped', leased_until = NULL
    WHERE webhook_id = :id AND state IN ('queued', 'leased')
""")


def remove_webhook(id_: UUID) -> None:
    """Post to it never again, and forget what was posted."""
    db().delete(locked(id_))
    record(WebhookChanged(webhook_id=id_, what="removed"))


def replace_secret(id_: UUID, wish: ReplaceSecret) -> WebhookSecret:
    """Sign with another secret from now on; with the one before as well while that is still good."""
    row = locked(id_)
    row.secret_number += 1
    row.old_secret_until_at = now() + timedelta(hours=wish.overlap_hours)
    row.version += 1
    record(WebhookChanged(webhook_id=id_, what="secret"))
    return told_once(row)


def told_once(row: WebhookRow) -> WebhookSecret:
    """The secret, as it is told to whoever just made it."""
    key = key_of(house().settings.secret_key, row.id, row.secret_number)
    return WebhookSecret(id=row.id, secret=secret_text(key), old_until_at=row.old_secret_until_at)


_QUEUE_ONE = text("""
    INSERT INTO webhook_delivery (webhook_id, event_id, kind, queued_at, due_at)
    SELECT :webhook, id, kind, CAST(:now AS timestamptz), :now FROM event WHERE id = :event
""")


def test_webhook(id_: UUID) -> UUID:
    """Have a word posted to it, whatever kinds it wants; gives the event's id, by which its delivery is found."""
    row = locked(id_)
    if row.paused or row.stopped_why:
        raise Refused("webhook-held", row.stopped_why or "It pauses.", ids=[id_])
    row.rests_until_at = None
    event = record(WebhookTested(webhook_id=id_))
    prepared.run_last(_QUEUE_ONE, webhook=id_, event=event, now=now())
    return event


_REPLAY = text("""
    UPDATE webhook_delivery SET state = 'queued', tries = 0, due_at = :now, why = 'replayed', leased_until = NULL
    WHERE webhook_id = :webhook AND id = ANY(CAST(:ids AS uuid[])) AND state NOT IN ('queued', 'leased') RETURNING id
""")


def replay_deliveries(id_: UUID, wish: ReplayDeliveries) -> Replayed:
    """Post these again, also those that arrived: their ``webhook-id`` says that they are the same."""
    locked(id_)
    return Replayed(count=len(prepared.run_here(_REPLAY, webhook=id_, ids=list(wish.ids), now=now())))


def locked(id_: UUID) -> WebhookRow:
    """The webhook, held until the transaction ends. Raises NotFound."""
    found = queries.webhooks_visible_to(me()).where(WebhookRow.id == id_)
    return one(found.with_for_update(key_share=True).execution_options(populate_existing=True))


def sealed() -> int:
    """The last link of the ledger's chain."""
    return db().scalar(select(func.max(SealRow.n))) or 0


def refuse_odd(url: str | None, kinds: Sequence[str], departments: Sequence[str]) -> None:
    """Refuse a URL that is never posted to, kinds of events that there are not, departments that the city has not."""
    wrong: list[tuple[str, str]] = []
    if url is not None and (why := refused_webhook(url, loopback=house().settings.webhooks_loopback)):
        wrong.append(("/url", why))
    there = {kind for kind in known_kinds() if kind.partition(".")[0] in SOURCES}
    there |= {f"{source}.*" for source in SOURCES}
    wrong += [(f"/kinds/{n}", "no such kind of event") for n, kind in enumerate(kinds) if kind not in there]
    known = identity.departments() if departments else ()
    wrong += [
        (f"/departments/{n}", "no such department")
        for n, department in enumerate(departments)
        if department not in known
    ]
    if wrong:
        raise Invalid(*(FieldError(pointer=pointer, detail=detail) for pointer, detail in wrong))


# ── the old ──────────────────────────────────────────────────────────────────────────────────────────────────

KEPT = timedelta(days=30)
AT_ONCE = 20_000

_FORGET = text("""
    DELETE FROM webhook_delivery WHERE id IN (
        SELECT id FROM webhook_delivery WHERE state NOT IN ('queued', 'leased') AND queued_at < :before LIMIT :most)
""")


def forget_old() -> None:
    """Forget what was posted a month ago, or given up: it still stands in the feed of events."""
    values: dict[str, Any] = {"before": now() - KEPT, "most": AT_ONCE}
    db().execute(_FORGET, values)
