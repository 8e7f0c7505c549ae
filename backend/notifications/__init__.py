"""Notifications: what people are told, and how it reaches them."""

from backend.core.domain import Domain
from backend.core.feed import Feed
from backend.notifications import actions, queries, reactions, routes
from backend.notifications.actions import claim_jobs, settle
from backend.notifications.clients import Channel
from backend.notifications.clients.fcm import Fcm
from shared_models.notifications import Notification

DOMAIN = Domain(
    "notifications",
    routes.blp,
    hears=reactions.HEARS,
    feeds={"notification": Feed(Notification, queries.on_phones)},
    moves=actions.move_owner,
)

__all__ = ["DOMAIN", "Channel", "Fcm", "claim_jobs", "settle"]
