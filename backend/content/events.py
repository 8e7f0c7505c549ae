"""What happens to alerts. Ids, codes and states only."""

from typing import ClassVar
from uuid import UUID

from backend.core.ledger import Event
from shared_models.content import AlertAudience, AlertState, Severity


class AlertWritten(Event):
    """Somebody began an alert, or changed what is written."""

    subject: ClassVar[str] = "alert_id"
    for_the_record: ClassVar[bool] = True
    alert_id: UUID
    version: int


class AlertPublished(Event):
    """A revision went out: a new alert, an update, or that it is over (``state`` is cancelled)."""

    subject: ClassVar[str] = "alert_id"
    alert_id: UUID
    revision: int
    state: AlertState
    severity: Severity
    audience: AlertAudience
    author_id: UUID
    """Who wrote it; the event's actor is who published it."""
    emergency: bool
    """The same person wrote and published it."""
