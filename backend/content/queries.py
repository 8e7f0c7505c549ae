"""Which alerts, for whom."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, false, select
from sqlalchemy.orm import aliased

from backend.content import rules
from backend.content.tables import AlertRevisionRow, AlertRow
from backend.core.actor import Actor, db
from backend.core.clock import now
from backend.core.database import one
from backend.core.problems import Refused
from backend.core.ready import list_text
from shared_models.basics import Point
from shared_models.content import Alert
from shared_models.permissions import Permission

KEPT = timedelta(days=90)
"""How long an alert is on the phones of those who write them, after its last change."""


def visible_to(actor: Actor) -> Select[AlertRow]:
    """Alerts as they are written, drafts too: for those who write them."""
    found = select(AlertRow)
    return found if actor.may(Permission.ALERT_WRITE) else found.where(false())


def on_phones(actor: Actor) -> Select[AlertRow]:
    """What of it is on phones."""
    return visible_to(actor).where(AlertRow.updated_at >= now() - KEPT)


def current() -> Select[AlertRevisionRow]:
    """What is out and not over, the newest first: for everybody."""
    row, newer = AlertRevisionRow, aliased(AlertRevisionRow)
    followed = select(newer.id).where(newer.id == row.id, newer.revision > row.revision).exists()
    return select(row).where(row.expires_at > now(), ~followed).order_by(row.updated_at.desc(), row.id)


def current_text() -> str:
    """The JSON text of ``Alerts``."""
    return f'{{"items":{list_text(current(), Alert)}}}'


def revision_of(alert_id: UUID, revision: int) -> AlertRevisionRow:
    """What went out as this revision."""
    return db().get_one(AlertRevisionRow, (alert_id, revision))


def area_of(actor: Actor, alert_id: UUID) -> tuple[Point, ...]:
    """The area that an alert is written for, as whoever writes alerts may know; empty is everybody.

    Raises NotFound. Refuses one whose area is not drawn yet: it is for nobody.
    """
    row = one(visible_to(actor).where(AlertRow.id == alert_id))
    if rules.undrawn(row):
        raise Refused("alert-not-ready", rules.UNDRAWN, at="/area", ids=[alert_id])
    return tuple(Point.read(corner) for corner in row.area)
