"""What is there only while something is so."""

from typing import Any

from kivy.properties import BooleanProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv

load_kv(__file__)


class When(BoxLayout):
    """A column that takes no room, no touch, no focus and no drawing unless `shown`.

    Hidden, its height takes back the spacing that the column around it leaves for it.
    """

    shown = BooleanProperty(True)

    def on_shown(self, _: object, shown: bool) -> None:
        """Draw what is in it, or not: what has no opacity is sent to the GPU in each frame all the same."""
        for child in reversed(self.children):
            if (child.canvas in self.canvas.children) != shown:
                (self.canvas.add if shown else self.canvas.remove)(child.canvas)

    def on_touch_down(self, touch: Any) -> bool:
        """Let touches through while hidden: what is in it would swallow them."""
        return self.shown and bool(super().on_touch_down(touch))
