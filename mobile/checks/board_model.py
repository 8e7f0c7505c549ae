"""What can roll now: every unit that one may see, reds first, with why and since when, and how old all that is."""

from datetime import UTC, datetime, timedelta
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from mobile.checks import looks
from mobile.core import strings
from mobile.core.parts import Parts
from mobile.core.store import Store
from shared_models.checks import Level, Readiness

KIND = "readiness"
ORDER = (Level.RED, Level.AMBER, Level.NEWER, Level.GREEN)
STALE = timedelta(seconds=30)
"""Two polls: what nobody confirmed for that long may be otherwise by now."""


class Board(EventDispatcher):
    """`rows` for a list, `tiles` for a wall; `green`, `amber`, `red` count, `rolls` says the answer in words."""

    rows = ListProperty()
    tiles = ListProperty()
    green = NumericProperty(0)
    amber = NumericProperty(0)
    red = NumericProperty(0)
    rolls = StringProperty()
    counts = StringProperty()
    department = StringProperty()  # its code; empty for all
    department_text = StringProperty()
    departments = ListProperty()
    as_of = StringProperty()
    stale = BooleanProperty(False)
    clock = StringProperty()
    chosen = StringProperty()
    empty = BooleanProperty(False)
    loaded = BooleanProperty(False)
    counted = BooleanProperty(
        False
    )  # the counts stand in the list, where a small screen has no room above it

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self._tiles: list[dict[str, Any]] = []
        super().__init__(**kwargs)

    def on_counted(self, *_: object) -> None:
        """Lay it out anew."""
        if self.loaded:
            self.load()

    def on_stale(self, *_: object) -> None:
        """What nobody confirms loses its colour on the wall."""
        self.tiles = [self._grey(one) for one in self._tiles]

    def on_department(self, *_: object) -> None:
        """Show that one's."""
        if self.loaded:
            self.load()

    def load(self, now: datetime | None = None) -> None:
        """Take over what is on this phone."""
        now = now or datetime.now(UTC)
        units = all_units(self.parts.store)
        codes = sorted({unit.department for unit in units}, key=self.parts.department)
        if self.department not in codes:
            self.department = ""
        self.departments = [
            {"key": "", "title": strings.t("checks.board.all")},
            *({"key": code, "title": self.parts.department(code)} for code in codes),
        ]
        self.department_text = (
            "" if len(codes) < 2 else self.parts.department(self.department) if self.department  # noqa: PLR2004
            else strings.t("checks.board.department")
        )  # fmt: skip
        shown = [unit for unit in units if self.department in {"", unit.department}]
        shown.sort(
            key=lambda unit: (
                ORDER.index(unit.level),
                unit.since_at if unit.level is not Level.GREEN else now,
                unit.unit,
            )
        )
        levels = [unit.level for unit in shown]
        self.green, self.amber, self.red = (
            levels.count(one) for one in (Level.GREEN, Level.AMBER, Level.RED)
        )
        self.rolls = strings.t("checks.board.roll", count=self.green + self.amber)
        self.counts = strings.t("checks.board.counts", green=self.green, amber=self.amber, red=self.red)
        self.tick(now)
        first = {"key": "", "icon": "car", "title": self.rolls, "subtitle": self.counts, "chevron": False}
        self.rows = [*([first] if self.counted else []), *(self._row(unit, now) for unit in shown)]
        self._tiles = [tile(unit, now, self.parts.zone) for unit in shown]
        self.tiles = [self._grey(one) for one in self._tiles]
        self.empty = not shown
        self.loaded = True

    def tick(self, now: datetime | None = None) -> None:
        """Say how late it is, and how old what is shown."""
        now = now or datetime.now(UTC)
        sync, zone = self.parts.sync, self.parts.zone
        live = sync.told and sync.state.online is not False
        at = now if live else sync.state.synced_at
        self.stale = at is None or now - at > STALE
        time = strings.clock_time(at, zone) if at else strings.t("dates.past", span="…")
        self.as_of = strings.t("checks.board.stale" if self.stale else "checks.board.as_of", time=time)
        self.clock = strings.clock_time(now, zone)

    def _grey(self, one: dict[str, Any]) -> dict[str, Any]:
        return one | {"tone": "neutral"} if self.stale else one

    def _row(self, unit: Readiness, now: datetime) -> dict[str, Any]:
        return {
            "key": str(unit.id),
            "icon": looks.LEVEL_ICONS.get(unit.level, "info"),
            "title": unit.unit if unit.name in {"", unit.unit} else f"{unit.unit} · {unit.name}",
            "subtitle": why(unit),
            "aside": looks.since(unit.since_at, now, self.parts.zone),
            **looks.level_row(unit.level),
        }


def all_units(store: Store) -> list[Readiness]:
    """The readiness of all units on the phone."""
    return [Readiness.read(seen.value) for seen in store.view(KIND) if "level" in seen.value]


def why(unit: Readiness) -> str:
    """All reasons in a line, the worst first."""
    ranked = sorted(unit.reasons, key=lambda one: ORDER.index(one.level))
    return looks.sentence("; ".join(looks.reason_word(one) for one in ranked)) or (
        strings.t("checks.board.ok") if unit.level is Level.GREEN else ""
    )


def tile(unit: Readiness, now: datetime, zone: str) -> dict[str, Any]:
    """One unit on a wall: its name, its colour with sign and word, the worst reason, since when."""
    said = looks.level_row(unit.level)
    return {
        "key": str(unit.id),
        "unit": unit.unit,
        "word": said["badge"],
        "icon": said["badge_icon"],
        "tone": said["tone"],
        "reason": why(unit) if unit.level is not Level.GREEN else "",
        "since": looks.since(unit.since_at, now, zone),
    }
