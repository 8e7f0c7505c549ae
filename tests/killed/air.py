"""The air between two programs on loopback: carries what comes, or refuses, or cuts an answer after so many bytes."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Air:
    """A port of its own (``port``) in front of ``target``, while the ``with`` block lasts."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, 0
        self.away = False
        """Nobody is there: what comes is turned away, what is open is cut."""
        self.cuts = 0
        """How many answers were cut."""
        self._call, self._where = b"", None
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._thread = threading.Thread(target=self._take, name="air", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._door.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def cut_answer(self, call: str, where: Callable[[int, int], int]) -> None:
        """Cut the answer to the next such call (``GET /v1/me``) after as many bytes as ``where(head, body)`` says."""
        self._where, self._call = where, call.encode()

    def cut(self) -> None:
        """Cut everything that is open."""
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = None
            if not self.away:
                with suppress(OSError):
                    far = socket.create_connection(("127.0.0.1", self.target))
            if far is None:
                near.close()
                continue
            with self._lock:
                self._open |= {near, far}
            state = {"left": 2, "cut": False}
            for way in ((near, far, False), (far, near, True)):
                thread = threading.Thread(target=self._carry, args=(*way, state), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _carry(self, source: socket.socket, target: socket.socket, answers: bool, state: dict) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not answers:
                    if self._call and data.startswith(self._call):
                        self._call, state["cut"] = b"", True
                elif state["cut"]:
                    self._send_part(data, source, target)
                    self.cuts += 1
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            state["left"] -= 1
            if not state["left"]:
                self._open -= {source, target}
                source.close()
                target.close()

    def _send_part(self, data: bytes, source: socket.socket, target: socket.socket) -> None:
        while b"\r\n\r\n" not in data:
            data += source.recv(65536)
        head = data.index(b"\r\n\r\n") + 4
        length = re.search(rb"(?i)content-length: (\d+)", data[:head])
        most = self._where(head, int(length[1]) if length else 0)
        while len(data) < most:
            data += source.recv(65536)
        target.sendall(data[:most])
