"""The stream as a process of its own on loopback, and those who listen to it."""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent


class StreamProcess:
    """``python -m backend.stream`` on the database of these settings."""

    def __init__(self, settings, log):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url, self.log = f"http://127.0.0.1:{self.port}", log
        self.env = {
            **os.environ,
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key.decode(),
            "FILES_URL": settings.files_url,
            "STREAM_PORT": str(self.port),
        }
        self.start()

    def start(self):
        """Start it, and return once it hears PostgreSQL."""
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "backend.stream"], cwd=ROOT, env=self.env, stderr=file
            )
        try:
            until(lambda: self.health().get("listening"))
        except AssertionError:
            self.kill()
            raise

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.terminate()
        assert self.process.wait(20) == 0, self.log.read_text()

    def health(self):
        """What ``/healthz`` says; nothing while nobody answers."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer:
                return json.load(answer)
        except OSError:
            return {}

    def memory(self):
        """Its resident memory, in KiB."""
        words = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in words.splitlines() if line.startswith("VmRSS"))


class Ear:
    """Somebody who holds a stream open; what they are told can be taken one at a time."""

    def __init__(self, stream, token, headers=()):
        self.socket = socket.create_connection(("127.0.0.1", stream.port), timeout=30)
        head = "".join(f"{name}: {value}\r\n" for name, value in dict(headers).items())
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        self.socket.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: city.test\r\n{head}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers, self.thread = {}, None
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            self.headers[name.lower()] = value

    def problem(self):
        """The problem document of a refusal."""
        assert self.headers["content-type"] == "application/problem+json"
        return json.loads(self.file.read(int(self.headers["content-length"])))

    def listen(self):
        """Follow it in a thread: ``told`` then has True for each "pull now", and None at the end."""
        self.told = queue.Queue()

        def follow():
            with suppress(OSError, ValueError):
                for line in self.file:
                    if line == b"event: pull\n":
                        self.told.put(True)
            self.told.put(None)

        self.thread = threading.Thread(target=follow, daemon=True)
        self.thread.start()
        return self

    def hears(self):
        """Wait for the next "pull now" (True) or for the end (None)."""
        return self.told.get(timeout=30)

    def heard(self):
        """How often "pull now" came that nobody has taken."""
        return self.told.qsize()

    def close(self):
        """Go away without a word."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        if self.thread:
            self.thread.join(30)
        self.file.close()
        self.socket.close()


def until(condition):
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit, "it did not come to pass"
        time.sleep(0.02)
