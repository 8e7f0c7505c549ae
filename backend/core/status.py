"""``/status``: what ``/metrics`` says of the database, its queues and channels at this moment, for a person to read.

For who holds ``METRICS_TOKEN``: as a bearer token, or as the password that a browser asks for (any name).
"""

from collections import defaultdict
from collections.abc import Iterable
from html import escape

from flask import Flask, Response, request
from prometheus_client.core import Metric

from backend.core.docs import STYLE
from backend.core.problems import Unknown
from backend.core.scrape import Waiting, refuse_strangers

PREFIX = "westu_"
BROWSERS = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
FRESH_S = 15


def add_status(app: Flask) -> None:
    """Serve ``/status``."""

    @app.get("/status")
    def status() -> Response:
        password = request.authorization.password if request.authorization else None
        try:
            refuse_strangers(f"Bearer {password}" if password else request.headers.get("Authorization", ""))
        except Unknown:
            return Response(
                "This needs the METRICS_TOKEN as password.\n",
                401,
                {"WWW-Authenticate": 'Basic realm="status", charset="UTF-8"'},
                mimetype="text/plain",
            )
        answer = Response(page(Waiting().collect()), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = BROWSERS
        answer.headers["Refresh"] = str(FRESH_S)
        return answer


def page(metrics: Iterable[Metric]) -> str:
    """One table for all that is told by the same labels: a row for each of their values, a column for each measure."""
    tables: dict[tuple[str, ...], list[Metric]] = defaultdict(list)
    for metric in metrics:
        labels = tuple(metric.samples[0].labels) if metric.samples else ()
        tables[labels].append(metric)
    body = "".join(table(labels, measured) for labels, measured in tables.items())
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Status</title><style>{STYLE}</style><h1>Status</h1>{body}</html>"
    )


def table(labels: tuple[str, ...], metrics: list[Metric]) -> str:
    """The measures side by side, row by row of their labels' values."""
    rows: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for metric in metrics:
        for sample in metric.samples:
            rows[tuple(sample.labels.values())][metric.name] = sample.value
    columns = [
        f"<th title='{escape(metric.documentation, quote=True)}'>{escape(words(metric.name))}</th>"
        for metric in metrics
    ]
    head = "".join([*(f"<th>{escape(label)}</th>" for label in labels), *columns])
    body = "".join(
        "<tr>"
        + "".join(f"<td>{escape(value)}</td>" for value in values)
        + "".join(f"<td>{number(measured.get(metric.name))}</td>" for metric in metrics)
        + "</tr>"
        for values, measured in rows.items()
    )
    return f"<h2>{escape(words(metrics[0].name) if len(metrics) == 1 else ' and '.join(labels) or 'house')}</h2><table><tr>{head}</tr>{body}</table>"


def words(name: str) -> str:
    """A measure's name as people read it."""
    return name.removeprefix(PREFIX).replace("_", " ")


def number(value: float | None) -> str:
    """A whole number with commas, or the number as it is; nothing where there is none."""
    if value is None:
        return ""
    return f"{int(value):,}" if value == int(value) else f"{value:,.1f}"
