"""What can be tapped: a mixin that adds words for a screen reader, keyboard focus and a visible answer to both."""

from typing import Any

from kivy.graphics import Color, SmoothLine, SmoothRoundedRectangle
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior

from mobile.core.kv import follow
from mobile.widgets.theme import theme

PRESSED, HOVERED = 0.1, 0.05
"""How much of the colour of words lies over what is pressed, and over what the mouse is on."""


class Control(ButtonBehavior):
    """Put it before the widget's own base. Taps, Enter and Space all end in `on_release`.

    Kivy's own `FocusBehavior` would open the phone's on-screen keyboard for a button, so focus is ours
    (`mobile.widgets.keys`); it comes by keyboard only and goes with the first touch.
    """

    label = StringProperty()  # what a screen reader says
    role = StringProperty("button")
    focus = BooleanProperty(False)
    hovered = BooleanProperty(False)  # the mouse is over it
    is_focusable = BooleanProperty(True)
    corner = NumericProperty(0)  # radius of ring and press

    def __init__(self, **kwargs: Any) -> None:
        self._answered = False
        super().__init__(**kwargs)
        for name in ("state", "focus", "hovered", "disabled", "pos", "size", "corner"):
            self.fbind(name, self._answer)
        follow(theme, self._answer, "focus")
        self._answer()

    def _answer(self, *_: object) -> None:
        """Draw the press and the ring. Few controls have either, so the others carry no instructions for them."""
        over = 0 if self.disabled else PRESSED if self.state == "down" else HOVERED if self.hovered else 0
        if not (over or self.focus or self._answered):
            return
        self.canvas.after.remove_group("answer")
        self._answered = bool(over or self.focus)
        with self.canvas.after:
            if over:
                Color(*theme.text[:3], over, group="answer")
                SmoothRoundedRectangle(pos=self.pos, size=self.size, radius=[self.corner], group="answer")
            if self.focus:
                Color(*theme.focus[:3], 1, group="answer")
                wide, high = max(1, self.width - dp(4)), max(1, self.height - dp(4))
                ring = (self.x + dp(2), self.y + dp(2), wide, high, self.corner)
                SmoothLine(width=dp(1.4), rounded_rectangle=ring, group="answer")

    def trigger(self) -> None:
        """Do what a tap does."""
        if not self.disabled:
            self.trigger_action(0)

    def on_touch_down(self, touch: Any) -> bool:
        """Take the press, and the focus away: a finger needs no ring."""
        self.focus = False
        return bool(super().on_touch_down(touch))
