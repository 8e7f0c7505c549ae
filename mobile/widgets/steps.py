"""How far one is in a flow."""

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import text

__all__ = ["Steps", "text"]

load_kv(__file__)


class Steps(BoxLayout):
    """A bar of `count` parts, the first `step` of them filled, below "Step 2 of 5" and the step's question."""

    step = NumericProperty(1)
    count = NumericProperty(1)
    title = StringProperty()
    words = StringProperty()
