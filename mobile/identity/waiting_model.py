"""What has not reached the city yet, and what the city did not take."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, StringProperty

from mobile.core import strings
from mobile.core.parts import Parts
from mobile.core.problems import in_words
from mobile.core.store import ANSWERED, REFUSED, Waiting

WHAT = {"service-requests": "report"}
"""The last part of a call's path → what it is, where that is not its own name."""
MOST = 160  # letters of what was written that are shown


class WaitingList(EventDispatcher):
    """Refused changes first: they need the person. Then what waits, oldest first, as it will leave."""

    rows = ListProperty()
    notice = StringProperty()
    empty = BooleanProperty(False)

    parts: Parts

    def load(self) -> None:
        """Take over what is in the outbox."""
        open_still = [change for change in self.parts.store.outbox() if change.state != ANSWERED]
        self.rows = [self._row(change) for change in sorted(open_still, key=lambda one: one.state != REFUSED)]
        self.empty = not open_still
        waits = any(change.state != REFUSED for change in open_still)
        online = self.parts.sync.state.online
        self.notice = strings.t("waiting.soon" if online else "waiting.offline") if waits else ""

    def put_away(self, key: str) -> None:
        """Take it out of the outbox for good."""
        self.parts.store.put_away(key)
        self._changed()

    def again(self, key: str) -> None:
        """Send a refused change once more."""
        self.parts.store.send_again(key)
        self.parts.sync_now()
        self._changed()

    def _changed(self) -> None:
        self.parts.tell_changed()
        self.load()

    def _row(self, change: Waiting) -> dict[str, Any]:
        made = datetime.fromisoformat(change.made_at)
        refused = change.state == REFUSED
        return {
            "key": change.key,
            "title": what(change),
            "words": written(change.body),
            "time": strings.day_and_time(made, self.parts.zone, datetime.now(UTC)),
            "refused": refused,
            "reason": in_words(change.problem) if refused and change.problem else "",
        }


def what(change: Waiting) -> str:
    """What sort of change it is."""
    name = change.path.rstrip("/").rpartition("/")[2]
    key = f"waiting.what.{WHAT.get(name, name)}"
    return strings.t(key if key in strings.catalog(strings.SOURCE) else "waiting.what.other")


def written(body: Mapping[str, Any]) -> str:
    """What the person wrote in it, if anything."""
    said = str(body.get("description") or body.get("words") or body.get("name") or "")
    said = said or strings.LANGUAGES.get(str(body.get("language")), "")
    return said if len(said) <= MOST else f"{said[:MOST]}…"
