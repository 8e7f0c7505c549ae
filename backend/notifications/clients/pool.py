"""Connections that stay open from one batch to the next, and what the machine's environment says of them."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar

import aiohttp

Done = TypeVar("Done")
GRACE = 0.1  # seconds for the farewells of TLS (aiohttp: "graceful shutdown")


class Pool:
    """An event loop that runs only while a batch is sent, and the session that lives on it in between.

    `opens` makes the session; it is called on the loop, at the first batch. Of several threads that
    send, one goes after the other.
    """

    def __init__(self, opens: Callable[[], aiohttp.ClientSession]) -> None:
        self._opens = opens
        self._loop, self._one = asyncio.Runner(), threading.Lock()
        self._session: aiohttp.ClientSession | None = None

    def run(self, work: Callable[[aiohttp.ClientSession], Coroutine[None, None, Done]]) -> Done:
        """What the work makes of the session."""
        with self._one:
            return self._loop.run(self._work(work))

    def close(self) -> None:
        """Let all connections go."""
        if self._session:
            self._loop.run(self._end(self._session))
        self._loop.close()

    @staticmethod
    async def _end(session: aiohttp.ClientSession) -> None:
        await session.close()
        await asyncio.sleep(GRACE)

    async def _work(self, work: Callable[[aiohttp.ClientSession], Coroutine[None, None, Done]]) -> Done:
        if self._session is None:
            self._session = self._opens()
        # What was closed at the other end meanwhile is heard before a connection is chosen:
        # one turn of the loop reads the end, the next two take the connection down.
        for _ in range(3):
            await asyncio.sleep(0)
        return await work(self._session)


def surroundings(url: str) -> tuple[ssl.SSLContext, str | None]:
    """Whom the machine trusts, and the proxy towards this URL: as firebase-admin's own calls find both.

    That is HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, and certifi's authorities without.
    """
    import requests
    from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy

    with requests.Session() as session:
        told = session.merge_environment_settings(url, {}, None, None, None)
    bundle = Path(told["verify"] if isinstance(told["verify"], str) else DEFAULT_CA_BUNDLE_PATH)
    file, folder = (None, bundle) if bundle.is_dir() else (bundle, None)
    return ssl.create_default_context(cafile=file, capath=folder), select_proxy(url, told["proxies"])
