"""What FCM itself refuses in a message whose fields are all of the right type.

Sources: the reference of projects.messages and of ErrorCode; about-fcm-messages (sizes,
reserved names). Google publishes no formula for the size: here the names and values, in
UTF-8, of what a device is handed.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from . import fields, topics
from .errors import Violation

MAX_PAYLOAD, MAX_TOPIC_PAYLOAD = 4096, 2048  # bytes
MAX_TTL = 2_419_200  # seconds, four weeks
TARGETS = ("fid", "token", "topic", "condition")

_TOKEN = re.compile(r"[A-Za-z0-9_\-:.]{8,4096}")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LABEL = re.compile(r"[a-zA-Z0-9\-_.~%]{1,50}")


@dataclass(frozen=True)
class Order:
    """One message that FCM would take: names in lowerCamelCase, exactly one kind of target."""

    message: dict[str, Any]
    kind: str
    target: str
    dry_run: bool


def read(body: Any) -> Order:
    """Read a messages:send body; raises `Violation` with Google's words."""
    request = fields.checked(body)
    message: dict[str, Any] = request.get("message") or {}
    if not message:
        raise _refused("message", "Message must not be empty.")
    if "name" in message:
        raise _refused("message.name", "The name is output only.")
    kind = _target(message)
    _check_target(kind, message[kind])
    _check_data(message)
    _check_android(message.get("android", {}))
    _check_apns(message)
    for place in ("", "android", "apns", "webpush"):
        options = (message.get(place, {}) if place else message).get("fcmOptions", {})
        if "analyticsLabel" in options and not _LABEL.fullmatch(options["analyticsLabel"]):
            raise _refused("message.fcm_options", "Invalid analytics label")
    limit = MAX_TOPIC_PAYLOAD if kind in ("topic", "condition") else MAX_PAYLOAD
    if (size := payload_size(message)) > limit:
        raise _refused("message", f"Android message is too big ({size} > {limit})")
    return Order(message, kind, message[kind], bool(request.get("validateOnly")))


def payload_size(message: dict[str, Any]) -> int:
    """Bytes of names and values that an Android device is handed, the platform's own over the common ones."""
    android = message.get("android", {})
    notice = {**message.get("notification", {}), **android.get("notification", {})}
    return _bytes(android.get("data", message.get("data", {}))) + _bytes(notice)


def _bytes(value: Any) -> int:
    if isinstance(value, dict):
        return sum(len(name.encode()) + _bytes(inner) for name, inner in value.items())
    if isinstance(value, list):
        return sum(_bytes(inner) for inner in value)
    return len(str(value).encode())


def _target(message: dict[str, Any]) -> str:
    given = [kind for kind in TARGETS if message.get(kind)]
    if not given:
        raise _refused("message", "Recipient of the message is not set.")
    if len(given) > 1:
        text = "Invalid JSON payload received. 'message' oneof field 'target' is already set."
        raise Violation("message", text)
    return given[0]


def _check_target(kind: str, target: str) -> None:
    if kind == "topic" and not topics.NAME.fullmatch(target):
        raise _refused("message.topic", "Malformed topic name")
    if kind == "condition" and topics.parse(target) is None:
        raise _refused("message.condition", "Invalid condition expression provided.")
    if kind in ("token", "fid") and not _TOKEN.fullmatch(target):
        text = "The registration token is not a valid FCM registration token"
        raise _refused(f"message.{kind}", text)


def _check_data(message: dict[str, Any]) -> None:
    for place in ("message", "message.android", "message.webpush"):
        holder = message if place == "message" else message.get(place.removeprefix("message."), {})
        for name in holder.get("data", {}):
            if name in ("from", "message_type", "gcm", "google") or name.startswith(("google.", "gcm.")):
                raise _refused(f"{place}.data", f"Invalid data payload key: {name}")


def _check_android(android: dict[str, Any]) -> None:
    if not 0 <= float(android.get("ttl", "0s")[:-1]) <= MAX_TTL:
        text = f"Invalid TTL: must be between 0 and {MAX_TTL} seconds"
        raise _refused("message.android.ttl", text)
    color = android.get("notification", {}).get("color")
    if color and not _COLOR.fullmatch(color):
        raise _refused("message.android.notification.color", "Invalid color")


def _check_apns(message: dict[str, Any]) -> None:
    apns = message.get("apns", {})
    payload = apns.get("payload", {})
    aps = payload.get("aps", {})
    if not isinstance(aps, dict):
        raise _refused("message.apns.payload", "Invalid 'aps' in APNS payload")
    shown = message.get("notification") or aps.get("alert") or aps.get("sound")
    urgent = apns.get("headers", {}).get("apns-priority") == "10"
    if aps.get("content-available") and urgent and not shown:
        raise _refused("message.apns.headers", "apns-priority 10 with a background message")
    if len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()) > MAX_PAYLOAD:
        raise _refused("message.apns.payload", "APNS payload is too big")


def _refused(field: str, text: str) -> Violation:
    return Violation(field, text, by_fcm=True)
