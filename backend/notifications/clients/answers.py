"""What the channels share: how long an answer asks us to wait, what an error says of itself, a text that fits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from backend.core.clock import now
from backend.notifications.clients import Job, Outcome, Retry

if TYPE_CHECKING:
    import aiohttp

PER_HOST = 8  # connections to one host at a time
MAX_ANSWER = 4096  # bytes that are read of an answer, so that its connection can be used again
PAUSE = 60.0  # seconds after a refusal for all that names none (Google: scale-fcm)
MAX_TTL = timedelta(weeks=4)  # FCM keeps nothing longer, nor do the push services of browsers
MAX_TEXT = 1000  # bytes of a title or body; the whole payload may have 4096
FEW = 3  # so many refusals are chance, more than a fifth of a batch are not


def asked_wait(header: str) -> float | None:
    """Seconds that a Retry-After asks for: a number, or an HTTP date (RFC 9110 §10.2.3); None if it says neither."""
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        return max(0.0, (parsedate_to_datetime(header) - now()).total_seconds())
    except (ValueError, TypeError):
        return None


def why(error: Exception) -> str:
    """What an outer system's error says, for the operator."""
    return f"{type(error).__name__}: {error}"[:300]


def shortened(text: str, most: int = MAX_TEXT) -> str:
    """The text, cut to `most` bytes of UTF-8 at a character."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "…"


def seconds_left(job: Job) -> int:
    """How long a service may keep the message for a phone that is off: 0 up to four weeks."""
    return int(min(max(job.expires_at - now(), timedelta(0)), MAX_TTL).total_seconds())


def too_many(count: int, outcomes: Sequence[Outcome]) -> bool:
    """Whether so many of a batch's jobs can't be chance, so that the fault is ours."""
    return count > max(FEW, len(outcomes) / 5)


def doubt_the_service(outcomes: list[Outcome]) -> list[Outcome]:
    """Where not one message got through, the service is away: that costs none of them a try, however long it lasts."""
    if not all(isinstance(outcome, Retry) and not outcome.whole_channel for outcome in outcomes):
        return outcomes
    return [
        replace(outcome, after=outcome.after or PAUSE, whole_channel=True)
        for outcome in outcomes
        if isinstance(outcome, Retry)
    ]


async def read_little(answer: "aiohttp.ClientResponse") -> None:
    """Read to the end if that is near, so that the connection can be used again; else it is closed."""
    read = 0
    async for chunk in answer.content.iter_any():
        read += len(chunk)
        if read > MAX_ANSWER:
            answer.close()
            return
