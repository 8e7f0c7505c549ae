"""From a name to addresses that may be reached, and to them alone."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from backend.notifications.clients.answers import MAX_ANSWER, PER_HOST


class Checked(AbstractResolver):
    """Gives a name's addresses if every one of them may be reached; raises OSError otherwise.

    One that may not be is enough: whoever answers so means to lead us somewhere.
    """

    def __init__(self, reaches: Callable[[str], bool]) -> None:
        self._reaches = reaches

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """As the connector asks for it."""
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM
        )
        places = [(each[0], each[2], str(each[4][0])) for each in found]
        if not places or not all(self._reaches(address) for _, _, address in places):
            raise OSError("the name leads to an address that is not public")
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=address, port=port, family=of, proto=proto, flags=numeric)
            for of, proto, address in places
        ]

    async def close(self) -> None:
        """Nothing is held."""


def only(reaches: Callable[[str], bool]) -> Callable[[Any], socket.socket]:
    """A maker of sockets that makes none for an address that may not be reached: the last word, past every URL."""

    def make(info: Any) -> socket.socket:
        family, kind, proto, _, place = info
        if not reaches(str(place[0])):
            raise OSError("an address that is not public")
        return socket.socket(family, kind, proto)

    return make


def open_session(
    reaches: Callable[[str], bool], trust: ssl.SSLContext, timeout: float, *, lookups: int
) -> aiohttp.ClientSession:
    """A session that posts to addresses that may be reached and to no others, within ``timeout`` seconds each.

    Names are looked up by ``lookups`` threads: one that gets no answer must not keep the others from theirs.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(lookups))
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0,
            limit_per_host=PER_HOST,
            ssl=trust,
            resolver=Checked(reaches),
            socket_factory=only(reaches),
        ),
        timeout=aiohttp.ClientTimeout(total=timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        read_bufsize=MAX_ANSWER,
    )
