"""Notifications over HTTP."""

from flask import Response

from backend.core.actor import me
from backend.core.http import Blueprint
from backend.core.ready import ready
from backend.notifications import actions, queries
from backend.notifications.tables import EndpointRow
from shared_models.basics import PageWanted
from shared_models.notifications import (
    Endpoint,
    Notification,
    NotificationPage,
    ReadNotifications,
    RegisterEndpoint,
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
    """Your inbox, newest first."""
    return ready(queries.visible_to(me()), Notification, wanted)


@blp.post("/read", permit=Permission.NOTIFICATION_READ)
@blp.arguments(ReadNotifications.Schema)
@blp.response(204)
def read_notifications(body: ReadNotifications) -> None:
    """Say that you have read these, on all your phones."""
    actions.read_notifications(body)


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
    actions.close_mine(body)
