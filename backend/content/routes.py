"""Content over HTTP."""

import hashlib
from uuid import UUID

from flask import Response

from backend.content import actions, queries
from backend.content.tables import AlertRow
from backend.core.actor import me
from backend.core.http import PUBLIC, Blueprint, cached
from backend.core.ready import JSON, ready, ready_one
from shared_models.basics import PageWanted
from shared_models.content import (
    Alerts,
    CancelAlert,
    ChangeAlert,
    DraftAlert,
    PublishAlert,
    StaffAlert,
    StaffAlerts,
)
from shared_models.permissions import Permission

blp = Blueprint("content", __name__, url_prefix="/v1/alerts", description="What the city says to everybody.")


@blp.get("/", permit=PUBLIC)
@blp.response(200, Alerts.Schema)
@blp.alt_response(304, description="You have the newest.")
def list_alerts() -> Response:
    """The alerts of this moment. Whether one concerns a home is for the phone to say: no place is asked for."""
    body = queries.current_text().encode()
    return cached(hashlib.sha256(body).hexdigest()[:16], lambda: body, JSON, fresh_s=0)


@blp.get("/work", permit=Permission.ALERT_WRITE)
@blp.arguments(PageWanted.Schema, location="query")
@blp.alt_response(200, schema=StaffAlerts.Schema, success=True)
def list_work(wanted: PageWanted) -> Response:
    """Alerts as they are written, drafts too, newest first."""
    return ready(queries.visible_to(me()), StaffAlert, wanted)


@blp.get("/work/<uuid:id>", permit=Permission.ALERT_WRITE)
@blp.alt_response(200, schema=StaffAlert.Schema, success=True)
def get_work(id: UUID) -> Response:
    """One alert as it is written."""
    return ready_one(queries.visible_to(me()).where(AlertRow.id == id), StaffAlert)


@blp.post("/", permit=Permission.ALERT_WRITE)
@blp.arguments(DraftAlert.Schema)
@blp.response(201, StaffAlert.Schema)
def draft_alert(body: DraftAlert) -> AlertRow:
    """Begin an alert; nobody is told yet."""
    return actions.draft_alert(body)


@blp.post("/<uuid:id>/change", permit=Permission.ALERT_WRITE)
@blp.arguments(ChangeAlert.Schema)
@blp.response(200, StaffAlert.Schema)
def change_alert(body: ChangeAlert, id: UUID) -> AlertRow:
    """Change what is written; what is out stays until the change is published."""
    return actions.change_alert(id, body)


@blp.post("/<uuid:id>/publish", permit=Permission.ALERT_PUBLISH)
@blp.arguments(PublishAlert.Schema)
@blp.response(200, StaffAlert.Schema)
def publish_alert(body: PublishAlert, id: UUID) -> AlertRow:
    """Send it to everybody whom it is for. Somebody else must have written it, but in an emergency."""
    return actions.publish_alert(id, body)


@blp.post("/<uuid:id>/cancel", permit=Permission.ALERT_PUBLISH)
@blp.arguments(CancelAlert.Schema)
@blp.response(200, StaffAlert.Schema)
def cancel_alert(body: CancelAlert, id: UUID) -> AlertRow:
    """Tell everybody who was told that it is over, or was wrong."""
    return actions.cancel_alert(id, body)
