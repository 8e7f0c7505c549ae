"""How a sending fares: asked for while somebody looks."""

from typing import Any
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import AliasProperty, BooleanProperty, ListProperty, NumericProperty, StringProperty

from mobile.content import written
from mobile.core import alerts, strings
from mobile.core.api import Answer
from mobile.core.parts import Parts
from shared_models.notifications import ChannelProgress, SendingProgress

LACKS = frozenset({"offline", "gone"})
HELD = frozenset({"paused", "stopped", "off"})
COUNTS = (("sent", "info"), ("seen", "ok"), ("queued", "neutral"), ("failed", "bad"), ("spared", "neutral"))
"""What is counted of a channel, in the order in which it is told, with its tone."""


class Progress(EventDispatcher):
    """`state`: `asking` before the first answer, `shown`, `none` while nothing is queued, `offline` or `gone`."""

    state = StringProperty("asking")
    lack = AliasProperty(lambda self: self.state if self.state in LACKS else "none", bind=["state"])
    headline = StringProperty()
    seen = NumericProperty(0)
    queued_at = StringProperty()
    channels = ListProperty()  # dicts: name, total, counts (dicts: name, count, share, tone)
    reasons = ListProperty()  # words
    stale = BooleanProperty(False)  # what is shown is from before the connection was lost

    parts: Parts

    def __init__(self, **kwargs: Any) -> None:
        self.id: UUID | None = None
        self._asking = 0
        self._turn = 0
        super().__init__(**kwargs)

    def open(self, id_: UUID | None) -> None:
        """Follow the sending of this alert."""
        self.id, self.state, self.stale = id_, "asking", False
        self.channels, self.reasons, self.seen, self.queued_at = [], [], 0, ""
        self._turn += 1
        self._asking = 0
        found = written.one_of(self.parts.store, id_)
        self.headline = alerts.headline(found[1]) if found else ""
        self.ask()

    def ask(self) -> None:
        """Ask once, unless an answer is still out."""
        if self.id is None:
            self.state = "gone"
        elif not self._asking:
            self._asking = turn = self._turn
            sync, path = self.parts.sync, f"/v1/notifications/sendings/{self.id}/progress"
            self.parts.tasks.run(
                lambda: sync.call("GET", path),
                lambda answer: self._answered(turn, answer),
                lambda _: self._failed(turn),
            )

    def _failed(self, turn: int) -> None:
        if turn == self._turn:
            self._asking = 0
            self.stale = self.state in ("shown", "none")
            if not self.stale:
                self.state = "offline"

    def _answered(self, turn: int, answer: Answer) -> None:
        if turn != self._turn:  # of an alert that was looked at before
            return
        self._asking = 0
        if not answer.ok:
            self.state = "gone"
            return
        self.stale = False
        self._tell(SendingProgress.read(answer.data))

    def _tell(self, told: SendingProgress) -> None:
        self.seen = told.seen
        self.queued_at = strings.full_time(told.queued_at, self.parts.zone) if told.queued_at else ""
        self.channels = [self._channel(one) for one in told.channels]
        self.reasons = [
            strings.t(
                "alert_progress.reason",
                channel=strings.t(f"alert_work.channel.{one.channel.value}"),
                why=one.why,
                count=one.count,
            )
            for one in told.reasons
        ]
        self.state = "shown" if told.queued_at else "none"

    def _channel(self, one: ChannelProgress) -> dict[str, Any]:
        total = one.queued + one.sent + one.failed + one.spared
        whole = max(total, one.seen, 1)
        return {
            "name": strings.t(f"alert_work.channel.{one.channel.value}"),
            "total": strings.t("alert_progress.of", count=total),
            "held": strings.t(f"alert_progress.held.{one.state}", why=one.why) if one.state in HELD else "",
            "counts": [
                {
                    "name": strings.t(f"alert_progress.count.{name}"),
                    "count": getattr(one, name),
                    "share": getattr(one, name) / whole,
                    "tone": tone,
                }
                for name, tone in COUNTS
            ],
        }
