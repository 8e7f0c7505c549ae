"""Notifications: what people are told. The inbox is the truth, a push is a hint."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.wire import Length, Verbatim, Wire, WireEnum


class NoticeKind(WireEnum):
    """What a notification is about."""

    STATUS = "status"
    ASSIGNMENT = "assignment"
    NEWER = "newer"


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
    about_kind: Annotated[str, "What it is about: `service_request` or `staff_request`."]
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


class Endpoint(Wire):
    """A phone that is pushed."""

    id: UUID
    platform: Platform
    seen_at: datetime


class ReadNotifications(Wire):
    """These were read."""

    ids: Annotated[tuple[UUID, ...], Length(1, 500)]
