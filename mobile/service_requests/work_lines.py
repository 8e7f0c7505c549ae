"""The lines of the work list: made from what is on the phone, and from what the server found."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mobile.core import strings
from mobile.core.store import Seen
from mobile.service_requests import looks
from mobile.service_requests.looks import first_words
from shared_models.service_requests import RequestType, StaffRequest, Status


@dataclass(frozen=True)
class Names:
    """What codes and ids are called."""

    types: Mapping[str, RequestType]
    colleagues: Mapping[UUID, str]
    zone: str


@dataclass(frozen=True, slots=True)
class Line:
    """One request in the list: by what it is found, where it stands, and how its row looks.

    Values are read as they lie in the store: reading thousands through their schema takes seconds on a phone.
    """

    id: UUID
    value: Mapping[str, Any]
    names: Names
    now: datetime
    waits: bool
    refused: bool
    words: str
    """All that a search looks through, made plain."""

    @property
    def type(self) -> str:
        """The type's code."""
        return str(self.value.get("type", ""))

    @property
    def department(self) -> str:
        """Whose it is, by code."""
        return str(self.value.get("department", ""))

    @property
    def assignee(self) -> str:
        """Whose it is, by id; nobody's if empty."""
        return str(self.value.get("assignee_id") or "")

    @property
    def open(self) -> bool:
        """Whether there is something to do."""
        return self.value.get("status") != Status.CLOSED.value

    @property
    def opened_at(self) -> str:
        """When, as the wire writes it: it sorts as words do."""
        return str(self.value.get("opened_at", ""))

    @property
    def row(self) -> dict[str, Any]:
        """How it looks. One that left the phone while a change of ours was refused has little to tell."""
        value, names = self.value, self.names
        kind = names.types.get(self.type)
        status = status_of(value.get("status", ""))
        opened = (
            strings.ago(datetime.fromisoformat(self.opened_at), self.now, names.zone)
            if self.opened_at
            else ""
        )
        parts = [value.get("number", ""), opened]
        parts.append(names.colleagues.get(UUID(self.assignee), "") if self.assignee else "")
        if value.get("reopened"):
            parts.insert(0, strings.t("work.reopened"))
        return {
            "key": str(self.id),
            "icon": looks.group_icon(kind.group_code if kind else ""),
            "icon_tone": "warn" if value.get("reopened") and self.open else "neutral",
            "title": title_of(value, names),
            "subtitle": value.get("address") or first_words(value.get("description", "")),
            "aside": " · ".join(part for part in parts if part),
            "badge": strings.t("work.refused") if self.refused else looks.status_words(status),
            "tone": "bad" if self.refused else looks.status_tone(status),
            "badge_icon": "refused" if self.refused else "waiting" if self.waits else "",
        }


def plain(text: str) -> str:
    """Small letters without accents: what people type is compared with what is there."""
    if text.isascii():
        return text.lower()
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
    """The line of one request."""
    said = (
        value.get("number", ""),
        title_of(value, names),
        value.get("address", ""),
        value.get("description", ""),
    )
    return Line(id_, value, names, now, waits, refused, plain(" ".join(said)))


def title_of(value: Mapping[str, Any], names: Names) -> str:
    """What sort of request it is."""
    if "type" not in value:
        return strings.t("work.left")
    return looks.type_name(names.types.get(value["type"]), value["type"])


def status_of(word: str) -> Status:
    """The status of this word; one that a newer server knows is `NEWER`."""
    return Status(word) if word in set(Status) else Status.NEWER
