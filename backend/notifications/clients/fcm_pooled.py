"""FCM over a pool of connections of our own: the same messages as firebase-admin's, for a tenth of its work."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.notifications.clients import Job, Outcome, Rejected, Retry
from backend.notifications.clients.answers import why
from backend.notifications.clients.fcm import answered, judged, messages, sign_in, token_refused

if TYPE_CHECKING:
    import aiohttp

HOST = "https://fcm.googleapis.com"


class PooledFcm:
    """Firebase Cloud Messaging over up to `lines` HTTP/1.1 connections that stay open.

    Account, token and the encoding of a message are firebase-admin's and google-auth's. Each message
    is posted once and answered within `timeout` seconds, or is to be sent again: no wait and no retry
    happens in here, but for one more post where the access token was refused and a new one was granted.
    """

    name = "fcm"
    lease = timedelta(minutes=10)

    def __init__(self, account: Any, lines: int = 100, timeout: float = 10) -> None:
        from backend.notifications.clients.pool import Pool, surroundings

        self.batch = 5 * lines
        self._lines, self._timeout = lines, timeout
        self._credential = account.get_credential()
        self._url = f"{HOST}/v1/projects/{account.project_id}/messages:send"
        self._trust, self._proxy = surroundings(self._url)
        self._pool = Pool(self._open)

    @classmethod
    def from_file(cls, path: Path, lines: int = 100, timeout: float = 10) -> "PooledFcm":
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
        posts = list(enumerate(messages(jobs)))
        unsigned = self._pool.run(partial(self._post_all, posts, outcomes))
        if unsigned:
            refused = sign_in(self._credential, self._timeout, anew=True)
            for n, _ in unsigned:
                outcomes[n] = refused or outcomes[n]
            if not refused:
                self._pool.run(partial(self._post_all, unsigned, outcomes))
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
        self, posts: list[tuple[int, Any]], outcomes: list[Outcome], session: "aiohttp.ClientSession"
    ) -> list[tuple[int, Any]]:
        """Write down each post's outcome; gives those whose access token was refused."""
        unsigned: list[tuple[int, Any]] = []
        waiting = iter(posts)  # shared by all lines: whichever is free takes the next
        lines = min(self._lines, len(posts))
        await asyncio.gather(*(self._line(session, waiting, outcomes, unsigned) for _ in range(lines)))
        return unsigned

    async def _line(
        self,
        session: "aiohttp.ClientSession",
        waiting: Iterator[tuple[int, Any]],
        outcomes: list[Outcome],
        unsigned: list[tuple[int, Any]],
    ) -> None:
        from aiohttp import ClientError
        from yarl import URL

        url, signed = URL(self._url), {"Authorization": f"Bearer {self._credential.token}"}
        for n, message in waiting:
            try:
                body = encoded(message)
                async with session.post(
                    url, data=body, headers=signed, proxy=self._proxy, allow_redirects=False
                ) as reply:
                    told = await reply.read()
                outcomes[n] = answered(reply.status, reply.headers, told)
                if token_refused(reply.status, told):
                    unsigned.append((n, message))
            except (ClientError, TimeoutError, OSError) as error:
                outcomes[n] = Retry(why(error))  # FCM may have taken it: the repeat has the same mid
            except ValueError as error:  # the SDK's own checks of a message
                outcomes[n] = Rejected(why(error))


def encoded(message: Any) -> bytes:
    """The body of `messages:send`, byte for byte as `messaging.send()` posts it."""
    from firebase_admin import _messaging_encoder

    told = {"message": _messaging_encoder.MessageEncoder().default(message)}
    return json.dumps(told, allow_nan=False).encode()
