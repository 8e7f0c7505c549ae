"""What can be tapped: a mixin that adds words for a screen reader, keyboard focus and a visible answer to both."""

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior

from mobile.core.kv import load_kv

load_kv(__file__)


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

    def trigger(self) -> None:
        """Do what a tap does."""
        if not self.disabled:
            self.trigger_action(0)

    def on_touch_down(self, touch: Any) -> bool:
        """Take the press, and the focus away: a finger needs no ring."""
        self.focus = False
        return bool(super().on_touch_down(touch))
