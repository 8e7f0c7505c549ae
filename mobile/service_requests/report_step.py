"""What all steps of the report have."""

from typing import Any

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import let_go


class Step(BoxLayout):
    """One step: its model is the whole report's; `flow` is the screen that it stands in."""

    flow = ObjectProperty()
    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("orientation", "vertical")
        super().__init__(**kwargs)

    def close(self) -> None:
        """The step is left: let go of what it holds."""
        let_go(self)
