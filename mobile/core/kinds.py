"""How kinds of things and how bad a fault is are called and look, the same on every screen. No toolkit."""

from collections.abc import Mapping
from typing import Any

from mobile.core import strings
from shared_models.assets import AssetKind, Severity

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
SEVERITY_TONES = {Severity.CRITICAL: "bad", Severity.MAJOR: "warn", Severity.MINOR: "info"}
WORST = (Severity.CRITICAL, Severity.MAJOR, Severity.MINOR)
"""From what is worst to what is least."""


def kind_of(value: Mapping[str, Any]) -> AssetKind:
    """Its kind; one that a newer server knows is `NEWER`."""
    word = value.get("kind", "")
    return AssetKind(word) if word in set(AssetKind) else AssetKind.NEWER


def kind_words(kind: AssetKind) -> str:
    """What sort of thing it is: "Portable radio"."""
    return strings.t(f"asset_kind.{kind.value}")


def kind_icon(kind: AssetKind) -> str:
    """The kit's icon for it."""
    return KIND_ICONS.get(kind, "package")


def severity_words(severity: Severity) -> str:
    """How bad a fault is: "Critical"."""
    return strings.t(f"fault_severity.{severity.value}")


def worst(severities: Any) -> Severity | None:
    """The worst of these; None for none."""
    there = set(severities)
    return next((one for one in WORST if one in there), None)
