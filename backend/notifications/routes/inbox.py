"""The inbox over HTTP, and how people want to be told."""

from uuid import UUID

from flask import Response

from backend import content
from backend.core.actor import me
from backend.core.house import house
from backend.core.http import PUBLIC, Blueprint
from backend.core.ready import ready
from backend.notifications import actions, queries, wishes
from backend.notifications.clients import setup
from backend.notifications.tables import EndpointRow
from shared_models.basics import PageWanted
from shared_models.notifications import (
    ChannelsHealth,
    CloseWebPush,
    ConfirmMail,
    Endpoint,
    Mail,
    NoticeChannel,
    Notification,
    NotificationPage,
    Reach,
    ReadNotifications,
    RegisterEndpoint,
    RegisterWebPush,
    SeenNotifications,
    SendingProgress,
    WebPushKey,
    Wishes,
)
from shared_models.permissions import Permission

blp = Blueprint(
    "notifications",
    __name__,
    url_prefix="/v1/notifications",
    description="What you were told. The inbox is the truth, a push is a hint.",
)


@blp.get("/", permit=Permission.NOTIFICATION_READ)
@blp.arguments(PageWanted.Schema, location="query")
@blp.alt_response(200, schema=NotificationPage.Schema, success=True)
def list_notifications(wanted: PageWanted) -> Response:
    """Your inbox, newest first. Alerts stand in a list of their own, which all read."""
    return ready(queries.visible_to(me()), Notification, wanted)


@blp.post("/read", permit=Permission.NOTIFICATION_READ)
@blp.arguments(ReadNotifications.Schema)
@blp.response(204)
def read_notifications(body: ReadNotifications) -> None:
    """Say that you have read these, on all your phones."""
    actions.read_notifications(body)


@blp.post("/seen", permit=Permission.NOTIFICATION_READ)
@blp.arguments(SeenNotifications.Schema)
@blp.response(204)
def see_notifications(body: SeenNotifications) -> None:
    """Say that these were shown to you: what was to tell you of them on the next channel need not."""
    actions.see_notifications(body)


@blp.get("/wishes", permit=Permission.NOTIFICATION_READ)
@blp.response(200, Wishes.Schema)
def get_wishes() -> Wishes:
    """How you want to be told."""
    return wishes.wishes_now()


@blp.put("/wishes", permit=Permission.NOTIFICATION_READ)
@blp.arguments(Wishes.Schema)
@blp.response(200, Wishes.Schema)
def change_wishes(body: Wishes) -> Wishes:
    """Say how you want to be told: all of it, in place of what you said before."""
    return wishes.change_wishes(body)


# ── where a person can be reached ────────────────────────────────────────────────────────────────────────────


@blp.put("/endpoint", permit=Permission.NOTIFICATION_READ, takes_key=False)
@blp.arguments(RegisterEndpoint.Schema)
@blp.response(200, Endpoint.Schema)
def register_endpoint(body: RegisterEndpoint) -> EndpointRow:
    """Say where this phone can be pushed; send it at every start."""
    return actions.register_endpoint(body)


@blp.post("/endpoint/close", permit=Permission.NOTIFICATION_READ, takes_key=False)
@blp.arguments(RegisterEndpoint.Schema)
@blp.response(204)
def close_endpoint(body: RegisterEndpoint) -> None:
    """Push to this phone no more: said before signing out."""
    actions.close_mine(NoticeChannel.FCM, actions.address_of(body))


@blp.get("/web-push", permit=PUBLIC)
@blp.response(200, WebPushKey.Schema)
def web_push_key() -> WebPushKey:
    """What a browser, or a UnifiedPush distributor, needs to subscribe here."""
    return WebPushKey(key=setup.web_push_key(house().settings))


@blp.put("/web-push", permit=Permission.NOTIFICATION_READ, takes_key=False)
@blp.arguments(RegisterWebPush.Schema)
@blp.response(200, Endpoint.Schema)
def register_web_push(body: RegisterWebPush) -> EndpointRow:
    """Say where this browser can be pushed: its subscription."""
    return actions.register_web_push(body)


@blp.post("/web-push/close", permit=Permission.NOTIFICATION_READ, takes_key=False)
@blp.arguments(CloseWebPush.Schema)
@blp.response(204)
def close_web_push(body: CloseWebPush) -> None:
    """Push to this browser no more."""
    actions.close_mine(NoticeChannel.WEB_PUSH, {"endpoint": body.endpoint})


@blp.get("/mail", permit=Permission.NOTIFICATION_READ)
@blp.response(200, Mail.Schema)
def get_mail() -> Mail:
    """Whether you are written to, and where."""
    return wishes.mail_now()


@blp.post("/mail", permit=Permission.NOTIFICATION_READ)
@blp.response(200, Mail.Schema)
def ask_for_mail() -> Mail:
    """Ask to be written to: a code goes to your account's address."""
    return wishes.ask_for_mail()


@blp.post("/mail/confirm", permit=Permission.NOTIFICATION_READ)
@blp.arguments(ConfirmMail.Schema)
@blp.response(200, Mail.Schema)
def confirm_mail(body: ConfirmMail) -> Mail:
    """Type the code that was mailed."""
    return wishes.confirm_mail(body)


@blp.post("/mail/close", permit=Permission.NOTIFICATION_READ)
@blp.response(200, Mail.Schema)
def close_mail() -> Mail:
    """Be written to no more."""
    return wishes.close_mail()


# ── for whoever sends, and whoever runs the house ────────────────────────────────────────────────────────────


@blp.get("/sendings/<uuid:id>/reach", permit=Permission.ALERT_WRITE)
@blp.response(200, Reach.Schema)
def get_reach(id: UUID) -> Reach:
    """Whom this alert would reach now, as it is written."""
    return queries.reach_of(content.area_of(me(), id), setup.configured(house().settings))


@blp.get("/sendings/<uuid:id>/progress", permit=Permission.ALERT_WRITE)
@blp.response(200, SendingProgress.Schema)
def get_progress(id: UUID) -> SendingProgress:
    """How the newest sending of this alert fares, while it goes out and afterwards."""
    content.area_of(me(), id)
    return queries.progress_of(id, setup.configured(house().settings))


@blp.get("/channels", permit=Permission.CHANNEL_READ)
@blp.response(200, ChannelsHealth.Schema)
def get_channels() -> ChannelsHealth:
    """How each channel fares: open, paused or stopped, why, and what waits."""
    return ChannelsHealth(items=tuple(queries.channels_health(setup.configured(house().settings))))
