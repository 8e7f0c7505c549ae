"""What stands still over the map: the scale line at the left, and who made the data at the right."""

from collections.abc import Sequence
from typing import Any

from kivy.core.text import Label
from kivy.graphics import Color, InstructionGroup, Rectangle
from kivy.metrics import dp, sp

from mobile.widgets.mapstyle import MapStyle
from mobile.widgets.projection import Box

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
    """The scale line and the credit; redrawn only when their words, place or colours change."""

    def __init__(self) -> None:
        self.group = InstructionGroup()
        self.boxes: list[Box] = []
        """Where they stand, in window pixels."""
        self._shown: tuple[Any, ...] = ()
        self._credit: tuple[tuple[Any, ...], Any] = ((), None)

    def show(
        self, box: Box, metres_per_pixel: float, units: str, credit: Sequence[str], style: MapStyle
    ) -> None:
        """Draws them into a box in window pixels; the parts of the credit in one line where that fits."""
        words, length = scale_line(metres_per_pixel, dp(_LONGEST), units)
        now = (box, words, round(length), tuple(credit), style)
        if now == self._shown:
            return
        self._shown = now
        self.group.clear()
        self.boxes.clear()
        left, bottom, right, _ = box
        self._draw_scale(
            words, round(length), style, (round(left + dp(_MARGIN)), round(bottom + dp(_MARGIN)))
        )
        room = right - left - dp(3 * _MARGIN + _LONGEST)
        if credit and room > 0:
            texture = self._credit_texture(tuple(credit), style, room)
            at = round(right - dp(_MARGIN) - texture.width), round(bottom + dp(_MARGIN - 2))
            self._put(texture, at)

    def _draw_scale(self, words: str, length: int, style: MapStyle, at: tuple[int, int]) -> None:
        x, y = at
        line, tick, halo = max(1, round(dp(1.5))), round(dp(5)), max(1, round(dp(1)))
        bars = ((0, length, line), (0, line, tick), (length - line, line, tick))
        for grow, colour in ((halo, style.halo), (0, style.small_print)):
            self.group.add(Color(*colour))
            for along, width, height in bars:
                pos, size = (x + along - grow, y - grow), (width + 2 * grow, height + 2 * grow)
                self.group.add(Rectangle(pos=pos, size=size))
        self._put(_small_print(words, style).texture, (x + round(dp(4)), y + round(dp(3))))
        self.boxes.append((x, y, x + length, y + tick))

    def _credit_texture(self, credit: tuple[str, ...], style: MapStyle, room: float) -> Any:
        """Written once for its words, its colours and its room: the scale changes with every zoom."""
        wanted = (credit, style, room)
        if wanted != self._credit[0]:
            label = _small_print(" · ".join(credit), style)
            if label.texture.width > room:
                label = _small_print("\n".join(credit), style, text_size=(room, None), halign="right")
            self._credit = wanted, label.texture
        return self._credit[1]

    def _put(self, texture: Any, at: tuple[int, int]) -> None:
        self.group.add(Color(1, 1, 1, 1))
        self.group.add(Rectangle(texture=texture, pos=at, size=texture.size))
        self.boxes.append((*at, at[0] + texture.width, at[1] + texture.height))


def _small_print(words: str, style: MapStyle, **options: Any) -> Any:
    label = Label(
        text=words,
        font_size=sp(11),
        color=style.small_print,
        outline_width=max(1, round(sp(1.2))),
        outline_color=style.halo[:3],
        **options,
    )
    label.refresh()
    return label
