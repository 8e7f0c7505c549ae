"""The lines of the work list: made from what is on the phone, and from what the server found."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from mobile.core import strings
from mobile.core.store import Seen
from mobile.service_requests import looks
from mobile.service_requests.looks import first_words
from shared_models.service_requests import RequestType, StaffRequest, Status

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Line:
    """One request in the list: by what it is found, where it stands, and how its row looks."""

    id: UUID
    type: str
    department: str
    assignee: str
    open: bool
    refused: bool
    opened_at: datetime
    words: str
    """All that a search looks through, made plain."""
    row: dict[str, Any]


@dataclass(frozen=True)
class Names:
    """What codes and ids are called."""

    types: Mapping[str, RequestType]
    colleagues: Mapping[UUID, str]
    zone: str


def plain(text: str) -> str:
    """Small letters without accents: what people type is compared with what is there."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def lines_of(seen: Iterable[Seen], names: Names, now: datetime) -> list[Line]:
    """What is on the phone: refused changes first, then the newest. Takes no part in the window: any thread may do it."""
    lines = [
        line_of(one.id, one.value, names, now, waits=one.waits, refused=one.refused is not None)
        for one in seen
    ]
    return sorted(lines, key=lambda line: (line.refused, line.opened_at), reverse=True)


def older_lines(found: Iterable[StaffRequest], names: Names, now: datetime) -> list[Line]:
    """What the server found, in its order."""
    return [line_of(one.id, one.dump(), names, now) for one in found]


def line_of(
    id_: UUID,
    value: Mapping[str, Any],
    names: Names,
    now: datetime,
    *,
    waits: bool = False,
    refused: bool = False,
) -> Line:
    """The line of one request. One that left the phone while a change of ours was refused has little to tell.

    Values are read as they lie in the store: reading thousands through their schema takes seconds on a phone.
    """
    kind = names.types.get(value.get("type", ""))
    title = looks.type_name(kind, value["type"]) if "type" in value else strings.t("work.left")
    status = status_of(value.get("status", ""))
    opened = datetime.fromisoformat(value["opened_at"]) if "opened_at" in value else LONG_AGO
    assignee = value.get("assignee_id") or ""
    about = value.get("address") or first_words(value.get("description", ""))
    parts = [value.get("number", ""), strings.ago(opened, now, names.zone) if "opened_at" in value else ""]
    parts.append(names.colleagues.get(UUID(assignee), "") if assignee else "")
    if value.get("reopened"):
        parts.insert(0, strings.t("work.reopened"))
    badge = "refused" if refused else "waiting" if waits else ""
    return Line(
        id=id_,
        type=value.get("type", ""),
        department=value.get("department", ""),
        assignee=assignee,
        open=status is not Status.CLOSED,
        refused=refused,
        opened_at=opened,
        words=plain(
            " ".join((value.get("number", ""), title, value.get("address", ""), value.get("description", "")))
        ),
        row={
            "key": str(id_),
            "icon": looks.group_icon(kind.group_code if kind else ""),
            "icon_tone": "warn" if value.get("reopened") and status is not Status.CLOSED else "neutral",
            "title": title,
            "subtitle": about,
            "aside": " · ".join(part for part in parts if part),
            "badge": strings.t("work.refused") if refused else looks.status_words(status),
            "tone": "bad" if refused else looks.status_tone(status),
            "badge_icon": badge,
        },
    )


def status_of(word: str) -> Status:
    """The status of this word; one that a newer server knows is `NEWER`."""
    return Status(word) if word in set(Status) else Status.NEWER
