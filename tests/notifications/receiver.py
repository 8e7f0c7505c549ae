"""Another system on loopback: it keeps what is posted to it, checks signatures as Standard Webhooks says, and answers as told."""

import base64
import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Told:
    """One post."""

    def __init__(self, headers, body):
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.raw, self.event = body, json.loads(body)
        self.id = self.headers["webhook-id"]

    def signed_by(self, secret):
        """Whether one of the signatures is this secret's: written from the standard's text, not by our own code."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.raw
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split(" ")


class Receiver:
    """`answer(told)` gives (status, headers), or is a status."""

    def __init__(self, port=0):
        self.posts, self.answer, self.lock = [], 200, threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                told = Told(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
                with receiver.lock:
                    receiver.posts.append(told)
                answer = receiver.answer(told) if callable(receiver.answer) else receiver.answer
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # whoever asked has gone

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    @property
    def kinds(self):
        return [told.event["type"] for told in self.posts]

    @property
    def ids(self):
        return [told.id for told in self.posts]


@contextmanager
def receiving(port=0):
    made = Receiver(port)
    threading.Thread(target=made._server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield made
    finally:
        made._server.shutdown()
        made._server.server_close()


def posted(way, rounds=60):
    """Let the worker do all that waits, and post; gives how many posts it made."""
    from backend.worker import once_through, post_some

    made = 0
    for _ in range(rounds):
        while once_through([]):
            pass
        now = post_some(way)
        made += now
        if not now:
            break
    return made
