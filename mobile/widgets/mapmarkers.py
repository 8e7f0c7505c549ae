"""The marks on the map: many in one mesh, drawn together where they would hide each other.

A mark is a textured square that keeps its size in pixels while its spot moves with the map. The pictures
come from one texture of three masks: red is tinted with the mark's colour, green with the rim's, what is
neither is shadow. The reckoning is done by a worker.
"""

import math
from array import array
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from mobile.widgets.mapstyle import Colour
from mobile.widgets.projection import REFERENCE_ZOOM, Spot

FORMAT = [
    (b"vPosition", 2, "float"),
    (b"vTexCoords0", 2, "float"),
    (b"vOffset", 2, "float"),
    (b"vTint", 4, "float"),
]
"""Spot; place in the texture; shift in pixels; tint."""

_SQUARES = 16_000
"""A mesh has 16-bit indices: so many squares of four corners fit."""
_CLUSTER_FROM = 4
_CLUSTER_CELL = 46.0
CLUSTER_UNTIL = 17.5
"""Nearer than this zoom each mark stands for itself."""
_INK = 4
"""Pictures are drawn so many times larger and scaled down, for smooth edges."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Something to mark: a `dot`, or a `pin` whose point is at the spot and whose head may bear one sign."""

    key: Hashable
    lat: float
    lon: float
    colour: Colour
    shape: str = "dot"
    sign: str = ""
    """One letter of the font `MarkerPictures.signs`, such as an icon; for pins."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture lies in the texture, how large it is in pixels, and which of its points is the spot."""

    box: tuple[float, float, float, float]
    size: tuple[int, int]
    anchor: tuple[float, float]
    advance: float
    """For a letter, how far a line of text moves on."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One thing that a tap can hit: a marker, or a cluster of several around a middle spot."""

    spot: Spot
    head: tuple[float, float]
    """Middle of what a finger aims at, in pixels from the spot."""
    radius: float
    markers: tuple[Marker, ...]


@dataclass(slots=True)
class Squares:
    """Vertices and indices of textured squares, in parts of 16 bits."""

    parts: "list[tuple[array[float], array[int]]]" = field(default_factory=list)

    def add(
        self, picture: Picture, spot: Spot, tint: Colour, shift: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        """Adds a picture with its anchor at the spot, shifted by so many pixels."""
        left, bottom = shift[0] - picture.anchor[0], shift[1] - picture.anchor[1]
        right, top = left + picture.size[0], bottom + picture.size[1]
        self.corners(spot, ((left, bottom), (right, bottom), (right, top), (left, top)), picture.box, tint)

    def corners(self, spot: Spot, shifts: Iterable[Spot], box: Sequence[float], tint: Colour) -> None:
        """Adds a square by its four corners, from bottom left and against the clock."""
        if not self.parts or len(self.parts[-1][1]) >= _SQUARES * 6:
            self.parts.append((array("f"), array("H")))
        vertices, indices = self.parts[-1]
        n = len(indices) // 6 * 4
        u0, v0, u1, v1 = box
        for (dx, dy), u, v in zip(shifts, (u0, u1, u1, u0), (v0, v0, v1, v1), strict=True):
            vertices.extend((*spot, u, v, dx, dy, *tint))
        indices.extend((n, n + 1, n + 2, n, n + 2, n + 3))


def gather(markers: Sequence[tuple[Marker, Spot]], zoom: float) -> list[list[int]]:
    """Which markers are drawn as one: groups of their numbers, most of them of one.

    Four or more in a square of 46 dp are a cluster, until the zoom is near enough to tell them apart.
    """
    if zoom >= CLUSTER_UNTIL:
        return [[n] for n in range(len(markers))]
    cell = _CLUSTER_CELL * 2 ** (REFERENCE_ZOOM - zoom)
    cells: dict[tuple[int, int], list[int]] = {}
    for n, (_, (x, y)) in enumerate(markers):
        cells.setdefault((math.floor(x / cell), math.floor(y / cell)), []).append(n)
    groups: list[list[int]] = []
    for inside in cells.values():
        groups += [inside] if len(inside) >= _CLUSTER_FROM else [[n] for n in inside]
    return groups


def draw(
    markers: Sequence[tuple[Marker, Spot]],
    groups: Iterable[Sequence[int]],
    pictures: "MarkerPictures",
    cluster_tint: Colour,
) -> tuple[Squares, list[Drawn]]:
    """The mesh of all groups, northern ones behind, and what a tap can hit, in the same order."""
    squares, drawn = Squares(), []
    middles = [
        (
            (
                sum(markers[n][1][0] for n in group) / len(group),
                sum(markers[n][1][1] for n in group) / len(group),
            ),
            group,
        )
        for group in groups
    ]
    for spot, group in sorted(middles, key=lambda one: -one[0][1]):
        if len(group) == 1:
            drawn.append(draw_one(squares, markers[group[0]][0], spot, pictures))
        else:
            squares.add(pictures["cluster"], spot, cluster_tint)
            pictures.write(squares, count_text(len(group)), spot)
            radius = pictures["cluster"].size[0] / 2
            drawn.append(Drawn(spot, (0.0, 0.0), radius, tuple(markers[n][0] for n in group)))
    return squares, drawn


def draw_one(
    squares: Squares, marker: Marker, spot: Spot, pictures: "MarkerPictures", size: str = ""
) -> Drawn:
    """Adds one marker; `size` is empty or `big`."""
    shape = f"{size}{marker.shape}"
    picture = pictures[shape]
    squares.add(picture, spot, marker.colour)
    head = pictures.head(shape)
    if marker.sign and marker.shape == "pin":
        squares.add(pictures.sign(marker.sign, size), spot, (1, 1, 1, 1), head)
    return Drawn(spot, head, picture.size[0] / 2, (marker,))


def count_text(count: int) -> str:
    """A number in at most four signs: 7, 312, 4k+."""
    return str(count) if count < 1000 else f"{count // 1000}k+"  # noqa: PLR2004 - a thousand


class _Ink(NamedTuple):
    """A drawn picture and its anchor in pixels from bottom left."""

    image: Image.Image
    anchor: tuple[float, float]
    advance: float = 0.0


class MarkerPictures:
    """The pictures of all marks, drawn once for a density and a set of signs."""

    def __init__(self, density: float, signs: Iterable[str], sign_font: str, number_font: str) -> None:
        self._density = density
        self.signs = frozenset(sign for sign in signs if sign)
        self._sign_font, self._number_font = sign_font, number_font

    def __getitem__(self, name: str) -> Picture:
        return self._drawn[1][name]

    def sign(self, sign: str, size: str = "") -> Picture:
        """A pin's sign."""
        return self[f"{size}sign {sign}"]

    def head(self, shape: str) -> tuple[float, float]:
        """The middle of a shape's head in pixels from its spot."""
        radius, height = {"pin": (13, 34), "bigpin": (19, 50)}.get(shape, (0, 0))
        return 0.0, (height - radius) * self._density

    def write(self, squares: Squares, text: str, spot: Spot) -> None:
        """Adds a number with its middle at the spot."""
        letters = [self[f"number {letter}"] for letter in text]
        x = -sum(letter.advance for letter in letters) / 2
        for letter in letters:
            squares.add(letter, spot, (1, 1, 1, 1), (x + letter.advance / 2, 0.0))
            x += letter.advance

    @property
    def size(self) -> tuple[int, int]:
        """Of the texture, in pixels."""
        return self._drawn[0].size

    @property
    def pixels(self) -> bytes:
        """RGBA, the bottom row first, as the graphics chip takes it."""
        return self._drawn[0].transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes()

    @cached_property
    def _drawn(self) -> tuple[Image.Image, dict[str, Picture]]:
        shapes: dict[str, _Ink] = {
            "dot": self._disc(7, 2),
            "bigdot": self._disc(10, 3),
            "here": self._disc(8, 3),
            "facility": self._disc(4.5, 1.5),
            "cluster": self._disc(16, 2.5),
            "pin": self._pin(13, 34),
            "bigpin": self._pin(19, 50),
        }
        for letter in "0123456789k+":
            shapes[f"number {letter}"] = self._letter(letter, self._number_font, 12.5)
        for sign in sorted(self.signs):
            shapes[f"sign {sign}"] = self._letter(sign, self._sign_font, 15)
            shapes[f"bigsign {sign}"] = self._letter(sign, self._sign_font, 22)
        return _pack(shapes)

    def _canvas(self, width: float, height: float) -> tuple[Image.Image, Callable[[float], float]]:
        """An empty picture of so many dp, _INK times too large, and how many of its pixels a dp is."""
        unit = self._density * _INK
        size = round(width * self._density) * _INK, round(height * self._density) * _INK
        return Image.new("RGBA", size, (0, 0, 0, 0)), lambda dp: dp * unit

    def _finish(self, ink: Image.Image, shadow: Image.Image | None) -> Image.Image:
        """The picture at its true size, over its shadow."""
        if shadow is not None:
            soft = shadow.filter(ImageFilter.GaussianBlur(1.6 * self._density * _INK))
            ink = Image.alpha_composite(soft, ink)
        return ink.resize((ink.width // _INK, ink.height // _INK), Image.Resampling.BOX)

    def _disc(self, radius: float, rim: float) -> "_Ink":
        side = 2 * (radius + 4)
        ink, px = self._canvas(side, side)
        middle, shadow = ink.width / 2, Image.new("RGBA", ink.size, (0, 0, 0, 0))
        _circle(shadow, (middle, middle + px(1)), px(radius), (0, 0, 0, 110))
        _circle(ink, (middle, middle), px(radius), (0, 255, 0, 255))
        _circle(ink, (middle, middle), px(radius - rim), (255, 0, 0, 255))
        picture = self._finish(ink, shadow)
        return _Ink(picture, (picture.width / 2, picture.height / 2))

    def _pin(self, radius: float, height: float) -> "_Ink":
        """A drop: a round head above a point, with the two straight lines that touch the head."""
        margin = 5.0
        ink, px = self._canvas(2 * (radius + margin), height + 2 * margin)
        middle, tip = ink.width / 2, px(margin + height)
        shadow = Image.new("RGBA", ink.size, (0, 0, 0, 0))
        ImageDraw.Draw(shadow).ellipse(
            (middle - px(radius * 0.55), tip - px(3), middle + px(radius * 0.55), tip + px(3)),
            fill=(0, 0, 0, 120),
        )
        for inset, fill in ((0.0, (0, 255, 0, 255)), (2.0, (255, 0, 0, 255))):
            r, point = px(radius - inset), tip - px(inset * 2.1)
            centre = px(margin + radius)
            touch = math.acos(r / (point - centre))
            dx, dy = r * math.sin(touch), r * math.cos(touch)
            _circle(ink, (middle, centre), r, fill)
            ImageDraw.Draw(ink).polygon(
                [(middle - dx, centre + dy), (middle, point), (middle + dx, centre + dy)], fill=fill
            )
        picture = self._finish(ink, shadow)
        return _Ink(picture, (picture.width / 2, margin * self._density))

    def _letter(self, letter: str, font: str, size: float) -> "_Ink":
        """A letter in red, its middle the anchor."""
        face = ImageFont.truetype(font, round(size * self._density * _INK))
        left, top, right, bottom = (math.floor(side) for side in face.getbbox(letter))
        if letter in "0123456789k+":
            top, bottom = (math.floor(side) for side in face.getbbox("0")[1::2])
        pad = _INK * 2
        advance = face.getlength(letter)
        width = math.ceil((max(right - left, advance) + 2 * pad) / _INK / 2) * 2 * _INK
        height = math.ceil((bottom - top + 2 * pad) / _INK / 2) * 2 * _INK
        ink = Image.new("RGBA", (width, height), (255, 0, 0, 0))
        at = ((width - (right - left)) / 2 - left, (height - (bottom - top)) / 2 - top)
        ImageDraw.Draw(ink).text(at, letter, font=face, fill=(255, 0, 0, 255))
        picture = self._finish(ink, None)
        return _Ink(picture, (picture.width / 2, picture.height / 2), advance / _INK)


def _circle(image: Image.Image, middle: Spot, radius: float, fill: tuple[int, int, int, int]) -> None:
    x, y = middle
    ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _pack(
    shapes: dict[str, _Ink],
) -> tuple[Image.Image, dict[str, Picture]]:
    """All pictures on shelves of one image, with where they lie; a clear pixel around each."""
    side = 256
    while sum((image.width + 2) * (image.height + 2) for image, *_ in shapes.values()) > side * side * 0.7:
        side *= 2
    spots: dict[str, tuple[int, int]] = {}
    x = y = shelf = 1
    for name, (image, *_) in sorted(shapes.items(), key=lambda one: -one[1].image.height):
        if x + image.width + 1 > side:
            x, y, shelf = 1, y + shelf + 1, 0
        spots[name] = x, y
        x, shelf = x + image.width + 1, max(shelf, image.height)
    whole = Image.new("RGBA", (side, side * 2 if y + shelf > side else side), (0, 0, 0, 0))
    pictures = {}
    for name, (image, anchor, advance) in shapes.items():
        left, top = spots[name]
        whole.paste(image, (left, top))
        low, high = 1 - (top + image.height) / whole.height, 1 - top / whole.height
        box = left / whole.width, low, (left + image.width) / whole.width, high
        pictures[name] = Picture(box, image.size, anchor, advance)
    return whole, pictures
