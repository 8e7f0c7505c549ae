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


def refuse_off(settings: Settings, channel: NoticeChannel) -> None:
    """Refuse what asks for a channel that this house has not set up."""
    if channel.value not in configured(settings):
        raise Refused("channel-off", f"The channel {channel.value} is not set up.")


def web_push_key(settings: Settings) -> str:
    """The public key that browsers subscribe with. Refuses where Web Push is not set up."""
    refuse_off(settings, NoticeChannel.WEB_PUSH)
    return public_key(settings.vapid_key)
