"""The forms of the account: signing in and up, a new password, a claim code."""

from collections.abc import Mapping
from contextlib import suppress
from uuid import uuid4

from kivy.properties import StringProperty

from mobile.core import strings
from mobile.core.api import Answer, NoSignal
from mobile.core.online import Form
from mobile.core.session import SignInNeeded
from mobile.core.sync import Stop
from shared_models.identity import ChangePassword, ClaimPhone

LEAST_PASSWORD = 10  # letters; shared_models.identity.Password


class Entry(Form):
    """What signing in and signing up share: afterwards the person is known, with their reports, at once."""

    email = StringProperty()

    def begin(self) -> None:
        """Begin anew, with the e-mail of whoever's session has ended."""
        self.clear()
        me = self.parts.me
        self.email = me.email if me is not None and self.parts.session.ended else ""

    def enter(self, answer: Answer) -> Answer:
        """After a yes, learn who the person is before anything is drawn; without signal the sync does it later."""
        if answer.ok:
            sync = self.parts.sync
            sync.refresh_me()
            with suppress(NoSignal, SignInNeeded, Stop), self.parts.session.lock:
                sync.fetch_me()
        return answer

    def entered(self) -> None:
        """Go back to where the person came from."""
        self.parts.sync_now()
        self.parts.tell_changed()
        self.parts.nav.back()

    def word(self, field: str) -> str:
        """What is wrong with a field that the server did not take."""
        return {
            "email": strings.t("account.bad_email"),
            "password": strings.t("account.weak_password"),
            "name": strings.t("account.no_name"),
        }.get(field, "")


class SignInForm(Entry):
    """E-mail and password."""

    def submit(self, email: str, password: str) -> None:
        """Sign in."""
        written = {"email": email.strip(), "password": password}
        session = self.parts.session
        self.send(
            written,
            lambda: self.enter(session.sign_in(written["email"], password)),
            lambda _: self.entered(),
        )

    def check(self, written: Mapping[str, str]) -> dict[str, str]:
        """Both are needed."""
        words = {"email": strings.t("account.no_email"), "password": strings.t("account.no_password")}
        return {name: words[name] for name in words if not written[name]}

    def at_field(self, problem: str) -> dict[str, str]:
        """Which of the two is wrong is not told; it is said where one looks last."""
        return {"password": strings.t(f"problem.{problem}")} if problem == "wrong-credentials" else {}


class SignUpForm(Entry):
    """E-mail, password and what to be called."""

    def submit(self, name: str, email: str, password: str) -> None:
        """Make the account."""
        written = {"name": name.strip(), "email": email.strip(), "password": password}
        session = self.parts.session
        self.send(
            written,
            lambda: self.enter(session.sign_up(written["email"], password, written["name"])),
            lambda _: self.entered(),
        )

    def check(self, written: Mapping[str, str]) -> dict[str, str]:
        """All three are needed, the e-mail looks like one, and the password is long enough."""
        wrong = {}
        if not written["name"]:
            wrong["name"] = strings.t("account.no_name")
        if not written["email"]:
            wrong["email"] = strings.t("account.no_email")
        elif not _like_an_email(written["email"]):
            wrong["email"] = strings.t("account.bad_email")
        if len(written["password"]) < LEAST_PASSWORD:
            wrong["password"] = strings.t("account.short_password")
        return wrong

    def at_field(self, problem: str) -> dict[str, str]:
        """An account with this e-mail is there."""
        return {"email": strings.t("account.there_already")} if problem == "already-there" else {}


class PasswordForm(Form):
    """The password until now, and the one to follow."""

    def submit(self, old: str, new: str) -> None:
        """Change it."""
        written = {"old": old, "new": new}
        wish = ChangePassword(old=old, new=new)
        sync = self.parts.sync
        self.send(
            written,
            lambda: sync.call("POST", "/v1/me/password", wish.dump()),
            lambda _: self.parts.nav.back(),
        )

    def check(self, written: Mapping[str, str]) -> dict[str, str]:
        """Both are needed, and the new one is long enough."""
        wrong = {}
        if not written["old"]:
            wrong["old"] = strings.t("account.no_password")
        if len(written["new"]) < LEAST_PASSWORD:
            wrong["new"] = strings.t("account.short_password")
        return wrong

    def word(self, field: str) -> str:
        """What is wrong with a field that the server did not take."""
        words = {"old": strings.t("account.wrong_old"), "new": strings.t("account.weak_password")}
        return words.get(field, "")


class ClaimForm(Form):
    """A code of another phone."""

    def submit(self, code: str) -> None:
        """Bring what that phone reported into this account."""
        wish, key = ClaimPhone(code=code.strip()), str(uuid4())
        sync = self.parts.sync
        self.send(
            {"code": code.strip()},
            lambda: sync.call("POST", "/v1/identity/claim", wish.dump(), key=key),
            lambda _: self._claimed(),
        )

    def _claimed(self) -> None:
        self.parts.sync_now()
        self.parts.nav.back()

    def check(self, written: Mapping[str, str]) -> dict[str, str]:
        """A code is needed."""
        return {} if written["code"] else {"code": strings.t("claim.no_code")}

    def word(self, field: str) -> str:
        """The code was not taken."""
        return strings.t("claim.wrong") if field == "code" else ""

    def at_field(self, problem: str) -> dict[str, str]:
        """No phone has this code, or not any more."""
        return {"code": strings.t("claim.wrong")} if problem in ("not-found", "claim-code-ended") else {}


def _like_an_email(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and "." in host.strip(".")) and not any(sign.isspace() for sign in text)
