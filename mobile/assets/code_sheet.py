"""A sheet that shows a thing's label, large, for another phone to scan."""

from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.properties import StringProperty
from kivy.uix.widget import Widget

from mobile.assets.code import squares
from mobile.core.kv import load_kv
from mobile.widgets import text
from mobile.widgets.sheet import Sheet

__all__ = ["CodePicture", "CodeSheet", "text"]

load_kv(__file__)

QUIET = 4
"""Empty squares around a QR code (ISO/IEC 18004)."""


class CodePicture(Widget):
    """A QR code of `code`, black on white by day and by night: scanners want it so."""

    code = StringProperty()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(code=self._draw, pos=self._draw, size=self._draw)

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        if not self.code:
            return
        rows = squares(self.code)
        each = min(self.size) / (len(rows) + 2 * QUIET)
        side = each * (len(rows) + 2 * QUIET)
        left, top = self.center_x - side / 2, self.center_y + side / 2
        with self.canvas:
            Color(1, 1, 1, 1)
            Rectangle(pos=(left, top - side), size=(side, side))
            Color(0, 0, 0, 1)
            for down, row in enumerate(rows):
                for across, dark in enumerate(row):
                    if dark:
                        place = (left + (across + QUIET) * each, top - (down + 1 + QUIET) * each)
                        Rectangle(pos=place, size=(each, each))


class CodeSheet(Sheet):
    """The label of `code`, with the same in letters below it."""

    code = StringProperty()
