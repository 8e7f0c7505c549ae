"""Fingers and wheel on the map: drag, fling, pinch, wheel, tap and double tap.

It calls the map's own methods and keeps no clock running: a fling ends by itself, and starts only if
the person has not asked for less motion.
"""

import math
from collections import deque
from typing import Any, Protocol

from kivy.clock import Clock
from kivy.metrics import dp

_TAP_SLOP = 8.0
"""Dp that a finger may wander and still tap."""
_DOUBLE_TAP = 0.28
"""Seconds in which a second tap makes a double tap; so long the first one waits."""
_DOUBLE_TAP_SLOP = 32.0
_FLING_FROM = 90.0
"""Dp a second."""
_FLING_UNTIL = 12.0
_FLING_HALVES = 0.22
"""Seconds in which a fling loses half of its speed."""
_RECENT = 0.1
"""Seconds over which the speed of a finger is measured."""
_HOLD = 0.55
"""Seconds after which a finger that rests no longer taps: it asks."""
_WHEEL_STEP = 0.5


class Movable(Protocol):
    """What a map offers to fingers."""

    motion: bool

    def pan_by(self, dx: float, dy: float) -> None:
        """Moves the ground by so many pixels."""

    def zoom_by(
        self, steps: float, about: tuple[float, float] | None = None, *, smoothly: bool = False
    ) -> None:
        """Zooms in by so many levels, about a point in pixels that stays where it is."""

    def tap(self, x: float, y: float) -> bool:
        """A tap; gives whether something there took it at once."""

    def tap_ground(self, x: float, y: float) -> None:
        """A tap that hit nothing and was no double tap."""

    def hold(self, x: float, y: float) -> None:
        """A finger rested there."""


class Gestures:
    """The fingers now on one map."""

    def __init__(self, on: Movable) -> None:
        self._map = on
        self._fingers: dict[Any, tuple[float, float]] = {}
        self._wandered = 0.0
        self._pinched = False
        self._trail: deque[tuple[float, float, float]] = deque(maxlen=24)
        self._speed = (0.0, 0.0)
        self._fling: Any = None
        self._waiting_tap: tuple[Any, float, float] | None = None
        self._holding: Any = None

    def down(self, touch: Any) -> bool:
        """A finger or the wheel comes down on the map."""
        self.rest()
        if getattr(touch, "is_mouse_scrolling", False):
            if touch.button in {"scrolldown", "scrollup"}:
                steps = _WHEEL_STEP if touch.button == "scrolldown" else -_WHEEL_STEP
                self._map.zoom_by(steps, touch.pos)
            return True
        if not self._fingers:
            self._wandered, self._pinched = 0.0, False
            self._trail.clear()
        self._fingers[touch.uid] = touch.pos
        self._pinched |= len(self._fingers) > 1
        self._let_go()
        if not self._pinched:
            x, y = touch.pos  # now: later the touch speaks of the window
            self._holding = Clock.schedule_once(lambda _: self._held(x, y), _HOLD)
        return True

    def _held(self, x: float, y: float) -> None:
        self._holding = None
        if self._wandered <= dp(_TAP_SLOP) and not self._pinched:
            self._pinched = True  # when the finger leaves it is no tap any more
            self._map.hold(x, y)

    def _let_go(self) -> None:
        if self._holding is not None:
            self._holding.cancel()
            self._holding = None

    def move(self, touch: Any) -> None:
        """One drags, two pinch; more are left alone."""
        if touch.uid not in self._fingers:
            return
        before, now = self._fingers[touch.uid], touch.pos
        if len(self._fingers) == 1:
            self._wandered += math.dist(before, now)
            if self._wandered > dp(_TAP_SLOP) or self._pinched:
                self._map.pan_by(now[0] - before[0], now[1] - before[1])
            self._trail.append((Clock.get_time(), *now))
        elif len(self._fingers) == 2:  # noqa: PLR2004 - a pinch
            other = next(spot for uid, spot in self._fingers.items() if uid != touch.uid)
            self._pinch(before, now, other)
        self._fingers[touch.uid] = now

    def _pinch(
        self, before: tuple[float, float], now: tuple[float, float], other: tuple[float, float]
    ) -> None:
        middle = (now[0] + other[0]) / 2, (now[1] + other[1]) / 2
        self._map.pan_by((now[0] - before[0]) / 2, (now[1] - before[1]) / 2)
        apart = max(dp(12), math.dist(before, other)), max(dp(12), math.dist(now, other))
        self._map.zoom_by(math.log2(apart[1] / apart[0]), middle)

    def up(self, touch: Any) -> None:
        """A finger leaves: perhaps a tap, perhaps a fling."""
        self._let_go()
        if self._fingers.pop(touch.uid, None) is None or self._fingers:
            self._trail.clear()
            return
        if self._wandered <= dp(_TAP_SLOP) and not self._pinched:
            self._tap(*touch.pos)
        elif self._map.motion:
            self._start_fling()

    def rest(self) -> None:
        """Ends a fling."""
        if self._fling is not None:
            self._fling.cancel()
            self._fling = None

    def close(self) -> None:
        """Nothing happens any more."""
        self.rest()
        self._let_go()
        if self._waiting_tap:
            self._waiting_tap[0].cancel()
            self._waiting_tap = None

    def _tap(self, x: float, y: float) -> None:
        if self._waiting_tap:
            event, first_x, first_y = self._waiting_tap
            event.cancel()
            if math.dist((x, y), (first_x, first_y)) <= dp(_DOUBLE_TAP_SLOP):
                self._waiting_tap = None
                self._map.zoom_by(1.0, (x, y), smoothly=True)
                return
            self._single(first_x, first_y)
        if not self._map.tap(x, y):
            self._waiting_tap = Clock.schedule_once(lambda _: self._single(x, y), _DOUBLE_TAP), x, y

    def _single(self, x: float, y: float) -> None:
        self._waiting_tap = None
        self._map.tap_ground(x, y)

    def _start_fling(self) -> None:
        now = Clock.get_time()
        recent = [step for step in self._trail if now - step[0] <= _RECENT]
        if len(recent) < 2 or recent[-1][0] <= recent[0][0]:  # noqa: PLR2004 - a speed needs two times
            return
        (start, x0, y0), (end, x1, y1) = recent[0], recent[-1]
        self._speed = (x1 - x0) / (end - start), (y1 - y0) / (end - start)
        if math.hypot(*self._speed) >= dp(_FLING_FROM):
            self._fling = Clock.schedule_interval(self._fly, 0)

    def _fly(self, seconds: float) -> None:
        self._map.pan_by(self._speed[0] * seconds, self._speed[1] * seconds)
        slower = 0.5 ** (seconds / _FLING_HALVES)
        self._speed = self._speed[0] * slower, self._speed[1] * slower
        if math.hypot(*self._speed) < dp(_FLING_UNTIL):
            self.rest()
