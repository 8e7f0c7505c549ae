"""Notifications: what people are told, and how it reaches them.

The front door: other programs use what stands in ``__all__`` and nothing else.
"""

from datetime import timedelta

from backend.core.domain import Chore, Domain
from backend.core.feed import Feed
from backend.notifications import actions, queries, reactions, routes, webhooks, wishes
from backend.notifications.clients import Channel
from backend.notifications.clients.fcm import Fcm
from backend.notifications.clients.fcm_pooled import PooledFcm
from backend.notifications.clients.mail import Mail
from backend.notifications.clients.mail import read_sender as mail_sender
from backend.notifications.clients.mail import read_url as mail_server
from backend.notifications.clients.setup import configured
from backend.notifications.clients.webhooks import Webhooks
from backend.notifications.clients.webpush import WebPush
from backend.notifications.measures import measures
from backend.notifications.operating import outcomes_of, replay, resume, test_message
from backend.notifications.posting import claim_posts, queue_posts, settle_posts
from backend.notifications.queries import channels_health
from backend.notifications.sending import claim_jobs
from backend.notifications.settling import settle
from shared_models.notifications import Notification

DOMAIN = Domain(
    "notifications",
    routes.blp,
    more=(routes.webhooks,),
    hears=reactions.HEARS,
    feeds={"notification": Feed(Notification, queries.on_phones)},
    moves=actions.move_owner,
    chores=(
        Chore("remind of what is reserved", timedelta(minutes=1), reactions.remind_of_promises),
        Chore("remind of what ends", timedelta(hours=6), reactions.remind_of_ends),
        Chore("forget mails with codes", timedelta(hours=1), wishes.forget_codes),
        Chore("forget what people were told long ago", timedelta(hours=1), actions.forget_old),
        Chore("forget what was posted long ago", timedelta(hours=1), webhooks.forget_old),
        Chore("close addresses that nobody hears of", timedelta(days=1), actions.close_unheard),
    ),
    measures=measures,
)

__all__ = [
    "DOMAIN",
    "Channel",
    "Fcm",
    "Mail",
    "PooledFcm",
    "WebPush",
    "Webhooks",
    "channels_health",
    "claim_jobs",
    "claim_posts",
    "configured",
    "mail_sender",
    "mail_server",
    "outcomes_of",
    "queue_posts",
    "replay",
    "resume",
    "settle",
    "settle_posts",
    "test_message",
]
