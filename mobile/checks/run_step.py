"""What the steps of a check have in common."""

from typing import Any

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import let_go


class Step(BoxLayout):
    """One step: it shows the model, and is made anew each time that it is shown."""

    flow = ObjectProperty()
    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(orientation="vertical", **kwargs)

    def close(self) -> None:
        """It is not shown again."""
        let_go(self)
