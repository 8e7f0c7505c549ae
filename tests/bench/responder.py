"""``python -m tests.bench.responder FOLDER MILLISECONDS``: a quick FCM look-alike that takes everything.

An HTTP proxy whose tunnels end in itself, with TLS, as the strict stand-in's do; it answers each post after so many
milliseconds. ``FOLDER/port`` stands once it listens.
"""

import asyncio
import signal
import socket
import ssl
import sys
from pathlib import Path

SENT = b'{"name": "projects/bench/messages/0:1"}'
REGIONS = b'{"locations": ["global"], "encodedLocations": "0x0"}'
TOKEN = b'{"access_token": "ya29.bench", "expires_in": 3599, "token_type": "Bearer"}'


def answer(body):
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )


async def serve(reader, writer, tls, wait):
    line = writer.get_extra_info("socket")
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if head.startswith(b"CONNECT"):
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                await writer.start_tls(tls)
                continue
            # Behind a proxy urllib3 sends a body only when its headers are acknowledged, which else takes 40 ms.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            small = head.lower()
            if (at := small.find(b"content-length:")) >= 0:
                await reader.readexactly(int(small[at + 15 : small.index(b"\r\n", at)]))
            if head.startswith(b"POST /token"):
                writer.write(answer(TOKEN))
                continue
            if head.startswith(b"GET"):  # google-auth asks this in the background
                writer.write(answer(REGIONS))
                continue
            if wait:
                await asyncio.sleep(wait)
            writer.write(answer(SENT))
    except (OSError, EOFError):
        pass
    finally:
        writer.transport.abort()


async def main(folder, wait):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "server.pem")
    server = await asyncio.start_server(
        lambda reader, writer: serve(reader, writer, tls, wait), "127.0.0.1", 0, backlog=512
    )
    ends = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ends.set)
    (folder / "port.new").write_text(str(server.sockets[0].getsockname()[1]))
    (folder / "port.new").rename(folder / "port")
    await ends.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) / 1000))
