"""A switch with its words."""

from typing import Any

from kivy.animation import Animation
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import text
from mobile.widgets.control import Control
from mobile.widgets.theme import theme

__all__ = ["Toggle", "text"]

load_kv(__file__)


class Toggle(Control, BoxLayout):
    """On or off, at once: `active`. The whole line can be tapped; `on_change(active)` tells of a tap."""

    __events__ = ("on_change",)

    title = StringProperty()
    subtitle = StringProperty()
    active = BooleanProperty(False)
    knob = NumericProperty(0)  # 0 off to 1 on, between while it moves

    def on_active(self, _: object, active: bool) -> None:
        """Move the knob."""
        Animation.cancel_all(self, "knob")
        if self.get_root_window() and theme.motion:
            Animation(knob=float(active), d=0.12, t="out_quad").start(self)
        else:
            self.knob = float(active)

    def on_release(self) -> None:
        """Turn it."""
        self.active = not self.active
        self.dispatch("on_change", self.active)

    def on_change(self, active: Any) -> None:
        """The person turned it."""
