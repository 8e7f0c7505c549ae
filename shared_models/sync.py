"""How a phone follows what changes for it: one pull, no push (it makes ordinary calls to write)."""

from typing import Annotated, Any
from uuid import UUID

from shared_models.wire import Length, Range, Verbatim, Wire

WIRE_VERSION = 1
"""Raised when a phone older than this can no longer be served; it gets 426 and keeps what waits."""

WIRE_HEADER = "Westu-Wire"
KEY_HEADER = "Idempotency-Key"
STREAM = "/v1/stream"
"""Where a phone hears when to pull (server-sent events), on the server or where that sends it."""
PULL_NOW = "event: pull"
"""The line of the stream that says so."""
BEAT_S = 20.0
"""About how often the stream says that it is alive, where there is nothing else to say: 15 to 25 seconds."""


class Pull(Wire):
    """What a phone asks for: everything after the cursor it has; without one, everything of its own."""

    cursor: Annotated[str, Length(max=4000), Verbatim, "The cursor of the answer before, as it was."] = ""
    limit: Annotated[int, Range(1, 500)] = 500


class Change(Wire):
    """One thing as it is now, or null: it is gone for this audience's members."""

    audience: str
    kind: str
    id: UUID
    value: dict[str, Any] | None


class Changes(Wire):
    """What changed. Follow ``cursor`` while ``more``.

    ``dropped`` names audiences that the person lost: what no other audience holds is to be deleted.
    ``restarted`` names those that begin anew: what they held before counts only if it comes again.
    """

    cursor: str
    more: bool
    changes: tuple[Change, ...]
    dropped: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
