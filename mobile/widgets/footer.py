"""Bars at the bottom of the window, and how far up they reach: what floats there keeps clear of them."""

from typing import Any
from weakref import WeakSet

from kivy.properties import BooleanProperty
from kivy.uix.widget import Widget

_made: "WeakSet[Footer]" = WeakSet()


class Footer(Widget):
    """A bar that must stay in sight and in reach while `at_bottom`."""

    at_bottom = BooleanProperty(True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _made.add(self)


def floor() -> float:
    """Return the height above the window's bottom, in pixels, that the footers shown now take; 0 without any."""
    shown = (
        bar
        for bar in _made
        if bar.at_bottom
        and not bar.disabled
        and bar.get_root_window() is not None  # disabled: in a hidden `When`
    )
    return max((bar.to_window(bar.x, bar.top)[1] for bar in shown), default=0.0)
