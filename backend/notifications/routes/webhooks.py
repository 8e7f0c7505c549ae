"""Webhooks over HTTP: other systems that are told what happens."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.core.actor import me
from backend.core.changes import version_seen, versioned
from backend.core.http import Blueprint
from backend.core.ready import ready, ready_one
from backend.notifications import queries, webhooks
from shared_models.basics import PageWanted
from shared_models.permissions import Permission
from shared_models.webhooks import (
    ChangeWebhook,
    DeliveriesWanted,
    MakeWebhook,
    ReplaceSecret,
    ReplayDeliveries,
    Replayed,
    TestedWebhook,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookPage,
    WebhookSecret,
)

blp = Blueprint(
    "webhooks",
    __name__,
    url_prefix="/v1/webhooks",
    description="Other systems that are told what happens: each event once or more, in any order, signed as Standard Webhooks.",
)


@blp.get("/", permit=Permission.WEBHOOK_MANAGE)
@blp.arguments(PageWanted.Schema, location="query")
@blp.alt_response(200, schema=WebhookPage.Schema, success=True)
def list_webhooks(wanted: PageWanted) -> Response:
    """All webhooks and how each fares, the newest first."""
    return ready(queries.webhooks_visible_to(me()), Webhook, wanted)


@blp.post("/", permit=Permission.WEBHOOK_MANAGE, takes_key=False)
@blp.arguments(MakeWebhook.Schema)
@blp.response(201, WebhookSecret.Schema)
def make_webhook(body: MakeWebhook) -> WebhookSecret:
    """Make one. The secret is told in this answer alone, so no key repeats it: if it is lost, replace it."""
    return webhooks.make_webhook(body)


@blp.get("/<uuid:id>", permit=Permission.WEBHOOK_MANAGE)
@blp.alt_response(200, schema=Webhook.Schema, success=True)
@blp.alt_response(304, description="You have this version.")
def get_webhook(id: UUID) -> Response:
    """One webhook, as it stands. Its version is its ETag."""
    return ready_one(queries.webhook_seen_by(me(), id), Webhook, tagged=True)


@blp.patch("/<uuid:id>", permit=Permission.WEBHOOK_MANAGE, needs_version=True)
@blp.arguments(ChangeWebhook.Schema)
@blp.response(200, Webhook.Schema)
def change_webhook(body: ChangeWebhook, id: UUID) -> Any:
    """Change it as you saw it (`If-Match` is needed), let it pause, or let it go on where it stood."""
    return versioned(webhooks.change_webhook(id, body, version_seen()))


@blp.delete("/<uuid:id>", permit=Permission.WEBHOOK_MANAGE)
@blp.response(204)
def remove_webhook(id: UUID) -> None:
    """Take it away, and what is known of its deliveries."""
    webhooks.remove_webhook(id)


@blp.post("/<uuid:id>/secret", permit=Permission.WEBHOOK_MANAGE, takes_key=False)
@blp.arguments(ReplaceSecret.Schema)
@blp.response(200, WebhookSecret.Schema)
def replace_secret(body: ReplaceSecret, id: UUID) -> WebhookSecret:
    """Sign with a new secret, which is told in this answer alone; for a while with the one before as well."""
    return webhooks.replace_secret(id, body)


@blp.post("/<uuid:id>/test", permit=Permission.WEBHOOK_MANAGE)
@blp.response(200, TestedWebhook.Schema)
def test_webhook(id: UUID) -> TestedWebhook:
    """Have an event of kind `notifications.webhook-tested` posted to it."""
    return TestedWebhook(event_id=webhooks.test_webhook(id))


@blp.get("/<uuid:id>/deliveries", permit=Permission.WEBHOOK_MANAGE)
@blp.arguments(DeliveriesWanted.Schema, location="query")
@blp.alt_response(200, schema=WebhookDeliveryPage.Schema, success=True)
def list_deliveries(wanted: DeliveriesWanted, id: UUID) -> Response:
    """What was posted to it in the last month, and what became of it; what waits as well."""
    return ready(queries.deliveries_of(me(), id, wanted), WebhookDelivery, wanted)


@blp.post("/<uuid:id>/replay", permit=Permission.WEBHOOK_MANAGE)
@blp.arguments(ReplayDeliveries.Schema)
@blp.response(200, Replayed.Schema)
def replay_deliveries(body: ReplayDeliveries, id: UUID) -> Replayed:
    """Post these again, from the first try on."""
    return webhooks.replay_deliveries(id, body)
