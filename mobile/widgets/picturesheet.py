"""A sheet of the pictures that are on this device, where it has no picker of its own."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.device.camera import make_thumbnail
from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.widgets import picture, text
from mobile.widgets.control import Control
from mobile.widgets.sheet import Sheet

__all__ = ["PictureSheet", "PictureTile", "pick_picture", "picture", "text"]

load_kv(__file__)

MOST = 60


class PictureTile(Control, BoxLayout):
    """One picture; its thumbnail comes when it is ready."""

    path = ObjectProperty()
    source = StringProperty()


class PictureSheet(Sheet):
    """The newest pictures as tiles; a tap dispatches `on_pick(path)`."""

    __events__ = ("on_pick",)

    loading = BooleanProperty(True)
    folder = StringProperty()

    def __init__(self, parts: Parts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._parts = parts
        parts.tasks.run(lambda: parts.camera.pictures()[:MOST], self._show)

    def on_pick(self, path: Path) -> None:
        """This picture was picked."""

    def picked(self, path: Path) -> None:
        """Take the tap."""
        self.dismiss()
        self.dispatch("on_pick", path)

    def _show(self, paths: list[Path]) -> None:
        self.loading = False
        self.ids.none.opacity = 0 if paths else 1
        for path in paths:
            tile = PictureTile(path=path, label=path.name)
            tile.bind(on_release=lambda tile: self.picked(tile.path))
            self.ids.tiles.add_widget(tile)
        self._draw_next()

    def _draw_next(self) -> None:
        """One thumbnail after the other, from the top, as long as the sheet is open."""
        tile = next((tile for tile in reversed(self.ids.tiles.children) if not tile.source), None)
        if tile is None or self.get_root_window() is None:
            return
        file = self._parts.home / "cache" / f"shelf-{sha256(_name_of(tile.path)).hexdigest()[:24]}.jpg"
        self._parts.tasks.run(
            lambda: str(file if file.exists() else make_thumbnail(tile.path, file)),
            lambda made: self._drawn(tile, made),
            lambda _: self._unreadable(tile),
        )

    def _drawn(self, tile: Any, made: str) -> None:
        tile.source = made
        self._draw_next()

    def _unreadable(self, tile: Any) -> None:
        self.ids.tiles.remove_widget(tile)
        self._draw_next()


def _name_of(path: Path) -> bytes:
    return f"{path} {path.stat().st_mtime_ns}".encode() if path.exists() else str(path).encode()


def pick_picture(parts: Parts, taken: Callable[[Path | None], object]) -> None:
    """Let the person pick a picture, by the device's own picker or by our sheet; handed over on the main thread."""
    if parts.camera.picks:
        parts.camera.pick(lambda path: parts.tasks.on_main(taken, path))
    else:
        sheet = PictureSheet(parts)
        sheet.bind(on_pick=lambda _, path: taken(path))
        sheet.open()
