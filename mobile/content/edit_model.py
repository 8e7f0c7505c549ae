"""Writing an alert: words in both languages, for whom, until when. What is typed is kept until it is saved."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, DictProperty, ListProperty, StringProperty

from mobile.content import changes, written
from mobile.core import alerts, strings
from mobile.core.parts import Parts
from mobile.core.store import DRAFT
from shared_models.basics import Point
from shared_models.content import MOST_CORNERS, AlertAudience, ChangeAlert, DraftAlert, Severity, WriteAlert

KEPT = f"{DRAFT}alert"
TEXTS = ("headline_en", "headline_es", "text_en", "text_es")
FIELDS = (*TEXTS, "severity", "audience", "zone", "day", "time")
QUICK = (2, 6, 24, 72, 168)
"""Hours from now that one tap sets as the end."""
FIRST = 6
A_DAY = 24


def lasting(hours: int) -> str:
    """So many hours, or whole days, in words."""
    if hours < A_DAY:
        return strings.t("alert_edit.hours", count=hours)
    return strings.t("alert_edit.days", count=hours // A_DAY)


class AlertEdit(EventDispatcher):
    """The form. `mode` is `form`, or `area` while corners are tapped on the map."""

    mode = StringProperty("form")
    title = StringProperty()
    headline_en = StringProperty()
    headline_es = StringProperty()
    text_en = StringProperty()
    text_es = StringProperty()
    severity = StringProperty("moderate")
    audience = StringProperty("all")
    zone = StringProperty()
    area = ListProperty()  # corners, each [latitude, longitude]
    day = StringProperty()
    time = StringProperty()

    severities = ListProperty()
    audiences = ListProperty()
    zones = ListProperty()
    quick = ListProperty()  # dicts: hours, text
    until = StringProperty()  # the whole date in words, so that a wrong one is noticed
    lacks = ListProperty()  # what it lacks before it may go out
    errors = DictProperty(rebind=True)  # what keeps it from being saved
    dirty = BooleanProperty(False)
    is_out = BooleanProperty(False)

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.id: UUID | None = None
        self._version = 0
        self._loading = False
        super().__init__(**kwargs)
        for name in FIELDS:
            self.fbind(name, self._typed)
        self.fbind("area", self._typed)

    # ── begin and keep ───────────────────────────────────────────────────────────────────────────────────

    def begin(self, id_: UUID | None, now: datetime | None = None) -> None:
        """Go on with what was typed, or begin with what is written."""
        now = now or datetime.now(UTC)
        self.mode, self.errors, self.id = "form", {}, id_
        found = written.one_of(self.parts.store, id_)
        self._loading = True
        self._version = found[1].version if found else 0
        self.is_out = found is not None and found[1].published_at is not None
        if found is not None:
            self._show(changes.as_it_stands(found[1]))
        else:
            end = now + timedelta(hours=FIRST)
            self._show(WriteAlert(severity=Severity.MODERATE, expires_at=end))
        self._loading = self.dirty = False
        kept = json.loads(self.parts.store.get(KEPT) or "{}")
        if kept and kept.get("id") == (str(id_) if id_ else None):
            self._loading = True
            for name in (*FIELDS, "area"):
                setattr(self, name, kept[name])
            self._loading, self.dirty = False, True
        self.retell()

    def _show(self, wish: WriteAlert) -> None:
        for name in TEXTS:
            setattr(self, name, getattr(wish, name))
        self.severity, self.audience = wish.severity.value, wish.audience.value
        self.zone = wish.zone or ""
        self.area = [[corner.lat, corner.lon] for corner in wish.area]
        self._end(wish.expires_at)

    def _end(self, at: datetime) -> None:
        there = at.astimezone(ZoneInfo(self.parts.zone))
        self.day, self.time = f"{there:%Y-%m-%d}", f"{there:%H:%M}"

    def keep(self) -> None:
        """Keep what was typed and not saved."""
        if self.dirty:
            told = {name: getattr(self, name) for name in FIELDS}
            told |= {"id": str(self.id) if self.id else None, "area": [list(corner) for corner in self.area]}
            self.parts.store.set(KEPT, json.dumps(told))

    def discard(self) -> None:
        """Throw away what was typed."""
        self.dirty = False
        self.parts.store.set(KEPT, "")

    def _typed(self, *_: object) -> None:
        if not self._loading:
            self.dirty = True
            self.errors = {}
            self._tell()

    def retell(self) -> None:
        """Say everything anew, in the language of now."""
        self.title = strings.t("alert_edit.title_change" if self.id else "alert_edit.title_new")
        self.severities = [
            {
                "key": severity.value,
                "title": strings.t(f"alerts.severity.{severity.value}"),
                "subtitle": strings.t(f"alert_edit.severity.{severity.value}"),
                "icon": alerts.ICONS[severity],
            }
            for severity in alerts.ORDER[:-1]
        ]
        there = written.zones(self.parts.store)
        self.audiences = [
            {"key": key, "text": strings.t(f"alert_edit.audience.{key}")}
            for key in ("all", *(("zone",) if there else ()), "area")
        ]
        self.zones = [
            {"key": zone.code, "title": written.zone_name(self.parts.store, zone.code)} for zone in there
        ]
        self.quick = [{"hours": hours, "text": lasting(hours)} for hours in QUICK]
        self._tell()

    def _tell(self) -> None:
        end = self.end()
        self.until = strings.full_time(end, self.parts.zone) if end else ""
        wish = self._wish(end or datetime.now(UTC) + timedelta(hours=FIRST))
        self.lacks = written.lacks(wish)

    # ── until when ───────────────────────────────────────────────────────────────────────────────────────

    def end(self) -> datetime | None:
        """When it ends; None where day and time say none."""
        with suppress(ValueError):
            local = datetime.strptime(f"{self.day.strip()} {self.time.strip()}", "%Y-%m-%d %H:%M")  # noqa: DTZ007 - its zone is the next line's
            return local.replace(tzinfo=ZoneInfo(self.parts.zone)).astimezone(UTC)
        return None

    def end_in(self, hours: int) -> None:
        """Let it end so many hours from now."""
        self._end(datetime.now(UTC) + timedelta(hours=hours))

    # ── the area ─────────────────────────────────────────────────────────────────────────────────────────

    def corner(self, lat: float, lon: float) -> None:
        """One more corner."""
        if len(self.area) < MOST_CORNERS:
            self.area = [*self.area, [round(lat, 6), round(lon, 6)]]

    def undo(self) -> None:
        """Take the last corner back."""
        self.area = self.area[:-1]

    def clear(self) -> None:
        """Begin the area anew."""
        self.area = []

    # ── saving ───────────────────────────────────────────────────────────────────────────────────────────

    def _wish(self, end: datetime) -> WriteAlert:
        audience = AlertAudience(self.audience)
        corners = tuple(Point(lat=lat, lon=lon) for lat, lon in self.area)
        return WriteAlert(
            severity=Severity(self.severity),
            **{name: getattr(self, name).strip() for name in TEXTS},
            audience=audience,
            zone=(self.zone or None) if audience is AlertAudience.ZONE else None,
            area=corners if audience is AlertAudience.AREA else (),
            expires_at=end,
        )

    def save(self) -> UUID | None:
        """Put it into the outbox; None where something keeps it from being saved: `errors` says what."""
        end, me = self.end(), self.parts.me
        if end is None:
            self.errors = {"until": strings.t("alert_edit.no_time")}
        elif self.audience == AlertAudience.ZONE.value and not self.zone:
            self.errors = {"zone": strings.t("alert_edit.no_zone")}
        elif not any(getattr(self, name).strip() for name in TEXTS):
            self.errors = {"headline_en": strings.t("alert_edit.nothing")}
        if self.errors or end is None or me is None:
            return None
        wish = self._wish(end.replace(microsecond=0))
        said = {name: getattr(wish, name) for name in changes.SAID}
        id_ = self.id or uuid4()
        if self.id is None:
            changes.draft(self.parts.store, DraftAlert(id=id_, **said), me)
        else:
            changes.change(self.parts.store, id_, ChangeAlert(version=self._version, **said), me)
        self.discard()
        self.parts.sync_now()
        self.parts.tell_changed()
        return id_
