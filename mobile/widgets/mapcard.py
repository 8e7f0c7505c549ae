"""What lies over a map, at its foot: what was tapped there, or is being measured."""

from typing import Any

from mobile.core.kv import load_kv
from mobile.widgets import card
from mobile.widgets.when import When

__all__ = ["MapCard", "card"]

load_kv(__file__)


class MapCard(When):
    """A card over a map; it keeps its touches from the map. For a FloatLayout, which it lies in the middle of."""

    def on_touch_down(self, touch: Any) -> bool:
        """Take what lies on it."""
        return super().on_touch_down(touch) or (self.shown and bool(self.collide_point(*touch.pos)))
