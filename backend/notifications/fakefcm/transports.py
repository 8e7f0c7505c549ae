"""HTTP/1.1 and HTTP/2 over one connection, as thin as they can be: read requests, write answers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import h2.config
import h2.connection
import h2.events
import h11

from .errors import Answer, Reply, Silence
from .service import Request

CHUNK = 65536

Answering = Callable[[Request], Awaitable[Answer]]


async def serve_http1(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answering: Answering,
    admit: Callable[[str], bool] = lambda _host: False,
) -> bool:
    """Serve until the client leaves; True if it asked for a tunnel (CONNECT) to a host that `admit` lets in.

    The tunnel has then been promised with 200, and the next bytes are the client's TLS.
    """
    connection = h11.Connection(h11.SERVER)
    while request := await _read_http1(connection, reader):
        reply: Answer
        if request.method == "CONNECT":
            if admit(request.path.rpartition(":")[0]):
                writer.write(connection.send(h11.Response(status_code=200, headers=[])) or b"")
                return True
            reply = Reply(403, b"")
        else:
            reply = await answering(request)
        if reply is Silence.HANG:
            await reader.read()  # until the client gives up
            return False
        if isinstance(reply, Silence):
            writer.transport.abort()
            return False
        response = h11.Response(status_code=reply.status, headers=_headers(reply))
        for event in (response, h11.Data(data=reply.body), h11.EndOfMessage()):
            writer.write(connection.send(event) or b"")
        await writer.drain()
        if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
            return False
        connection.start_next_cycle()
    return False


async def serve_http2(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answering: Answering
) -> None:
    """Serve many requests at once on one connection until the client leaves."""
    config = h2.config.H2Configuration(client_side=False, header_encoding=None)
    connection = h2.connection.H2Connection(config)
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    coming: dict[int, tuple[dict[str, str], bytearray]] = {}

    async def serve(stream: int, request: Request) -> None:
        reply = await answering(request)
        if reply is Silence.HANG:
            return
        if isinstance(reply, Silence):
            writer.transport.abort()
            return
        connection.send_headers(stream, [(":status", str(reply.status)), *_headers(reply)])
        connection.send_data(stream, reply.body, end_stream=True)
        writer.write(connection.data_to_send())

    async with asyncio.TaskGroup() as serving:
        while data := await reader.read(CHUNK):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    coming[event.stream_id] = (_text(event.headers), bytearray())
                elif isinstance(event, h2.events.DataReceived):
                    coming[event.stream_id][1].extend(event.data)
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    headers, body = coming.pop(event.stream_id)
                    request = Request(headers[":method"], headers[":path"], headers, bytes(body))
                    serving.create_task(serve(event.stream_id, request))
            writer.write(connection.data_to_send())
            await writer.drain()


async def _read_http1(connection: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    """The next whole request, or None when the client has left."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = _text(head.headers)
            return Request(head.method.decode(), head.target.decode(), headers, bytes(body))
        else:
            return None


def _text(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in headers}


def _headers(reply: Reply) -> list[tuple[str, str]]:
    length = ("content-length", str(len(reply.body)))
    return [("content-type", reply.content_type), *reply.headers, length]
