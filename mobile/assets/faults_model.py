"""Faults: those that wait for the next user's word, those that are open, those that are over."""

from datetime import UTC, datetime
from textwrap import shorten
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile.assets import looks
from mobile.core import kinds, register, strings
from mobile.core.lazy import Lazy
from mobile.core.parts import Parts
from mobile.core.store import Seen
from shared_models.assets import Severity
from shared_models.faults import FaultState

MOST = 70
"""Letters of a row's title."""
SCOPES = ("open", "confirm", "all")


class FaultList(EventDispatcher):
    """Rows by unit, what is worst first within each."""

    rows = ObjectProperty(())
    empty = BooleanProperty(False)
    empty_title = StringProperty()
    empty_text = StringProperty()
    count_text = StringProperty()
    scope = StringProperty("open")
    scopes = ListProperty()
    scope_text = StringProperty()
    unit = StringProperty()  # its code; empty for all
    unit_text = StringProperty()
    units = ListProperty()
    chosen = StringProperty()

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(scope=self._narrow, unit=self._narrow)

    def _narrow(self, *_: object) -> None:
        self.load()

    def load(self) -> None:
        """Read the store anew."""
        seen = register.faults(self.parts.store)
        self.scopes = [{"key": key, "text": strings.t(f"faults.scope.{key}")} for key in SCOPES]
        self.scope_text = strings.t(f"faults.scope.{self.scope}")
        units = sorted({one.value["unit"] for one in seen if one.value.get("unit")} | ({self.unit} - {""}))
        self.units = [
            {"key": "", "title": strings.t("faults.any_unit")},
            *({"key": unit, "title": unit} for unit in units),
        ]
        self.unit_text = self.unit or strings.t("faults.unit")
        fit = [one for one in seen if self._fits(one)]
        groups: dict[str, list[Seen]] = {}
        for one in sorted(fit, key=rank):
            groups.setdefault(str(one.value.get("unit") or ""), []).append(one)
        made: list[Any] = []
        for unit in sorted(groups, key=lambda unit: (not unit, unit)):
            made += [
                strings.t("faults.of_unit", unit=unit) if unit else strings.t("faults.no_unit"),
                *groups[unit],
            ]
        now = datetime.now(UTC)
        self.rows = Lazy(len(made), lambda at: self._row(made[at], now))
        self.empty = not fit
        self.count_text = strings.t("faults.count", count=len(fit))
        self.empty_title = strings.t(f"faults.empty.{self.scope}.title")
        self.empty_text = strings.t(f"faults.empty.{self.scope}.text")

    def _fits(self, one: Seen) -> bool:
        if one.refused is not None:
            return True
        state = one.value.get("state")
        scope = (
            self.scope == "all"
            or (self.scope == "confirm" and state == FaultState.FIXED.value)
            or (self.scope == "open" and looks.is_open(one.value))
        )
        return scope and self.unit in ("", one.value.get("unit"))

    def _row(self, one: Seen | str, now: datetime) -> dict[str, Any]:
        if isinstance(one, str):
            return {"heading": True, "title": one}
        value = one.value
        severity, state = severity_of(value), state_of(value)
        opened = strings.ago(datetime.fromisoformat(str(value["reported_at"])), now, self.parts.zone)
        return {
            "key": str(one.id),
            "icon": looks.SEVERITY_ICONS.get(severity, "info"),
            "icon_tone": kinds.SEVERITY_TONES.get(severity, "neutral") if looks.is_open(value) else "neutral",
            "title": shorten(f"{value['tag']}: {value['words']}", MOST, placeholder=" …"),
            "subtitle": " · ".join(
                part for part in (kinds.severity_words(severity), value.get("number")) if part
            ),
            "badge": strings.t("things.refused") if one.refused else looks.fault_words(state),
            "tone": "bad" if one.refused else looks.fault_tone(state),
            "badge_icon": "refused" if one.refused else "waiting" if one.waits else "",
            "aside": opened,
        }


def severity_of(value: Any) -> Severity:
    """How bad; what a newer server says is `NEWER`."""
    word = value.get("severity", "")
    return Severity(word) if word in set(Severity) else Severity.NEWER


def state_of(value: Any) -> FaultState:
    """How far; what a newer server says is `NEWER`."""
    word = value.get("state", "")
    return FaultState(word) if word in set(FaultState) else FaultState.NEWER


def rank(one: Seen) -> tuple[bool, int]:
    """What was refused first, then the worst; among equals the newest stays first."""
    severity = severity_of(one.value)
    worst = kinds.WORST.index(severity) if severity in kinds.WORST else len(kinds.WORST)
    return (one.refused is None, worst)
