"""The words of the map as textures: written once, on the main thread, a few in each frame."""

import math
import re
import textwrap
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from kivy.core.text import Label
from kivy.metrics import sp

from mobile.widgets.maplabels import Placed, Text, Wish
from mobile.widgets.mapmarkers import Squares
from mobile.widgets.mapstyle import (
    CITY_NAMES_UNTIL,
    FACILITY_NAMES_FROM,
    MAIN_NAMES_FROM,
    STREET_NAMES_FROM,
    Colour,
    MapStyle,
)
from mobile.widgets.projection import Spot
from mobile.widgets.vector import TileArt

_KEPT = 400
_SIZES = {
    "street": 11.5, "main": 12.5, "facility": 12.5, "city": 15.0, "spot": 11.0, "along": 11.0, "within": 11.0,
}  # fmt: skip
_BOLD = frozenset({"main", "facility", "city"})
_THIN_SPACE = "\u2009"
_LINE = 22
"""Letters; a longer name of a facility is broken into lines."""


class Words:
    """Textures of texts. Red is the letters, green the halo: the shader colours them by day and night."""

    def __init__(self) -> None:
        self._textures: OrderedDict[Text, Any] = OrderedDict()

    def write(self, texts: Iterable[Text], most: int) -> bool:
        """Writes at most so many texts that are not there yet; gives whether all are there now."""
        for text in texts:
            if text in self._textures:
                self._textures.move_to_end(text)
                continue
            if not most:
                return False
            most -= 1
            self._textures[text] = _texture(text)
        while len(self._textures) > _KEPT:
            self._textures.popitem(last=False)
        return True

    def sizes(self) -> dict[Text, tuple[float, float]]:
        """The size of each written text in pixels."""
        return {text: texture.size for text, texture in self._textures.items()}

    def square(self, placed: Placed, style: MapStyle) -> tuple[Squares, Any] | None:
        """A text in its place, and its texture; None if it was not written."""
        texture = self._textures.get(placed.text)
        if texture is None:
            return None
        width, height = texture.size
        left, bottom = round(placed.shift[0]) - width // 2, round(placed.shift[1]) - height // 2
        corners = [(left + dx, bottom + dy) for dx, dy in ((0, 0), (width, 0), (width, height), (0, height))]
        cos, sin = math.cos(placed.turn), math.sin(placed.turn)
        turned = [(x * cos - y * sin, x * sin + y * cos) for x, y in corners]
        squares = Squares()
        u0, v0, u1, _, _, v1, *_ = texture.tex_coords
        squares.corners(placed.spot, turned, (u0, v0, u1, v1), _colour(placed.text, style))
        return squares, texture


def _texture(text: Text) -> Any:
    name, look = text
    words = {"city": _spaced, "facility": in_lines, "spot": in_lines}.get(look, str)(name)
    label = Label(
        text=words,
        font_size=sp(_SIZES[look]),
        bold=look in _BOLD,
        color=(1, 0, 0, 1),
        outline_width=max(1, round(sp(1.6))),
        outline_color=(0, 1, 0, 1),
        halign="center",
        line_height=0.9,
    )
    label.refresh()
    return label.texture


def _spaced(name: str) -> str:
    return _THIN_SPACE.join(name.upper())


def in_lines(name: str) -> str:
    """Without remarks in brackets, which the search tells, and in lines of about one length."""
    short = re.sub(r"\s*\([^)]*\)", "", name) or name
    count = math.ceil(len(short) / _LINE)
    return textwrap.fill(short, max(_LINE, len(short) // count + 3) if count > 1 else _LINE)


def _colour(text: Text, style: MapStyle) -> Colour:
    looks = {"main": style.main_words, "facility": style.facility, "city": style.city_words}
    return looks.get(text[1], style.words)


def wishes(tiles: Iterable[TileArt], cities: Iterable[tuple[str, Spot]], zoom: float) -> list[Wish]:
    """The texts that a map at this zoom would like to show, the most important first."""
    arts = list(tiles)
    wanted: list[Wish] = []
    if zoom >= FACILITY_NAMES_FROM:
        wanted += [Wish((name, "facility"), (spot,)) for art in arts for name, spot in art.facilities if name]
    if zoom < CITY_NAMES_UNTIL:
        wanted += [Wish((name, "city"), (spot,)) for name, spot in cities]
    for main, look, starts in ((True, "main", MAIN_NAMES_FROM), (False, "street", STREET_NAMES_FROM)):
        if zoom >= starts:
            lines = [
                (name, tuple(line)) for art in arts for name, is_main, line in art.streets if is_main == main
            ]
            lines.sort(key=lambda one: -math.dist(one[1][0], one[1][-1]))
            wanted += [Wish((name, look), line) for name, line in lines]
    return wanted
