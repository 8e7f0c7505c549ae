"""Words for what moves fast: printed once, kept, and put where they belong without a layout."""

from collections import OrderedDict
from typing import Any

from kivy.core.text import Label as Printer
from kivy.graphics import Color, Rectangle
from kivy.uix.widget import Widget

from mobile.widgets.text import text_width

LINE = 1.12
"""Of a line of words, as `Text` has it."""
KEPT = 400
"""So many printed words are kept, with what prints them anew when a phone takes the pictures from its GPU."""


_kept: OrderedDict[tuple[Any, ...], Printer] = OrderedDict()


def printed(text: str, size: float, bold: bool, width: float, line: float, font: str) -> Any:
    """The texture of these words in white, as wide as they are or wrapped to `width` pixels."""
    what = (text, size, bold, width, line, font)
    printer = _kept.get(what)
    if printer is not None:
        _kept.move_to_end(what)
        return printer.texture
    printer = _kept[what] = Printer(
        text=text,
        font_size=size,
        bold=bold,
        line_height=line,
        font_name=font,
        text_size=(width, None) if width else (None, None),
    )
    printer.refresh()
    if len(_kept) > KEPT:
        # A printer and its texture know each other: without this both stay until Python looks for such rings.
        _kept.popitem(last=False)[1].texture = None
    return printer.texture


class Printed(Widget):
    """Words (or an icon) at a place. It binds to nothing: whoever owns it prints it anew when something changed."""

    def __init__(self, **kwargs: Any) -> None:
        self.text, self.bold, self.texture_size = "", False, (0, 0)
        super().__init__(size_hint=(None, None), size=(0, 0), **kwargs)
        with self.canvas:
            self._ink, self._box = Color(), Rectangle(size=(0, 0))

    def print(
        self,
        text: str,
        size: float,
        ink: Any,
        width: float,
        *,
        bold: bool = False,
        line: float = LINE,
        font: str = "Roboto",
    ) -> tuple[float, float]:
        """Print these words, no wider than `width`; gives their size in pixels, (0, 0) for none."""
        self.text, self.bold = text, bold
        if not text or width <= 0:
            self.texture_size = (0, 0)
        else:
            wraps = "\n" in text or text_width(text, size, bold, font) > width
            done = printed(text, size, bold, int(width) if wraps else 0, line, font)
            self.texture_size = tuple(done.size)
            self._box.texture = done
            self._ink.rgba = ink
        return self.texture_size

    def put(self, x: float, top: float) -> None:
        """Put it there: its left edge and its top, in the owner's pixels."""
        width, height = self.texture_size
        pos = (int(x), int(top - height))
        self.size, self.pos = self.texture_size, pos
        self._box.size, self._box.pos = (width, height), pos
