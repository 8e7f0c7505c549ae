"""Content: what the city says to everybody. So far one noun: the alert."""

import uuid
from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared_models.basics import Code, Point
from shared_models.wire import Length, Wire, WireEnum

FEWEST_CORNERS, MOST_CORNERS = 3, 100
"""Of an area: no more than a push has room for."""


class Severity(WireEnum):
    """How bad it is: CAP 1.2 §3.2.2. `extreme` and `severe` break through quiet hours."""

    EXTREME = "extreme"
    SEVERE = "severe"
    MODERATE = "moderate"
    MINOR = "minor"
    NEWER = "newer"


URGENT = frozenset({Severity.EXTREME, Severity.SEVERE})


class AlertAudience(WireEnum):
    """Whom an alert is for."""

    ALL = "all"
    ZONE = "zone"
    AREA = "area"
    NEWER = "newer"


class AlertState(WireEnum):
    """Where an alert stands. Published and over its time it is still published; nobody is shown it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    NEWER = "newer"


class AlertTold(Wire):
    """What is told of an alert, to everybody and to those who write it."""

    id: UUID
    revision: Annotated[int, "Raised at each update that people are told of; 0 before anything is out."]
    state: AlertState
    severity: Severity
    headline_en: str
    headline_es: str
    text_en: str
    text_es: str
    audience: AlertAudience
    area: Annotated[tuple[Point, ...], "Of the zone or the drawn area; empty for all."]
    updated_at: datetime
    expires_at: datetime


class Alert(AlertTold):
    """An alert as everybody reads it: one for all; each phone looks by itself whether its home lies in the area."""

    published_at: datetime


class Alerts(Wire):
    """The alerts of this moment, the newest first; those that were cancelled stay until their time is over."""

    items: tuple[Alert, ...]


class StaffAlert(AlertTold):
    """An alert as those who write them see it, drafts too."""

    zone: Code | None
    changed: Annotated[bool, "True: what is written here is not what is out."]
    emergency: Annotated[bool, "What is out was published by whoever wrote it, with no second pair of eyes."]
    author_id: UUID
    author: Annotated[str, "Who wrote it, or changed it last."]
    publisher_id: UUID | None
    publisher: str
    made_at: datetime
    published_at: datetime | None
    version: Annotated[int, "Raised at each change."]


class StaffAlerts(Wire):
    """Alerts, the newest first."""

    items: tuple[StaffAlert, ...]
    next: str | None


class WriteAlert(Wire):
    """What an alert is to say, to whom, until when. A draft may still lack words; what goes out lacks none."""

    severity: Severity
    headline_en: Annotated[str, Length(max=120), "One line: it stands on locked screens."] = ""
    headline_es: Annotated[str, Length(max=120), "One line: it stands on locked screens."] = ""
    text_en: Annotated[str, Length(max=2000)] = ""
    text_es: Annotated[str, Length(max=2000)] = ""
    audience: AlertAudience = AlertAudience.ALL
    zone: Code | None = None
    area: Annotated[tuple[Point, ...], Length(max=MOST_CORNERS)] = ()
    expires_at: datetime


class DraftAlert(WriteAlert):
    """Begin an alert."""

    id: Annotated[UUID, "Chosen by whoever asks."]


class PublishAlert(Wire):
    """Send it. Whoever wrote it may not, but in an emergency, which is written down as one."""

    version: Annotated[int, "Of the alert that was read: another one is not published unread."]
    emergency: bool = False


class ChangeAlert(WriteAlert):
    """Change what is written. What is out stays as it is until the change is published, by somebody else again."""

    version: Annotated[int, "Of the alert that was read."]


class CancelAlert(Wire):
    """It is over, or was wrong; everybody who was told is told so."""

    text_en: Annotated[str, Length(1, 500)]
    text_es: Annotated[str, Length(1, 500)]


def mid_of(alert_id: UUID, revision: int) -> UUID:
    """The ``mid`` of the push about this revision of an alert: phone and server name it alike (RFC 9562 §5.5)."""
    return uuid.uuid5(alert_id, str(revision))
