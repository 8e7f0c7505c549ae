"""The app's tabs: a bar at the bottom of a phone, a rail at the side of a wide window."""

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets.control import Control
from mobile.widgets.footer import Footer
from mobile.widgets.text import text_width
from mobile.widgets.theme import theme

load_kv(__file__)

SMALLEST = 0.85  # of the caption's size at scale 1: below that nobody reads it


class Tab(Control, BoxLayout):
    """One tab: icon in a pill, its name, and how much is new."""

    name = StringProperty()
    icon = StringProperty()
    text = StringProperty()
    on = BooleanProperty(False)
    count = NumericProperty(0)
    most = NumericProperty(99)  # larger counts are "99+"
    font_size = NumericProperty(12)


class TabBar(Footer, BoxLayout):
    """Tabs from `tabs`: dicts of `name`, `icon`, `text` and perhaps `count`. A tap dispatches `on_select(name)`.

    Names of tabs grow with the text size as far as the widest one fits on one line.
    """

    __events__ = ("on_select",)

    tabs = ListProperty()
    current = StringProperty()
    rail = BooleanProperty(False)
    below = NumericProperty(0)  # what a rail leaves free below its tabs, so that they stand at the top

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(tabs=self._fill, current=self._mark, size=self._fit, rail=self._fit)
        theme.bind(text_scale=self._fit)
        self._fill()

    def on_select(self, name: str) -> None:
        """A tab was tapped."""

    def _fill(self, *_: object) -> None:
        # Changed in place where only a number or the language changed: focus and a press stay where they are.
        if len(self.children) != len(self.tabs):
            self.clear_widgets()
            for _tab in self.tabs:
                made = Tab()
                made.bind(on_release=lambda tab: self.dispatch("on_select", tab.name), height=self._fit)
                self.add_widget(made)
        for made, tab in zip(reversed(self.children), self.tabs, strict=True):
            made.name, made.icon, made.text = tab["name"], tab["icon"], tab["text"]
            made.count = tab.get("count", 0)
        self._mark()
        self._fit()

    def _mark(self, *_: object) -> None:
        for tab in self.children:
            tab.on = tab.name == self.current

    def _fit(self, *_: object) -> None:
        tall = sum(tab.height + self.spacing for tab in self.children) + theme.l + theme.inset_top
        self.below = max(theme.inset_bottom, self.height - tall)
        if self.children and self.width > 1:
            room = (self.width if self.rail else self.width / len(self.children)) - theme.s
            widest = max(text_width(tab.text, theme.caption, True) for tab in self.children)
            least = theme.caption / theme.text_scale * SMALLEST
            for tab in self.children:
                tab.font_size = max(least, theme.caption * min(1, room / max(widest, 1)))
