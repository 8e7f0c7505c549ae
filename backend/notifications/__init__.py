"""Notifications: what people are told, and how it reaches them."""

from backend.core.domain import Domain
from backend.core.feed import Feed
from backend.notifications import actions, queries, reactions, routes
from backend.notifications.actions import claim_jobs, settle
from backend.notifications.clients import Channel
from backend.notifications.clients.fcm import Fcm
from backend.notifications.clients.fcm_pooled import PooledFcm
from backend.notifications.clients.mail import Mail
from backend.notifications.clients.mail import read_sender as mail_sender
from backend.notifications.clients.mail import read_url as mail_server
from backend.notifications.clients.webpush import WebPush
from shared_models.notifications import Notification

DOMAIN = Domain(
    "notifications",
    routes.blp,
    hears=reactions.HEARS,
    feeds={"notification": Feed(Notification, queries.on_phones)},
    moves=actions.move_owner,
)

__all__ = [
    "DOMAIN",
    "Channel",
    "Fcm",
    "Mail",
    "PooledFcm",
    "WebPush",
    "claim_jobs",
    "mail_sender",
    "mail_server",
    "settle",
]
