"""Promising a thing: to whom, from when and until when, as far ahead as the server takes it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, DictProperty, ObjectProperty, StringProperty

from mobile.assets import changes, told
from mobile.assets.lines import line_of
from mobile.core import register, strings
from mobile.core.parts import Parts
from mobile.core.session import utc_now
from shared_models.assets import Asset
from shared_models.custody import Reserve
from shared_models.permissions import Permission

NOW = "now"
"""Begins at once; any other begin is a number of days from today, at the morning's hour."""
AHEAD = 14
"""So many days ahead it can begin."""
MORNING, EVENING = 6, 18
"""The hours at which shifts begin: that of a promise's begin, and those at which it ends within a day."""
EVENING_END, MORNING_END = "evening", "morning"
OWN_DAYS, OWN_PROMISES = 14, 3
"""For how long, and how many things at a time, the server lets somebody promise to themselves who does not answer for
them; for others it is longer (`LONG`)."""
SHORT, LONG = (1, 2, 3, 7, OWN_DAYS), (30, 90, 180)
"""Days that can be chosen: by everybody, and by who answers for the things."""


def begins(key: str, now: datetime, zone: str) -> datetime:
    """When a promise with this begin begins."""
    if key == NOW:
        return now
    day = now.astimezone(ZoneInfo(zone)) + timedelta(days=int(key))
    return day.replace(hour=MORNING, minute=0, second=0, microsecond=0)


def ends(key: str, begin: datetime, zone: str) -> datetime:
    """When a promise that begins then ends, with this end: an hour of the clock in the city, or so many days later."""
    if key.isdecimal():
        return begin + timedelta(days=int(key))
    there = begin.astimezone(ZoneInfo(zone))
    end = there.replace(hour=EVENING if key == EVENING_END else MORNING, minute=0, second=0, microsecond=0)
    return end if end > there else end + timedelta(days=1)


class Reserving(EventDispatcher):
    """One promise that is being made."""

    row = DictProperty(rebind=True)  # how the thing looks
    begin = StringProperty(NOW)
    end = StringProperty(EVENING_END)
    from_text = StringProperty()
    until_text = StringProperty()
    may_whom = BooleanProperty(False)  # this person may promise it to others
    whom = StringProperty()
    note = StringProperty()
    error = StringProperty()
    people = ObjectProperty(())

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.thing: Asset | None = None
        self.whom_id: UUID | None = None
        super().__init__(**kwargs)
        self.bind(begin=self._tell, end=self._tell)

    def start(self, id_: UUID) -> None:
        """Begin with this thing: for me, from now to the end of the day."""
        me = self.parts.me
        self.thing, self.row, self.error, self.note = None, {}, "", ""
        self.whom_id, self.whom = (me.id, me.name) if me else (None, "")
        self.may_whom = self.parts.may(Permission.CUSTODY_GIVE)
        seen = register.thing(self.parts.store, id_)
        if seen is not None:
            known = register.worst_by_thing(self.parts.store).get(str(id_))
            self.thing, self.row = Asset.read(seen.value), {**line_of(seen, known).row, "chevron": False}
        self.begin, self.end = NOW, EVENING_END
        if self.may_whom:
            told.refresh_holders(self.parts, self.load)
        self.load()

    def load(self) -> None:
        """Something in the store, or the language, may be new."""
        self.people = told.people(self.parts, self.thing.department if self.thing else "")
        self._tell()

    def choose(self, id_: UUID) -> None:
        """For this person."""
        self.whom_id = id_
        self.whom = next((name for known, name in self.people if known == id_), "")

    # ── when ─────────────────────────────────────────────────────────────────────────────────────────────

    def times(self) -> tuple[datetime, datetime]:
        """From when until when, as it is chosen now."""
        begin = begins(self.begin, utc_now(), self.parts.zone)
        return begin, ends(self.end, begin, self.parts.zone)

    def begin_options(self) -> list[dict[str, str]]:
        """When it can begin, to choose from."""
        now, zone = utc_now(), self.parts.zone
        days = [(str(n), begins(str(n), now, zone)) for n in range(1, AHEAD)]
        return [
            {"key": NOW, "title": strings.t("reserve.now")},
            *({"key": key, "title": strings.full_time(at, zone)} for key, at in days),
        ]

    def end_options(self) -> list[dict[str, str]]:
        """When it can end, to choose from."""
        begin, zone = self.times()[0], self.parts.zone
        clock = sorted((EVENING_END, MORNING_END), key=lambda key: ends(key, begin, zone))
        days = [str(n) for n in (*SHORT, *(LONG if self.may_whom else ()))]
        return [
            {
                "key": key,
                "title": strings.t("reserve.days", count=int(key)) if key.isdecimal() else self._clock(key),
                "subtitle": strings.full_time(ends(key, begin, zone), zone),
            }
            for key in (*clock, *days)
        ]

    def _clock(self, key: str) -> str:
        return strings.t(
            "reserve.clock", time=strings.hour(f"{EVENING if key == EVENING_END else MORNING}:00")
        )

    def _tell(self, *_: object) -> None:
        begin, end = self.times()
        zone = self.parts.zone
        now = self.begin == NOW
        self.from_text = strings.t("reserve.now") if now else strings.full_time(begin, zone)
        self.until_text = strings.full_time(end, zone)
        self.error = ""

    # ── done ─────────────────────────────────────────────────────────────────────────────────────────────

    def do(self) -> str:
        """Promise it, and say so; nothing where something stands against it, which is told."""
        begin, end = self.times()
        self.error = self._against(begin, end)
        if self.error or self.thing is None or self.whom_id is None:
            return ""
        wish = Reserve(
            id=uuid4(), asset_id=self.thing.id, person_id=self.whom_id, from_at=begin, until_at=end,
            note=self.note.strip(),
        )  # fmt: skip
        changes.reserve(self.parts.store, wish, self.whom)
        self.parts.sync_now()
        self.parts.tell_changed()
        return strings.t("reserve.done", tag=self.thing.tag, name=self.whom)

    def _against(self, begin: datetime, end: datetime) -> str:
        """What the phone knows to stand against it: another's promise, or too many of one's own."""
        if self.thing is None:
            return strings.t("hand.not_here")
        open_ = [one.promise for one in told.promises(self.parts.store) if not one.refused]
        for one in open_:
            if one.asset_id == self.thing.id and one.from_at < end and one.until_at > begin:
                return strings.t("reserve.taken", name=one.person, span=told.span(one, self.parts.zone))
        mine = [one for one in open_ if self.parts.me and one.person_id == self.parts.me.id]
        if len(mine) >= OWN_PROMISES and not self.may_whom:
            return strings.t("reserve.many", count=len(mine))
        return ""
