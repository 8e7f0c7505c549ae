"""The sheet of layers: each with a switch and how it is drawn, which makes it the map's legend as well."""

from typing import Any

from kivy.graphics import Color, Ellipse, Line, SmoothRoundedRectangle
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from mobile.core.kv import load_kv
from mobile.widgets import button, card
from mobile.widgets.mapstyle import DAY, NIGHT, colour
from mobile.widgets.sheet import Sheet
from mobile.widgets.toggle import Toggle

__all__ = ["LayerToggle", "LayersSheet", "Swatch", "button", "card"]

load_kv(__file__)


class Swatch(Widget):
    """How a layer looks: a point, a line or an area in its colours, on the map's own ground."""

    geometry = StringProperty("mixed")
    style = ObjectProperty(None, allownone=True)
    dark = BooleanProperty(False)
    paper = ColorProperty()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in ("geometry", "style", "dark", "paper", "pos", "size"):
            self.fbind(name, self._draw)
        self._draw()

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        if self.style is None:
            return
        ground = (NIGHT if self.dark else DAY).ours
        ink = colour((self.style.night if self.dark else self.style.colour).removeprefix("#"))
        width = min(max(self.style.width, 1.2), 5)
        with self.canvas:
            Color(*ground)
            SmoothRoundedRectangle(pos=self.pos, size=self.size, radius=[dp(6)])
            if self.geometry == "point":
                Color(*(NIGHT if self.dark else DAY).rim)
                self._disc(dp(width + 3))
                Color(*ink)
                self._disc(dp(width + 1.5))
            elif self.geometry == "line":
                Color(*ink)
                inner = self.width - 2 * dp(6)
                x, y = self.x + dp(6), self.y + dp(8)
                bend = [x, y, x + inner * 0.4, y + dp(12), x + inner * 0.6, y + dp(3), x + inner, y + dp(14)]
                Line(points=bend, width=dp(width) / 2, cap="round", joint="round")
            else:
                Color(*ink[:3], self.style.fill)
                box = self.x + dp(6), self.y + dp(6), self.width - dp(12), self.height - dp(12)
                SmoothRoundedRectangle(pos=box[:2], size=box[2:], radius=[dp(2)])
                Color(*ink)
                Line(rectangle=box, width=dp(min(width, 3)) / 2)

    def _disc(self, radius: float) -> None:
        Ellipse(
            pos=(self.center_x - radius, self.center_y - radius),
            size=(2 * radius, 2 * radius),
        )


class LayerToggle(Toggle):
    """A layer's switch, with how it is drawn before its words."""

    geometry = StringProperty("mixed")
    style = ObjectProperty(None, allownone=True)

    def on_kv_post(self, _: Any) -> None:
        """Put the swatch, which the rule adds last, before the words."""
        swatch = next(child for child in self.children if isinstance(child, Swatch))
        self.remove_widget(swatch)
        self.add_widget(swatch, index=len(self.children))


class LayersSheet(Sheet):
    """A switch for each of `rows` (key, title, subtitle, on, geometry, style); `on_turn(key, on)` tells of each turn."""

    __events__ = ("on_turn",)

    rows = ListProperty()

    def on_kv_post(self, _: Any) -> None:
        """Make the switches."""
        for row in self.rows:
            toggle = LayerToggle(
                title=row["title"],
                subtitle=row["subtitle"],
                geometry=row["geometry"],
                style=row["style"],
                active=row["on"],
            )
            toggle.bind(on_change=lambda _, on, key=row["key"]: self.dispatch("on_turn", key, on))
            self.ids.layers.add_widget(toggle)

    def on_turn(self, key: str, on: bool) -> None:
        """A layer was turned on or off."""
