"""The air: the only place that knows the network. Everything above sees answers, or that there is no signal."""

import json
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared_models.problems import Problem
from shared_models.sync import BEAT_S, KEY_HEADER, WIRE_HEADER, WIRE_VERSION

CONNECT_S, READ_S = 6.0, 25.0
SILENCE_S = 2 * BEAT_S
"""A stream that says nothing for that long is dead."""
OK, ELSEWHERE, SERVER_FAULT = 200, 307, 500
AGAIN = frozenset({401, 408, 425, 429})
"""Refusals that are no verdict on what was asked: later it may pass."""


class NoSignal(Exception):
    """Nothing came back. Whether the call arrived is not known."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """It was done."""
        return OK <= self.status < 300  # noqa: PLR2004

    @property
    def later(self) -> bool:
        """It was not done, and may be if sent again."""
        return self.status >= SERVER_FAULT or self.status in AGAIN

    @property
    def problem(self) -> Problem:
        """What the server said is wrong."""
        try:
            return Problem.read(self.data)
        except Exception:  # noqa: BLE001 - a proxy's page in place of ours tells nothing
            return Problem(type="fault", title="", status=self.status)

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks us to wait."""
        words = self.headers.get("retry-after", "")
        return float(words) if words.isdecimal() else None


class Api:
    """Calls to one server."""

    def __init__(self, server: str, transport: Any = None) -> None:
        """``transport`` stands in for the network in tests: httpx's WSGI transport, for example."""
        self.server, self.transport = server.rstrip("/"), transport
        self._client: Any = None
        self._held: Any = None

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        key: str = "",
        picture: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Make one call: JSON, or the bytes of a picture. Raises NoSignal if nothing came back (in ``seconds``)."""
        import httpx  # after the first frame: importing it takes as long as drawing one

        sent = {WIRE_HEADER: str(WIRE_VERSION), **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if key:
            sent[KEY_HEADER] = key
        content: bytes | None = None
        if picture is not None:
            content, sent["Content-Type"] = picture, "image/jpeg"
        elif body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            timeout = httpx.USE_CLIENT_DEFAULT if seconds is None else seconds
            got = self._open(httpx).request(method, path, content=content, headers=sent, timeout=timeout)
            return Answer(
                got.status_code, _json(got), {k.lower(): v for k, v in got.headers.items()}, got.content
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NoSignal(type(error).__name__) from error

    def listen(self, path: str, *, token: str, said: Callable[[str], bool]) -> Answer:
        """Hold a stream of lines open, until it ends or ``said``, which is called with each, wants no more.

        Where the server names another place for it, the stream is opened there. Raises NoSignal if it broke off,
        or was silent for longer than one that lives.
        """
        import httpx

        sent = {
            WIRE_HEADER: str(WIRE_VERSION),
            "Authorization": f"Bearer {token}",
            "Accept": "text/event-stream",
        }
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        try:
            for _ in range(2):
                with self._open(httpx).stream("GET", path, headers=sent, timeout=timeout) as got:
                    if got.status_code != ELSEWHERE:
                        return self._follow(got, said)
                    path = self._elsewhere(httpx, got)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NoSignal(type(error).__name__) from error
        raise NoSignal("sent on and on")

    def _follow(self, got: Any, said: Callable[[str], bool]) -> Answer:
        headers = {name.lower(): value for name, value in got.headers.items()}
        if got.status_code != OK:
            got.read()
            return Answer(got.status_code, _json(got), headers, got.content)
        self._held = got.extensions.get("network_stream")
        try:
            for line in got.iter_lines():
                if not said(line):
                    break
        finally:
            self._held = None
        return Answer(got.status_code, None, headers)

    def _elsewhere(self, httpx: Any, got: Any) -> str:
        """Where we are sent on to. A token that goes by TLS goes nowhere without."""
        place = httpx.URL(self.server).join(got.headers.get("location", ""))
        if self.server.startswith("https:") and place.scheme != "https":
            raise NoSignal("sent to a place without TLS")
        return str(place)

    def hang_up(self) -> None:
        """Break off the stream that is held open, if one is. From any thread; ``listen`` ends in NoSignal or returns."""
        held = self._held
        if held is not None:
            with suppress(OSError):
                held.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def _open(self, httpx: Any) -> Any:
        if self._client is None:
            self._client = httpx.Client(
                base_url=self.server,
                transport=self.transport,
                follow_redirects=False,
                trust_env=False,
                timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            )
        return self._client

    def close(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _json(got: Any) -> Any:
    if "json" not in got.headers.get("content-type", ""):
        return None
    try:
        return got.json()
    except ValueError:
        return None
