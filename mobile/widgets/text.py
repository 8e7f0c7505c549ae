"""Words and icons: labels that are as tall as their words, whatever the text size."""

from functools import lru_cache

from kivy.core.text import Label as Measure
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.label import Label

from mobile.core.kv import load_kv
from mobile.widgets import icons, words
from mobile.widgets.theme import theme

__all__ = ["Icon", "Text", "icons", "text_width", "theme", "words"]

load_kv(__file__)


class Text(Label):
    """Words that wrap in the width they get and grow in height. Styles are sizes: `font_size: theme.title`."""

    space = NumericProperty(0)  # kept clear around the words, half of it above; nothing without words


class Icon(Label):
    """One icon by name (`mobile.widgets.icons`), in a square of its own size. It says nothing to a screen reader."""

    icon = StringProperty()


@lru_cache(maxsize=512)
def text_width(text: str, font_size: float, bold: bool = False) -> float:
    """Return how wide these words are on one line, in pixels."""
    return float(Measure(font_size=font_size, bold=bold).get_extents(text)[0])
