"""FCM over a pool of connections of our own: the same messages as firebase-admin's, for a fifth of its work."""

import asyncio
import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from backend.notifications.clients import Job, Outcome, Rejected, Retry
from backend.notifications.clients.answers import why
from backend.notifications.clients.fcm import (
    answered,
    as_message,
    judged,
    quiet_about_tokens,
    sign_in,
    token_refused,
)

if TYPE_CHECKING:
    import aiohttp

AS_REQUESTS = json.JSONEncoder(allow_nan=False)
HOST = "https://fcm.googleapis.com"


class PooledFcm:
    """Firebase Cloud Messaging over up to `lines` HTTP/1.1 connections that stay open.

    Account, token and the encoding of a message are firebase-admin's and google-auth's. Each message
    is posted once and answered within `timeout` seconds, or is to be sent again: no wait and no retry
    happens in here, but for one more post where the access token was refused and a new one was granted.
    """

    name = "fcm"
    lease = timedelta(minutes=10)

    def __init__(self, account: Any, lines: int = 200, timeout: float = 10) -> None:
        from backend.notifications.clients.pool import Pool, surroundings

        self.batch = 5 * lines
        self._lines, self._timeout = lines, timeout
        self._credential = account.get_credential()
        self._url = f"{HOST}/v1/projects/{account.project_id}/messages:send"
        self._trust, self._proxy = surroundings(self._url)
        self._pool = Pool(self._open)

    @classmethod
    def from_file(cls, path: Path, lines: int = 200, timeout: float = 10) -> "PooledFcm":
        """The channel of the service account in `path`; `timeout` in seconds for each post.

        Raises OSError if the file cannot be read, ValueError if it is no service account.
        """
        from firebase_admin import credentials

        return cls(credentials.Certificate(str(path)), lines, timeout)

    def send(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome for each job; within `timeout` for each five of a full batch."""
        if not jobs:
            return []
        if refused := sign_in(self._credential, self._timeout):
            return [refused] * len(jobs)
        outcomes: list[Outcome] = [Retry("not sent")] * len(jobs)
        bodies = bodies_of(jobs, outcomes)
        unsigned = self._pool.run(partial(self._post_all, bodies, list(bodies), outcomes))
        if unsigned:
            refused = sign_in(self._credential, self._timeout, anew=True)
            for n in unsigned:
                outcomes[n] = refused or outcomes[n]
            if not refused:
                self._pool.run(partial(self._post_all, bodies, unsigned, outcomes))
        return judged(outcomes)

    def close(self) -> None:
        """Let the connections go."""
        self._pool.close()

    def _open(self) -> "aiohttp.ClientSession":
        import aiohttp
        import firebase_admin

        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._lines, ssl=self._trust),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "Content-Type": "application/json",
                "X-GOOG-API-FORMAT-VERSION": "2",
                "X-FIREBASE-CLIENT": f"fire-admin-python/{firebase_admin.__version__}",
            },
        )

    async def _post_all(
        self,
        bodies: Mapping[int, bytes],
        which: Sequence[int],
        outcomes: list[Outcome],
        session: "aiohttp.ClientSession",
    ) -> list[int]:
        """Write down the outcomes of these; gives those whose access token was refused."""
        unsigned: list[int] = []
        waiting = iter(which)  # shared by all lines: whichever is free takes the next
        lines = min(self._lines, len(which))
        await asyncio.gather(
            *(self._line(session, bodies, waiting, outcomes, unsigned) for _ in range(lines))
        )
        return unsigned

    async def _line(
        self,
        session: "aiohttp.ClientSession",
        bodies: Mapping[int, bytes],
        waiting: Iterator[int],
        outcomes: list[Outcome],
        unsigned: list[int],
    ) -> None:
        from aiohttp import ClientError
        from yarl import URL

        url, signed = URL(self._url), {"Authorization": f"Bearer {self._credential.token}"}
        for n in waiting:
            try:
                async with session.post(
                    url, data=bodies[n], headers=signed, proxy=self._proxy, allow_redirects=False
                ) as reply:
                    told = await reply.read()
                outcomes[n] = answered(reply.status, reply.headers, told)
                if token_refused(reply.status, told):
                    unsigned.append(n)
            except (ClientError, TimeoutError, OSError) as error:
                outcomes[n] = Retry(why(error))  # FCM may have taken it: the repeat has the same mid


ADDRESS = f"the address {uuid4()}"
"""Stands in a message for the address of its phone."""
QUOTED = json.dumps(ADDRESS).encode()


def bodies_of(jobs: Sequence[Job], outcomes: list[Outcome]) -> dict[int, bytes]:
    """The body of each message by its job's number; of one that the SDK itself refuses the outcome is written down.

    What differs in nothing but its address, as an alert to everybody does, is encoded once.
    """
    halves: dict[Hashable, tuple[bytes, bytes]] = {}
    bodies: dict[int, bytes] = {}
    with quiet_about_tokens():
        for n, job in enumerate(jobs):
            [(kind, address)] = job.address.items()
            said = (kind, job.mid, job.kind, job.urgency, job.title, job.body, job.collapse, job.expires_at)
            form = (*said, *job.data.items())
            try:
                if form not in halves:
                    before, _, after = encoded(as_message(replace(job, address={kind: ADDRESS}))).partition(
                        QUOTED
                    )
                    halves[form] = before, after
            except ValueError as error:  # the SDK's own checks of a message
                outcomes[n] = Rejected(why(error))
                continue
            before, after = halves[form]
            bodies[n] = before + json.dumps(address).encode() + after
    return bodies


def encoded(message: Any) -> bytes:
    """The body of `messages:send`, byte for byte as `messaging.send()` posts it."""
    from firebase_admin import _messaging_encoder

    told = {"message": _messaging_encoder.MessageEncoder().default(message)}
    return AS_REQUESTS.encode(told).encode()
