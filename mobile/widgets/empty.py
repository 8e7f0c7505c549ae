"""What stands where there is nothing yet."""

from typing import Any

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.scrollview import ScrollView

from mobile.core.kv import load_kv
from mobile.widgets import button, text

__all__ = ["EmptyState", "button", "text"]

load_kv(__file__)


class EmptyState(BoxLayout):
    """A large icon, what is so, why, and what to do about it (`action_text`, `on_action`)."""

    __events__ = ("on_action",)

    icon = StringProperty("inbox")
    title = StringProperty()
    text = StringProperty()
    action_text = StringProperty()
    room = NumericProperty(0)  # height of the page that it stands on: it keeps somewhat above the middle
    tall = NumericProperty(0)  # of what it says

    def on_parent(self, _: object, above: Any) -> None:
        """Look for the page."""
        while above is not None and above is not above.parent:
            if isinstance(above, ScrollView):
                above.bind(height=self.setter("room"))
                self.room = above.height
                return
            above = above.parent

    def on_action(self) -> None:
        """Its button was tapped."""
