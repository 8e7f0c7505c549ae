"""The board on a wall: large tiles, nothing to tap but the way out, and never older than it says."""

from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.stacklayout import StackLayout

from mobile.checks.watching import WatchingScreen
from mobile.core.kv import load_kv
from mobile.widgets import button, card, text, when
from mobile.widgets.theme import theme

__all__ = ["Tile", "TileBox", "WallScreen", "button", "card", "text", "when"]

load_kv(__file__)

WIDE = 11
"""Widths of its largest letters that a tile has at least."""


class Tile(BoxLayout):
    """One unit, to be read across a room: colour, sign and word say the same."""

    key = StringProperty()
    unit = StringProperty()
    word = StringProperty()
    icon = StringProperty()
    tone = StringProperty("neutral")
    reason = StringProperty()
    since = StringProperty()


class TileBox(StackLayout):
    """Tiles of one size in as many columns as fit, from dicts; one that is shown already only changes."""

    tiles = ListProperty()

    def __init__(self, **kwargs: Any) -> None:
        self._soon = Clock.create_trigger(lambda _: self._arrange(), -1)
        super().__init__(**kwargs)
        self.bind(tiles=self._show, width=lambda *_: self._soon(), spacing=lambda *_: self._soon())

    def _arrange(self) -> None:
        gap = self.spacing[0]
        columns = max(1, int((self.width + gap) // (theme.display * WIDE + gap)))
        wide = (self.width - gap * (columns - 1)) / columns - 1
        tall = max((tile.minimum_height for tile in self.children), default=0)
        for tile in self.children:
            tile.size = (wide, tall)

    def _show(self, *_: object) -> None:
        made = {tile.key: tile for tile in self.children}
        wanted = [data["key"] for data in self.tiles]
        if [tile.key for tile in reversed(self.children)] != wanted:
            self.clear_widgets()
            for data in self.tiles:
                tile = made.get(data["key"]) or Tile(**data)
                tile.fbind("minimum_height", lambda *_: self._soon())
                self.add_widget(tile)
        for tile, data in zip(reversed(self.children), self.tiles, strict=True):
            for name, value in data.items():
                setattr(tile, name, value)


class WallScreen(WatchingScreen):
    """Goes grey, with a warning, once what it shows is older than half a minute."""

    narrow = BooleanProperty(False)  # a window that was drawn small since

    def show(self, department: str = "", **_: Any) -> None:
        """Show these units."""
        self.model.load()
        self.model.department = department
