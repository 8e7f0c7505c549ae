"""Which channels this house has set up."""

from backend.core.problems import Refused
from backend.notifications.clients.vapid import public_key
from backend.settings import Settings
from shared_models.notifications import NoticeChannel


def configured(settings: Settings) -> frozenset[str]:
    """The names of the channels that have what they need."""
    there = {
        NoticeChannel.FCM: settings.firebase_credentials is not None,
        NoticeChannel.WEB_PUSH: bool(settings.vapid_key),
        NoticeChannel.MAIL: bool(settings.smtp_url),
    }
    return frozenset(channel.value for channel, ready in there.items() if ready)


def web_push_key(settings: Settings) -> str:
    """The public key that browsers subscribe with. Refuses where Web Push is not set up."""
    if not settings.vapid_key:
        raise Refused("channel-off", "Web Push is not set up.")
    return public_key(settings.vapid_key)
