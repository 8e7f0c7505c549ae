"""How things, their states and faults are called and look: one answer for all screens. No toolkit."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from mobile.core import strings
from shared_models.assets import AssetKind, AssetState, FieldSpec, FieldType, Severity
from shared_models.faults import CLOSED, FaultState

KIND_ICONS = {
    AssetKind.MDT: "laptop",
    AssetKind.PORTABLE_RADIO: "radio",
    AssetKind.MOBILE_RADIO: "radio_fixed",
    AssetKind.BODY_CAMERA: "body_camera",
    AssetKind.DASH_CAMERA: "dash_camera",
    AssetKind.DOCK: "download",
    AssetKind.BATTERY: "battery",
    AssetKind.VEHICLE: "car",
    AssetKind.COMPUTER: "computer",
    AssetKind.SERVER: "server",
    AssetKind.NETWORK: "network",
    AssetKind.PHONE: "phone",
    AssetKind.TABLET: "tablet",
    AssetKind.DOOR_READER: "door",
    AssetKind.SURVEILLANCE_CAMERA: "cctv",
    AssetKind.PANIC_BUTTON: "siren",
    AssetKind.UPS: "power",
    AssetKind.SOFTWARE: "software",
}
STATE_TONES = {
    AssetState.STOCK: "ok",
    AssetState.IN_USE: "info",
    AssetState.OUT_OF_SERVICE: "bad",
    AssetState.REPAIR: "warn",
    AssetState.LOST: "bad",
}
SEVERITY_TONES = {Severity.CRITICAL: "bad", Severity.MAJOR: "warn", Severity.MINOR: "info"}
SEVERITY_ICONS = {Severity.CRITICAL: "alert", Severity.MAJOR: "caution", Severity.MINOR: "info"}
WORST = (Severity.CRITICAL, Severity.MAJOR, Severity.MINOR)
"""From what is worst to what is least."""
FAULT_TONES = {
    FaultState.OPEN: "bad",
    FaultState.IN_REPAIR: "warn",
    FaultState.AWAY: "warn",
    FaultState.FIXED: "info",
    FaultState.CONFIRMED: "ok",
}
PIN = "#0A5AA8"


def kind_of(value: Mapping[str, Any]) -> AssetKind:
    """Its kind; one that a newer server knows is `NEWER`."""
    word = value.get("kind", "")
    return AssetKind(word) if word in set(AssetKind) else AssetKind.NEWER


def state_of(value: Mapping[str, Any]) -> AssetState:
    """Where it is in its life; what a newer server says is `NEWER`."""
    word = value.get("state", "")
    return AssetState(word) if word in set(AssetState) else AssetState.NEWER


def kind_words(kind: AssetKind) -> str:
    """What sort of thing it is: "Portable radio"."""
    return strings.t(f"asset_kind.{kind.value}")


def kind_icon(kind: AssetKind) -> str:
    """The kit's icon for it."""
    return KIND_ICONS.get(kind, "package")


def state_words(state: AssetState) -> str:
    """Where it is in its life: "In use"."""
    return strings.t(f"asset_state.{state.value}")


def state_tone(state: AssetState) -> str:
    """The tone of that word's badge."""
    return STATE_TONES.get(state, "neutral")


def severity_words(severity: Severity) -> str:
    """How bad a fault is: "Critical"."""
    return strings.t(f"fault_severity.{severity.value}")


def fault_words(state: FaultState) -> str:
    """How far a fault has come: "In repair"."""
    return strings.t(f"fault_state.{state.value}")


def fault_tone(state: FaultState) -> str:
    """The tone of that word's badge."""
    return FAULT_TONES.get(state, "neutral")


def is_open(value: Mapping[str, Any]) -> bool:
    """Whether there is still something to do about this fault."""
    return value.get("state") not in {state.value for state in CLOSED}


def worst(severities: Any) -> Severity | None:
    """The worst of these; None for none."""
    there = set(severities)
    return next((one for one in WORST if one in there), None)


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
