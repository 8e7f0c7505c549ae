"""Photos in a strip: to look at, to add, to take away."""

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.relativelayout import RelativeLayout
from kivy.uix.stacklayout import StackLayout

from mobile.core.kv import load_kv
from mobile.widgets import button, picture
from mobile.widgets.control import Control

__all__ = ["AddPhoto", "PhotoStrip", "PhotoTile", "button", "picture"]

load_kv(__file__)


class PhotoTile(RelativeLayout):
    """One photo; `note` is an icon for its state (waiting, sent), `removable` adds a cross."""

    key = ObjectProperty(None, allownone=True)
    source = StringProperty()
    note = StringProperty()
    number = NumericProperty(1)
    removable = BooleanProperty(False)
    strip = ObjectProperty()


class OpenPhoto(Control, BoxLayout):
    """The part of a tile that opens the photo; `spared` is the side of the corner that is the cross's."""

    spared = NumericProperty(0)

    def collide_point(self, x: float, y: float) -> bool:
        """Whether it is touched there."""
        cross = x > self.right - self.spared and y > self.top - self.spared
        return bool(super().collide_point(x, y)) and not cross


class AddPhoto(Control, BoxLayout):
    """The tile that asks for another photo."""

    text = StringProperty()


class PhotoStrip(StackLayout):
    """Tiles from `photos`: dicts of `key`, `source` (a file) and perhaps `note` (an icon).

    `editable` adds a cross to each and, below `most`, a tile to add one. Events: `on_add`, `on_remove(key)`,
    `on_open(key)`.
    """

    __events__ = ("on_add", "on_open", "on_remove")

    photos = ListProperty()
    editable = BooleanProperty(False)
    most = NumericProperty(5)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(photos=self._fill, editable=self._fill, most=self._fill)
        self._fill()

    def on_add(self) -> None:
        """A photo is to be added."""

    def on_open(self, key: Any) -> None:
        """This photo is to be shown large."""

    def on_remove(self, key: Any) -> None:
        """This photo is to go."""

    def _fill(self, *_: object) -> None:
        self.clear_widgets()
        for number, photo in enumerate(self.photos, 1):
            self.add_widget(PhotoTile(number=number, removable=self.editable, strip=self, **photo))
        if self.editable and len(self.photos) < self.most:
            tile = AddPhoto()
            tile.bind(on_release=lambda _tile: self.dispatch("on_add"))
            self.add_widget(tile)
