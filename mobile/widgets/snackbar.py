"""A short word about what just happened, at the bottom, that goes by itself."""

from collections.abc import Callable
from typing import Any

from kivy.animation import Animation
from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from mobile.core.kv import load_kv
from mobile.widgets import button
from mobile.widgets.footer import floor
from mobile.widgets.theme import theme

__all__ = ["Snackbar", "button", "snack"]

load_kv(__file__)

SECONDS = 5.0
LOOK_AGAIN = 0.15  # seconds until it looks where the footers end now: another screen may have come below it
SECONDS_TO_ACT = 10.0  # with an action, there must be time to reach it


class Snackbar(FloatLayout):
    """The bar itself: words and perhaps one action (`on_action`). It floats above the footers of the screen below."""

    __events__ = ("on_action",)

    text = StringProperty()
    action_text = StringProperty()
    floor = NumericProperty(0)
    shown = NumericProperty(0)
    stacked = BooleanProperty(False)  # the action stands below the words: it is long, or large

    def stand(self, *_: object) -> bool:
        """Stand where the footers end now: another screen may have come below it. True while it is in the window."""
        self.floor = floor()
        return self.parent is not None

    def on_action(self) -> None:
        """Its action was tapped."""

    def dismiss(self, *_: object) -> None:
        """Go away."""
        Animation.cancel_all(self)
        if self.parent is not None:
            EventLoop.window.remove_widget(self)


_last: list[Snackbar] = []


def snack(text: str, action_text: str = "", then: Callable[[], Any] | None = None) -> Snackbar:
    """Show these words for some seconds, clear of the screen's footers, instead of those before; `then` on its action."""
    while _last:
        _last.pop().dismiss()
    bar = Snackbar(text=text, action_text=action_text)
    _last.append(bar)

    def act(*_: object) -> None:
        bar.dismiss()
        if then is not None:
            then()

    bar.bind(on_action=act)
    EventLoop.window.add_widget(bar)
    Clock.schedule_interval(bar.stand, LOOK_AGAIN)
    bar.stand()
    if theme.motion:
        Animation(shown=1, d=0.16, t="out_cubic").start(bar)
    else:
        bar.shown = 1
    Clock.schedule_once(bar.dismiss, SECONDS_TO_ACT if action_text else SECONDS)
    return bar
