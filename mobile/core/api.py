"""The air: the only place that knows the network. Everything above sees answers, or that there is no signal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared_models.problems import Problem
from shared_models.sync import KEY_HEADER, WIRE_HEADER, WIRE_VERSION

CONNECT_S, READ_S = 6.0, 25.0
OK, TOO_MANY, SERVER_FAULT = 200, 429, 500
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

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "",
        key: str = "",
        file: Path | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Make one call: JSON, or the bytes of a file. Raises NoSignal if nothing came back (in ``seconds``)."""
        import httpx  # after the first frame: importing it takes as long as drawing one

        sent = {WIRE_HEADER: str(WIRE_VERSION), **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if key:
            sent[KEY_HEADER] = key
        content: bytes | None = None
        if file is not None:
            content, sent["Content-Type"] = file.read_bytes(), "image/jpeg"
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
