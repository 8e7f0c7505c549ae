"""One alert as everybody reads it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.core import alerts, strings
from mobile.core.arrival import Arrival
from mobile.core.parts import Parts
from shared_models.content import Alert, AlertState

UPDATED = timedelta(minutes=1)


class AlertView(EventDispatcher):
    """What is shown of one alert. `state`: `waiting` until the sync has brought it, `shown`, `offline` or `gone`."""

    state = StringProperty("waiting")
    severity = StringProperty()
    tone = StringProperty("neutral")
    icon = StringProperty("info")
    headline = StringProperty()
    text = StringProperty()
    over = StringProperty()
    until = StringProperty()
    published = StringProperty()
    updated = StringProperty()
    whom = StringProperty()
    asks_home = BooleanProperty(False)
    area = ListProperty()  # corners, each (latitude, longitude)
    home = ObjectProperty(None, allownone=True)

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.id: UUID | None = None
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.parts = parts
        parts.watch(self._look_again)

    def open(self, id_: UUID | None) -> None:
        """Show this one; ask for it where it is not here yet."""
        self.id, self._arrival = id_, Arrival(self.parts)
        self.state = "waiting"
        self.load()
        if self.state != "shown":
            self.parts.sync_now()

    def load(self, now: datetime | None = None) -> None:
        """Take over what is on this phone."""
        now = now or datetime.now(UTC)
        one = next((each for each in alerts.known(self.parts.store) if each.id == self.id), None)
        if one is None:
            self.state = self._arrival.state(now)
            return
        self._tell(one, now)
        self.state = "shown"
        alerts.read(self.parts.store, [one])
        if self.parts.sync.in_front and alerts.saw(self.parts.store, [one]):
            self.parts.sync_now()

    def _look_again(self) -> None:
        if self.state in ("waiting", "offline"):
            self.load()

    def _tell(self, one: Alert, now: datetime) -> None:
        zone, home = self.parts.zone, self.parts.home_place
        over = alerts.over(one, now)
        self.severity = strings.t(f"alerts.severity.{one.severity.value}")
        self.tone, self.icon = "neutral" if over else alerts.TONES[one.severity], alerts.ICONS[one.severity]
        self.headline, self.text = alerts.headline(one), alerts.text(one)
        self.over = ""
        if over:
            self.over = strings.t("alerts.ended" if one.state is AlertState.PUBLISHED else "alerts.cancelled")
        self.until = strings.full_time(one.expires_at, zone)
        self.published = strings.full_time(one.published_at, zone)
        changed = one.revision > 1 and one.updated_at - one.published_at > UPDATED
        self.updated = strings.full_time(one.updated_at, zone) if changed else ""
        found = alerts.concern(one, home)
        self.whom = strings.t("alerts.whom.all" if not one.area else f"alerts.whom.{found.value}")
        self.asks_home = found is alerts.Concern.PERHAPS
        self.home = home
        self.area = [(corner.lat, corner.lon) for corner in one.area]
