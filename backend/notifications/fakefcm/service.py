"""What the fake knows and decides: registrations, topics, faults, quota. No sockets here."""

import json
import os
import re
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from . import rules, topics
from .accounts import Accounts
from .devices import Delivery, Device, delivery
from .errors import Answer, Fault, Reply, Silence, Violation, answer, fcm_error, rpc_error

QUOTA_PER_MINUTE = 600_000  # messages per project (FCM: throttling and quotas)
REMEMBERED = 10_000  # requests and messages that stay readable

_SEND = re.compile(r"/v1/projects/([^/]+)/messages:send")
_TOPICS = re.compile(r"/v1/projects/([^/]+)/registrations/([^/]+)/topicSubscriptions(?:/([^/]+))?")


@dataclass(frozen=True)
class Request:
    """One HTTP request as it came; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class FakeFcm:
    """One Firebase project and its app instances.

    `devices` by registration token (which serves as `token` and as `fid`); `sent` and `requests`
    hold the latest of each; tokens in `foreign` belong to another project. With a `folder` the
    tokens live in `folder/devices.json` and are known again after a restart. Any thread may call it.
    """

    def __init__(self, project: str = "demo-city", folder: Path | None = None) -> None:
        self.project = project
        self.accounts = Accounts(project)
        self.devices: dict[str, Device] = {}
        self.foreign: set[str] = set()
        self.topics = topics.new()
        self.sent: deque[Delivery] = deque(maxlen=REMEMBERED)
        self.requests: deque[Request] = deque(maxlen=REMEMBERED)
        self.count = 0
        self.quota_per_minute = QUOTA_PER_MINUTE
        self._minute = (0, 0)  # which one, and how many messages in it
        self._faults: dict[str, list[Fault]] = {}
        self._file = folder / "devices.json" if folder else None
        self._lock = threading.RLock()
        if self._file and self._file.exists():
            self.devices = {token: Device() for token in json.loads(self._file.read_text())}

    # What a test or a desktop app sets up.

    def register(self) -> str:
        """A new app instance, online; its token."""
        token = f"{secrets.token_urlsafe(16)[:22]}:APA91b{secrets.token_urlsafe(96)}"
        with self._lock:
            self.devices[token] = Device()
            self._keep()
        return token

    def uninstall(self, token: str) -> None:
        """The app is gone from its phone: its token is UNREGISTERED from now on."""
        with self._lock:
            self.devices.pop(token, None)
            for members in self.topics.values():
                members.discard(token)
            self._keep()

    def fault(self, target: str, *faults: Fault) -> None:
        """Let the next messages to a target (a token, a topic, or `*` for any) meet these faults, in order."""
        with self._lock:
            self._faults.setdefault(target, []).extend(faults)

    def forget(self) -> None:
        """Drop all faults, and what was sent and asked so far; devices stay."""
        with self._lock:
            self._faults.clear()
            self.sent.clear()
            self.requests.clear()

    # What Google's servers answer.

    def handle(self, request: Request) -> Answer:
        """The answer to one request to any of Google's hosts, or how it stays out."""
        url = urlsplit(request.path)
        with self._lock:
            self.requests.append(request)
            if url.path == "/token" and request.method == "POST":
                return self.accounts.grant(request.body)
            if url.path.endswith("/allowedLocations"):  # google-auth asks this in the background
                return answer({"locations": ["global"], "encodedLocations": "0x0"})
            refusal = self.accounts.refusal(request.headers.get("authorization", ""))
            if refusal:
                return refusal
            if (found := _SEND.fullmatch(url.path)) and request.method == "POST":
                return self._send(found[1], request)
            if found := _TOPICS.fullmatch(url.path):
                project, token, topic = (unquote(part or "") for part in found.groups())
                return self._topic(request.method, project, token, topic, parse_qs(url.query))
        return rpc_error(404, "NOT_FOUND", "Not Found")

    def _send(self, project: str, request: Request) -> Answer:
        if project != self.project:
            text = "Permission 'cloudmessaging.messages.create' denied on resource"
            return rpc_error(403, "PERMISSION_DENIED", text)
        try:
            order = _order(request)
        except Violation as violation:
            return violation.reply()
        fault = self._over_quota() or self._fault(order.target)
        outcome = fault.reply() if fault else None
        if outcome is not None and outcome is not Silence.DROP:
            return outcome
        if refusal := self._unreachable(order):
            return refusal
        self.count += 1
        name = f"projects/{project}/messages/0:{time.time_ns() // 1000}%{self.count:016x}"
        if not order.dry_run:
            self._deliver(name, order)
        return outcome or answer({"name": name})

    def _unreachable(self, order: rules.Order) -> Reply | None:
        if order.kind not in ("token", "fid"):
            return None
        if order.target in self.foreign:
            return fcm_error("SENDER_ID_MISMATCH")
        return None if order.target in self.devices else fcm_error("UNREGISTERED")

    def _deliver(self, name: str, order: rules.Order) -> None:
        sent = delivery(name, order.message)
        self.sent.append(sent)
        for token in self._audience(order):
            if device := self.devices.get(token):
                device.push(sent)

    def _audience(self, order: rules.Order) -> list[str]:
        if order.kind == "topic":
            return sorted(self.topics[order.target])
        if order.kind == "condition":
            condition = topics.parse(order.target)
            return [token for token in self.devices if condition and condition(token, self.topics)]
        return [order.target]

    def _topic(self, method: str, project: str, token: str, topic: str, query: dict[str, list[str]]) -> Reply:
        if project != self.project:
            return rpc_error(403, "PERMISSION_DENIED", "Permission denied on resource")
        if token not in self.devices:
            return fcm_error("UNREGISTERED")
        name = f"projects/{project}/registrations/{token}/topicSubscriptions"
        if method == "POST" and not topic:
            wanted = query.get("topic_name") or query.get("topicName") or [""]
            return topics.subscribe(self.topics, wanted[0], token, name)
        if method == "DELETE" and topic:
            missing = query.get("allow_missing") or query.get("allowMissing")
            return topics.unsubscribe(self.topics, topic, token, allow_missing=missing == ["true"])
        if method == "GET" and not topic:
            return topics.listed(self.topics, token, name)
        return rpc_error(404, "NOT_FOUND", "Not Found")

    def _over_quota(self) -> Fault | None:
        now = int(time.time() // 60)
        minute, used = self._minute
        self._minute = (now, used + 1 if minute == now else 1)
        return Fault("QUOTA_EXCEEDED", retry_after=60) if self._minute[1] > self.quota_per_minute else None

    def _fault(self, target: str) -> Fault | None:
        for queue in (self._faults.get(target, []), self._faults.get("*", [])):
            while queue:
                if queue[0].times > 0:
                    queue[0].times -= 1
                    return queue[0]
                queue.pop(0)
        return None

    def _keep(self) -> None:
        if self._file:
            write_private(self._file, json.dumps(sorted(self.devices)))


def _order(request: Request) -> rules.Order:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Violation("", "Content-Type is not application/json")
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise Violation("", f"Invalid JSON payload received. {error}") from error
    return rules.read(body)


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(text)
    beside.replace(path)
