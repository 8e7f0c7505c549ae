"""Signed in as whom: a phone without a name at first, an account once somebody signs in.

Everything that must survive the phone being killed is written before the call that depends on it: the phone's own
secret, the refresh token to follow, and that a sign-in still has the phone's reports to bring along.
"""

import secrets
import shutil
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from mobile.core.api import Answer, Api, NoSignal
from mobile.core.device.secrets import Secrets
from mobile.core.store import Store
from shared_models.identity import ClaimPhone, Refresh, RegisterPhone, SignIn, SignUp, Tokens

MARGIN = timedelta(seconds=30)
"""An access token that is about to end is not used any more."""
UNAUTHORIZED, CONFLICT, UPGRADE = 401, 409, 426
PHOTOS = ("photos", "cache")
"""Folders of what was photographed here, and of what was fetched to look at."""


class SignInNeeded(Exception):
    """The account's session has ended: the person must sign in again. What waits is kept."""


class UpgradeNeeded(Exception):
    """The server takes no app as old as this one. What waits is kept."""


@dataclass(frozen=True)
class Phone:
    """What a phone without an account is known by; made offline."""

    id: UUID
    secret: str


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


class Session:
    """Who uses the phone, their tokens, and their store."""

    def __init__(
        self,
        home: Path,
        api: Api,
        *,
        device: str = "",
        language: Callable[[], str] = lambda: "en",
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.home, self.api, self.device, self.language, self.now = home, api, device, language, now
        self._secrets = Secrets(home / "session.json")
        self._kept = self._secrets.read()
        self.lock = threading.RLock()
        """Held while a call is made for somebody: who uses the phone does not change in the middle of it."""
        if "phone" not in self._kept and "account" not in self._kept:
            self._keep(phone=_new_phone())
        self.store = self._open_store()
        self._finish_move()
        self._finish_leaving()

    # ── who ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def account(self) -> UUID | None:
        """The account that is signed in; None for a phone without one."""
        return UUID(self._kept["account"]) if "account" in self._kept else None

    @property
    def ended(self) -> bool:
        """The account's session has ended: the person has to sign in again."""
        return bool(self._kept.get("ended"))

    @property
    def phone(self) -> Phone:
        """What this phone without an account is known by."""
        return Phone(UUID(self._kept["phone"]["id"]), self._kept["phone"]["secret"])

    def _keep(self, **changes: Any) -> None:
        with self.lock:
            kept = {name: value for name, value in {**self._kept, **changes}.items() if value is not None}
            self._secrets.write(kept)  # first: what is not on disk must not be acted on
            self._kept = kept

    def _open_store(self) -> Store:
        who = f"person-{self.account}" if self.account else f"phone-{self.phone.id}"
        return Store(self.home / "people" / f"{who}.sqlite3")

    # ── tokens ───────────────────────────────────────────────────────────────────────────────────────────

    def token(self) -> str:
        """A token to call with: the one we have, a fresh one, or a first one.

        Raises NoSignal, or SignInNeeded or UpgradeNeeded where only the person can help.
        """
        with self.lock:
            until = self._kept.get("access_until", "")
            if until and datetime.fromisoformat(until) - MARGIN > self.now():
                return str(self._kept["access"])
            if "refresh" in self._kept and self._refreshed():
                return str(self._kept["access"])
            if self.account is not None:
                self._keep(ended=True, access=None, access_until=None, refresh=None, next=None)
                raise SignInNeeded
            self._register()
            return str(self._kept["access"])

    def token_refused(self) -> None:
        """The server did not take the token: make a new one for the next call."""
        self._keep(access_until=None)

    def _refreshed(self) -> bool:
        if "next" not in self._kept:
            self._keep(next=secrets.token_urlsafe(32))  # kept first: asked again, it must be the same
        wish = Refresh(refresh_token=self._kept["refresh"], next_token=self._kept["next"])
        answer = self.api.call("POST", "/v1/identity/refresh", wish.dump())
        if answer.ok:
            self._take(answer)
            return True
        if answer.status == UNAUTHORIZED:
            self._keep(refresh=None, next=None, access=None, access_until=None)
            return False
        raise _not_now(answer)

    def _register(self) -> None:
        phone = self.phone
        wish = RegisterPhone(id=phone.id, secret=phone.secret, language=self.language(), device=self.device)  # type: ignore[arg-type]
        answer = self.api.call("POST", "/v1/identity/phones", wish.dump())
        if answer.ok:
            self._take(answer)
        elif answer.status in (UNAUTHORIZED, CONFLICT):
            # Its reports went to an account by a claim code: this phone begins anew, and keeps what waits.
            self._begin_anew()
            self._register()
        else:
            raise _not_now(answer)

    def _begin_anew(self) -> None:
        before = self.store
        self._keep(phone=_new_phone(), refresh=None, next=None, access=None, access_until=None)
        self.store = self._open_store()
        self.store.take_from(before)
        self.store.drop_moved()
        before.delete()

    def _take(self, answer: Answer) -> None:
        tokens = Tokens.read(answer.data)
        self._keep(
            access=tokens.access_token,
            access_until=self._until(tokens, answer),
            refresh=tokens.refresh_token,
            next=None,
            ended=None,
        )

    def _until(self, tokens: Tokens, answer: Answer) -> str:
        """When the token is over by this phone's clock, which may be hours off: then each call would fetch a new one."""
        try:
            skew = self.now() - parsedate_to_datetime(answer.headers["date"])
        except (KeyError, ValueError, TypeError):
            skew = timedelta()
        return (tokens.access_until_at + skew).isoformat()

    # ── signing in and out (with signal: the person waits for it) ──────────────────────────────────────────

    def sign_in(self, email: str, password: str) -> Answer:
        """Use an account; what this phone reported without one comes along. Raises NoSignal."""
        wish = SignIn(email=email, password=password, device=self.device)
        return self._enter(self.api.call("POST", "/v1/identity/sessions", wish.dump()))

    def sign_up(self, email: str, password: str, name: str) -> Answer:
        """Make an account; what this phone reported without one comes along. Raises NoSignal."""
        wish = SignUp(email=email, password=password, name=name, language=self.language(), device=self.device)  # type: ignore[arg-type]
        return self._enter(self.api.call("POST", "/v1/identity/accounts", wish.dump()))

    def _enter(self, answer: Answer) -> Answer:
        if not answer.ok:
            return answer
        tokens = Tokens.read(answer.data)
        with self.lock:
            if self.account == tokens.person_id:  # the same person again, after the session had ended
                self._take(answer)
                return answer
            moving = None if self.account else self._kept["phone"]
            self.store.close()
            self._keep(
                account=str(tokens.person_id),
                access=tokens.access_token,
                refresh=tokens.refresh_token,
                next=None,
                access_until=self._until(tokens, answer),
                phone=None,
                moving=moving,
                ended=None,
            )
            self.store = self._open_store()
            self._finish_move()
        return answer

    def _finish_move(self) -> None:
        """Bring what the phone shows and what waits on it into the account's store. Again is harmless."""
        moving = self._kept.get("moving")
        if moving is None:
            return
        old = Store(self.home / "people" / f"phone-{moving['id']}.sqlite3")
        self.store.take_from(old)
        old.close()
        self._keep(moving=None, claiming=moving)
        old.delete()

    @property
    def claiming(self) -> ClaimPhone | None:
        """The phone whose reports the account has still to claim, before anything else is sent."""
        waits = self._kept.get("claiming")
        return ClaimPhone(phone_id=UUID(waits["id"]), secret=waits["secret"]) if waits else None

    def claimed(self) -> None:
        """The account has the phone's reports."""
        self._keep(claiming=None)

    def sign_out(self) -> None:
        """Leave the account: nothing of it stays on the phone. The caller has asked about what waits."""
        with self.lock:
            before = self.store
            kept = dict.fromkeys(self._kept)
            self._keep(**kept | {"phone": _new_phone(), "leaving": before.path.name})
            self.store = self._open_store()
            before.delete()  # whoever still reads it finds it empty, and makes no file anew
            self._finish_leaving()

    def _finish_leaving(self) -> None:
        """Remove what is known of the person who signed out, with their photos. Again is harmless."""
        leaving = self._kept.get("leaving")
        if leaving is None:
            return
        Store(self.home / "people" / leaving).delete()
        for folder in PHOTOS:
            shutil.rmtree(self.home / folder, ignore_errors=True)
        self._keep(leaving=None)

    def close(self) -> None:
        """Let go of files."""
        self.store.close()


def _new_phone() -> dict[str, str]:
    return {"id": str(uuid.uuid4()), "secret": secrets.token_urlsafe(32)}


def _not_now(answer: Answer) -> Exception:
    return UpgradeNeeded() if answer.status == UPGRADE else NoSignal(f"status {answer.status}")
