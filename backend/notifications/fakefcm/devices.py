"""App instances: what each has been handed, and what FCM keeps for one that is off.

Rules: customize-messages/collapsible-message-types, about lifespan (ttl).
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

MAX_STORED = 100  # more messages that do not collapse, and FCM drops them all
MAX_COLLAPSE_KEYS = 4
NOTICE_KEY = "(notification)"  # notification messages always collapse, whatever their collapse_key says
KEPT = 1000  # what a device was handed stays readable this long

# Numbers rise over a restart of the fake, so that a device may go on asking "what is new since N".
_numbers = count(time.time_ns() // 1_000_000)


@dataclass(frozen=True)
class Delivery:
    """One message on its way to one device; `at` is seconds since 1970."""

    name: str
    message: dict[str, Any]
    at: float
    number: int

    @property
    def data(self) -> dict[str, str]:
        """The data that an Android app is handed."""
        android = self.message.get("android", {})
        return dict(android.get("data", self.message.get("data", {})))

    @property
    def notification(self) -> dict[str, Any]:
        """What Android would show by itself; empty for a data message."""
        android = self.message.get("android", {})
        return {**self.message.get("notification", {}), **android.get("notification", {})}

    @property
    def collapse_key(self) -> str | None:
        """By which key an older message is replaced while the device is off."""
        return NOTICE_KEY if self.notification else self.message.get("android", {}).get("collapseKey")

    @property
    def expires(self) -> float:
        """When FCM stops keeping it, in seconds since 1970."""
        return self.at + float(self.message.get("android", {}).get("ttl", "2419200s")[:-1])


def delivery(name: str, message: dict[str, Any]) -> Delivery:
    """A message taken now, with the next number."""
    return Delivery(name, message, time.time(), next(_numbers))


class Device:
    """One app instance. Online it is handed messages at once; while off, FCM keeps some of them.

    `inbox` holds the last thousand it was handed. `dropped` counts those that FCM gave up because
    too many waited (the app then hears onDeletedMessages).
    """

    def __init__(self) -> None:
        self.online = True
        self.inbox: deque[Delivery] = deque(maxlen=KEPT)
        self.stored: list[Delivery] = []
        self.dropped = 0
        self.watchers: set[Callable[[], None]] = set()

    def push(self, sent: Delivery) -> None:
        """Hand a message over, or keep it by FCM's rules."""
        if self.online:
            self._hand([sent])
            return
        if sent.expires <= sent.at:  # ttl 0: now or never
            return
        key = sent.collapse_key
        if key is not None:
            self.stored = [other for other in self.stored if other.collapse_key != key]
        self.stored.append(sent)
        self._keep_to_limits()

    def come_online(self, now: float | None = None) -> None:
        """Be handed what waited and has not expired; `now` (seconds since 1970) may be ahead of the clock."""
        now = time.time() if now is None else now
        self.online = True
        waiting, self.stored = [sent for sent in self.stored if sent.expires > now], []
        self._hand(waiting)

    def since(self, number: int) -> list[Delivery]:
        """What was handed over after the message of that number."""
        return [sent for sent in tuple(self.inbox) if sent.number > number]

    def _hand(self, sent: list[Delivery]) -> None:
        self.inbox.extend(sent)
        for wake in tuple(self.watchers):
            wake()

    def _keep_to_limits(self) -> None:
        keys = list(dict.fromkeys(other.collapse_key for other in self.stored))
        keys = [key for key in keys if key not in (None, NOTICE_KEY)]
        for surplus in keys[: max(0, len(keys) - MAX_COLLAPSE_KEYS)]:
            self.stored = [other for other in self.stored if other.collapse_key != surplus]
        if sum(other.collapse_key is None for other in self.stored) > MAX_STORED:
            self.dropped += len(self.stored)
            self.stored = []
