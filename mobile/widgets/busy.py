"""A turning arc for what takes a moment."""

from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty
from kivy.uix.widget import Widget

from mobile.core.kv import follow, load_kv
from mobile.widgets.theme import theme

load_kv(__file__)

OUT_OF_SIGHT = 0.5  # seconds until one that is not on the screen looks whether it is


class Busy(Widget):
    """An arc that turns while `active`; for people who want no motion it stands still."""

    active = BooleanProperty(True)
    color = ColorProperty([0, 0, 0, 1])
    turn = NumericProperty(0)  # degrees

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._again = Clock.create_trigger(self._run, OUT_OF_SIGHT)
        follow(theme, self._run, "motion")
        self.bind(active=self._run, parent=self._run)
        self._run()

    def _run(self, *_: object) -> None:
        # One turn at a time: an animation that repeats would go on after its screen was left, and keep the app awake.
        self._again.cancel()
        Animation.cancel_all(self, "turn")
        self.turn = 0
        if not self.active or not theme.motion:
            return
        if self.get_root_window() is None:
            self._again()
            return
        turning = Animation(turn=360, d=0.9)
        turning.bind(on_complete=self._run)
        turning.start(self)
