"""A push service over TLS on loopback, and browsers that decrypt what reaches them (RFC 8030, 8291, 8292)."""

import base64
import json
import secrets
import socket
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.notifications.fakefcm import certificates


def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """One subscription: the keys that it told us, and those that it keeps."""

    def __init__(self, endpoint):
        self._key, self._secret = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.path = "/" + endpoint.split("/", 3)[3]
        self.address = {"endpoint": endpoint, "p256dh": b64(point), "auth": b64(self._secret)}

    def reads(self, post):
        """The payload of a post, decrypted as a browser does."""
        raw = http_ece.decrypt(
            post.body, private_key=self._key, auth_secret=self._secret, version="aes128gcm"
        )
        return json.loads(raw)


class Post:
    def __init__(self, host, path, headers, body):
        self.host, self.path, self.body = host, path, body
        self.headers = {name.lower(): value for name, value in headers.items()}

    def claims(self):
        """Of its VAPID token, whose signature must be that of the key beside it; and that key."""
        scheme, _, rest = self.headers["authorization"].partition(" ")
        assert scheme == "vapid"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
        return jwt.decode(parts["t"], point, algorithms=["ES256"], audience=f"https://{self.host}"), parts[
            "k"
        ]


class PushService:
    """`answers[path]` is (status, headers, body), or a function of the handler that answers for itself."""

    def __init__(self, folder, hosts):
        self.posts, self.answers, self.connections = [], {}, 0
        made = certificates.make(folder, hosts)
        self.authority = made.authority
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(made.server)
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                service.connections += 1
                super().setup()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.posts.append(Post(self.headers["Host"], self.path, self.headers, body))
                answer = service.answers.get(
                    self.path, (201, {"Location": f"https://push.test/m{self.path}"}, b"")
                )
                if callable(answer):
                    answer(self)
                    self.close_connection = True
                    return
                status, headers, told = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def get_request(self):
                connection, place = super().get_request()
                return tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), place

            def handle_error(self, *_):
                pass  # whoever asked has gone

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def names(monkeypatch, **places):
    """A DNS in which these names (`_` for a dot) have these addresses, and others none; gives what was asked."""
    asked, ask = [], socket.getaddrinfo
    known = {name.replace("_", "."): addresses for name, addresses in places.items()}

    def answer(host, port, *rest, **options):
        if host in known:
            asked.append(host)
            found = [ask(address, port, *rest, **options) for address in known[host]]
            return [each for some in found for each in some]
        if str(host).replace(".", "").isdigit() or ":" in str(host):
            return ask(host, port, *rest, **options)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", answer)
        yield asked
