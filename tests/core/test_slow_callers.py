"""The server as ``make run`` starts it, over loopback, against callers who are slow, huge or double-tongued.

The slow ones come from 127.0.0.1, the others from 127.0.0.2: nobody waits for them.
"""

import json
import re
import select
import socket
import time
import uuid
from contextlib import ExitStack, contextmanager

import pytest

from backend.core import bodies
from backend.core.photos import made_anew
from backend.run.house import THREADS
from tests.processes import Programs, answering, fetch

SIGN_IN = b"POST /v1/identity/sessions HTTP/1.1\r\nHost: westu\r\nContent-Type: application/json\r\n"
SECONDS = 30
"""Long enough for a busy machine: whoever is answered at all is answered sooner."""


@pytest.fixture(scope="module")
def port(house, settings, tmp_path_factory):
    """A server of our own, behind no proxy."""
    with Programs(tmp_path_factory.mktemp("server")) as programs:
        yield int(
            answering(*programs.server("server", settings, workers=2, POOL_SIZE="4")).rpartition(":")[2]
        )


def guess():
    """A wrong password, for an account of its own: it is refused as such, and counts against no other."""
    return json.dumps({"email": f"{uuid.uuid4()}@example.org", "password": "wrong"}).encode()


LENGTH = len(guess())


def connected(port, source="127.0.0.1"):
    line = socket.create_connection(("127.0.0.1", port), SECONDS, (source, 0))
    line.settimeout(SECONDS)
    return line


def said(line):
    """The status and the JSON of what is answered; (0, None) where the line is closed without an answer."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = line.recv(65536)
        if not piece:
            return (0, None) if not heard else (int(heard.split()[1]), None)
        heard += piece
    head, _, body = heard.partition(b"\r\n\r\n")
    length = int((re.search(rb"content-length: (\d+)", head.lower()) or [b"", b"0"])[1])
    while len(body) < length:
        body += line.recv(65536)
    return int(head.split()[1]), json.loads(body) if body[:1] == b"{" else None


def asked(port, raw, source="127.0.0.2"):
    with connected(port, source) as line:
        line.sendall(raw)
        return said(line)


def posted(port, source="127.0.0.2"):
    body = guess()
    return asked(port, SIGN_IN + b"Content-Length: %d\r\n\r\n" % len(body) + body, source)[0]


@contextmanager
def trickling(port, count, head=SIGN_IN + b"Content-Length: %d\r\n\r\n{" % LENGTH):
    """So many callers at one address who have begun to send, and go no further."""
    with ExitStack() as lines:
        slow = [lines.enter_context(connected(port)) for _ in range(count)]
        for line in slow:
            line.sendall(head)
        time.sleep(0.3)
        yield slow


def test_bodies_that_trickle_in_keep_nobody_else_waiting(port):
    with trickling(port, 3 * THREADS) as slow:
        others = [
            (asked(port, b"GET /v1/identity/departments HTTP/1.1\r\nHost: westu\r\n\r\n")[0], posted(port))
            for _ in range(6)
        ]
        assert others == [(200, 401)] * 6
        # Whoever got a place may take their time; the rest of that address was told to come again.
        waiting = set(slow)
        deadline = time.monotonic() + SECONDS
        told = slow
        # (two processes, and the kernel shares callers out as it likes: until nobody is told anything any more)
        while len(waiting) > 2 * bodies.FROM_ONE or told:
            assert time.monotonic() < deadline, f"{len(waiting)} have a place"
            told = select.select(list(waiting), [], [], 2 * bodies.PATIENCE)[0]
            for line in told:
                assert said(line)[0] == 429
                waiting.remove(line)
        assert waiting
        for line in waiting:
            line.sendall(guess()[1:])
            assert said(line)[0] == 401


def test_heads_that_trickle_in_keep_nobody_else_waiting(port):
    with trickling(port, 100, b"GET /v1/identity/departments HTTP/1.1\r\nHost: wes"):
        assert [posted(port) for _ in range(4)] == [401] * 4


def test_a_body_that_is_cut_short_is_no_body_and_its_place_is_free_again(port):
    for _ in range(3 * THREADS):
        with connected(port) as line:
            line.sendall(SIGN_IN + b"Content-Length: %d\r\n\r\n" % LENGTH + guess()[:-1])
    assert posted(port, "127.0.0.1") == 401


def sent_photo(caller, id, data, announced):
    head = f"PUT /v1/photos/{id} HTTP/1.1\r\nHost: westu\r\nAuthorization: Bearer {caller.token}\r\n"
    return head.encode() + b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % announced + data


def test_a_photo_that_was_cut_short_is_kept_by_nobody_and_can_be_sent_again_whole(port, alice, jpeg):
    """Of a photo with a film behind it the first part can be decoded: kept so, the whole would be another for ever."""
    id, whole = uuid.uuid4(), jpeg() + b"film" * 500
    assert made_anew(whole[:-2])
    with connected(port) as line:
        line.sendall(sent_photo(alice, id, whole[:-2], len(whole)))
        line.shutdown(socket.SHUT_WR)
        said(line)
    assert alice.get(f"/v1/photos/{id}").status_code == 404

    assert asked(port, sent_photo(alice, id, whole, len(whole)))[0] == 200


@pytest.mark.parametrize(
    ("lines", "statuses"),
    [
        (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400, 411}),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", {400, 411}),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", {411}),
        (b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", {400, 411}),
        (b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", {400}),
        (b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", {400, 411}),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", {400}),
        (b"Content-Length: 5, 6\r\n\r\nabcdef", {400}),
        (b"Content-Length: +5\r\n\r\nabcde", {400}),
        (b"Content-Length: -1\r\n\r\n", {400}),
        (b"Content-Length: 0x5\r\n\r\nabcde", {400}),
        (b"Content-Length: 99999999999999999999999\r\n\r\n", {400, 413}),
        (b"X: a\0b\r\nContent-Length: 0\r\n\r\n", {400}),
        (b"X: a\rY: b\r\nContent-Length: 0\r\n\r\n", {400}),
        (b" X: folded\r\nContent-Length: 0\r\n\r\n", {400}),
    ],
)
def test_a_request_whose_end_can_be_read_in_two_ways_is_one_request_or_none(port, lines, statuses):
    smuggled = b"GET /v1/identity/departments HTTP/1.1\r\nHost: westu\r\n\r\n"
    with connected(port, "127.0.0.2") as line:
        line.sendall(SIGN_IN + lines + smuggled)
        status, _ = said(line)
        assert status in statuses
        line.settimeout(1)
        try:
            rest = line.recv(65536)
        except TimeoutError:
            rest = b""
    assert b"public-works" not in rest


def test_ten_thousand_headers_and_an_endless_query_are_refused_at_the_door(port):
    many = b"".join(b"X-Header-%d: y\r\n" % number for number in range(10_000))
    get = b"GET /v1/identity/departments%s HTTP/1.1\r\nHost: westu\r\n%s\r\n"
    for raw in (
        get % (b"", many),
        get % (b"?q=" + b"x" * 500_000, b""),
        get % (b"", b"X: " + b"y" * 500_000 + b"\r\n"),
    ):
        with connected(port, "127.0.0.2") as line:
            try:
                line.sendall(raw)
                status, _ = said(line)
            except (BrokenPipeError, ConnectionResetError):
                status = 431  # refused before all of it was sent
            assert status in {400, 414, 431}
    assert posted(port) == 401


def test_fifty_megabytes_are_refused_when_they_are_announced(port, alice):
    announced = 50 * 1024 * 1024
    for raw in (
        SIGN_IN + b"Content-Length: %d\r\n\r\n" % announced,
        sent_photo(alice, uuid.uuid4(), b"\xff\xd8\xff", announced),
    ):
        status, told = asked(port, raw)
        assert (status, told["type"]) == (413, "too-large")
    assert posted(port) == 401


def test_another_protocol_is_none(port):
    for raw in (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /healthz\r\n\r\n",
        b"SSH-2.0-x\r\n",
    ):
        with connected(port, "127.0.0.2") as line:
            line.sendall(raw)
            assert said(line)[0] in {0, 400, 505}
    assert fetch(f"http://127.0.0.1:{port}/healthz")[0] == 200
