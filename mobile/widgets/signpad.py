"""A pad to sign on, with a finger or by name."""

from typing import Any

from kivy.graphics import Line
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from mobile.core.kv import load_kv
from mobile.core.strokes import HEIGHT, WIDTH, Spot, name_written, strokes_of, written
from mobile.widgets import button, text

__all__ = ["Pad", "SignPad", "button", "text"]

load_kv(__file__)

PEN = 1.6
"""Dp from the middle of a line to its edge."""
LEAST_STEP = 2.0
"""Units between two points of a stroke: what is nearer is a finger that rests."""


class Pad(Widget):
    """The paper: draws `path` and, while a finger is down, its stroke. `on_stroke(spots)` after each, in units."""

    __events__ = ("on_stroke", "on_scroll_start", "on_scroll_move", "on_scroll_stop")

    path = StringProperty()
    ink = ColorProperty()

    def __init__(self, **kwargs: Any) -> None:
        self._drawing: list[Spot] = []
        self._line: Line | None = None
        super().__init__(**kwargs)
        self.bind(path=self._draw, pos=self._draw, size=self._draw)

    def on_stroke(self, spots: list[Spot]) -> None:
        """A finger was lifted."""

    # What scrolls asks what is in it first, by these three: so a stroke that begins here is no scrolling.
    def on_scroll_start(self, touch: Any) -> bool:
        """Take the finger before the page does."""
        return self.on_touch_down(touch)

    def on_scroll_move(self, touch: Any) -> bool:
        """Whether the finger draws; the drawing itself comes by what was grabbed."""
        return self._line is not None and self in _grabbers(touch)

    def on_scroll_stop(self, touch: Any) -> bool:
        """Whether the finger drew."""
        return self._line is not None and self in _grabbers(touch)

    def on_touch_down(self, touch: Any) -> bool:
        """Begin a stroke."""
        if self.disabled or touch.is_mouse_scrolling or not self.collide_point(*touch.pos):
            return False
        if self._line is not None:  # the other hand, resting
            return True
        touch.grab(self)
        self._drawing = [self._unit(*touch.pos)]
        with self.canvas:
            self._line = Line(points=touch.pos, width=dp(PEN), cap="round", joint="round")
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Draw on."""
        if touch.grab_current is not self or self._line is None:
            return False
        spot = self._unit(*touch.pos)
        if max(abs(spot[0] - self._drawing[-1][0]), abs(spot[1] - self._drawing[-1][1])) >= LEAST_STEP:
            self._drawing.append(spot)
            self._line.points = [*self._line.points, *self._pixel(*spot)]
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """End the stroke."""
        if touch.grab_current is not self or self._line is None:
            return False
        touch.ungrab(self)
        self._line, spots = None, self._drawing
        self._drawing = []
        self.dispatch("on_stroke", spots)
        return True

    def _scale(self) -> tuple[float, float, float]:
        scale = min(self.width / WIDTH, self.height / HEIGHT) or 1.0
        return self.center_x - WIDTH / 2 * scale, self.center_y + HEIGHT / 2 * scale, scale

    def _unit(self, x: float, y: float) -> Spot:
        left, top, scale = self._scale()
        return min(WIDTH, max(0.0, (x - left) / scale)), min(HEIGHT, max(0.0, (top - y) / scale))

    def _pixel(self, x: float, y: float) -> Spot:
        left, top, scale = self._scale()
        return left + x * scale, top - y * scale

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        self._line = None
        with self.canvas:
            for stroke in strokes_of(self.path):
                points = [side for spot in stroke for side in self._pixel(*spot)]
                Line(points=points, width=dp(PEN), cap="round", joint="round")


class SignPad(BoxLayout):
    """A labelled pad. `path` is the signature as the wire has it (SVG path data, empty for none), by whatever hand.

    `name` is whose it is: a button writes it for who can't draw. `on_sign(path)` after each stroke, after the name,
    and with nothing after `clear()`.
    """

    __events__ = ("on_sign",)

    label = StringProperty()
    name = StringProperty()
    path = StringProperty()
    error = StringProperty()
    by_name = BooleanProperty(False)
    """It was written by the button."""

    def on_path(self, *_: object) -> None:
        """Take back the complaint."""
        self.error = ""

    def take(self, spots: list[Spot]) -> None:
        """Add a stroke: points in the box of the wire. The first after a written name begins anew."""
        before = [] if self.by_name else strokes_of(self.path)
        self.by_name = False
        self._sign(written([*before, spots]))

    def sign_by_name(self) -> None:
        """Write the name."""
        self.by_name = True
        self._sign(name_written(self.name))

    def clear(self) -> None:
        """Take the signature away."""
        self.by_name = False
        self._sign("")

    def on_sign(self, path: str) -> None:
        """It is this by now."""

    def _sign(self, path: str) -> None:
        self.path = path
        self.dispatch("on_sign", path)


def _grabbers(touch: Any) -> list[Any]:
    return [held() for held in touch.grab_list]
