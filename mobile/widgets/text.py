"""Words and icons: labels that are as tall as their words, whatever the text size."""

from functools import lru_cache
from typing import Any, ClassVar

from kivy.core.text import Label as Measure
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label

from mobile.core.kv import follow, load_kv
from mobile.widgets import icons, words
from mobile.widgets.theme import theme

__all__ = ["Icon", "Text", "icons", "lay_out", "text_width", "theme", "words"]

load_kv(__file__)


class Follower(Label):
    """A label whose size and colour follow the theme until somebody sets them otherwise.

    A rule on the class would not do: it stays bound beside the rule of the one who uses the label, and with each
    change of the theme the one that happens to be called last would win.
    """

    follows: ClassVar[dict[str, str]] = {}  # property → the theme's token

    def __init__(self, **kwargs: Any) -> None:
        self._followed = set(self.follows)
        self._by_theme = False
        for name, token in self.follows.items():
            self.fbind(name, self._set, name)
            follow(theme, self._follow, token)
        self._follow()
        super().__init__(**kwargs)

    def _follow(self, *_: object) -> None:
        self._by_theme = True
        for name in self._followed:
            setattr(self, name, getattr(theme, self.follows[name]))
        self._by_theme = False

    def _set(self, name: str, *_: object) -> None:
        if not self._by_theme:
            self._followed.discard(name)


class Text(Follower):
    """Words that wrap in the width they get and grow in height. Styles are sizes: `font_size: theme.title`."""

    follows: ClassVar = {"font_size": "body", "color": "text"}

    space = NumericProperty(0)  # kept clear around the words, half of it above; nothing without words


class Icon(Follower):
    """One icon by name (`mobile.widgets.icons`), in a square of its own size. It says nothing to a screen reader."""

    follows: ClassVar = {"font_size": "icon", "color": "muted"}

    icon = StringProperty()


@lru_cache(maxsize=512)
def text_width(text: str, font_size: float, bold: bool = False, font: str = "Roboto") -> float:
    """Return how wide these words are on one line, in pixels."""
    return float(_measure(font_size, bold, font).get_extents(text)[0])


@lru_cache(maxsize=64)
def _measure(font_size: float, bold: bool, font: str) -> Measure:
    return Measure(font_size=font_size, bold=bold, font_name=font)


def lay_out(box: BoxLayout) -> None:
    """Give everything in this box its size now, rather than later in the frame; its own width must be right."""
    box.do_layout()  # widths of the boxes in it
    for child in box.children:
        if isinstance(child, BoxLayout):
            lay_out(child)
    box.do_layout()  # widths of the words beside them
    for child in box.children:
        if isinstance(child, Text):
            child.texture_update()
    box.do_layout()  # heights
