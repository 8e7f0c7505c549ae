"""Alerts as those see them who speak for the city: their state in words, and what they lack before they may go out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from mobile.content.changes import KIND
from mobile.core import alerts, strings
from mobile.core.parts import Parts
from mobile.core.store import Seen, Store
from shared_models.content import FEWEST_CORNERS, Alert, AlertAudience, AlertState, StaffAlert
from shared_models.maps import Zone, Zones

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=30)
"""From now to its end: what is over at once reaches nobody, what holds for longer is no alert. As on the server."""
BADGES = {"draft": "neutral", "changed": "warn", "out": "ok", "cancelled": "neutral", "over": "neutral"}
PREVIEW = 160
"""So many letters of the text stand on a locked screen."""


def all_of(store: Store) -> list[tuple[Seen, StaffAlert]]:
    """All that are on this phone, the newest first; those that wait too."""
    found = [(seen, StaffAlert.read(seen.value)) for seen in store.view(KIND) if "headline_en" in seen.value]
    return sorted(found, key=lambda one: (one[1].made_at, str(one[1].id)), reverse=True)


def one_of(store: Store, id_: UUID | None) -> tuple[Seen, StaffAlert] | None:
    """This one, as it is to be shown."""
    seen = store.one(KIND, id_) if id_ else None
    return (seen, StaffAlert.read(seen.value)) if seen and "headline_en" in seen.value else None


def out_now(store: Store, id_: UUID) -> Alert | None:
    """What everybody reads of it now."""
    return next((one for one in alerts.known(store) if one.id == id_), None)


def state_of(alert: StaffAlert, now: datetime) -> str:
    """Which of `BADGES` it is."""
    if alert.state is AlertState.CANCELLED:
        return "cancelled"
    if alert.state is AlertState.DRAFT:
        return "draft"
    if alert.changed:
        return "changed"
    return "out" if alert.expires_at > now else "over"


def zones(store: Store) -> Sequence[Zone]:
    """The city's zones; none where it has not loaded its own."""
    import json

    body = store.document("zones")[1]
    return Zones.read(json.loads(body)).items if body else ()


def zone_name(store: Store, code: str | None) -> str:
    """What a zone is called."""
    found = next((zone for zone in zones(store) if zone.code == code), None)
    return str(getattr(found, f"name_{strings.language()}") or found.name_en) if found else str(code or "")


def whom(parts: Parts, alert: Any) -> str:
    """For whom it is."""
    if alert.audience is AlertAudience.ALL:
        return strings.t("alert_work.whom.all")
    if alert.audience is AlertAudience.ZONE:
        return zone_name(parts.store, alert.zone)
    return strings.t("alert_work.whom.area", count=len(alert.area))


def lacks(alert: Any, now: datetime | None = None) -> list[str]:
    """What it lacks before it may go out, each in words; the server looks at the same."""
    now = now or datetime.now(UTC)
    found = [
        strings.t(f"alert_work.lacks.{name}")
        for name in ("headline_en", "headline_es", "text_en", "text_es")
        if not getattr(alert, name).strip()
    ]
    if alert.audience is AlertAudience.ZONE and not alert.zone:
        found.append(strings.t("alert_work.lacks.zone"))
    if alert.audience is AlertAudience.AREA and len(alert.area) < FEWEST_CORNERS:
        found.append(strings.t("alert_work.lacks.area"))
    if alert.expires_at < now + SHORTEST:
        found.append(strings.t("alert_work.lacks.late"))
    elif alert.expires_at > now + LONGEST:
        found.append(strings.t("alert_work.lacks.long"))
    return found


def short(text: str) -> str:
    """As much of a text as stands on a locked screen."""
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW else f"{line[:PREVIEW].rstrip()}…"
