"""What comes over a screen and waits for an answer: a sheet from below, a question."""

from collections.abc import Callable
from typing import Any

from kivy.animation import Animation
from kivy.base import EventLoop
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from mobile.core.kv import load_kv
from mobile.widgets import button, page, when
from mobile.widgets.theme import theme

__all__ = ["ConfirmSheet", "Sheet", "button", "confirm", "page", "when"]

load_kv(__file__)


class Sheet(FloatLayout):
    """A sheet over the window; what kv puts in runs down it and scrolls where it must, but for buttons.

    `open()` shows it; a tap beside it, Escape or `dismiss()` takes it away and dispatches `on_dismiss`.
    In a wide window it is a dialog in the middle.
    """

    __events__ = ("on_dismiss",)

    modal = BooleanProperty(True)  # keys and touches go no further
    title = StringProperty()
    words = StringProperty()
    side = NumericProperty(0)  # margin beside what it says
    shown = NumericProperty(0)  # 0 away to 1 open, between while it moves

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Take its own parts, then what it holds; the buttons at its end stay in sight below what scrolls."""
        place = self.ids.get(
            "foot" if isinstance(widget, (button.ButtonRow, button.PushButton)) else "content"
        )
        (place.add_widget if place else super().add_widget)(widget, *args, **kwargs)

    def open(self) -> None:
        """Come up."""
        if self.parent is None:
            EventLoop.window.add_widget(self)
            self._slide(1)

    def dismiss(self) -> None:
        """Go away, and say so."""
        if self.parent is not None:
            self._slide(0)
            self.dispatch("on_dismiss")

    def on_dismiss(self) -> None:
        """It is going away, answered or not."""

    def on_touch_down(self, touch: Any) -> bool:
        """Go on a tap beside the panel; nothing below hears of any touch."""
        if not self.ids.panel.collide_point(*touch.pos):
            self.dismiss()
        else:
            super().on_touch_down(touch)
        return True

    def _slide(self, shown: float) -> None:
        Animation.cancel_all(self, "shown")
        away = shown == 0
        self.modal = not away
        seconds = theme.duration(0.18)
        if not seconds:
            self.shown = shown
            if away:
                EventLoop.window.remove_widget(self)
            return
        slide = Animation(shown=shown, d=seconds, t="out_cubic")
        if away:
            slide.bind(on_complete=lambda *_: EventLoop.window.remove_widget(self))
        slide.start(self)


class ConfirmSheet(Sheet):
    """A question with yes and no: `on_confirm` after yes."""

    __events__ = ("on_confirm",)

    yes = StringProperty()
    no = StringProperty()
    danger = BooleanProperty(False)

    def answer(self) -> None:
        """Say yes."""
        self.dismiss()
        self.dispatch("on_confirm")

    def on_confirm(self) -> None:
        """It was confirmed."""


def confirm(
    title: str, words: str, yes: str, then: Callable[[], object], *, no: str = "", danger: bool = False
) -> ConfirmSheet:
    """Ask before something that can't be taken back; `then` is called after yes. `no` defaults to "Cancel"."""
    sheet = ConfirmSheet(title=title, words=words, yes=yes, no=no, danger=danger)
    sheet.bind(on_confirm=lambda *_: then())
    sheet.open()
    return sheet
