"""The wire between the house and PostgreSQL, watched: who commits what, told before they learn it themselves.

A Unix socket like PostgreSQL's own; what comes in goes on to the real one. Of each transaction it knows which process
made it (the kernel says so), its statements and the ids in them. When PostgreSQL reports that it has committed, a
``hook`` is called while that report is still held here: whoever is killed now is killed between COMMIT and answer.
"""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import unquote
from uuid import UUID

NAME = ".s.PGSQL.5432"
CANCEL = 80877102


@dataclass
class Commit:
    """A transaction that PostgreSQL has committed, and that its maker does not know yet."""

    maker: int
    """The process that asked for it."""
    backend: int
    """The process of PostgreSQL that did it."""
    statements: list[str] = field(default_factory=list)
    ids: set[UUID] = field(default_factory=set)

    def did(self, *words: str) -> bool:
        """Whether one of its statements holds one of these words."""
        return any(word in statement for statement in self.statements for word in words)


class Wire:
    """Listens in ``folder`` while the ``with`` block lasts; ``hook`` gets each commit, and may take its time.

    If the hook gives True, the report is not handed on: the connection is cut.
    """

    def __init__(self, folder: Path, real: Path) -> None:
        self.folder, self.real = folder, real / NAME
        self.hook: Callable[[Commit], bool] = lambda _: False
        self._links: set[Link] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.folder.mkdir(exist_ok=True)
        (self.folder / NAME).unlink(missing_ok=True)
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(self.folder / NAME))
        self._door.listen(100)
        self._thread = threading.Thread(target=self._take, name="wire", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._door.close()
        with self._lock:
            links = list(self._links)
        for link in links:
            link.cut()
            link.join()

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self.real))
            except OSError:  # PostgreSQL is away: so are we
                near.close()
                far.close()
                continue
            link = Link(self, near, far)
            with self._lock:
                self._links.add(link)
            link.begin()

    def forget(self, link: "Link") -> None:
        """A link has ended."""
        with self._lock:
            self._links.discard(link)


class Link:
    """One connection, both ways."""

    def __init__(self, wire: Wire, near: socket.socket, far: socket.socket) -> None:
        self.wire, self.near, self.far = wire, near, far
        pid, _, _ = struct.unpack("3i", near.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        self.now = Commit(pid, 0)
        self._named: dict[bytes, str] = {}
        self._greeted = False
        self._threads = [
            threading.Thread(target=self._carry, args=way, daemon=True)
            for way in ((near, far, self._asked), (far, near, self._said))
        ]
        self._left = len(self._threads)
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Carry what comes."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until both ways have ended."""
        for thread in self._threads:
            thread.join()

    def cut(self) -> None:
        """End it, both ways."""
        for end in (self.near, self.far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _carry(
        self, source: socket.socket, target: socket.socket, look: Callable[[bytes, bytes], bool]
    ) -> None:
        held = b""
        with suppress(OSError):
            while data := source.recv(65536):
                held += data
                whole, cut = self._whole(held, look)
                target.sendall(held[:whole])
                held = held[whole:]
                if cut:
                    break
        self.cut()
        with self._lock:
            self._left -= 1
            last = not self._left
        if last:
            self.near.close()
            self.far.close()
            self.wire.forget(self)

    def _whole(self, held: bytes, look: Callable[[bytes, bytes], bool]) -> tuple[int, bool]:
        """How many bytes of whole messages there are, each looked at; and whether to stop before the last one."""
        at = 0
        while True:
            typed = look == self._said or self._greeted  # the first message of a client has no type
            head = 1 if typed else 0
            if len(held) - at < head + 4:
                return at, False
            (length,) = struct.unpack_from("!I", held, at + head)
            if len(held) - at < head + length:
                return at, False
            body = held[at + head + 4 : at + head + length]
            if not typed:
                self._greeted = struct.unpack_from("!I", body)[0] != CANCEL
            elif look(held[at : at + 1], body):
                return at, True
            at += head + length

    def _asked(self, kind: bytes, body: bytes) -> bool:
        """What the client asks for: statements by name, and the ids that they are given."""
        if kind == b"P":
            name, text, _ = body.split(b"\0", 2)
            self._named[name] = text.decode()
        elif kind == b"B":
            _, name, rest = body.split(b"\0", 2)
            self._begin_anew(self._named.get(name, ""))
            self.now.statements.append(self._named.get(name, ""))
            self.now.ids |= set(_ids(rest))
        elif kind == b"Q":
            self._begin_anew(body.decode(errors="replace"))
        return False

    def _begin_anew(self, statement: str) -> None:
        if statement.startswith("BEGIN"):
            self.now = Commit(self.now.maker, self.now.backend)

    def _said(self, kind: bytes, body: bytes) -> bool:
        """What PostgreSQL says; True for a report that the hook keeps."""
        if kind == b"K":
            self.now.backend = struct.unpack_from("!I", body)[0]
        if kind == b"C" and body == b"COMMIT\0":
            done, self.now = self.now, Commit(self.now.maker, self.now.backend)
            return self.wire.hook(done)
        return False


def _ids(rest: bytes) -> list[UUID]:
    """The UUIDs among the values of a Bind message: 16 bytes, or their text."""
    (formats,) = struct.unpack_from("!H", rest)
    at = 2 + 2 * formats
    (count,) = struct.unpack_from("!H", rest, at)
    at += 2
    found = []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", rest, at)
        at += 4
        value = rest[at : at + max(0, length)]
        at += max(0, length)
        if length == 16:
            found.append(UUID(bytes=value))
        elif length in (32, 36):
            with suppress(ValueError):
                found.append(UUID(value.decode(errors="replace")))
    return found


def socket_of(url: str) -> Path:
    """The folder of the socket in one of our cluster's URLs."""
    return Path(unquote(url.partition("host=")[2]))
