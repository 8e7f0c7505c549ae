"""The alerts of whoever speaks for the city: what is being written, what is out, what is over."""

from datetime import UTC, datetime
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty

from mobile.content import written
from mobile.core import alerts, strings
from mobile.core.parts import Parts
from mobile.core.store import Seen
from shared_models.content import StaffAlert

SECTIONS = (("writing", ("draft", "changed")), ("out", ("out",)), ("past", ("over", "cancelled")))


class AlertList(EventDispatcher):
    """Rows by section: what still wants a hand comes first."""

    rows = ListProperty()
    empty = BooleanProperty(False)

    parts: Parts

    def load(self, now: datetime | None = None) -> None:
        """Take over what is on this phone."""
        now = now or datetime.now(UTC)
        found = [(seen, one, written.state_of(one, now)) for seen, one in written.all_of(self.parts.store)]
        rows: list[dict[str, Any]] = []
        for name, states in SECTIONS:
            lines = [self._row(seen, one, state, now) for seen, one, state in found if state in states]
            if lines:
                rows += [{"heading": True, "title": strings.t(f"alert_work.section.{name}")}, *lines]
        self.rows = rows
        self.empty = not rows

    def _row(self, seen: Seen, one: StaffAlert, state: str, now: datetime) -> dict[str, Any]:
        badge, tone, icon = strings.t(f"alert_work.state.{state}"), written.BADGES[state], ""
        if seen.refused is not None:
            badge, tone, icon = strings.t("requests.refused"), "bad", "refused"
        elif seen.waits:
            badge, tone, icon = strings.t("requests.waiting"), "warn", "waiting"
        about = [strings.t(f"alerts.severity.{one.severity.value}"), written.whom(self.parts, one)]
        when = alerts.until(one, self.parts.zone, now) if state != "over" else ""
        return {
            "key": str(one.id),
            "icon": alerts.ICONS[one.severity],
            "icon_tone": "neutral" if state in ("over", "cancelled") else alerts.TONES[one.severity],
            "title": alerts.headline(one) or strings.t("alert_work.untitled"),
            "subtitle": " · ".join(about),
            "badge": badge,
            "badge_icon": icon,
            "tone": tone,
            "aside": when,
        }
