"""What a person was told, newest first, by day; it works the same with and without signal."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, NumericProperty

from mobile.core import alerts, strings
from mobile.core.parts import Parts
from mobile.core.pushed import SCREEN_OF
from mobile.core.store import REFUSED, Store
from mobile.notifications import changes
from shared_models.content import Alert
from shared_models.notifications import Notification

ICON_OF = {"service_request": "list", "staff_request": "tools"}


def told(store: Store) -> list[Notification]:
    """All notifications, newest first; those that the person has read count as read while that waits to be sent."""
    read_here = {
        id_: change.made_at
        for change in store.outbox()
        if change.kind == changes.NOTIFICATION and change.state != REFUSED
        for id_ in change.body["ids"]
    }
    values = [seen.value for seen in store.view(changes.NOTIFICATION)]
    for value in values:
        value["read_at"] = value.get("read_at") or read_here.get(value["id"])
    return sorted(map(Notification.read, values), key=lambda one: (one.at, str(one.id)), reverse=True)


def unread(store: Store) -> int:
    """How many the person has not read."""
    return sum(one.read_at is None for one in told(store))


class Inbox(EventDispatcher):
    """The inbox as rows of a list, and what a tap on one means."""

    rows = ListProperty()
    unread = NumericProperty(0)
    empty = BooleanProperty(False)

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._told: dict[UUID, Notification] = {}
        self._alerts: dict[UUID, Alert] = {}

    def load(self, now: datetime | None = None) -> None:
        """Take over what is in the store."""
        now = now or datetime.now(UTC)
        store, home = self.parts.store, self.parts.home_place
        known = {one.id: one for one in alerts.known(store)}
        found = [one for one in told(store) if one.about_id not in known]
        self._told = {one.id: one for one in found}
        self._alerts = known
        far = [one for one in known.values() if alerts.concern(one, home) is alerts.Concern.ELSEWHERE]
        lines = [(one.at, self._row(one)) for one in found]
        lines += [(one.updated_at, self._alert_row(one, now)) for one in known.values() if one not in far]
        rows: list[dict[str, Any]] = []
        last: date | None = None
        for at, line in sorted(lines, key=lambda line: line[0], reverse=True):
            on = at.astimezone(ZoneInfo(self.parts.zone)).date()
            if on != last:
                rows.append({"heading": True, "title": self._day(at, now)})
                last = on
            rows.append(line)
        distant = [self._alert_row(one, now) for one in far if not alerts.over(one, now)]
        if distant:
            rows += [{"heading": True, "title": strings.t("alerts.elsewhere")}, *distant]
        self.rows = rows
        self.unread = sum(one.read_at is None for one in found) + alerts.unread(store, home, now)
        self.empty = not rows

    def tell_seen(self) -> None:
        """What is unread is before the person's eyes now."""
        store, now = self.parts.store, datetime.now(UTC)
        if not self.parts.sync.in_front:
            return
        shown = changes.saw(store, [one.id for one in self._told.values() if one.read_at is None])
        if alerts.saw(store, alerts.standing(store, self.parts.home_place, now)) or shown:
            self.parts.sync_now()

    def open(self, id_: Any) -> None:
        """Count this one as read and show what it is about."""
        if isinstance(id_, tuple):
            self.parts.nav.go("alert", id=id_[1])
            return
        one = self._told[id_]
        if one.read_at is None:
            self._read([id_])
        if one.about_kind in SCREEN_OF:
            self.parts.nav.go(SCREEN_OF[one.about_kind], id=one.about_id)

    def read_all(self) -> None:
        """Count all as read."""
        alerts.read(self.parts.store, self._alerts.values())
        self._read([one.id for one in self._told.values() if one.read_at is None])

    def _read(self, ids: list[UUID]) -> None:
        changes.read(self.parts.store, ids)
        self.parts.sync_now()
        self.parts.tell_changed()
        self.load()

    def _row(self, one: Notification) -> dict[str, Any]:
        new = one.read_at is None
        return {
            "key": one.id,
            "icon": ICON_OF.get(one.about_kind, "bell"),
            "icon_tone": "info" if new else "neutral",
            "title": one.title,
            "subtitle": one.body,
            "aside": strings.clock_time(one.at, self.parts.zone),
            "dot": new,
            "plain": not new,
            "chevron": one.about_kind in SCREEN_OF,
        }

    def _alert_row(self, one: Alert, now: datetime) -> dict[str, Any]:
        parts, over = self.parts, alerts.over(one, now)
        far = alerts.concern(one, parts.home_place) is alerts.Concern.ELSEWHERE
        new = not (over or far or alerts.is_read(parts.store, one))
        time = "" if far else strings.clock_time(one.updated_at, parts.zone)
        return {**alerts.row(one, parts.home_place, parts.zone, now, new=new), "aside": time, "kind": "plain"}

    def _day(self, at: datetime, now: datetime) -> str:
        zone = ZoneInfo(self.parts.zone)
        days = now.astimezone(zone).date() - at.astimezone(zone).date()
        if days <= timedelta(0):
            return strings.t("inbox.today")
        if days == timedelta(1):
            return strings.t("inbox.yesterday")
        return strings.day(at, self.parts.zone, now)
