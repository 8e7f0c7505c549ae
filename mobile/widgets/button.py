"""Buttons: one with words in four kinds, one with an icon alone, and a row that stacks when it must."""

from typing import Any

from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import follow, load_kv
from mobile.widgets import busy
from mobile.widgets.control import Control
from mobile.widgets.palette import KINDS
from mobile.widgets.text import text_width
from mobile.widgets.theme import theme

__all__ = ["ButtonRow", "IconButton", "PushButton", "TextAction", "busy"]

load_kv(__file__)


class PushButton(Control, AnchorLayout):
    """A button with words, perhaps an icon before them; `on_release` tells of a tap, unless it is `busy`."""

    text = StringProperty()
    icon = StringProperty()
    kind = OptionProperty("primary", options=list(KINDS))
    busy = BooleanProperty(False)
    natural_width = NumericProperty(0)  # what it needs to show its words on one line
    words_width = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        follow(theme, self._measure, "text_scale")
        self.bind(text=self._measure, icon=self._measure, busy=self._measure)
        self._measure()

    def _measure(self, *_: object) -> None:
        self.words_width = text_width(self.text, theme.body, True) + 1
        beside = theme.icon_small + theme.s if self.icon or self.busy else 0
        self.natural_width = self.words_width + beside + 2 * theme.l

    def trigger(self) -> None:
        """Do what a tap does."""
        if not self.busy:
            super().trigger()

    def on_touch_down(self, touch: Any) -> bool:
        """Take the press; while busy, swallow it, so that nothing is sent twice."""
        if self.busy:
            return bool(self.collide_point(*touch.pos))
        return super().on_touch_down(touch)


class IconButton(Control, AnchorLayout):
    """An icon to tap. It must say in `label` what it does."""

    icon = StringProperty()
    color = ColorProperty(None, allownone=True)
    badge = BooleanProperty(False)  # a dot: something new behind it


class ButtonRow(BoxLayout):
    """Puts buttons side by side where each shows its words on one line, else one below the other."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(width=self._arrange, children=self._arrange)

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Take one more button (or anything with a `natural_width`)."""
        super().add_widget(widget, *args, **kwargs)
        widget.bind(natural_width=self._arrange)

    def _arrange(self, *_: object) -> None:
        if self.children and self.width > theme.target:
            share = (self.width - self.spacing * (len(self.children) - 1)) / len(self.children)
            fits = all(child.natural_width <= share for child in self.children)
            self.orientation = "horizontal" if fits else "vertical"


class TextAction(Control, AnchorLayout):
    """Words to tap within a text, a banner or a section's head; no size without words."""

    text = StringProperty()
    color = ColorProperty(None, allownone=True)
    most = NumericProperty(10_000)  # widest that it may be; longer words wrap
