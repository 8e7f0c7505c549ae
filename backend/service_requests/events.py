"""What happens to requests. Ids, codes and states only."""

import re
from typing import Annotated, ClassVar
from uuid import UUID

from backend.core.ledger import Event
from shared_models.basics import Code
from shared_models.service_requests import Channel, CloseReason, Status
from shared_models.wire import Length, Regexp

FileHash = Annotated[
    str, Length(64, 64), Regexp(re.compile("[0-9a-f]{64}"), error="A SHA-256 in hexadecimal.")
]


class RequestOpened(Event):
    """Somebody asked the city to look at something."""

    subject: ClassVar[str] = "request_id"
    for_the_record: ClassVar[bool] = True
    request_id: UUID
    owner_id: UUID | None
    type: Code
    department: Code
    channel: Channel


class RequestAssigned(Event):
    """It went to a department, perhaps to a person of the staff."""

    subject: ClassVar[str] = "request_id"
    request_id: UUID
    owner_id: UUID | None
    type: Code
    department: Code
    assignee_id: UUID | None


class RequestMoved(Event):
    """The work came further."""

    subject: ClassVar[str] = "request_id"
    request_id: UUID
    owner_id: UUID | None
    type: Code
    status: Status


class RequestNoted(Event):
    """A note was added."""

    subject: ClassVar[str] = "request_id"
    request_id: UUID
    owner_id: UUID | None
    type: Code
    entry_id: UUID
    public: bool


class RequestClosed(Event):
    """It was closed, for a reason."""

    subject: ClassVar[str] = "request_id"
    request_id: UUID
    owner_id: UUID | None
    type: Code
    reason: CloseReason


class RequestAnswered(Event):
    """Whoever made it said whether it is fixed; if not, it is open again."""

    subject: ClassVar[str] = "request_id"
    request_id: UUID
    owner_id: UUID | None
    type: Code
    fixed: bool
    assignee_id: UUID | None


class RequestsClaimed(Event):
    """Requests of a phone without an account went to an account."""

    subject: ClassVar[str] = "owner_id"
    for_the_record: ClassVar[bool] = True
    owner_id: UUID
    count: int


class RequestsImported(Event):
    """A file of history was taken in: one event, not one per row."""

    for_the_record: ClassVar[bool] = True
    name: Code
    count: Annotated[int, "Requests that are new."]
    changed: int
    refused: int
    file_sha256: FileHash
