"""What is due now, by unit, the most urgent first; and which check a scan begins."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, StringProperty

from mobile.checks import asked, known, looks, run
from mobile.checks.known import Known, Reader
from mobile.core import kinds, strings
from mobile.core.parts import Parts
from mobile.core.store import REFUSED
from shared_models.checks import Due
from shared_models.permissions import Permission

SOON_S = 3600
"""What ends within that time is told as urgent."""


class Unit(NamedTuple):
    """What is due of one unit, or of one thing that belongs to none."""

    key: str
    """``kit:…`` or ``asset:…``."""
    name: str
    duties: tuple[Due, ...]

    @property
    def open(self) -> list[Due]:
        """Still to do."""
        return [due for due in self.duties if due.done_at is None]


class DueList(EventDispatcher):
    """`rows` by urgency; `found(code)` says where a scan leads."""

    rows = ListProperty()
    empty = BooleanProperty(False)
    loaded = BooleanProperty(False)
    may_do = BooleanProperty(False)
    may_see = BooleanProperty(False)
    may_write = BooleanProperty(False)
    summary = StringProperty()
    complaint = StringProperty()

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.reader = Reader()
        super().__init__(**kwargs)

    @property
    def known(self) -> Known:
        """What is on the phone."""
        return self.reader.known(self.parts.store)

    def load(self, now: datetime | None = None) -> None:
        """Take over what is on this phone."""
        now = now or datetime.now(UTC)
        self.may_do = self.parts.may(Permission.CHECK_DO)
        self.may_see = self.parts.may(Permission.CHECK_READ)
        self.may_write = self.parts.may(Permission.CHECK_WRITE)
        zone = ZoneInfo(self.parts.zone)
        units = by_unit(self.known, asked.ripe(self.known.duties(zone, now), now))
        if self.may_write:  # what is due by itself is for those who keep the register
            alone = self.known.duties(zone, now, kits=False)
            units += by_unit(self.known, [replace(due, kit_id=None) for due in alone])
        begun = {
            unit.key
            for unit in units
            if run.begun(self.parts.store, UUID(unit.key.partition(":")[2])) is not None
        }
        units.sort(key=lambda unit: unit.key not in begun)
        to_do = [unit for unit in units if unit.open or unit.key in begun]
        done = [unit for unit in units if not unit.open and unit.key not in begun]
        rows: list[dict[str, Any]] = [*self._complaint(), *self._refused()]
        rows += [self._row(unit, now, unit.key in begun) for unit in to_do]
        if done:
            rows.append({"heading": True, "title": strings.t("checks.due.done")})
            rows += [self._done(unit, now) for unit in done]
        self.rows = rows
        self.empty = not rows
        self.loaded = True
        self.summary = strings.t("checks.due.count", count=len(to_do)) if units else ""

    def found(self, code: str) -> str:
        """The key of what this scan begins; empty, with a complaint, where it fits nothing."""
        self.complaint = ""
        kit = self.known.kit_of(code)
        if kit is not None:
            return f"kit:{kit.id}"
        thing = known.thing_of(self.parts.store, code)
        if thing is not None and thing.kit_id in self.known.kits:
            return f"kit:{thing.kit_id}"
        if thing is not None and thing.id in self.known.things:
            return f"asset:{thing.id}"
        self.complaint = strings.t("checks.due.unknown", code=code[:40])
        self.load()
        return ""

    def _complaint(self) -> list[dict[str, Any]]:
        """Within the list: a small screen has no room to spare above it."""
        told = {"key": "", "icon": "alert", "icon_tone": "warn", "title": self.complaint, "chevron": False}
        return [told] if self.complaint else []

    def _refused(self) -> list[dict[str, Any]]:
        return [
            {
                "key": f"check:{change.about}",
                "icon": "refused",
                "icon_tone": "bad",
                "title": strings.t("checks.due.refused"),
                "subtitle": str(change.meanwhile.get("unit", "")),
                "badge": strings.t("requests.refused"),
                "tone": "bad",
            }
            for change in self.parts.store.outbox()
            if change.kind == known.CHECK and change.state == REFUSED
        ]

    def _row(self, unit: Unit, now: datetime, begun: bool) -> dict[str, Any]:
        late = any(due.overdue for due in unit.open)
        first = min((due.until_at for due in unit.open), default=now)
        badge, tone, icon = strings.t("checks.due.open"), "info", "clock"
        if late:
            badge, tone, icon = strings.t("checks.due.late"), "bad", "alert"
        elif (first - now).total_seconds() < SOON_S:
            badge, tone, icon = strings.t("checks.due.soon"), "warn", "clock"
        if begun:
            badge, tone, icon = strings.t("checks.due.begun"), "warn", "edit"
        return {
            "key": unit.key,
            "icon": "car" if unit.key.startswith("kit:") else "devices",
            "icon_tone": tone,
            "title": unit.name,
            "subtitle": self._what(unit.open),
            "badge": badge,
            "badge_icon": icon,
            "tone": tone,
            "aside": strings.t("checks.due.until", when=strings.day_and_time(first, self.parts.zone, now))
            if unit.open
            else "",
        }

    def _done(self, unit: Unit, now: datetime) -> dict[str, Any]:
        last = max((due.done_at for due in unit.duties if due.done_at), default=now)
        return {
            "key": unit.key,
            "icon": "done",
            "icon_tone": "ok",
            "title": unit.name,
            "badge": strings.t("checks.due.is_done"),
            "badge_icon": "check",
            "tone": "ok",
            "aside": strings.ago(last, now, self.parts.zone),
            "plain": True,
        }

    def _what(self, duties: Sequence[Due]) -> str:
        kinds = dict.fromkeys(
            looks.template_name(self.known.templates[due.template])
            for due in duties
            if due.template in self.known.templates
        )
        return ", ".join(kinds)


def by_unit(on_phone: Known, duties: Sequence[Due]) -> list[Unit]:
    """Duties by unit, in the order of their most urgent one. What a person carries stands by itself."""
    found: dict[str, list[Due]] = {}
    for due in duties:
        found.setdefault(f"kit:{due.kit_id}" if due.kit_id else f"asset:{due.asset_id}", []).append(due)
    return [Unit(key, _name(on_phone, key), tuple(each)) for key, each in found.items()]


def _name(on_phone: Known, key: str) -> str:
    sort, _, id_ = key.partition(":")
    if sort == "kit":
        kit = on_phone.kits[UUID(id_)]
        return kit.code if kit.name in {"", kit.code} else f"{kit.code} · {kit.name}"
    thing = on_phone.things[UUID(id_)]
    return f"{thing.tag} · {thing.name or kinds.kind_words(thing.kind)}"
