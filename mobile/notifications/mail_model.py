"""Mail: whether this person is written to. A code shows that the mailbox is theirs."""

import json
from collections.abc import Mapping

from kivy.properties import BooleanProperty, StringProperty

from mobile.core import strings
from mobile.core.api import Answer
from mobile.core.online import Form
from shared_models.notifications import ConfirmMail, Mail

PATH = "/v1/notifications/mail"
KEPT = "mail"
LEAST_CODE = 4


class MailForm(Form):
    """`state`: `none` without an account, `off`, `asked` while a code is on its way, `on`."""

    state = StringProperty("off")
    email = StringProperty()
    heard = BooleanProperty(False)  # the city said how it stands

    def load(self) -> None:
        """Take over what is known on this phone."""
        me = self.parts.me
        if self.parts.session.account is None:
            self.state, self.email = "none", ""
            return
        kept = self.parts.store.get(KEPT)
        mail = Mail.read(json.loads(kept)) if kept else None
        self.heard = mail is not None
        self.email = mail.email if mail else me.email if me else ""
        self.state = "off"
        if mail is not None:
            self.state = "on" if mail.confirmed else "asked" if mail.asked else "off"

    def look(self) -> None:
        """Ask the city how it stands; without signal what was heard last holds."""
        if self.parts.session.account is not None and not self.busy:
            sync = self.parts.sync
            self.parts.tasks.run(lambda: sync.call("GET", PATH), self._heard, lambda _: None)

    def _heard(self, answer: Answer) -> None:
        if answer.ok:
            self._take(answer)

    def _take(self, answer: Answer) -> None:
        self.parts.store.set(KEPT, json.dumps(Mail.read(answer.data).dump()))
        self.load()
        self.parts.tell_changed()

    def ask_for_code(self) -> None:
        """Have a code mailed."""
        self.errors = {}
        sync = self.parts.sync
        self.ask(lambda: sync.call("POST", PATH), self._take)

    def confirm(self, code: str) -> None:
        """The code was typed."""
        sync, typed = self.parts.sync, code.strip()
        wish = ConfirmMail(code=typed).dump()
        self.send({"code": typed}, lambda: sync.call("POST", f"{PATH}/confirm", wish), self._take)

    def turn_off(self) -> None:
        """Be written to no more."""
        sync = self.parts.sync
        self.ask(lambda: sync.call("POST", f"{PATH}/close"), lambda _: self._closed())

    def _closed(self) -> None:
        self.parts.store.set(KEPT, json.dumps(Mail(email=self.email, confirmed=False, asked=False).dump()))
        self.load()
        self.parts.tell_changed()

    def check(self, written: Mapping[str, str]) -> dict[str, str]:
        """A code is needed."""
        short = len(written["code"]) < LEAST_CODE
        return {"code": strings.t("notify.mail.no_code")} if short else {}

    def word(self, field: str) -> str:
        """The code was not taken."""
        return strings.t("problem.mail-code-ended") if field == "code" else ""

    def at_field(self, problem: str) -> dict[str, str]:
        """It is another code, or too late."""
        return {"code": strings.t(f"problem.{problem}")} if problem == "mail-code-ended" else {}
