"""One unit: why it is what it is, what belongs in it, its faults, its last checks; and how its batteries fare."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from mobile.checks import board_model, history_model, looks, run_rows
from mobile.checks.known import Reader
from mobile.core import kinds, strings
from mobile.core.api import Answer
from mobile.core.parts import Parts
from mobile.core.register import FAULT
from shared_models.assets import Asset, AssetKind
from shared_models.checks import Readiness, Repeats, Trend
from shared_models.faults import CLOSED, Fault
from shared_models.kits import Kit
from shared_models.permissions import Permission

LAST = 3
DAYS = 90
BATTERIED = (
    AssetKind.BODY_CAMERA,
    AssetKind.PORTABLE_RADIO,
    AssetKind.MDT,
    AssetKind.PHONE,
    AssetKind.TABLET,
    AssetKind.BATTERY,
)
"""Kinds with a battery that wears out, those first that hang on it most."""
TRENDS, REPEATS = "/v1/checks/trend", "/v1/checks/repeats"


class UnitView(EventDispatcher):
    """What is shown of a unit. `state`: `shown` or `gone`."""

    state = StringProperty("gone")
    title = StringProperty()
    department = StringProperty()
    level = StringProperty()
    icon = StringProperty("info")
    tone = StringProperty("neutral")
    since = StringProperty()
    checked = StringProperty()
    reasons = ListProperty()
    slots = ListProperty()
    faults = ListProperty()
    checks = ListProperty()
    may_do = BooleanProperty(False)
    plotted = StringProperty()  # of which thing the plot is
    plot = ListProperty()  # (time, percent)
    slope = StringProperty()
    trend_text = StringProperty()
    repeats = ListProperty()
    repeats_shown = BooleanProperty(False)
    asked = NumericProperty(0)
    zone = StringProperty("UTC")

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.reader = Reader()
        self.id = UUID(int=0)
        super().__init__(**kwargs)

    def show(self, id_: UUID) -> None:
        """Show this one, and ask how its batteries fare."""
        self.id, self.zone = id_, self.parts.zone
        self.plot, self.slope, self.plotted, self.trend_text, self.repeats = [], "", "", "", []
        self.repeats_shown = False
        self.load()
        if self.state == "shown":
            self.ask_trend()

    def load(self, now: datetime | None = None) -> None:
        """Take over what is on this phone."""
        now = now or datetime.now(UTC)
        store = self.parts.store
        kit = self.reader.known(store).kits.get(self.id)
        seen = store.one(board_model.KIND, self.id)
        ready = Readiness.read(seen.value) if seen is not None and "level" in seen.value else None
        if kit is None and ready is None:
            self.state = "gone"
            return
        self.may_do = kit is not None and self.parts.may(Permission.CHECK_DO)
        self.title = kit.code if kit else ready.unit if ready else ""
        self._ready(ready, now)
        self.slots = self._slots(kit) if kit else []
        self.faults = [self._fault(one, now) for one in self._open_faults()]
        found = history_model.checks_of(store, self.id)
        self.checks = [history_model.row(one, now, self.parts.zone) for one in found[:LAST]]
        self.state = "shown"

    def _ready(self, ready: Readiness | None, now: datetime) -> None:
        zone = self.parts.zone
        if ready is None:
            self.level, self.icon, self.tone, self.since = "", "info", "neutral", ""
            self.reasons, self.checked, self.department = [], "", ""
            return
        said = looks.level_row(ready.level)
        self.level, self.icon, self.tone = said["badge"], said["badge_icon"], said["tone"]
        self.since = looks.since(ready.since_at, now, zone)
        self.department = self.parts.department(ready.department)
        when = strings.ago(ready.checked_at, now, zone) if ready.checked_at else ""
        self.checked = (
            strings.t("checks.unit.checked", when=when, name=ready.checked_by)
            if when
            else strings.t("checks.unit.never")
        )
        ranked = sorted(ready.reasons, key=lambda one: board_model.ORDER.index(one.level))
        self.reasons = [
            {
                "key": f"{place}",
                "icon": looks.LEVEL_ICONS.get(one.level, "info"),
                "icon_tone": looks.LEVEL_TONES.get(one.level, "neutral"),
                "title": looks.sentence(looks.reason_word(one)),
                "aside": looks.since(one.since_at, now, zone),
                "chevron": False,
            }
            for place, one in enumerate(ranked)
        ]

    def _slots(self, kit: Kit) -> list[dict[str, Any]]:
        on_phone = self.reader.known(self.parts.store)
        rows = []
        for slot in kit.slots:
            thing = on_phone.things.get(slot.asset_id) if slot.asset_id else None
            worst = thing.worst_fault if thing else None
            row = {
                "key": str(slot.id),
                "icon": kinds.kind_icon(slot.kind),
                "title": slot.name,
                "subtitle": run_rows.called(thing) or strings.t("checks.unit.no_slot"),
                "chevron": False,
            }
            if worst is not None:
                tone = kinds.SEVERITY_TONES.get(worst, "warn")
                row |= {
                    "badge": kinds.severity_words(worst),
                    "badge_icon": "alert",
                    "tone": tone,
                    "icon_tone": tone,
                }
            rows.append(row)
        return rows

    def _open_faults(self) -> list[Fault]:
        found: Iterable[Fault] = (
            Fault.read(seen.value)
            for seen in self.parts.store.view(FAULT, mentioning=self.id)
            if "severity" in seen.value and seen.value.get("kit_id") == str(self.id)
        )
        return sorted(
            (one for one in found if one.state not in CLOSED), key=lambda one: one.reported_at, reverse=True
        )

    def _fault(self, one: Fault, now: datetime) -> dict[str, Any]:
        tone = kinds.SEVERITY_TONES.get(one.severity, "warn")
        return {
            "key": str(one.id), "icon": "tools", "icon_tone": tone, "title": f"{one.number} · {one.tag}", "subtitle": one.words,
            "badge": kinds.severity_words(one.severity), "badge_icon": "alert", "tone": tone,
            "aside": strings.ago(one.reported_at, now, self.parts.zone),
        }  # fmt: skip

    # ── what the city knows of batteries and models ──────────────────────────────────────────────────────

    def battery_thing(self) -> Asset | None:
        """The thing of this unit whose battery tells most."""
        on_phone = self.reader.known(self.parts.store)
        kit = on_phone.kits.get(self.id)
        members = [one for one in on_phone.members(kit) if one.kind in BATTERIED] if kit else []
        return min(members, key=lambda one: (BATTERIED.index(one.kind), one.tag), default=None)

    def ask_trend(self) -> None:
        """Ask for the plot and for models that fail again; without signal that is said."""
        thing = self.battery_thing()
        if thing is None:
            self.trend_text = strings.t("checks.unit.trend_none")
            return
        self.asked += 1
        turn, sync = self.asked, self.parts.sync
        query = urlencode({"asset_id": str(thing.id), "line": "battery", "days": DAYS})

        def work() -> tuple[Answer, Answer]:
            return (
                sync.call("GET", f"{TRENDS}?{query}"),
                sync.call("GET", f"{REPEATS}?{urlencode({'days': DAYS})}"),
            )

        def heard(answers: tuple[Answer, Answer]) -> None:
            if turn == self.asked:
                self._heard(thing, *answers)

        self.parts.tasks.run(work, heard, lambda _: self._offline(turn))

    def _offline(self, turn: int) -> None:
        if turn == self.asked:
            self.trend_text = strings.t("checks.unit.trend_offline")

    def _heard(self, thing: Asset, told: Answer, repeats: Answer) -> None:
        if told.ok:
            self.take_trend(thing, Trend.read(told.data))
        else:
            self.trend_text = strings.t("checks.unit.trend_offline")
        if repeats.ok:
            self.take_repeats(Repeats.read(repeats.data))

    def take_trend(self, thing: Asset, trend: Trend) -> None:
        """Show this plot."""
        self.plotted = f"{kinds.kind_words(thing.kind)} {run_rows.called(thing)}"
        few = len(trend.points) < 2  # noqa: PLR2004 - a line has two ends
        self.plot = [] if few else [(one.at, one.value) for one in trend.points]
        self.trend_text = strings.t("checks.unit.trend_none") if few else ""
        self.slope = (
            strings.t("checks.unit.trend_slope", slope=f"{trend.slope:+.1f}")
            if trend.slope is not None and not few
            else ""
        )

    def take_repeats(self, told: Repeats) -> None:
        """Show which models fail again."""
        self.repeats = [
            {
                "key": str(place),
                "icon": kinds.kind_icon(one.kind),
                "title": f"{one.make} {one.model}".strip() or kinds.kind_words(one.kind),
                "subtitle": strings.t(
                    "checks.unit.repeat", faults=one.faults, things=one.things, repeated=one.repeated
                ),
                "chevron": False,
            }
            for place, one in enumerate(told.items)
            if one.repeated
        ][:5]
        self.repeats_shown = True
