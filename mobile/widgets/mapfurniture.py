"""What stands still over the map: the scale line at the left, and who made the data at the right."""

from typing import Any

from kivy.core.text import Label
from kivy.graphics import Color, InstructionGroup, Rectangle
from kivy.metrics import dp, sp

from mobile.widgets.mapstyle import Colour, MapStyle

METRES_PER_FOOT = 0.3048
METRES_PER_MILE = 1609.344
_LONGEST = 96.0
"""Dp."""
_MARGIN = 10.0


def scale_line(metres_per_pixel: float, most_pixels: float, units: str) -> tuple[str, float]:
    """A round length that fits: its words and its pixels. `units` is `feet` (then miles) or `metres`."""
    steps = [(n * 10**power, n * 10**power) for power in range(1, 7) for n in (1, 2, 5)]
    if units == "feet":
        lengths = [(f"{n} ft", n * METRES_PER_FOOT) for n, _ in steps if n <= 2000]  # noqa: PLR2004
        lengths += [(f"{miles:g} mi", miles * METRES_PER_MILE) for miles in (0.5, 1, 2, 5, 10, 20, 50, 100)]
    else:
        lengths = [(f"{n} m" if n < 1000 else f"{n // 1000} km", float(n)) for n, _ in steps]  # noqa: PLR2004
    fitting = [(words, metres / metres_per_pixel) for words, metres in lengths]
    return max((one for one in fitting if one[1] <= most_pixels), key=lambda one: one[1], default=fitting[0])


class Furniture:
    """The scale line and the attribution; redrawn only when their words, place or colours change."""

    def __init__(self) -> None:
        self.group = InstructionGroup()
        self._shown: tuple[Any, ...] = ()

    def show(
        self,
        box: tuple[float, float, float, float],
        metres_per_pixel: float,
        units: str,
        attribution: str,
        style: MapStyle,
    ) -> None:
        """Draws them into a box (left, bottom, width, height) in window pixels."""
        words, pixels = scale_line(metres_per_pixel, dp(_LONGEST), units)
        now = (box, words, round(pixels), attribution, style)
        if now == self._shown:
            return
        self._shown = now
        left, bottom, width, _ = box
        self.group.clear()
        x, y, line = round(left + dp(_MARGIN)), round(bottom + dp(_MARGIN)), max(1, round(dp(1.5)))
        halo = max(1, round(dp(1)))
        bars = (
            (0, 0, round(pixels), line),
            (0, 0, line, round(dp(5))),
            (round(pixels) - line, 0, line, round(dp(5))),
        )
        for grow, colour in ((halo, style.halo), (0, style.small_print)):
            self.group.add(Color(*colour))
            for dx, dy, w, h in bars:
                self.group.add(
                    Rectangle(pos=(x + dx - grow, y + dy - grow), size=(w + 2 * grow, h + 2 * grow))
                )
        self._write(words, style, x + round(dp(4)), y + round(dp(3)))
        if attribution:
            room = width - dp(3 * _MARGIN) - pixels
            self._write(
                attribution, style, left + width - dp(_MARGIN), bottom + dp(_MARGIN) - dp(2), room=room
            )

    def _write(self, words: str, style: MapStyle, x: float, y: float, room: float | None = None) -> None:
        """Words with their bottom left at a spot; with `room`, bottom right and no wider than that."""
        label = _small_print(words, style.small_print, style.halo, room)
        width = label.texture.size[0]
        self.group.add(Color(1, 1, 1, 1))
        at = (round(x if room is None else x - width), round(y))
        self.group.add(Rectangle(texture=label.texture, pos=at, size=label.texture.size))


def _small_print(words: str, colour: Colour, halo: Colour, room: float | None) -> Any:
    narrow = (
        {"text_size": (room, None), "shorten": True, "shorten_from": "right", "halign": "right"}
        if room
        else {}
    )
    label = Label(
        text=words,
        font_size=sp(11),
        color=colour,
        outline_width=max(1, round(sp(1.2))),
        outline_color=halo[:3],
        **narrow,
    )
    label.refresh()
    return label
