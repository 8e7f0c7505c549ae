"""The app's outermost box: what is shown, with the tabs below it or, in a wide window, at its side."""

from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.core.nav import WIDE
from mobile.widgets.theme import theme

load_kv(__file__)

LYING, LOW = (
    600,
    480,
)  # dp: at least so wide, and lower than this (Material's "medium" width, "compact" height)


class Frame(BoxLayout):
    """Holds `content` (the `Nav`) and `tabs` (a `TabBar`), and keeps them as the window's width wants them.

    `bare` hides the tabs, for the steps of a flow or the sign-in.
    """

    content = ObjectProperty()
    tabs = ObjectProperty()
    bare = BooleanProperty(False)
    wide = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(width=self._measure, height=self._measure, wide=self._arrange, bare=self._arrange)
        self._measure()
        self._arrange()

    def _measure(self, *_: object) -> None:
        # Nav counts its own width, which lacks the rail's: both must turn wide at one width.
        # A phone that lies on its side has width to spare, but no height.
        lying = self.width >= dp(LYING) and self.height < dp(LOW)
        self.wide = lying or self.width >= dp(WIDE) + theme.caption * 8

    def _arrange(self, *_: object) -> None:
        self.clear_widgets()
        self.orientation = "horizontal" if self.wide else "vertical"
        self.tabs.rail = self.wide
        shown = [] if self.bare else [self.tabs]
        for part in [*shown, self.content] if self.wide else [self.content, *shown]:
            self.add_widget(part)
