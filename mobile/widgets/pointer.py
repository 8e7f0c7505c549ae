"""A mouse on a desk: what lies under it shows that it can be clicked."""

from typing import Any

from kivy.base import EventLoop
from kivy.uix.textinput import TextInput

from mobile.widgets.control import Control


class Pointer:
    """Watches the mouse until `stop`. It works when the mouse moves, and never between."""

    def __init__(self) -> None:
        self.over: Any = None  # the control, or the line to write in, that lies under the mouse
        EventLoop.window.bind(mouse_pos=self._moved, on_cursor_leave=self._left)

    def stop(self) -> None:
        """Watch no more."""
        EventLoop.window.unbind(mouse_pos=self._moved, on_cursor_leave=self._left)
        self._left()

    def _moved(self, window: Any, at: tuple[float, float]) -> None:
        for root in window.children:
            found = under(root, *at)
            if found is not None or getattr(root, "modal", False):
                self._hold(found)
                return
        self._hold(None)

    def _left(self, *_: object) -> None:
        self._hold(None)

    def _hold(self, found: Any) -> None:
        if found is self.over:
            return
        if isinstance(self.over, Control):
            self.over.hovered = False
        if isinstance(found, Control):
            found.hovered = True
        self.over = found
        shape = "arrow" if found is None else "ibeam" if isinstance(found, TextInput) else "hand"
        EventLoop.window.set_system_cursor(shape)


def under(widget: Any, x: float, y: float) -> Any:
    """Return what can be clicked or written in at this point (in the coordinates of the widget's parent), or None."""
    if widget.opacity == 0 or widget.disabled or not widget.collide_point(x, y):
        return None
    inner = widget.to_local(x, y)
    for child in widget.children:
        found = under(child, *inner)
        if found is not None:
            return found
    return widget if isinstance(widget, (Control, TextInput)) else None
