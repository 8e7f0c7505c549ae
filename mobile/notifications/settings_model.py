"""How a person wants to be told: one document, changed as a whole, also without signal."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, StringProperty

from mobile.core import strings
from mobile.core.area import read_place
from mobile.core.parts import Parts
from mobile.core.problems import in_words
from mobile.core.store import REFUSED, WAITING
from mobile.notifications import changes
from shared_models.basics import Point
from shared_models.notifications import (
    KeptPlace,
    NoticeChannel,
    NoticeKind,
    QuietHours,
    TurnedOff,
    Wishes,
)
from shared_models.permissions import Permission

KINDS = (
    NoticeKind.ALERT,
    NoticeKind.FAULT,
    NoticeKind.STATUS,
    NoticeKind.ASSIGNMENT,
    NoticeKind.REMINDER,
    NoticeKind.NEWS,
)
STAFF = frozenset({NoticeKind.FAULT, NoticeKind.ASSIGNMENT})
"""What only those are told who work for the city."""
WAYS = {
    "push": (NoticeChannel.FCM, NoticeChannel.WEB_PUSH),
    "mail": (NoticeChannel.MAIL,),
}
"""What a person turns on and off, and which channels that is."""
BEGIN, END = "22:00", "07:00"
STEP, DAY = 30, 24 * 60
"""Minutes."""
MOST_LABEL = 60


class Wanted(EventDispatcher):
    """What the settings of notifications show, and what a tap means."""

    known = BooleanProperty(True)  # else the city has not said yet what holds: nothing may be overwritten
    waits = BooleanProperty(False)
    refused = StringProperty()
    may_show = BooleanProperty(True)  # the phone lets the app show notifications
    kinds = ListProperty()  # dicts: key, title, text, push, mail
    quiet = BooleanProperty(False)
    begin = StringProperty(BEGIN)
    end = StringProperty(END)
    begin_text = StringProperty()
    end_text = StringProperty()
    home = StringProperty()  # what it is called; empty where none is set
    stored = BooleanProperty(False)
    others = (
        ListProperty()
    )  # dicts of places that are stored with the city, and are not this home: key, title

    parts: Parts

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.parts = parts

    def load(self) -> None:
        """Take over what is on this phone."""
        parts, chosen = self.parts, self.parts.preferences.now
        said = parts.sync.wishes()
        self.known = said is not None or parts.session.account is None
        changes_of = [one for one in parts.store.outbox() if one.kind == changes.WISHES]
        self._refused = next((one for one in changes_of if one.state == REFUSED), None)
        self.waits = any(one.state == WAITING for one in changes_of)
        problem = self._refused.problem if self._refused else None
        self.refused = in_words(problem) if problem else ""
        self.may_show = parts.push.allowed()
        wishes = self.wishes = changes.wished(parts.store) or said or Wishes()
        staff = parts.may(Permission.REQUEST_WORK)
        self.kinds = [self._kind(kind) for kind in KINDS if staff or kind not in STAFF]
        self.quiet = wishes.quiet is not None
        if wishes.quiet is not None:
            self.begin, self.end = wishes.quiet.begin, wishes.quiet.end
        self.begin_text, self.end_text = strings.hour(self.begin), strings.hour(self.end)
        self.home = chosen.home_label or (strings.t("notify.home.unnamed") if chosen.home else "")
        self.stored = any(self._is_home(place) for place in wishes.places)
        self.others = [
            {"key": at, "title": place.label}
            for at, place in enumerate(wishes.places)
            if not self._is_home(place)
        ]

    def _kind(self, kind: NoticeKind) -> dict[str, Any]:
        on = {
            way: not all(TurnedOff(kind=kind, channel=one) in self.wishes.off for one in channels)
            for way, channels in WAYS.items()
        }
        return {
            "key": kind.value,
            "title": strings.t(f"notify.kind.{kind.value}.title"),
            "text": strings.t(f"notify.kind.{kind.value}.text"),
            **on,
        }

    def _is_home(self, place: KeptPlace) -> bool:
        return (place.where.lat, place.where.lon) == self.parts.home_place

    # ── what a tap means ─────────────────────────────────────────────────────────────────────────────────

    def turn(self, key: str, way: str, on: bool) -> None:
        """A kind is to come on this way, or not."""
        kind = NoticeKind(key)
        mine = tuple(TurnedOff(kind=kind, channel=channel) for channel in WAYS[way])
        off = tuple(one for one in self.wishes.off if one not in mine)
        self._wish(off=off if on else (*off, *mine))

    def keep_quiet(self, on: bool) -> None:
        """Have quiet hours, or none."""
        self._wish(quiet=self._hours() if on else None)

    def shift(self, which: str, way: int) -> None:
        """Let quiet hours begin or end half an hour earlier (-1) or later (1)."""
        hour, minute = map(int, getattr(self, which).split(":"))
        at = (hour * 60 + minute + way * STEP) % DAY
        setattr(self, which, f"{at // 60:02}:{at % 60:02}")
        self._wish(quiet=self._hours())

    def _hours(self) -> QuietHours:
        return QuietHours(begin=self.begin, end=self.end, zone=self.parts.zone)

    def store_home(self, on: bool) -> None:
        """Have the city keep the home too, or forget it."""
        rest = tuple(place for place in self.wishes.places if not self._is_home(place))
        self._wish(places=(*rest, *self._home_to_keep()) if on else rest)

    def forget_place(self, at: int) -> None:
        """Let the city forget a place that it keeps."""
        self._wish(places=tuple(place for n, place in enumerate(self.wishes.places) if n != at))

    def _home_to_keep(self) -> tuple[KeptPlace, ...]:
        chosen, place = self.parts.preferences.now, self.parts.home_place
        if place is None:
            return ()
        label = (chosen.home_label or strings.t("notify.home.unnamed"))[:MOST_LABEL]
        return (KeptPlace(label=label, where=Point(lat=place[0], lon=place[1])),)

    def live_at(self, home: str, label: str) -> None:
        """Keep another home on this phone, or none; what the city keeps of the one before follows."""
        self.load()
        rest = tuple(place for place in self.wishes.places if not self._is_home(place))
        kept = len(rest) < len(self.wishes.places)
        place = read_place(home)
        self.parts.preferences.change(home=home if place else "", home_label=label if place else "")
        self.parts.push.live_at(home)
        if kept:
            self._wish(places=(*rest, *self._home_to_keep()))
        self.parts.tell_changed()

    def allow(self) -> None:
        """Let the phone ask whether this app may show notifications; where it was asked before, show its settings."""
        if self.parts.preferences.now.push_asked:
            self.parts.push.open_settings()
        else:
            self.parts.preferences.change(push_asked=True)
            self.parts.push.ask()

    def try_again(self) -> None:
        """Send what was refused once more."""
        if self._refused is not None:
            self.parts.store.send_again(self._refused.key)
            self._changed()

    def _wish(self, **parts: Any) -> None:
        session = self.parts.session
        who: UUID = session.account or session.phone.id
        changes.wish(self.parts.store, who, replace(self.wishes, **parts))
        self._changed()

    def _changed(self) -> None:
        self.parts.sync_now()
        self.parts.tell_changed()
        self.load()
