"""How things, their states and faults are called and look: one answer for all screens. No toolkit."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from mobile.core import strings
from shared_models.assets import AssetState, FieldSpec, FieldType, Severity
from shared_models.faults import CLOSED, FaultState

STATE_TONES = {
    AssetState.STOCK: "ok",
    AssetState.IN_USE: "info",
    AssetState.OUT_OF_SERVICE: "bad",
    AssetState.REPAIR: "warn",
    AssetState.LOST: "bad",
}
SEVERITY_ICONS = {Severity.CRITICAL: "alert", Severity.MAJOR: "caution", Severity.MINOR: "info"}
FAULT_TONES = {
    FaultState.OPEN: "bad",
    FaultState.IN_REPAIR: "warn",
    FaultState.AWAY: "warn",
    FaultState.FIXED: "info",
    FaultState.CONFIRMED: "ok",
}
PIN = "#0A5AA8"


def state_of(value: Mapping[str, Any]) -> AssetState:
    """Where it is in its life; what a newer server says is `NEWER`."""
    word = value.get("state", "")
    return AssetState(word) if word in set(AssetState) else AssetState.NEWER


def state_words(state: AssetState) -> str:
    """Where it is in its life: "In use"."""
    return strings.t(f"asset_state.{state.value}")


def state_tone(state: AssetState) -> str:
    """The tone of that word's badge."""
    return STATE_TONES.get(state, "neutral")


def fault_words(state: FaultState) -> str:
    """How far a fault has come: "In repair"."""
    return strings.t(f"fault_state.{state.value}")


def fault_tone(state: FaultState) -> str:
    """The tone of that word's badge."""
    return FAULT_TONES.get(state, "neutral")


def is_open(value: Mapping[str, Any]) -> bool:
    """Whether there is still something to do about this fault."""
    return value.get("state") not in {state.value for state in CLOSED}


def label(spec: FieldSpec) -> str:
    """What a typed field is called, in the person's language."""
    return spec.label_es if strings.language() == "es" else spec.label_en


def field_words(spec: FieldSpec, value: Any) -> str:
    """A typed field's value as it is read; nothing for none."""
    if value in (None, ""):
        return ""
    if spec.type is FieldType.FLAG:
        return strings.t("thing.yes" if value else "thing.no")
    if spec.type is FieldType.PERCENT:
        return strings.t("thing.percent", count=value)
    if spec.type is FieldType.DATE:
        return day_words(value)
    return f"{value} {spec.unit}".strip()


def day_words(value: date | str) -> str:
    """A day that belongs to no time zone: "Nov 23, 2026"."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        return str(value)
    return strings.day(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), "UTC")


def called(value: Mapping[str, Any]) -> str:
    """Its tag, and its name where it has one: "WU-00412 · Engine 1 portable"."""
    return " · ".join(part for part in (value.get("tag", ""), value.get("name", "")) if part)


def whose(value: Mapping[str, Any]) -> str:
    """Who has it, which unit it belongs in, or where it is; the first of them that is known."""
    return str(value.get("holder") or value.get("unit") or value.get("place") or "")
