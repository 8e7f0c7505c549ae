"""Web Push to browsers and UnifiedPush distributors: RFC 8030, encrypted (RFC 8291), signed by VAPID (RFC 8292).

Whoever registers an endpoint chooses where we post. So a name is resolved once, every address of it
must be public, and the connection goes to an address that was looked at; no proxy of the
environment is used, no redirect followed, and little of an answer read.
"""

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt

from backend.core.clock import now
from backend.notifications.clients import Broken, Gone, Job, Outcome, Rejected, Retry, Sent, Urgency
from backend.notifications.clients.answers import (
    FEW,
    PAUSE,
    PER_HOST,
    asked_wait,
    read_little,
    seconds_left,
    shortened,
)
from backend.notifications.clients.endpoints import public, refused_endpoint
from backend.notifications.clients.vapid import public_key, read_key

if TYPE_CHECKING:
    import aiohttp

MAX_BODY = 4096  # bytes, encrypted: what each push service has to take (RFC 8030 §7.2)
RESTS_AFTER = 3  # failures in a row, after which a push service is left alone for PAUSE seconds
REMEMBERED = 600.0  # seconds after its last failure
PASS_LIFE = timedelta(hours=12)  # of a VAPID token; a day is the most (RFC 8292 §2)
URGENCIES = {Urgency.ALERT: "high", Urgency.FAULT: "high", Urgency.STATUS: "normal", Urgency.REMINDER: "low"}
REFUSED_KEY = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class WebPush:
    """One message to one browser is one post to the push service that the browser chose.

    `key` is the city's VAPID key as `vapid.read_key` takes it, `contact` a mailto: or https: address
    for the services' operators, `hosts` the only push services that are used, if any are named.
    `timeout` in seconds is for a whole post, name look-up included. `reaches` says to which addresses
    connections may go. Raises ValueError if the key is none.
    """

    name = "web-push"
    batch = 100
    lease = timedelta(minutes=5)

    def __init__(
        self,
        key: str,
        contact: str,
        hosts: Sequence[str] = (),
        *,
        timeout: float = 10,
        reaches: Callable[[str], bool] = public,
    ) -> None:
        from backend.notifications.clients.pool import Pool, surroundings

        self._key, self._public, self._contact = read_key(key), public_key(key), contact
        self._hosts, self._timeout, self._reaches = tuple(hosts), timeout, reaches
        self._trust, _ = surroundings("https://")
        self._passes: dict[str, tuple[float, str]] = {}
        self._services: dict[str, Service] = {}
        self._accepted = False  # whether any push service has taken a message under this key
        self._pool = Pool(self._open)

    def send(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome for each job. A push service that fails holds up nobody else's messages."""
        if not jobs:
            return []
        outcomes: list[Outcome] = [Retry("not sent")] * len(jobs)
        self._services = {host: each for host, each in self._services.items() if each.matters()}
        waiting: dict[str, list[int]] = {}
        for n, job in enumerate(jobs):
            url = job.address.get("endpoint", "")
            if refused := refused_endpoint(url, self._hosts):
                outcomes[n] = Rejected(f"endpoint {refused}")
            else:
                waiting.setdefault(urlsplit(url).netloc, []).append(n)
        self._pool.run(partial(self._post_all, jobs, waiting, outcomes))
        return self._doubt_the_key(outcomes)

    def close(self) -> None:
        """Let the connections go."""
        self._pool.close()

    def _open(self) -> "aiohttp.ClientSession":
        from backend.notifications.clients.resolving import open_session

        return open_session(self._reaches, self._trust, self._timeout, lookups=self.batch)

    async def _post_all(
        self,
        jobs: Sequence[Job],
        waiting: dict[str, list[int]],
        outcomes: list[Outcome],
        session: "aiohttp.ClientSession",
    ) -> None:
        lines = []
        for host, ours in waiting.items():
            service = self._services.setdefault(host, Service())
            turn = iter(ours)  # shared by the service's lines
            lines += [
                self._line(session, service, jobs, turn, outcomes) for _ in range(min(PER_HOST, len(ours)))
            ]
        await asyncio.gather(*lines)

    async def _line(
        self,
        session: "aiohttp.ClientSession",
        service: "Service",
        jobs: Sequence[Job],
        turn: Iterator[int],
        outcomes: list[Outcome],
    ) -> None:
        for n in turn:
            if rest := service.rests():
                outcomes[n] = Retry("this push service rests after failures", rest, untried=True)
            else:
                outcomes[n] = await self._post(session, jobs[n])
                service.heard(outcomes[n])

    async def _post(self, session: "aiohttp.ClientSession", job: Job) -> Outcome:
        from aiohttp import ClientError
        from yarl import URL

        try:
            body = encrypted(job)
        except Exception as error:  # noqa: BLE001 - whatever the library makes of keys that are none
            return Gone(f"keys that nobody can use: {type(error).__name__}")
        if len(body) > MAX_BODY:
            return Rejected("too big")
        url = URL(job.address["endpoint"], encoded=True)
        try:
            async with session.post(
                url, data=body, headers=self._headers(job, url.origin()), allow_redirects=False
            ) as answer:
                await read_little(answer)
                return answered(answer.status, dict(answer.headers))
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            return Retry(type(error).__name__)  # its words hold names that a caller chose

    def _headers(self, job: Job, origin: Any) -> dict[str, str]:
        topic = hashlib.sha256((job.collapse or str(job.mid)).encode()).digest()[:24]
        return {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(seconds_left(job)),
            "Urgency": URGENCIES[Urgency(job.urgency)],
            "Topic": base64.urlsafe_b64encode(topic).decode(),  # 32 characters, the most there may be
            "Authorization": self._pass(str(origin)),
        }

    def _pass(self, origin: str) -> str:
        """What a push service knows us by: signed once for each, used for half its life."""
        moment = now().timestamp()
        if self._passes.get(origin, (0.0, ""))[0] < moment:
            self._passes = {host: kept for host, kept in self._passes.items() if kept[0] >= moment}
            ends = moment + PASS_LIFE.total_seconds()
            signed = jwt.encode({"aud": origin, "sub": self._contact, "exp": int(ends)}, self._key, "ES256")
            kept_until = moment + PASS_LIFE.total_seconds() / 2
            self._passes[origin] = (kept_until, f"vapid t={signed}, k={self._public}")
        return self._passes[origin][1]

    def _doubt_the_key(self, outcomes: list[Outcome]) -> list[Outcome]:
        """A refusal is our key's fault while nobody takes it; else it is that one subscription's, which is another key's.

        Anybody can register an endpoint that refuses everything: that must not stop the channel.
        """
        taken = any(isinstance(outcome, Sent) for outcome in outcomes)
        refused = sum(isinstance(outcome, Broken) for outcome in outcomes)
        suspect = not taken and (not self._accepted or refused > FEW)
        self._accepted = self._accepted or taken
        if suspect:
            return outcomes
        return [Rejected(each.why) if isinstance(each, Broken) else each for each in outcomes]


class Service:
    """One push service: how it fared lately."""

    def __init__(self) -> None:
        self.failures, self._until, self._last = 0, 0.0, 0.0

    def matters(self) -> bool:
        """Whether it failed lately: the others are forgotten, or anybody could fill our memory with names."""
        return self.failures > 0 and time.monotonic() < max(self._until, self._last + REMEMBERED)

    def rests(self) -> float:
        """For how many more seconds nothing is posted to it; 0 if it may be tried."""
        return max(0.0, self._until - time.monotonic())

    def heard(self, outcome: Outcome) -> None:
        """Count what became of a post; with too many failures in a row, or when it asks for that, it rests."""
        if not isinstance(outcome, Retry):
            self.failures, self._until = 0, 0.0
            return
        self.failures, self._last = self.failures + 1, time.monotonic()
        if outcome.after or self.failures >= RESTS_AFTER:
            self._until = max(self._until, time.monotonic() + min(outcome.after or PAUSE, 3600.0))


def answered(status: int, headers: dict[str, str]) -> Outcome:
    """What a push service's answer means (RFC 8030 §5, §7.3, §8)."""
    told = {name.lower(): value for name, value in headers.items()}
    if status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT):
        place = told.get("location", "")
        return Sent(place[:200] if re.fullmatch(r"[!-~]*", place) else "")
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return Gone(f"HTTP {status}")
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        return Rejected(f"HTTP {status}")
    if status in REFUSED_KEY:
        return Broken(f"VAPID key refused: HTTP {status}")
    asked = asked_wait(told.get("retry-after", ""))
    return Retry(f"HTTP {status}", PAUSE if status == HTTPStatus.TOO_MANY_REQUESTS and not asked else asked)


def encrypted(job: Job) -> bytes:
    """What the browser alone can read. Raises whatever the library does for keys that are none."""
    from pywebpush import WebPusher

    told = {
        "mid": str(job.mid),
        "kind": job.kind,
        "title": shortened(job.title),
        "body": shortened(job.body),
        "about": job.data.get("about", ""),
        "id": job.data.get("id", ""),
        "collapse": job.collapse,
    }
    keys = {name: job.address[name] for name in ("p256dh", "auth")}
    browser = WebPusher({"endpoint": job.address["endpoint"], "keys": keys})
    return bytes(browser.encode(json.dumps(told, ensure_ascii=False).encode())["body"])
