"""Every field that a messages:send body may have, and the type of each.

This is what the JSON layer in front of FCM checks before FCM sees a message:
an unknown name, a number where a string belongs or a malformed duration is a 400.
Source: firebase.google.com/docs/reference/fcm/rest/v1/projects.messages. The table
is whole for what firebase-admin can send; `androidV2`, which it cannot, is unknown here.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from .errors import Violation

Spec = str | frozenset[str]


def _one_of(*names: str) -> frozenset[str]:
    return frozenset(names)


# A type is a message of this table, a word of _PLAIN, "map" (strings to strings), "struct"
# (any JSON object), one of these with [] for a list, or the set of an enumeration's names.
TYPES: dict[str, dict[str, Spec]] = {
    "SendMessageRequest": {"message": "Message", "validateOnly": "bool"},
    "Message": {
        "name": "string",
        "data": "map",
        "notification": "Notification",
        "android": "AndroidConfig",
        "webpush": "WebpushConfig",
        "apns": "ApnsConfig",
        "fcmOptions": "FcmOptions",
        "token": "string",
        "fid": "string",
        "topic": "string",
        "condition": "string",
    },
    "Notification": {"title": "string", "body": "string", "image": "string"},
    "FcmOptions": {"analyticsLabel": "string"},
    "AndroidConfig": {
        "collapseKey": "string",
        "priority": _one_of("NORMAL", "HIGH"),
        "ttl": "duration",
        "restrictedPackageName": "string",
        "data": "map",
        "notification": "AndroidNotification",
        "fcmOptions": "FcmOptions",
        "directBootOk": "bool",
        "bandwidthConstrainedOk": "bool",
        "restrictedSatelliteOk": "bool",
    },
    "AndroidNotification": {
        "title": "string",
        "body": "string",
        "icon": "string",
        "color": "string",
        "sound": "string",
        "tag": "string",
        "clickAction": "string",
        "bodyLocKey": "string",
        "bodyLocArgs": "string[]",
        "titleLocKey": "string",
        "titleLocArgs": "string[]",
        "channelId": "string",
        "ticker": "string",
        "sticky": "bool",
        "eventTime": "timestamp",
        "localOnly": "bool",
        "notificationPriority": _one_of(
            "PRIORITY_UNSPECIFIED",
            "PRIORITY_MIN",
            "PRIORITY_LOW",
            "PRIORITY_DEFAULT",
            "PRIORITY_HIGH",
            "PRIORITY_MAX",
        ),
        "defaultSound": "bool",
        "defaultVibrateTimings": "bool",
        "defaultLightSettings": "bool",
        "vibrateTimings": "duration[]",
        "visibility": _one_of("VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET"),
        "notificationCount": "integer",
        "lightSettings": "LightSettings",
        "image": "string",
        "bypassProxyNotification": "bool",
        "proxy": _one_of("PROXY_UNSPECIFIED", "ALLOW", "DENY", "IF_PRIORITY_LOWERED"),
    },
    "LightSettings": {"color": "Color", "lightOnDuration": "duration", "lightOffDuration": "duration"},
    "Color": {"red": "number", "green": "number", "blue": "number", "alpha": "number"},
    "ApnsConfig": {
        "headers": "map",
        "payload": "struct",
        "fcmOptions": "ApnsFcmOptions",
        "liveActivityToken": "string",
    },
    "ApnsFcmOptions": {"analyticsLabel": "string", "image": "string"},
    "WebpushConfig": {
        "headers": "map",
        "data": "map",
        "notification": "struct",
        "fcmOptions": "WebpushFcmOptions",
    },
    "WebpushFcmOptions": {"link": "string", "analyticsLabel": "string"},
}

_INTEGER = re.compile(r"-?\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_DURATION = re.compile(r"-?\d{1,12}(\.\d{1,9})?s")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


def _digits(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: not isinstance(value, bool) and pattern.fullmatch(str(value)) is not None


def _text(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


# word -> (Google's name for the type in its complaint, what passes)
_PLAIN: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "string": ("TYPE_STRING", lambda value: isinstance(value, str)),
    "bool": ("TYPE_BOOL", lambda value: isinstance(value, bool)),
    "integer": ("TYPE_INT32", _digits(_INTEGER)),
    "number": ("TYPE_FLOAT", _digits(_NUMBER)),
    "duration": ("type.googleapis.com/google.protobuf.Duration", _text(_DURATION)),
    "timestamp": ("type.googleapis.com/google.protobuf.Timestamp", _text(_TIMESTAMP)),
    "struct": ("type.googleapis.com/google.protobuf.Struct", lambda value: isinstance(value, dict)),
}


def checked(value: Any, spec: Spec = "SendMessageRequest", path: str = "") -> Any:
    """The value with every field's name in lowerCamelCase; raises `Violation` as Google's JSON layer refuses."""
    if isinstance(spec, frozenset):
        if not isinstance(value, str) or value.upper() not in spec:
            raise _invalid(path, "TYPE_ENUM", value)
        return value.upper()
    if spec.endswith("[]"):
        if not isinstance(value, list):
            raise Violation(path, f"Invalid value at '{path}', expected a list")
        return [checked(item, spec[:-2], f"{path}[{n}]") for n, item in enumerate(value)]
    if spec == "map":
        if not isinstance(value, dict):
            raise Violation(path, f"Invalid value at '{path}', expected an object")
        return {k: checked(v, "string", f"{path}[{n}].value") for n, (k, v) in enumerate(value.items())}
    if spec in TYPES:
        return _message(value, spec, path)
    name, passes = _PLAIN[spec]
    if not passes(value):
        raise _invalid(path, name, value)
    return value


def _message(value: Any, spec: str, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Violation(path, f"Invalid value at '{path}', expected an object")
    known, result = TYPES[spec], {}
    for written, inner in value.items():
        name = _camel(written)
        if name not in known:
            where = f" at '{path}'" if path else ""
            text = f'Invalid JSON payload received. Unknown name "{written}"{where}: Cannot find field.'
            raise Violation(path, text)
        result[name] = checked(inner, known[name], f"{path}.{written}" if path else written)
    return result


def _invalid(path: str, type_name: str, value: Any) -> Violation:
    return Violation(path, f"Invalid value at '{path}' ({type_name}), {json.dumps(value)}")


def _camel(name: str) -> str:
    """Protocol buffers read `collapse_key` and `collapseKey` as the same field."""
    head, *tail = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)
