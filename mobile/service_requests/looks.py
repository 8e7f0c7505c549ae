"""How the things of service requests are called and look: one answer for all screens. No toolkit."""

from mobile.core import strings
from shared_models.service_requests import (
    CloseReason,
    EntryKind,
    RequestEntry,
    RequestType,
    ServiceRequest,
    StaffEntry,
    Status,
)

TONES = {
    Status.RECEIVED: "info",
    Status.ASSIGNED: "neutral",
    Status.IN_PROGRESS: "warn",
    Status.CLOSED: "ok",
    Status.NEWER: "neutral",
}
PINS = {
    Status.RECEIVED: "#0A5AA8",
    Status.ASSIGNED: "#6B3FA0",
    Status.IN_PROGRESS: "#A85400",
    Status.CLOSED: "#2F6B4A",
    Status.NEWER: "#50606F",
}
"""Colours on a map, by day and by night; a white sign reads on each."""
GROUPS = {
    "streets": "road",
    "waste": "trash",
    "trees": "tree",
    "water": "water",
    "utilities": "light",
    "animals": "dog",
    "safety": "caution",
    "city": "building",
}
ENTRY_TONES = {
    EntryKind.OPENED: "info",
    EntryKind.CLOSED: "ok",
    EntryKind.ANSWERED: "ok",
    EntryKind.REOPENED: "warn",
    EntryKind.MOVED: "warn",
}
FIRST_WORDS = 80
"""Letters of what somebody wrote that a line of a list shows."""


def status_words(status: Status) -> str:
    """How far it has come: "In progress"."""
    return strings.t(f"request_status.{status.value}")


def status_tone(status: Status) -> str:
    """The tone of that word's badge."""
    return TONES[status]


def pin_colour(status: Status) -> str:
    """The colour of its mark on a map: "#0A5AA8"."""
    return PINS[status]


def reason_words(reason: CloseReason) -> str:
    """Why it was closed: "Nothing was found"."""
    return strings.t(f"close_reason.{reason.value}")


def end_words(request: ServiceRequest) -> str:
    """Its status, and for a closed one the reason: "Closed: Fixed"."""
    if request.status is Status.CLOSED and request.close_reason is not None:
        return strings.t("request_status.closed_as", reason=reason_words(request.close_reason))
    return status_words(request.status)


def end_tone(request: ServiceRequest) -> str:
    """The tone of those words: only what was fixed is good news."""
    if request.status is Status.CLOSED and request.close_reason is not CloseReason.FIXED:
        return "neutral"
    return status_tone(request.status)


def type_name(kind: RequestType | None, code: str = "") -> str:
    """The type's name in the person's language; one that is no longer offered by its code, made readable."""
    if kind is None:
        return code.replace("-", " ").capitalize()
    return kind.name_es if strings.language() == "es" else kind.name_en


def group_name(kind: RequestType) -> str:
    """The name of the group that it is listed under."""
    return kind.group_es if strings.language() == "es" else kind.group_en


def group_icon(group_code: str) -> str:
    """The kit's icon for a group of types; a tag for one that we don't know."""
    return GROUPS.get(group_code, "tag")


def entry_title(entry: RequestEntry, department: str) -> str:
    """What a line of the history tells, in a few words; `department` is the name of the one that it names."""
    if entry.kind is EntryKind.CLOSED and entry.close_reason is not None:
        return strings.t("request_entry.closed", reason=reason_words(entry.close_reason))
    if entry.kind is EntryKind.MOVED:
        return strings.t(f"request_entry.moved.{entry.status.value}")
    if entry.kind is EntryKind.NOTE and isinstance(entry, StaffEntry):
        return strings.t("request_entry.public_note" if entry.public else "request_entry.internal_note")
    return strings.t(f"request_entry.{entry.kind.value}", department=department)


def entry_tone(entry: RequestEntry) -> str:
    """The tone of that line's dot."""
    return ENTRY_TONES.get(entry.kind, "neutral")


def first_words(text: str) -> str:
    """The beginning of somebody's words, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= FIRST_WORDS else line[:FIRST_WORDS].rsplit(" ", 1)[0] + "…"
