"""A photo that fills its box, with round corners."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.core.image import Image as CoreImage
from kivy.logger import Logger
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from mobile.core.kv import load_kv
from mobile.core.sealed import SEALED_PHOTO
from mobile.widgets import text

__all__ = ["Picture", "text"]

load_kv(__file__)

Opens = Callable[[Path], bytes]
_opens: list[Opens] = []


def open_sealed_by(opens: Opens) -> None:
    """Let the pictures in sealed files be opened by this."""
    _opens[:] = [opens]


def texture_of(source: str) -> Any:
    """The texture of a picture's file, sealed or not; None where it can't be read."""
    file = Path(source)
    try:
        if file.suffix != SEALED_PHOTO:
            return CoreImage(source, keep_data=False).texture
        return CoreImage(io.BytesIO(_opens[0](file)), ext="jpg").texture
    except Exception as error:  # noqa: BLE001 - each image provider raises its own kind
        Logger.warning("Picture: %s: %s", source, error)
        return None


class Picture(Widget):
    """Shows the file `source`, cut to the box; an icon where there is none or it can't be read."""

    source = StringProperty()
    label = StringProperty()
    corner = NumericProperty(0)
    texture = ObjectProperty(None, allownone=True)
    missing = BooleanProperty(True)

    def __init__(self, **kwargs: Any) -> None:
        self._whole: Any = None
        super().__init__(**kwargs)
        self.bind(size=self._cut)

    def on_source(self, _: object, source: str) -> None:
        """Read the file; small pictures are expected (thumbnails of our own making)."""
        self._whole = texture_of(source) if source else None
        self._cut()

    def _cut(self, *_: object) -> None:
        whole = self._whole
        self.missing = whole is None
        if whole is None or 0 in self.size:
            self.texture = None
            return
        wanted = self.width / self.height
        width, height = min(whole.width, whole.height * wanted), min(whole.height, whole.width / wanted)
        self.texture = whole.get_region((whole.width - width) / 2, (whole.height - height) / 2, width, height)
