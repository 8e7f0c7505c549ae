"""Posts to other systems, signed as Standard Webhooks says: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

Whoever makes a webhook chooses where we post. So a name is resolved once, every address of it must be public, and the
connection goes to an address that was looked at; no proxy of the environment is used, no redirect followed, and little of
an answer read.
"""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING
from uuid import UUID

from backend.core.clock import now
from backend.notifications.clients.answers import asked_wait, read_little
from backend.notifications.clients.endpoints import public, refused_webhook

if TYPE_CHECKING:
    import aiohttp

SECRET_PREFIX = "whsec_"  # noqa: S105 - says that one follows


@dataclass(frozen=True)
class Post:
    """One event for one webhook. `keys` are those that sign it: the present one, and the one before while that is good."""

    delivery: UUID
    webhook: UUID
    tries: int
    url: str
    event: UUID
    body: bytes
    keys: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What came back: an HTTP status, or 0 and why there is none. `after` is how many seconds it asks us to wait."""

    status: int
    why: str = ""
    after: float | None = None
    took_ms: int = 0

    @property
    def good(self) -> bool:
        """Whether the other side took it (2xx)."""
        return 200 <= self.status < 300  # noqa: PLR2004 - as HTTP has it

    @property
    def gone(self) -> bool:
        """Whether the other side wants nothing any more (410)."""
        return self.status == 410  # noqa: PLR2004 - as Standard Webhooks has it


def key_of(city_key: bytes, webhook: UUID, number: int) -> bytes:
    """The key that signs a webhook's posts. It is kept nowhere: it follows from the city's own, and so no backup holds it."""
    return hmac.new(city_key, f"webhook:{webhook}:{number}".encode(), hashlib.sha256).digest()


def secret_text(key: bytes) -> str:
    """The key as Standard Webhooks writes it down."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signature(key: bytes, event: UUID, moment: int, body: bytes) -> str:
    """``v1,…`` over id, time and body."""
    signed = hmac.new(key, f"{event}.{moment}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def reachable(address: str) -> bool:
    """For development: the internet, and this machine."""
    return public(address) or ip_address(address.partition("%")[0]).is_loopback


class Webhooks:
    """The lane of webhooks. `timeout` in seconds is for a whole post; `reaches` says to which addresses connections may go."""

    name = "webhook"
    batch = 64
    lease = timedelta(minutes=2)

    def __init__(
        self, *, loopback: bool = False, timeout: float = 10, reaches: Callable[[str], bool] | None = None
    ) -> None:
        from backend.notifications.clients.pool import Pool, surroundings

        self._loopback, self._timeout = loopback, timeout
        self._reaches = reaches or (reachable if loopback else public)
        self._trust, _ = surroundings("https://")
        self._pool = Pool(self._open)

    def post(self, posts: Sequence[Post]) -> list[Answer]:
        """One answer for each, in their order; all at once."""
        answers = [Answer(0, "not posted")] * len(posts)
        self._pool.run(partial(self._post_all, posts, answers))
        return answers

    def close(self) -> None:
        """Let the connections go."""
        self._pool.close()

    def _open(self) -> "aiohttp.ClientSession":
        from backend.notifications.clients.resolving import open_session

        return open_session(self._reaches, self._trust, self._timeout, lookups=self.batch)

    async def _post_all(
        self, posts: Sequence[Post], answers: list[Answer], session: "aiohttp.ClientSession"
    ) -> None:
        async def one(n: int, post: Post) -> None:
            answers[n] = await self._post(session, post)

        await asyncio.gather(*(one(n, post) for n, post in enumerate(posts)))

    async def _post(self, session: "aiohttp.ClientSession", post: Post) -> Answer:
        from aiohttp import ClientError
        from yarl import URL

        if refused := refused_webhook(post.url, loopback=self._loopback):
            return Answer(0, f"the URL {refused}")
        began = time.perf_counter()

        def answer(status: int, why: str, after: float | None = None) -> Answer:
            return Answer(status, why, after, round((time.perf_counter() - began) * 1000))

        try:
            async with session.post(
                URL(post.url, encoded=True), data=post.body, headers=headers(post), allow_redirects=False
            ) as heard:
                await read_little(heard)
                told = f"HTTP {heard.status}"
                return answer(heard.status, told, asked_wait(heard.headers.get("Retry-After", "")))
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            return answer(0, type(error).__name__)  # its words hold names that a caller chose


def headers(post: Post) -> dict[str, str]:
    """What goes with a post: who it is from, when, and the proof; two proofs while a secret is being replaced."""
    moment = int(now().timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "westu-webhooks/1",
        "webhook-id": str(post.event),
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(signature(key, post.event, moment, post.body) for key in post.keys),
    }
