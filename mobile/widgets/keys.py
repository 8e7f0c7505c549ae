"""The keyboard's way through a screen: Tab and Shift+Tab, arrows in lists, Enter and Space, Escape (and Android's back)."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from kivy.animation import Animation
from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.metrics import dp
from kivy.uix.behaviors import FocusBehavior
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from mobile.widgets.control import Control
from mobile.widgets.row import Row
from mobile.widgets.theme import theme

TAB, ENTER, ENTER_2, SPACE, ESCAPE = 9, 13, 271, 32, 27
BESIDE = dp(24)  # what of the next stop is shown beside the one that has the focus
ARROWS = {273: -1, 274: 1, 275: 1, 276: -1}  # up, down, right, left: to the one before, or the next


class Keys:
    """Listens to the window until `stop`. Overlays (sheets) hold focus and Escape for themselves while open."""

    def __init__(self, back: Callable[[], bool]) -> None:
        self._back = back
        EventLoop.window.bind(on_key_down=self._down, on_keyboard=self._escape)

    def stop(self) -> None:
        """Listen no more."""
        EventLoop.window.unbind(on_key_down=self._down, on_keyboard=self._escape)

    def _down(self, _window: Any, key: int, _scancode: int, _text: str, modifiers: list[str]) -> bool:
        if key == TAB:
            return move("shift" not in modifiers)
        if key in (ENTER, ENTER_2, SPACE):
            focused = focus()
            if isinstance(focused, Control):
                focused.trigger()
                return True
        if key in ARROWS:
            return step(ARROWS[key])
        return False

    def _escape(self, _window: Any, key: int, *_: Any) -> bool:
        if key != ESCAPE:
            return False
        top = overlay()
        if top is not None:
            top.dismiss()
            return True
        return self._back()


def overlay() -> Any:
    """Return the sheet on top of everything, or None."""
    return next((child for child in EventLoop.window.children if getattr(child, "modal", False)), None)


def stops() -> list[Any]:
    """Return what can be focused now, in reading order: what is drawn, enabled and not below a sheet."""
    top = overlay()
    return [
        widget for root in ([top] if top else reversed(EventLoop.window.children)) for widget in _within(root)
    ]


def focus() -> Any:
    """Return the widget that has the focus, or None."""
    return next((widget for widget in stops() if widget.focus), None)


def move(forward: bool = True) -> bool:
    """Give the focus to the next stop, or the one before; scroll it into view. False where there is none."""
    order = stops()
    if not order:
        return False
    now = next((place for place, widget in enumerate(order) if widget.focus), None)
    if now is None:
        chosen = order[0 if forward else -1]
    else:
        order[now].focus = False
        chosen = order[(now + (1 if forward else -1)) % len(order)]
    chosen.focus = True
    _reveal(chosen)
    return True


def step(way: int) -> bool:
    """Go one row, choice or tab on (1) or back (-1) in the list that has the focus; from nowhere to the first row."""
    order = stops()
    now = next((widget for widget in order if widget.focus), None)
    if now is None:
        rows = [widget for widget in order if isinstance(widget, Row)]
        chosen = rows[0] if rows and way > 0 else None
    elif not isinstance(now, Control):
        return False  # a line that is written in: its own
    else:
        beside = [widget for widget in order if widget.parent is now.parent]
        place = beside.index(now) + way
        chosen = beside[place] if 0 <= place < len(beside) else None
        now.focus = chosen is None
    if chosen is None:
        return False
    chosen.focus = True
    _reveal(chosen)
    return True


def _within(widget: Any) -> Iterator[Any]:
    if widget.opacity == 0 or widget.disabled or 0 in widget.size:
        return
    if isinstance(widget, (Control, FocusBehavior)) and widget.is_focusable:
        yield widget
    for child in reversed(widget.children):
        yield from _within(child)


def _reveal(widget: Widget) -> None:
    """Scroll it into view, in the next frame: what is around it may be about to move."""
    above = widget.parent
    while above is not None and above is not EventLoop.window:
        if isinstance(above, ScrollView):
            Clock.schedule_once(partial(_scroll_to, above, widget), 0)
            return
        above = above.parent


def _scroll_to(pane: ScrollView, widget: Widget, *_: object) -> None:
    # Kivy's own `scroll_to` asks for a layout that a list of ours does not have.
    if widget.get_root_window() is None:
        return
    low = pane.parent.to_widget(*widget.to_window(*widget.pos))[1]
    high = low + widget.height
    away = (
        pane.y - low + BESIDE if low < pane.y else min(0, pane.top - high - BESIDE) if high > pane.top else 0
    )
    if away:
        wanted = min(1, max(0, pane.scroll_y - pane.convert_distance_to_scroll(0, away)[1]))
        Animation.stop_all(pane, "scroll_y")
        if theme.motion:
            Animation(scroll_y=wanted, d=0.2, t="out_quad").start(pane)
        else:
            pane.scroll_y = wanted
