"""Notifications: what people are told, where, and when not. The inbox is the truth, a push is a hint."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.basics import Language, Point
from shared_models.wire import Length, Regexp, Verbatim, Wire, WireEnum


class NoticeKind(WireEnum):
    """What a notification is about."""

    ALERT = "alert"
    FAULT = "fault"
    STATUS = "status"
    ASSIGNMENT = "assignment"
    REMINDER = "reminder"
    NEWS = "news"
    NEWER = "newer"


class NoticeChannel(WireEnum):
    """A way on which a notification reaches a person.

    The inbox is where it stands, and can be turned off for no kind; the stream only tells an open app to look there.
    """

    INBOX = "inbox"
    STREAM = "stream"
    FCM = "fcm"
    WEB_PUSH = "web-push"
    MAIL = "mail"
    NEWER = "newer"


PUSHED = (NoticeChannel.FCM, NoticeChannel.WEB_PUSH, NoticeChannel.MAIL)
"""The channels on which something is sent, and which a person may turn off, kind by kind."""


class Platform(WireEnum):
    """What kind of phone, and so which kind of address it has."""

    ANDROID = "android"
    IOS = "ios"
    DESKTOP = "desktop"


class Notification(Wire):
    """One thing that a person was told."""

    id: Annotated[UUID, "The `mid` of the push: a phone shows each once."]
    kind: NoticeKind
    title: str
    body: str
    about_kind: Annotated[str, "What it is about: `service_request`, `staff_request` or `alert`."]
    about_id: UUID
    at: datetime
    read_at: datetime | None


class NotificationPage(Wire):
    """Notifications, the newest first."""

    items: tuple[Notification, ...]
    next: str | None


class RegisterEndpoint(Wire):
    """Where this phone can be pushed. Sent at every start; a token belongs to the last account that sent it."""

    platform: Platform
    token: Annotated[str, Length(8, 4096), Verbatim, "The FCM registration token, or the installation id."]
    is_fid: Annotated[bool, "True: an installation id (FID), not a token."] = False
    language: Annotated[Language | None, "What this phone speaks; without it, what the person does."] = None


class Endpoint(Wire):
    """A phone that is pushed."""

    id: UUID
    platform: Platform
    seen_at: datetime


class ReadNotifications(Wire):
    """These were read."""

    ids: Annotated[tuple[UUID, ...], Length(1, 500)]


class RegisterWebPush(Wire):
    """A browser's (or a UnifiedPush distributor's) subscription: RFC 8030, keys as RFC 8291 has them."""

    endpoint: Annotated[str, Length(12, 2000), Verbatim, "The push service's address: https, a public host."]
    p256dh: Annotated[str, Length(80, 120), Verbatim, "The subscription's public key, URL-safe base64."]
    auth: Annotated[str, Length(16, 64), Verbatim, "Its shared secret, URL-safe base64."]
    language: Language | None = None


class CloseWebPush(Wire):
    """Push to this subscription no more."""

    endpoint: Annotated[str, Length(12, 2000), Verbatim]


class WebPushKey(Wire):
    """What a browser needs to subscribe (`applicationServerKey`)."""

    key: Annotated[str, "The server's public VAPID key (RFC 8292), URL-safe base64."]


class ConfirmMail(Wire):
    """The code that was mailed, typed: the mailbox is this person's."""

    code: Annotated[str, Length(4, 20)]


class Mail(Wire):
    """Whether this person is written to."""

    email: str
    confirmed: bool
    asked: Annotated[bool, "A code is on its way, and was not typed yet."]


class SeenNotifications(Wire):
    """These were shown to the person. An alert that nobody says this of goes out on the next channel."""

    ids: Annotated[tuple[UUID, ...], Length(1, 500), "The `mid` of each."]
    channel: Annotated[NoticeChannel, "On what it was seen."] = NoticeChannel.INBOX


# ── what a person wants ──────────────────────────────────────────────────────────────────────────────────────

HOUR = Regexp(re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), error="A time of day, 00:00 to 23:59.")


class TurnedOff(Wire):
    """A kind that is not to come on a channel. On the inbox nothing can be turned off."""

    kind: NoticeKind
    channel: NoticeChannel


class QuietHours(Wire):
    """When nothing is pushed but what is urgent; it comes afterwards, as one message. Over midnight is usual."""

    begin: Annotated[str, HOUR, "Local time; the same as `end` is all day."]
    end: Annotated[str, HOUR]
    zone: Annotated[str, Length(1, 64), "An IANA time zone: `America/Chicago`."]


class KeptPlace(Wire):
    """A place that the person chose to store here, so that alerts about an area reach them on every channel."""

    label: Annotated[str, Length(1, 60)]
    where: Point


class Wishes(Wire):
    """How a person wants to be told; one document, changed as a whole."""

    off: Annotated[tuple[TurnedOff, ...], Length(max=40)] = ()
    quiet: QuietHours | None = None
    places: Annotated[tuple[KeptPlace, ...], Length(max=5)] = ()


# ── how a sending fares: for whoever sends ───────────────────────────────────────────────────────────────────


class ChannelProgress(Wire):
    """One channel of a sending, counted in endpoints (phones, browsers, mailboxes)."""

    channel: NoticeChannel
    queued: Annotated[int, "Waiting, or on its way."]
    sent: Annotated[int, "Taken by the service. Not yet: shown."]
    seen: Annotated[int, "People who saw it there."]
    failed: int
    spared: Annotated[int, "Not needed: seen on another channel before, or replaced by a newer one."]
    state: Annotated[str, "`open`, `paused`, `stopped`, or `off`: not set up."] = "open"
    why: Annotated[str, "Why it waits, if it does."] = ""


class FailureReason(Wire):
    """Why some did not go out."""

    channel: NoticeChannel
    why: str
    count: int


class SendingProgress(Wire):
    """How a sending fares at this moment."""

    id: Annotated[UUID | None, "The `mid`; null before the first is queued."]
    queued_at: datetime | None
    seen: Annotated[int, "People who saw it, on any channel."]
    channels: tuple[ChannelProgress, ...]
    reasons: tuple[FailureReason, ...]


class ChannelReach(Wire):
    """How many endpoints a channel would reach."""

    channel: NoticeChannel
    endpoints: int


class Reach(Wire):
    """Whom a sending would reach now."""

    people: Annotated[int, "People who would be pushed to."]
    phones_decide: Annotated[
        int,
        "Of them, those whose phone decides by the home that it keeps: the server knows of no place of theirs in the area.",
    ]
    households: Annotated[int | None, "Addresses in the area; null where the city's are not loaded."]
    channels: tuple[ChannelReach, ...]


# ── how the channels fare: for whoever runs the house ────────────────────────────────────────────────────────


class ChannelHealth(Wire):
    """One channel, as it stands."""

    channel: NoticeChannel
    configured: bool
    state: Annotated[str, "`open`, `paused` (until a time) or `stopped` (until an operator says so)."]
    until_at: datetime | None
    why: str
    queued: int
    oldest_s: Annotated[int, "Seconds since the oldest that is not held for a good reason was queued."]
    resting: Annotated[int, "Stuck: tried often enough, or refused."]
    endpoints: int


class ChannelsHealth(Wire):
    """All channels."""

    items: tuple[ChannelHealth, ...]
