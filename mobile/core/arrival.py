"""Waiting for a thing that a push spoke of, and that the sync has not brought yet."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobile.core.parts import Parts

PATIENCE = timedelta(seconds=20)
"""So long it may take to come; then it is said that it is not there."""
WAITING, OFFLINE, GONE = "waiting", "offline", "gone"


class Arrival:
    """Begun when the thing is asked for."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts
        self._asked_at = datetime.now(UTC)

    def state(self, now: datetime | None = None) -> str:
        """How it stands with a thing that is still not here."""
        state = self._parts.sync.state
        if state.synced_at is not None and state.synced_at > self._asked_at:
            return GONE
        if state.online is False:
            return OFFLINE
        return GONE if (now or datetime.now(UTC)) - self._asked_at > PATIENCE else WAITING
