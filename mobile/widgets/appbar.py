"""The bar on top of a screen."""

from typing import Any

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import button

__all__ = ["AppBar", "button"]

load_kv(__file__)


class AppBar(BoxLayout):
    """Title, a way back if `can_go_back` (`on_back`), and the actions that kv puts into it (one or two IconButtons)."""

    __events__ = ("on_back",)

    title = StringProperty()
    subtitle = StringProperty()
    can_go_back = BooleanProperty(False)

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Take its own parts, then actions, which go to the end of the bar."""
        actions = self.ids.get("actions")
        (actions.add_widget if actions else super().add_widget)(widget, *args, **kwargs)

    def on_back(self) -> None:
        """The way back was tapped."""
