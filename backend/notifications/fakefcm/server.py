"""The fake's one port on loopback.

It speaks clear HTTP/1.1 for the OAuth grant (`token_uri`), for a desktop device and for a human,
and is an HTTP proxy: `CONNECT fcm.googleapis.com:443` is answered by the fake itself, TLS ending
here (h2 or http/1.1); every other host is refused with 403, so that nothing leaves the machine.
"""

import asyncio
import json
import ssl
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import h2.exceptions
import h11

from . import certificates
from .errors import Answer, Reply, answer
from .service import FakeFcm, Request, write_private
from .transports import serve_http1, serve_http2

HOST = "127.0.0.1"
GOOGLE = ("fcm.googleapis.com", "iamcredentials.googleapis.com")
LONGEST_WAIT = 30.0  # seconds that a device's poll may be held


class FakeFcmServer:
    """Serves a `FakeFcm` in a thread of its own while the `with` block lasts.

    With a `folder`, `folder/service-account.json` and `folder/env.json` are written once it
    listens. `port` 0 takes a free one. `refused` lists the hosts that a client asked for in vain.
    """

    def __init__(self, fake: FakeFcm | None = None, folder: Path | None = None, port: int = 0) -> None:
        self.fake = fake or FakeFcm()
        self.url = ""
        self.http1 = self.http2 = 0  # TLS connections so far, by protocol
        self.refused: list[str] = []
        self._folder, self._port = folder, port
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._close = ExitStack()

    def __enter__(self) -> Self:
        kept = self._folder or Path(self._close.enter_context(TemporaryDirectory(prefix="fakefcm-")))
        self._certificates = certificates.make(kept, GOOGLE)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self._certificates.server)
        self._tls.set_alpn_protocols(["h2", "http/1.1"])
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="fakefcm")
        self._thread.start()
        self._close.callback(self._stop)
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
            if self._folder:
                write_private(self._folder / "service-account.json", json.dumps(self.service_account()))
                write_private(self._folder / "env.json", json.dumps(self.env(), indent=2))
        except BaseException:
            self._close.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close.close()

    def env(self) -> dict[str, str]:
        """The environment that makes firebase-admin (its blocking calls) speak to this fake.

        `FAKE_FCM_URL` is for a desktop app that plays a phone.
        """
        authority = str(self._certificates.authority)
        return {
            "HTTPS_PROXY": self.url,
            "REQUESTS_CA_BUNDLE": authority,
            "SSL_CERT_FILE": authority,
            "NO_PROXY": "127.0.0.1,localhost",
            "FAKE_FCM_URL": self.url,
        }

    def service_account(self) -> dict[str, str]:
        """A new service account, as its JSON file holds it; the one before it is revoked."""
        return self.fake.accounts.issue(f"{self.url}/token")

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connection, HOST, self._port, backlog=1024)
        self.url = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    def _stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        if self._server:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()  # no farewell: a client that is gone would let us wait for its TLS
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # An error means that the client went away or spoke nonsense, a cancellation that we are
        # closing: the connection ends in every case.
        ends = (OSError, EOFError, h11.ProtocolError, h2.exceptions.ProtocolError, asyncio.CancelledError)
        self._open.add(writer)
        try:
            if await serve_http1(reader, writer, self._answer, self._admit):
                await writer.start_tls(self._tls)
                if writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
                    self.http2 += 1
                    await serve_http2(reader, writer, self._answer)
                else:
                    self.http1 += 1
                    await serve_http1(reader, writer, self._answer)
        except* ends:
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self._open.discard(writer)

    def _admit(self, host: str) -> bool:
        if host in GOOGLE:
            return True
        self.refused.append(host)
        return False

    async def _answer(self, request: Request) -> Answer:
        url = urlsplit(request.path)
        match request.method, url.path.strip("/").split("/"):
            case "POST", ["_device"]:
                return answer({"token": self.fake.register()}, 201)
            case "GET", ["_device", token]:
                query = parse_qs(url.query)
                after, wait = query.get("after", ["0"])[0], query.get("wait", ["0"])[0]
                try:
                    return await self._news(unquote(token), int(after), float(wait))
                except ValueError:
                    return answer({"error": "after and wait are numbers"}, 400)
            case "GET", ["_state"]:
                return answer(self._state())
        return self.fake.handle(request)

    async def _news(self, token: str, after: int, wait: float) -> Reply:
        """What a device was handed after the message numbered `after`; waits up to `wait` seconds for some."""
        device = self.fake.devices.get(token)
        if device is None:
            return answer({"error": "no such device"}, 404)
        came = asyncio.Event()

        def wake() -> None:  # from whatever thread hands the message over
            self._loop.call_soon_threadsafe(came.set)

        device.watchers.add(wake)
        try:
            async with asyncio.timeout(min(wait, LONGEST_WAIT)):
                while not device.since(after):
                    came.clear()
                    await came.wait()
        except TimeoutError:
            pass  # nothing came: the answer is an empty list
        finally:
            device.watchers.discard(wake)
        fresh = [
            {"number": sent.number, "name": sent.name, "data": sent.data, "notification": sent.notification}
            for sent in device.since(after)
        ]
        return answer({"messages": fresh})

    def _state(self) -> dict[str, object]:
        """Numbers for a human; no token is among them."""
        return {
            "project": self.fake.project,
            "sent": self.fake.count,
            "devices": len(self.fake.devices),
            "grants": self.fake.accounts.grants,
            "http1": self.http1,
            "http2": self.http2,
            "refused": self.refused,
        }
