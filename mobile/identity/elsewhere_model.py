"""The person's other phones: the code that moves reports to one, and where else they are signed in."""

from datetime import UTC, datetime
from typing import Any

from kivy.properties import BooleanProperty, ListProperty, StringProperty

from mobile.core import strings
from mobile.core.online import Online
from shared_models.identity import ClaimCode, SessionsOpen


class MoveCode(Online):
    """The code that another phone asks for."""

    code = StringProperty()
    until = StringProperty()

    def forget(self) -> None:
        """Show none: who comes back later wants a fresh one."""
        self.code = self.until = self.notice = ""

    def make(self) -> None:
        """Ask for a code; one before it ends."""
        self.ask(lambda: self.parts.sync.call("POST", "/v1/identity/claim-codes"), self._made)

    def _made(self, answer: Any) -> None:
        made = ClaimCode.read(answer.data)
        self.code = made.code
        self.until = strings.t("move.until", time=strings.clock_time(made.until_at, self.parts.zone))


class Sessions(Online):
    """Where the person is signed in, this phone first."""

    rows = ListProperty()
    loaded = BooleanProperty(False)

    def load(self) -> None:
        """Ask where."""
        self.ask(lambda: self.parts.sync.call("GET", "/v1/identity/sessions"), self._told)

    def end(self, id_: str) -> None:
        """Sign out there."""
        self.ask(
            lambda: self.parts.sync.call("DELETE", f"/v1/identity/sessions/{id_}"), lambda _: self.load()
        )

    def _told(self, answer: Any) -> None:
        found = SessionsOpen.read(answer.data).items
        found = tuple(sorted(found, key=lambda one: (not one.this_one, -one.used_at.timestamp())))
        now = datetime.now(UTC)
        self.rows = [
            {
                "key": str(one.id),
                "title": one.device or strings.t("sessions.unnamed"),
                "used": strings.t("sessions.used", ago=strings.ago(one.used_at, now, self.parts.zone)),
                "this_one": one.this_one,
            }
            for one in found
        ]
        self.loaded = True
