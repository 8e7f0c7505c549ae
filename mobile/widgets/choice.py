"""One of several: a list to choose from, and a short row of segments."""

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import follow, load_kv
from mobile.widgets import text
from mobile.widgets.control import Control
from mobile.widgets.text import text_width
from mobile.widgets.theme import theme

__all__ = ["Choice", "ChoiceList", "Segment", "Segmented", "text"]

load_kv(__file__)


class Choice(Control, BoxLayout):
    """One line of a `ChoiceList`: icon, title, subtitle and the ring that fills."""

    key = ObjectProperty(None, allownone=True)
    icon = StringProperty()
    title = StringProperty()
    subtitle = StringProperty()
    on = BooleanProperty(False)
    first = BooleanProperty(False)


class Segment(Control, BoxLayout):
    """One part of a `Segmented`."""

    key = ObjectProperty(None, allownone=True)
    text = StringProperty()
    on = BooleanProperty(False)
    natural_width = NumericProperty(0)


class Choosing(BoxLayout):
    """What both have: `options` (dicts with a `key`), the chosen key as `value`, `on_choose(key)` after a tap."""

    __events__ = ("on_choose",)

    label = StringProperty()
    options = ListProperty()
    value = ObjectProperty(None, allownone=True)
    part: type[Control] = Control

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(options=self._fill, value=self._mark)
        self._fill()

    def on_choose(self, key: Any) -> None:
        """This one was tapped; `value` is it already."""

    def _fill(self, *_: object) -> None:
        self.clear_widgets()
        for option in self.options:
            made = self.part(**option)
            made.bind(on_release=self._chosen)
            self.add_widget(made)
        self._mark()

    def _mark(self, *_: object) -> None:
        for made in self.children:
            made.on = made.key == self.value

    def _chosen(self, made: Any) -> None:
        self.value = made.key
        self.dispatch("on_choose", made.key)


class ChoiceList(Choosing):
    """Lines to choose one from; options have `key`, `title` and perhaps `subtitle` and `icon`."""

    part = Choice

    def _mark(self, *_: object) -> None:
        super()._mark()
        for made in self.children:
            made.first = made is self.children[-1]


class Segmented(Choosing):
    """Two to four short words in one control; options have `key` and `text`. They stack where they do not fit."""

    part = Segment

    stacked = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        follow(theme, self._arrange, "text_scale")
        self.bind(width=self._arrange)
        self._arrange()

    def _fill(self, *_: object) -> None:
        super()._fill()
        self._arrange()

    def _arrange(self, *_: object) -> None:
        if self.children and self.width > theme.target:
            room = (self.width - theme.s) / len(self.children) - theme.l
            self.stacked = any(text_width(made.text, theme.small, True) > room for made in self.children)
