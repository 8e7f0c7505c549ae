"""The body of a screen: scrolls, keeps a readable width, keeps clear of the system's edges."""

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.scrollview import ScrollView

from mobile.core.kv import load_kv
from mobile.widgets import text
from mobile.widgets.footer import Footer

__all__ = ["BottomBar", "ScrollPage", "text"]

load_kv(__file__)


class ScrollPage(ScrollView):
    """A column that scrolls; what kv puts in runs down it. `flush` takes its side padding away, for full-width rows.

    On a wide pane the column stays `theme.column` wide, in the middle.
    """

    flush = BooleanProperty(False)
    gap = NumericProperty(0)

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Take its own column, then what goes into it."""
        column = self.ids.get("column")
        (column.add_widget if column else super().add_widget)(widget, *args, **kwargs)

    def clear_content(self) -> None:
        """Empty the column."""
        self.ids.column.clear_widgets()


class BottomBar(Footer, BoxLayout):
    """Stays below a `ScrollPage`: the button that goes on."""
