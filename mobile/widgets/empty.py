"""What stands where there is nothing yet."""

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

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

    def on_action(self) -> None:
        """Its button was tapped."""
