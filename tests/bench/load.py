"""A client as thin as can be: prepared bytes over connections that stay open, so that the server is what is measured."""

import socket
import threading
import time


class Line:
    """One connection."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, raw):
        """Send one request; gives (status, body)."""
        self.socket.sendall(raw)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.more()
        head = data[:end].lower()
        status = int(head[9:12])
        body = data[end + 4 :]
        if status == 304:
            return status, body
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        parts, have = [body], len(body)
        while have < length:
            parts.append(self.more())
            have += len(parts[-1])
        return status, b"".join(parts)

    def more(self):
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionError("the server hung up")
        return data

    def close(self):
        self.socket.close()


def raw(method, path, headers=(), body=b""):
    """The bytes of a request."""
    head = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{name}: {value}" for name, value in headers)]
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def burst(port, make, count, lines=2, seconds=None):
    """Ask ``make(n)`` for n = 0 … count (or for so many seconds) over some connections.

    Gives (how many were answered, the wall seconds it took, each answer's milliseconds). Any answer but 2xx or 304 fails.
    """
    waits, failed, turn, lock = [], [], iter(range(10**9 if seconds else count)), threading.Lock()
    until = time.monotonic() + seconds if seconds else None

    def work():
        line = Line(port)
        try:
            while until is None or time.monotonic() < until:
                with lock:
                    n = next(turn, None)
                if n is None:
                    break
                began = time.perf_counter()
                status, body = line.ask(make(n))
                waits.append((time.perf_counter() - began) * 1000)
                assert status < 300 or status == 304, (status, body)
        except Exception as error:  # noqa: BLE001 - told by the main thread
            failed.append(error)
        finally:
            line.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return len(waits), time.perf_counter() - began, waits


def p99(waits):
    return sorted(waits)[int(len(waits) * 0.99)]
