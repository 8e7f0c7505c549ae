"""What is still missing, said where the eye is: above the button that was tapped."""

from kivy.metrics import dp
from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import button, text

__all__ = ["BigButton", "Complaint", "button", "text"]

load_kv(__file__)


class Complaint(BoxLayout):
    """A line in the tone of a warning, with its sign; no size without words."""

    text = StringProperty()


LOWEST = dp(72)


class BigButton(button.PushButton):
    """A button for gloves."""

    def on_height(self, *_: object) -> None:
        """Never be lower than that, whatever the words want."""
        self.height = max(self.height, LOWEST)  # type: ignore[has-type]
