"""Google's FCM: the message, what an answer means, and the channel that sends through firebase-admin.

`fcm_pooled.py` sends the same messages over connections of its own.
"""

import json
import logging
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from backend.notifications.clients import Broken, Gone, Job, Outcome, Rejected, Retry, Sent, Urgency
from backend.notifications.clients.answers import (
    PAUSE,
    asked_wait,
    doubt_the_service,
    seconds_left,
    shortened,
    too_many,
    why,
)

log = logging.getLogger(__name__)
_warning = threading.Lock()

PATIENCE = (
    60.0  # seconds; two batches wait for it at the most, and an alert of a dead worker comes back soon after
)
MAX_COLLAPSE_ID = 64  # bytes, Apple's limit
MISMATCH = "SENDER_ID_MISMATCH"
ADDRESS = {"message.token", "message.fid"}
KEY_REFUSED = {"THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR"}  # the second is its older name


class Fcm:
    """Firebase Cloud Messaging through firebase-admin's own `messaging.send()`.

    One pool of threads for the channel's whole life, since `send_each` starts a thread per message
    and loses every result of a batch to one bad credential. A 429 with Retry-After holds a thread
    up to four times that long inside the SDK, a proxy that refuses six minutes: hence the small batch,
    the long lease, and an answer after `patience` seconds in any case. What the SDK then still sends
    has the same mid as its repeat. firebase_admin is imported when a channel is made, never by the server.
    """

    name = "fcm"
    lease = timedelta(minutes=10)

    def __init__(self, app: Any, threads: int = 64, timeout: float = 10) -> None:
        self.batch = 2 * threads
        self.patience = PATIENCE
        self._app, self._timeout = app, timeout
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="fcm")

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
        if refused := sign_in(self._app.credential.get_credential(), self._timeout):
            return [refused] * len(jobs)
        with quiet_about_tokens():
            messages = [as_message(job) for job in jobs]
        sending = [self._pool.submit(self._send_one, message) for message in messages]
        done, waiting = wait(sending, self.patience)
        for future in waiting:
            future.cancel()  # stops those that no thread has begun
        late = Retry("no answer in time", PAUSE, whole_channel=True)
        return judged([future.result() if future in done else late for future in sending])

    def close(self) -> None:
        """Wait for what is under way, and let threads and connections go."""
        import firebase_admin

        self._pool.shutdown(cancel_futures=True)
        firebase_admin.delete_app(self._app)

    def _send_one(self, message: Any) -> Outcome:
        from firebase_admin import messaging

        try:
            return Sent(messaging.send(message, app=self._app))
        except Exception as error:  # noqa: BLE001 - one message's surprise must not cost the others' results
            return raised(error)


def sign_in(credential: Any, timeout: float, *, anew: bool = False) -> Outcome | None:
    """Fetch the access token once, before whoever sends fetches their own; None, or why nothing can be sent.

    `anew` also if the one that we have should still hold. `timeout` is in seconds.
    """
    from google.auth.credentials import TokenState
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    if credential.token_state is TokenState.FRESH and not anew:
        return None
    try:
        credential.refresh(partial(Request(), timeout=timeout))
    except GoogleAuthError as error:
        return raised(error)
    return None


def raised(error: Exception) -> Outcome:
    """What an exception of firebase-admin or google-auth means for the message."""
    from firebase_admin.exceptions import FirebaseError
    from google.auth.exceptions import GoogleAuthError, TransportError

    if isinstance(error, FirebaseError):
        answer = error.http_response
        if answer is not None:
            return answered(answer.status_code, answer.headers, answer.content)
        # A time-out, or no connection. FCM may have taken the message: the repeat has the same mid.
        return Retry(why(error))
    # What google-auth raises is no FirebaseError: no network to fetch a token, or a bad account.
    if isinstance(error, TransportError) or (isinstance(error, GoogleAuthError) and error.retryable):
        return Retry(why(error), whole_channel=True)
    if isinstance(error, GoogleAuthError):
        return Broken(f"service account refused: {why(error)}")
    if isinstance(error, ValueError):  # the SDK's own checks of a message
        return Rejected(why(error))
    log.error("fcm: an answer that we do not understand", exc_info=error)
    return Retry(why(error))


def answered(status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    """What FCM's answer means for the message. `headers` are found in any case of letters.

    Codes: firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode.
    """
    told = _told(body)
    code = error_code(told)
    if code in ("UNREGISTERED", MISMATCH):
        return Gone(code)
    if status == HTTPStatus.OK and isinstance(name := told.get("name"), str):
        return Sent(name)
    text = f"{status} {told.get('status', '')}: {told.get('message', '')}"[:300]
    if code in KEY_REFUSED:
        return Broken(f"APNs or Web Push key refused: {text}")
    return _refused(status, asked_wait(headers.get("retry-after", "")), text, _fields(told))


def _refused(status: int, after: float | None, text: str, blamed: set[str]) -> Outcome:
    match status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Retry("quota", after or PAUSE, whole_channel=True)
        case HTTPStatus.BAD_REQUEST if "registration token" in text or blamed & ADDRESS:
            return Gone(text)  # a token that FCM cannot read; any other bad argument is this message's
        case HTTPStatus.BAD_REQUEST:
            return Rejected(text)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return Broken(text)
        case HTTPStatus.NOT_FOUND:
            return Broken(f"no such project: {text}")
        case _:
            return Retry(text, after)


def _told(body: bytes) -> dict[str, Any]:
    """The answer, or the error in it; empty if it is nothing that we can read, as a front end's page of HTML."""
    try:
        told = json.loads(body)
        told = told.get("error", told)
        return told if isinstance(told, dict) else {}
    except (ValueError, AttributeError):
        return {}


def _details(told: dict[str, Any]) -> list[dict[str, Any]]:
    details = told.get("details")
    return [d for d in details if isinstance(d, dict)] if isinstance(details, list) else []


def error_code(told: dict[str, Any]) -> str:
    """FCM's own code, which stands in a detail beside Google's general status."""
    return next((str(d["errorCode"]) for d in _details(told) if "errorCode" in d), "")


def _fields(told: dict[str, Any]) -> set[str]:
    """The fields that the answer blames (google.rpc.BadRequest)."""
    lists = [d["fieldViolations"] for d in _details(told) if isinstance(d.get("fieldViolations"), list)]
    return {str(each.get("field")) for blamed in lists for each in blamed if isinstance(each, dict)}


def token_refused(status: int, body: bytes) -> bool:
    """Whether the answer refuses our access token. The 401 of a refused APNs key does not: no other token helps."""
    return status == HTTPStatus.UNAUTHORIZED and error_code(_told(body)) not in KEY_REFUSED


def judged(outcomes: list[Outcome]) -> list[Outcome]:
    """A batch's outcomes, where too much of one kind is held against us or the service, not against the phones."""
    return doubt_the_service(_doubt_the_key(outcomes))


def _doubt_the_key(outcomes: list[Outcome]) -> list[Outcome]:
    """With another project's key every phone is a stranger: that is our fault, and closes no address."""
    strangers = sum(outcome == Gone(MISMATCH) for outcome in outcomes)
    if not too_many(strangers, outcomes):
        return outcomes
    broken = Broken(f"{MISMATCH} for {strangers} of {len(outcomes)}: another project's service account?")
    return [broken if outcome == Gone(MISMATCH) else outcome for outcome in outcomes]


@contextmanager
def quiet_about_tokens() -> Iterator[None]:
    """While messages are made: phones whose Play services are too old for installation ids have a token only.

    By one thread at a time: `catch_warnings` is not for many at once.
    """
    with _warning, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Message.token is deprecated", DeprecationWarning)
        yield


def as_message(job: Job) -> Any:
    """The message as firebase-admin takes it.

    FCM always collapses notification messages: a phone that was off shows the last one alone. So
    what must not be lost goes to Android as a data message of high priority, which the app's own
    service shows, and without a collapse key, of which FCM keeps only four. So does each alert, however
    urgent: of one for an area the service looks first whether the phone's home lies there. iPhones get
    their alert from the apns block either way.
    """
    from firebase_admin import messaging

    must = job.urgency <= Urgency.FAULT
    alert = job.kind == "alert"
    shown_by_app = must or alert
    title, body = shortened(job.title), shortened(job.body)
    tag = job.collapse or str(job.mid)
    data = {**job.data, "mid": str(job.mid), "kind": job.kind}
    if shown_by_app:
        data |= {"title": title, "body": body, "channel": "alerts" if alert else job.kind, "collapse": tag}
    aps = messaging.Aps(
        alert=messaging.ApsAlert(title=title, body=body),
        sound="default" if must and alert else None,
        thread_id=job.kind,
        custom_data={"interruption-level": "time-sensitive" if must and alert else "active"},
    )
    return messaging.Message(
        **job.address,
        data=data,
        notification=None if shown_by_app else messaging.Notification(title, body),
        android=messaging.AndroidConfig(
            priority="high" if must else "normal",
            ttl=timedelta(seconds=seconds_left(job)),
            notification=None
            if shown_by_app
            else messaging.AndroidNotification(channel_id=job.kind, tag=tag),
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-priority": "10" if must else "5",
                "apns-expiration": str(int(job.expires_at.timestamp())),
                "apns-collapse-id": shortened(tag, MAX_COLLAPSE_ID),
            },
            payload=messaging.APNSPayload(aps),
        ),
    )
