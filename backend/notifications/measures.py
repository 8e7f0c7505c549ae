"""What Prometheus is told of each channel at the moment of a scrape."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from backend.core.house import house
from backend.notifications.clients.setup import configured
from backend.notifications.queries import channels_health, webhooks_health

STATES = {"open": 0, "paused": 1, "stopped": 2}


def measures() -> Iterator[Metric]:
    """How much waits on each channel and since when, how much is stuck, and whether it is held."""
    told = {
        name: GaugeMetricFamily(f"westu_push_{name}", words, labels=["channel"])
        for name, words in (
            ("queued", "Deliveries that wait or are on their way."),
            ("oldest_seconds", "How long the oldest of them has been due."),
            ("resting", "Deliveries that are stuck: westu push replay tries them again."),
            ("endpoints", "Open addresses."),
            ("held", "0 open, 1 paused until a time, 2 stopped until an operator says so."),
            ("configured", "Whether this house has set the channel up."),
        )
    }
    for one in channels_health(configured(house().settings)):
        values = (
            one.queued, one.oldest_s, one.resting, one.endpoints, STATES[one.state], int(one.configured),
        )  # fmt: skip
        for family, value in zip(told.values(), values, strict=True):
            family.add_metric([one.channel.value], value)
    yield from told.values()
    yield from webhooks()


def webhooks() -> Iterator[Metric]:
    """The same of each webhook, by its id: its name and address are what people typed."""
    told = {
        name: GaugeMetricFamily(f"westu_webhook_{name}", words, labels=["webhook"])
        for name, words in (
            ("queued", "Events that wait to be posted."),
            ("oldest_seconds", "How long the oldest of them has waited."),
            ("resting", "Deliveries that were given up: replay them."),
            ("failures", "Posts in a row that failed."),
            ("held", "0 open, 1 paused, 2 rests after failures, 3 stopped until somebody lets it go on."),
        )
    }
    for one in webhooks_health():
        values = (one.many, max(0, one.oldest_s or 0), one.resting, one.failures, one.held)
        for family, value in zip(told.values(), values, strict=True):
            family.add_metric([str(one.id)], value)
    yield from told.values()
