"""A small plot of one value over time, with a sentence that says the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from kivy.graphics import Color, Ellipse, Line, SmoothLine
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from mobile.core import strings
from mobile.core.kv import follow, load_kv
from mobile.widgets import text
from mobile.widgets.theme import theme
from mobile.widgets.words import words

__all__ = ["Plot", "PlotArea", "in_words", "text"]

load_kv(__file__)

NARROW = 200  # dp; below it there is only the sentence
DAYS, WEEKS = 14, 70  # days that are told as such, days that are told as weeks; beyond, months
WEEK, MONTH = 7, 30.44
FEW = 24
"""Points that are each marked; more are a line alone."""
Spot = tuple[datetime, float]


def in_words(points: Sequence[Spot], unit: str = "", threshold: float | None = None) -> str:
    """What the plot shows: "From 92 % to 71 % in 8 weeks, below the limit"."""
    if not points:
        return words.t("hands.plot.nothing")
    first, last = (f"{points[end][1]:g}{unit}" for end in (0, -1))
    span = span_in_words(points[-1][0] - points[0][0])
    if len(points) == 1:
        said = words.t("hands.plot.one", last=last)
    elif first == last:
        said = words.t("hands.plot.same", last=last, span=span)
    else:
        said = words.t("hands.plot.change", first=first, last=last, span=span)
    if threshold is not None and points[-1][1] < threshold:
        said = f"{said}, {words.t('hands.plot.below')}"
    return said


def span_in_words(span: timedelta) -> str:
    """A time as people say it: "9 days", "8 weeks", "5 months"."""
    days = max(1, round(span.total_seconds() / 86400))
    if days < DAYS:
        return words.t("hands.plot.days", count=days)
    if days < WEEKS:
        return words.t("hands.plot.weeks", count=round(days / WEEK))
    return words.t("hands.plot.months", count=round(days / MONTH))


class PlotArea(Widget):
    """The drawing: a line, its points where they are few, and the limit."""

    points = ListProperty()
    threshold = ObjectProperty(None, allownone=True)
    low = ObjectProperty(0.0)
    high = ObjectProperty(1.0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in ("points", "threshold", "low", "high", "pos", "size"):
            self.fbind(name, self._draw)
        follow(theme, self._draw, "primary")

    def place(self, spot: Spot) -> tuple[float, float]:
        """Where a point is drawn, in pixels."""
        begin, end = self.points[0][0], self.points[-1][0]
        along = (spot[0] - begin) / (end - begin) if end > begin else 0.5
        return self.x + along * self.width, self.height_of(spot[1])

    def height_of(self, value: float) -> float:
        """How high a value is drawn, in pixels."""
        part = (value - self.low) / ((self.high - self.low) or 1)
        return float(self.y + min(1.0, max(0.0, part)) * self.height)

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        if not self.points:
            return
        with self.canvas:
            Color(*theme.line)
            for y in (self.y, self.top):
                Line(points=[self.x, y, self.right, y], width=dp(0.6))
            if self.threshold is not None:
                Color(*theme.ink["warn"])
                y = self.height_of(self.threshold)
                Line(points=[self.x, y, self.right, y], width=dp(0.8))
            Color(*theme.primary)
            spots = [self.place(spot) for spot in self.points]
            if len(spots) > 1:
                SmoothLine(points=[side for spot in spots for side in spot], width=dp(1.4), joint="round")
            side = dp(7)
            for x, y in spots if len(spots) <= FEW else spots[-1:]:
                Ellipse(pos=(x - side / 2, y - side / 2), size=(side, side))


class Plot(BoxLayout):
    """`points` are (time, value), the oldest first; `unit` follows each value (" %"). `said` is what it shows, in words.

    The axis runs from `low` to `high`, or as far as values and `threshold` go. Narrow, or of one point, it is words only.
    """

    label = StringProperty()
    points = ListProperty()
    unit = StringProperty()
    threshold = ObjectProperty(None, allownone=True)
    low = ObjectProperty(None, allownone=True)
    high = ObjectProperty(None, allownone=True)
    zone = StringProperty("UTC")
    said = StringProperty()
    drawn = BooleanProperty(False)
    low_text = StringProperty()
    high_text = StringProperty()
    limit_text = StringProperty()
    first_text = StringProperty()
    last_text = StringProperty()
    axis_low = ObjectProperty(0.0)
    axis_high = ObjectProperty(1.0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in ("points", "unit", "threshold", "low", "high", "zone", "width"):
            self.fbind(name, self._say)
        follow(words, self._say, "language")
        self._say()

    def _say(self, *_: object) -> None:
        points = self.points
        self.said = in_words(points, self.unit, self.threshold)
        self.drawn = len(points) > 1 and self.width >= dp(NARROW)
        if not self.drawn:
            return
        values = [value for _, value in points] + ([] if self.threshold is None else [self.threshold])
        self.axis_low = min(values) if self.low is None else self.low
        self.axis_high = max(values) if self.high is None else self.high
        self.low_text, self.high_text = (f"{end:g}{self.unit}" for end in (self.axis_low, self.axis_high))
        self.limit_text = (
            ""
            if self.threshold is None
            else words.t("hands.plot.limit", value=f"{self.threshold:g}{self.unit}")
        )
        now = points[-1][0]
        self.first_text, self.last_text = (strings.day(points[end][0], self.zone, now) for end in (0, -1))
