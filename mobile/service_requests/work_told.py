"""What a request's detail tells staff: its facts, its history with what waits, and why a change was refused."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from mobile.core import strings
from mobile.core.parts import Parts
from mobile.core.store import WAITING, Waiting
from mobile.service_requests import looks
from shared_models.service_requests import (
    Channel,
    CloseReason,
    CloseRequest,
    MoveRequest,
    StaffEntry,
    StaffRequest,
)

GONE, NOT_OPEN = "not-found", "request-not-open"
SAID = frozenset(
    {
        GONE,
        NOT_OPEN,
        "changed-meanwhile",
        "forbidden",
        "photo-missing",
        "already-there",
        "not-a-photo",
        "too-large",
    }
)
"""Refusals that we have own words for, with what to do."""


def facts(request: StaffRequest, people: Mapping[UUID, str], parts: Parts) -> list[dict[str, str]]:
    """What is known of a request beside its words: dicts of icon, key, value. Never who reported it."""
    now, zone = datetime.now(UTC), parts.zone
    told = [("calendar", "reported", strings.day_and_time(request.opened_at, zone, now))]
    if request.address and request.where is None:  # else it stands below the map
        told.append(("place", "address", request.address))
    told.append(("building", "department", parts.department(request.department)))
    told.append(("account", "assignee", assignee_words(request, people)))
    told.append(("info", "source", strings.t(f"work_item.source.{source_of(request)}")))
    if request.reopened:
        told.append(("alert", "reopened", strings.t("work_item.times", count=request.reopened)))
    if request.closed_at is not None:
        told.append(("done", "closed", strings.day_and_time(request.closed_at, zone, now)))
        told.append(("look", "answer", answer_words(request, zone, now)))
    return [
        {"icon": icon, "key": strings.t(f"work_item.fact.{key}"), "value": value} for icon, key, value in told
    ]


def assignee_words(request: StaffRequest, people: Mapping[UUID, str]) -> str:
    """Who works on it, by name; one whose name we don't know is a colleague."""
    if request.assignee_id is None:
        return strings.t("work_item.nobody")
    return people.get(request.assignee_id, strings.t("work_item.colleague"))


def source_of(request: StaffRequest) -> str:
    """How it came in. An account, or a phone without one: no more is told of whoever reported it."""
    if request.channel in {Channel.DESK, Channel.IMPORT}:
        return request.channel.value
    return "account" if request.by_account else "no_account"


def answer_words(request: StaffRequest, zone: str, now: datetime) -> str:
    """What whoever reported it said about the fix, or until when they can."""
    if request.fixed is not None:
        return strings.t("work_item.answer.fixed" if request.fixed else "work_item.answer.not_fixed")
    if request.answer_until_at is None or request.answer_until_at < now:
        return strings.t("work_item.answer.none")
    return strings.t("work_item.answer.until", day=strings.day(request.answer_until_at, zone, now))


# ── history ──────────────────────────────────────────────────────────────────────────────────────────────


def timeline(
    entries: Iterable[StaffEntry], about: Iterable[Waiting], people: Mapping[UUID, str], parts: Parts
) -> list[dict[str, Any]]:
    """The history, newest first, below what of ours has not come back from the server."""
    now, zone = datetime.now(UTC), parts.zone
    said = sorted(entries, key=lambda entry: entry.at, reverse=True)
    known = {str(entry.id) for entry in said}
    ours = [change for change in about if change.body.get("id") not in known]
    return [
        *(waiting_entry(one, parts) for one in reversed(ours)),
        *(told_entry(one, people, zone, now, parts) for one in said),
    ]


def told_entry(
    entry: StaffEntry, people: Mapping[UUID, str], zone: str, now: datetime, parts: Parts
) -> dict[str, Any]:
    """A line of the history as the timeline shows it."""
    who = author_words(entry, people)
    return {
        "title": looks.entry_title(entry, parts.department(entry.department)),
        "words": entry.words,
        "time": f"{who} · {strings.day_and_time(entry.at, zone, now)}",
        "tone": looks.entry_tone(entry),
    }


def author_words(entry: StaffEntry, people: Mapping[UUID, str]) -> str:
    """Who of the staff did it, by name if we know it; whoever reported it has none here."""
    if not entry.by_staff:
        return strings.t("work_item.resident")
    return (
        people.get(entry.author_id, strings.t("work_item.staff"))
        if entry.author_id
        else strings.t("work_item.staff")
    )


def waiting_entry(change: Waiting, parts: Parts) -> dict[str, Any]:
    """A change of ours as the timeline shows it until the server's own line is here."""
    sent = "work_item.sent" if change.state != WAITING else "work_item.waits"
    return {
        "title": wish_title(change, parts),
        "words": change.body.get("words", ""),
        "time": strings.t(sent),
        "tone": "neutral",
        "waiting": True,
    }


def wish_title(change: Waiting, parts: Parts) -> str:
    """What was asked for, in the words that the history will have for it."""
    verb = verb_of(change)
    if verb == "close":
        reason = looks.reason_words(CloseRequest.read(change.body).reason)
        return strings.t("request_entry.closed", reason=reason)
    if verb == "move":
        return strings.t(f"request_entry.moved.{MoveRequest.read(change.body).status.value}")
    if verb == "assign":
        return strings.t("request_entry.assigned", department=parts.department(change.body["department"]))
    return strings.t(
        "request_entry.public_note" if change.body.get("public") else "request_entry.internal_note"
    )


def verb_of(change: Waiting) -> str:
    """What was asked for: assign, move, notes, close."""
    return change.path.rsplit("/", 1)[-1]


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────


def refusal(change: Waiting) -> dict[str, str]:
    """What to say about a change that the server refused: title, text, the person's own words, and what is offered.

    `action` is "again", "note" (keep the words for the colleagues) or empty.
    """
    verb = verb_of(change)
    type_ = change.problem.type if change.problem else ""
    words = str(change.body.get("words", ""))
    known = type_ if type_ in SAID else "other"
    action = "again"
    if type_ == NOT_OPEN:
        action = "note" if words and verb != "notes" else ""
    elif type_ == GONE:
        action = ""
    return {
        "title": strings.t(f"work_item.refused.{verb}"),
        "text": strings.t(f"work_item.why.{known}", title=change.problem.title if change.problem else ""),
        "words": words,
        "action": action,
        "action_text": strings.t(f"work_item.refused.action.{action}") if action else "",
    }


REASONS = tuple(reason for reason in CloseReason if reason is not CloseReason.NEWER)
"""Why a request can be closed, as it is offered."""
