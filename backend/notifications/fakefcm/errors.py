"""How FCM says no: its error bodies, and the faults that a test may ask for.

Codes, statuses and texts: firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"

CODES: dict[str, tuple[int, str, str]] = {
    "INVALID_ARGUMENT": (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    "UNREGISTERED": (404, "NOT_FOUND", "Requested entity was not found."),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED", "SenderId mismatch"),
    "QUOTA_EXCEEDED": (
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute'.",
    ),
    "UNAVAILABLE": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "INTERNAL": (500, "INTERNAL", "Internal error encountered."),
    "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service"),
}


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()


class Silence(Enum):
    """The two ways of not answering: never, or by cutting the connection."""

    HANG = "HANG"
    DROP = "DROP"


Answer = Reply | Silence


@dataclass
class Fault:
    """What the next `times` messages to a target meet instead of success.

    `code` is one of `CODES`, or `HANG` (taken, never answered), `DROP` (taken and
    delivered, then the connection is cut) or `HTML` (the 502 page of a front end).
    `retry_after` is sent as that header, in seconds.
    """

    code: str
    times: int = 1_000_000_000
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES and self.code not in ("HANG", "DROP", "HTML"):
            raise ValueError(f"FCM knows no fault {self.code!r}")

    def reply(self) -> Answer:
        """The answer that a sender gets."""
        if self.code in Silence.__members__:
            return Silence[self.code]
        if self.code == "HTML":
            return Reply(502, b"<html><h1>502 Bad Gateway</h1></html>", "text/html")
        after = () if self.retry_after is None else (("retry-after", str(self.retry_after)),)
        return fcm_error(self.code, headers=after)


def answer(value: Any, status: int = 200) -> Reply:
    """A JSON answer."""
    return Reply(status, json.dumps(value).encode())


def rpc_error(
    status: int,
    name: str,
    message: str,
    details: Sequence[dict[str, Any]] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> Reply:
    """An error in Google's common form (google.rpc.Status as JSON)."""
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = list(details)
    return Reply(status, json.dumps({"error": error}).encode(), headers=headers)


def fcm_error(
    code: str, message: str = "", field: str = "", headers: tuple[tuple[str, str], ...] = ()
) -> Reply:
    """An error that carries FCM's own detail, which the SDK picks its exception by."""
    status, name, text = CODES[code]
    details: list[dict[str, Any]] = [{"@type": FCM_ERROR, "errorCode": code}]
    if field:
        details.append(violation(field, message or text))
    return rpc_error(status, name, message or text, details, headers)


def violation(field: str, text: str) -> dict[str, Any]:
    """The detail that names the field at fault."""
    return {"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": text}]}


class Violation(Exception):
    """A body that is refused with 400; `by_fcm` when it is FCM's rule, not the JSON layer's in front."""

    def __init__(self, field: str, text: str, *, by_fcm: bool = False) -> None:
        super().__init__(text)
        self.field, self.text, self.by_fcm = field, text, by_fcm

    def reply(self) -> Reply:
        """The answer that a sender gets: with FCM's detail only where FCM itself refused."""
        if self.by_fcm:
            return fcm_error("INVALID_ARGUMENT", self.text, self.field)
        return rpc_error(400, "INVALID_ARGUMENT", self.text, [violation(self.field, self.text)])
