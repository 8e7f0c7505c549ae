"""Outer systems that carry a message to a person: the contract of a channel, and Google's FCM.

A channel is handed jobs and says for each what became of it; it never raises for one job's
sake, keeps nothing, and knows no table. Every push is a hint only: the inbox on our server is
the truth, so a repeat (same `mid`) does no harm and a loss is made good at the next sync.
"""

import logging
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from backend.core.clock import now

log = logging.getLogger(__name__)


class Urgency(IntEnum):
    """Smaller goes first. ALERT and FAULT must not be lost on a phone that is off."""

    ALERT = 0
    FAULT = 1
    STATUS = 2
    REMINDER = 3


@dataclass(frozen=True)
class Job:
    """One message to one endpoint.

    `address` is `{"token": …}` or `{"fid": …}`: FCM wants each in its own field. `mid` is the
    notification's id, by which a phone drops repeats. `data` holds ids only, `title` and `body` say
    nothing personal: they stand on a locked screen. A later message with the same `collapse`
    replaces this one on the screen. `expires_at` is aware; after it nobody wants to be told.
    """

    delivery: int
    endpoint: UUID
    address: dict[str, str]
    mid: UUID
    kind: str
    urgency: int
    title: str
    body: str
    data: dict[str, str]
    collapse: str | None
    expires_at: datetime


@dataclass(frozen=True)
class Sent:
    """The service took it. That is not yet "shown". `provider_id` is the service's name for it."""

    provider_id: str


@dataclass(frozen=True)
class Retry:
    """Not now: again in `after` seconds, or, if None, when the outbox thinks fit (10 s or more).

    `whole_channel` holds up everything on the channel, and costs this job none of its tries.
    """

    why: str
    after: float | None = None
    whole_channel: bool = False


@dataclass(frozen=True)
class Gone:
    """The address is dead: close it, and never send to it again."""

    why: str


@dataclass(frozen=True)
class Rejected:
    """This message can never go; the address is good."""

    why: str


@dataclass(frozen=True)
class Broken:
    """Our own set-up is wrong: stop the channel, tell the operator, take no try from the job."""

    why: str


Outcome = Sent | Retry | Gone | Rejected | Broken


class Channel(Protocol):
    """One way to reach people.

    `batch` is the most jobs one call takes and `lease` how long they may be held by a call at the
    worst. A batch holds at most one job per endpoint: within a batch there is no order.
    """

    name: str
    batch: int
    lease: timedelta

    def send(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome for each job, in the jobs' order."""


PAUSE = 60.0  # seconds after a 429 that names none (Google: scale-fcm)
MAX_TTL = timedelta(weeks=4)  # FCM keeps nothing longer
MAX_TEXT = 1000  # bytes of a title or body; the whole payload may have 4096
MAX_COLLAPSE_ID = 64  # bytes, Apple's limit
FEW = 3  # so many phones of another project are chance, more than a fifth of a batch are not


class Fcm:
    """Firebase Cloud Messaging through firebase-admin's own `messaging.send()`.

    One pool of threads for the channel's whole life, since `send_each` starts a thread per message
    and loses every result of a batch to one bad credential. A 429 with Retry-After holds a thread
    up to four times that long inside the SDK: hence the small batch, the long lease, and an answer
    after `patience` seconds in any case, lest the lease end while we wait. firebase_admin is
    imported when a channel is made, never by the server.
    """

    name = "fcm"
    lease = timedelta(minutes=10)

    def __init__(self, app: Any, threads: int = 64, timeout: float = 10) -> None:
        self.batch = 2 * threads
        self.patience = 0.8 * self.lease.total_seconds()
        self._app, self._timeout = app, timeout
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="fcm")
        self._meanings = _meanings()

    @classmethod
    def from_file(cls, path: Path, threads: int = 64, timeout: float = 10) -> "Fcm":
        """The channel of the service account in `path`; `timeout` in seconds for each post.

        Raises OSError if the file cannot be read, ValueError if it is no service account.
        Nothing is sent yet, so a network that is down does not keep a worker from starting.
        """
        import firebase_admin
        from firebase_admin import credentials

        account = credentials.Certificate(str(path))
        app = firebase_admin.initialize_app(account, {"httpTimeout": timeout}, name=f"fcm-{uuid4()}")
        return cls(app, threads, timeout)

    def send(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome for each job; up to `lease` long."""
        if not jobs:
            return []
        if refused := self._sign_in():
            return [refused] * len(jobs)
        # Here and not in the pool: catch_warnings is not for many threads at once.
        with warnings.catch_warnings():
            # Phones whose Play services are too old for installation ids have a token only.
            warnings.filterwarnings("ignore", "Message.token is deprecated", DeprecationWarning)
            messages = [_message(job) for job in jobs]
        sending = [self._pool.submit(self._send_one, message) for message in messages]
        done, waiting = wait(sending, self.patience)
        for future in waiting:
            future.cancel()  # stops those that no thread has begun
        late = Retry("no answer in time", PAUSE, whole_channel=True)
        return _doubt_the_service(
            _doubt_the_key([future.result() if future in done else late for future in sending])
        )

    def close(self) -> None:
        """Wait for what is under way, and let threads and connections go."""
        import firebase_admin

        self._pool.shutdown(cancel_futures=True)
        firebase_admin.delete_app(self._app)

    def _sign_in(self) -> Outcome | None:
        """Fetch the access token once, before the pool's threads each fetch their own."""
        from google.auth.credentials import TokenState
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        credential = self._app.credential.get_credential()
        if credential.token_state is TokenState.FRESH:
            return None
        try:
            credential.refresh(partial(Request(), timeout=self._timeout))
        except GoogleAuthError as error:
            return self._outcome(error)
        return None

    def _send_one(self, message: Any) -> Outcome:
        from firebase_admin import messaging

        try:
            return Sent(messaging.send(message, app=self._app))
        except Exception as error:  # noqa: BLE001 - one message's surprise must not cost the others' results
            return self._outcome(error)

    def _outcome(self, error: Exception) -> Outcome:
        return next(meaning(error) for kind, meaning in self._meanings if isinstance(error, kind))


def _meanings() -> list[tuple[type[Exception], Callable[[Any], Outcome]]]:
    """What each of the SDK's errors means for us; the first that fits counts.

    Codes: firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode.
    """
    from firebase_admin import exceptions, messaging
    from google.auth.exceptions import GoogleAuthError

    return [
        (messaging.UnregisteredError, lambda _: Gone("UNREGISTERED")),
        (messaging.SenderIdMismatchError, lambda _: Gone(MISMATCH)),
        (messaging.ThirdPartyAuthError, lambda error: Broken(f"APNs or Web Push key refused: {_why(error)}")),
        # QuotaExceededError among them
        (exceptions.ResourceExhaustedError, lambda error: Retry("quota", _after(error) or PAUSE, True)),
        (exceptions.InvalidArgumentError, _invalid),
        (exceptions.PermissionDeniedError, lambda error: Broken(_why(error))),
        (exceptions.UnauthenticatedError, lambda error: Broken(_why(error))),
        (exceptions.NotFoundError, lambda error: Broken(f"no such project: {_why(error)}")),
        # 5xx, time-outs, no connection. FCM may have taken the message: the repeat has the same mid.
        (exceptions.FirebaseError, lambda error: Retry(_why(error), _after(error))),
        # What google-auth raises is no FirebaseError: no network to fetch a token, or a bad account.
        (GoogleAuthError, _no_token),
        # The SDK's own checks
        (ValueError, lambda error: Rejected(_why(error))),
        (Exception, _unforeseen),
    ]


MISMATCH = "SENDER_ID_MISMATCH"


def _invalid(error: Any) -> Outcome:
    """A token that FCM cannot read closes the address; any other bad argument is this message's."""
    blamed = _fields(error) & {"message.token", "message.fid"}
    return Gone(_why(error)) if blamed or "registration token" in str(error) else Rejected(_why(error))


def _no_token(error: Any) -> Outcome:
    from google.auth.exceptions import TransportError

    if isinstance(error, TransportError) or error.retryable:
        return Retry(_why(error), whole_channel=True)
    return Broken(f"service account refused: {_why(error)}")


def _unforeseen(error: Exception) -> Outcome:
    log.error("fcm: an answer that we do not understand", exc_info=error)
    return Retry(_why(error))


def _doubt_the_key(outcomes: list[Outcome]) -> list[Outcome]:
    """With another project's key every phone is a stranger: that is our fault, and closes no address."""
    strangers = sum(outcome == Gone(MISMATCH) for outcome in outcomes)
    if strangers <= max(FEW, len(outcomes) / 5):
        return outcomes
    broken = Broken(f"{MISMATCH} for {strangers} of {len(outcomes)}: another project's service account?")
    return [broken if outcome == Gone(MISMATCH) else outcome for outcome in outcomes]


def _doubt_the_service(outcomes: list[Outcome]) -> list[Outcome]:
    """Where not one message got through, the service is away: that costs none of them a try, however long it lasts."""
    if not all(isinstance(outcome, Retry) and not outcome.whole_channel for outcome in outcomes):
        return outcomes
    return [
        replace(outcome, after=outcome.after or PAUSE, whole_channel=True)
        for outcome in outcomes
        if isinstance(outcome, Retry)
    ]


def _message(job: Job) -> Any:
    """The message as firebase-admin takes it.

    FCM always collapses notification messages: a phone that was off shows the last one alone. So
    what must not be lost goes to Android as a data message of high priority, which the app's own
    service shows, and without a collapse key, of which FCM keeps only four. iPhones get their
    alert from the apns block either way.
    """
    from firebase_admin import messaging

    must = job.urgency <= Urgency.FAULT
    alert = job.urgency == Urgency.ALERT
    title, body = _short(job.title), _short(job.body)
    tag = job.collapse or str(job.mid)
    data = {**job.data, "mid": str(job.mid), "kind": job.kind}
    if must:
        data |= {"title": title, "body": body, "channel": "alerts" if alert else job.kind, "collapse": tag}
    left = min(max(job.expires_at - now(), timedelta(0)), MAX_TTL)
    aps = messaging.Aps(
        alert=messaging.ApsAlert(title=title, body=body),
        sound="default" if alert else None,
        thread_id=job.kind,
        custom_data={"interruption-level": "time-sensitive" if alert else "active"},
    )
    return messaging.Message(
        **job.address,
        data=data,
        notification=None if must else messaging.Notification(title, body),
        android=messaging.AndroidConfig(
            priority="high" if must else "normal",
            ttl=timedelta(seconds=int(left.total_seconds())),
            notification=None if must else messaging.AndroidNotification(channel_id=job.kind, tag=tag),
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-priority": "10" if must else "5",
                "apns-expiration": str(int(job.expires_at.timestamp())),
                "apns-collapse-id": _short(tag, MAX_COLLAPSE_ID),
            },
            payload=messaging.APNSPayload(aps),
        ),
    )


def _short(text: str, most: int = MAX_TEXT) -> str:
    """The text, cut to `most` bytes of UTF-8 at a character."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "…"


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _fields(error: Any) -> set[str]:
    """The fields that the answer blames (google.rpc.BadRequest); none if it says nothing that we can read."""
    try:
        details = error.http_response.json()["error"]["details"]
        return {field["field"] for detail in details for field in detail.get("fieldViolations", [])}
    except (AttributeError, KeyError, TypeError, ValueError):
        return set()


def _after(error: Any) -> float | None:
    """Seconds that the service's Retry-After asks for: a number, or an HTTP date (RFC 9110 §10.2.3)."""
    response = error.http_response
    asked = response.headers.get("retry-after", "") if response is not None else ""
    if asked.isdigit():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - now()).total_seconds())
    except (ValueError, TypeError):
        return None
