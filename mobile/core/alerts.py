"""What the city says to everybody: which alerts stand now, which concern this phone's home, which were read.

Everybody reads the same list; whom an alert of an area concerns is decided here, on the phone, which alone knows where
its home is.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from mobile.core import strings
from mobile.core.area import LatLon, inside
from mobile.core.store import SEEN, Store, Waiting
from shared_models.content import FEWEST_CORNERS, Alert, Alerts, AlertState, Severity, mid_of
from shared_models.notifications import NoticeChannel, SeenNotifications

DOCUMENT = "alerts"
SEEN_PATH = "/v1/notifications/seen"
READ, TOLD = "alerts_read", "alerts_told"
"""Small facts: the revision of each alert that the person opened, and that the city was told they saw."""
ORDER = (Severity.EXTREME, Severity.SEVERE, Severity.MODERATE, Severity.MINOR, Severity.NEWER)
TONES = {
    Severity.EXTREME: "bad",
    Severity.SEVERE: "bad",
    Severity.MODERATE: "warn",
    Severity.MINOR: "info",
    Severity.NEWER: "info",
}
ICONS = {
    Severity.EXTREME: "siren",
    Severity.SEVERE: "emergency",
    Severity.MODERATE: "alert",
    Severity.MINOR: "info",
    Severity.NEWER: "info",
}


class Concern(Enum):
    """Whether an alert is for this phone."""

    YES = "yes"
    PERHAPS = "perhaps"
    """It is for an area, and this phone knows no home."""
    ELSEWHERE = "elsewhere"


def concern(alert: Alert, home: LatLon | None) -> Concern:
    """Whether this alert is for whoever lives there. One without an area is for all, whatever it calls itself."""
    if len(alert.area) < FEWEST_CORNERS:
        return Concern.YES
    if home is None:
        return Concern.PERHAPS
    return Concern.YES if inside(home, alert.area) else Concern.ELSEWHERE


def over(alert: Alert, now: datetime) -> bool:
    """Whether it holds no longer."""
    return alert.state is not AlertState.PUBLISHED or alert.expires_at <= now


def known(store: Store) -> list[Alert]:
    """All alerts that the city last told of, the newest first."""
    body = store.document(DOCUMENT)[1]
    alerts = Alerts.read(json.loads(body)).items if body else ()
    return sorted(alerts, key=lambda one: (one.updated_at, str(one.id)), reverse=True)


def standing(store: Store, home: LatLon | None, now: datetime) -> list[Alert]:
    """Those that hold now and are, or may be, for this home: the worst first, then the newest."""
    found = [
        one for one in known(store) if not over(one, now) and concern(one, home) is not Concern.ELSEWHERE
    ]
    return sorted(found, key=lambda one: ORDER.index(one.severity))


def is_read(store: Store, alert: Alert) -> bool:
    """Whether the person opened this revision."""
    return _facts(store, READ).get(str(alert.id), 0) >= alert.revision


def unread(store: Store, home: LatLon | None, now: datetime) -> int:
    """How many that hold now, and concern the person, they have not opened."""
    read = _facts(store, READ)
    return sum(read.get(str(one.id), 0) < one.revision for one in standing(store, home, now))


def read(store: Store, alerts: Iterable[Alert]) -> None:
    """The person opened these."""
    _mark(store, READ, list(alerts))


def saw(store: Store, alerts: Iterable[Alert]) -> bool:
    """The person has these before their eyes: tell the city once for each revision. Whether there was one to tell."""
    told = _facts(store, TOLD)
    fresh = [one for one in alerts if told.get(str(one.id), 0) < one.revision]
    if fresh:
        wish = SeenNotifications(
            ids=tuple(mid_of(one.id, one.revision) for one in fresh), channel=NoticeChannel.INBOX
        )
        store.add(Waiting("POST", SEEN_PATH, wish.dump(), SEEN, fresh[0].id))
        _mark(store, TOLD, fresh)
    return bool(fresh)


def _facts(store: Store, name: str) -> dict[str, int]:
    kept: dict[str, int] = json.loads(store.get(name) or "{}")
    return kept


def _mark(store: Store, name: str, alerts: list[Alert]) -> None:
    """Keep the revisions of these, and of no alert that the city no longer tells of."""
    before = _facts(store, name)
    there = {str(one.id) for one in known(store)}
    kept = {id_: revision for id_, revision in before.items() if id_ in there}
    kept |= {str(one.id): max(one.revision, before.get(str(one.id), 0)) for one in alerts}
    if kept != before:
        store.set(name, json.dumps(kept), shown=name == READ)


# ── in words ─────────────────────────────────────────────────────────────────────────────────────────────────


def headline(alert: Any) -> str:
    """Its line, in the person's language."""
    return str(getattr(alert, f"headline_{strings.language()}") or alert.headline_en)


def text(alert: Any) -> str:
    """What it says, in the person's language."""
    return str(getattr(alert, f"text_{strings.language()}") or alert.text_en)


def until(alert: Any, zone: str, now: datetime | None = None) -> str:
    """Until when it holds."""
    now = now or datetime.now(UTC)
    return strings.t("alerts.until", time=strings.day_and_time(alert.expires_at, zone, now))


def row(alert: Alert, home: LatLon | None, zone: str, now: datetime, *, new: bool) -> dict[str, Any]:
    """As a row of a list."""
    done = over(alert, now)
    perhaps = concern(alert, home) is Concern.PERHAPS
    tone = "neutral" if done else TONES[alert.severity]
    return {
        "key": alert_key(alert),
        "kind": "plain" if done else "alert",
        "icon": ICONS[alert.severity],
        "icon_tone": tone,
        "tone": tone,
        "title": headline(alert),
        "badge": strings.t("alerts.over") if done else strings.t(f"alerts.severity.{alert.severity.value}"),
        "subtitle": "\n".join(
            part
            for part in ("" if done else until(alert, zone, now), strings.t("alerts.perhaps") * perhaps)
            if part
        ),
        "dot": new,
        "plain": done,
    }


def alert_key(alert: Alert) -> tuple[str, Any]:
    """What tells it apart from the other rows of a list."""
    return (DOCUMENT, alert.id)
