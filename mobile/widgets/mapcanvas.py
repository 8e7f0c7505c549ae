"""What the map draws on: two shaders, one for ground and lines, one for words and marks.

Both take the matrix of the moment as two uniforms, so that moving the map costs the same however much is
on it. They are written for GLES 2, as phones have it.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from kivy.graphics import ChangeState, Color, InstructionGroup, RenderContext
from kivy.graphics import Mesh as Drawing

from mobile.widgets import mapmarkers, vector
from mobile.widgets.mapstyle import Colour, MapStyle
from mobile.widgets.projection import Frame

_GROUND_VERTEX = """
$HEADER$
attribute vec2 vTangent;
attribute vec3 vLine;
uniform vec2 u_origin;
uniform float u_scale;
uniform float u_half;
varying vec3 at_line;
void main(void) {
    float reach = u_half + 1.0;
    float outward = 2.0 * vLine.y - 1.0;
    vec2 normal = vec2(-vTangent.y, vTangent.x);
    vec2 spot = vPosition * u_scale + u_origin;
    float length_px = vLine.z * u_scale;
    at_line = vec3(vLine.x * reach, vLine.y * length_px + outward * reach, length_px);
    frag_color = color;
    gl_Position = projection_mat * modelview_mat
        * vec4(spot + (vTangent * outward + normal * vLine.x) * reach, 0.0, 1.0);
}
"""
_GROUND_FRAGMENT = """
$HEADER$
uniform float u_half;
varying vec3 at_line;
void main(void) {
    float past_end = max(max(at_line.y - at_line.z, -at_line.y), 0.0);
    float inside = clamp(u_half + 0.5 - length(vec2(at_line.x, past_end)), 0.0, 1.0);
    gl_FragColor = vec4(frag_color.rgb, frag_color.a * inside);
}
"""
_SPRITE_VERTEX = """
$HEADER$
attribute vec2 vOffset;
attribute vec4 vTint;
uniform vec2 u_origin;
uniform float u_scale;
void main(void) {
    vec2 spot = floor(vPosition * u_scale + u_origin + 0.5);
    frag_color = vTint;
    tex_coord0 = vTexCoords0;
    gl_Position = projection_mat * modelview_mat * vec4(spot + vOffset, 0.0, 1.0);
}
"""
_SPRITE_FRAGMENT = """
$HEADER$
uniform vec4 u_rim;
void main(void) {
    vec4 mask = texture2D(texture0, tex_coord0);
    gl_FragColor = vec4(frag_color.rgb * mask.r + u_rim.rgb * mask.g, mask.a * frag_color.a);
}
"""

GROUND_ORDER = (
    "neighbour", "ours", "street_edge", "main_edge", "street", "main", "veil",
    "neighbour_border", "border_edge", "border", "area", "area_edge", "area_dot", "accuracy",
)  # fmt: skip
SLOTS = {"ours": "fills", "veil": "lines", "border": "points"}
"""After which layer of the ground those of the city's own layers come: what is filled lies below the streets."""
SPRITE_ORDER = ("facilities", "words", "markers", "top")


def _context(vertex: str, fragment: str) -> RenderContext:
    # Both at once: neither links with the other half of Kivy's own shader.
    return RenderContext(vs=vertex, fs=fragment, use_parent_projection=True, use_parent_modelview=True)


class Layer:
    """One part of a drawing: what it holds is drawn with the layer's states, above the layers before."""

    def __init__(self, *states: Any) -> None:
        self.group = InstructionGroup()
        self._content = InstructionGroup()
        for state in states:
            self.group.add(state)
        self.group.add(self._content)
        self._held: dict[Hashable, InstructionGroup] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._held

    @property
    def keys(self) -> set[Hashable]:
        """What it holds now."""
        return set(self._held)

    def put(self, key: Hashable, drawings: Iterable[Drawing]) -> None:
        """Holds these under a name, instead of what it held under it."""
        self.drop(key)
        group = self._held[key] = InstructionGroup()
        for drawing in drawings:
            group.add(drawing)
        self._content.add(group)

    def drop(self, key: Hashable) -> None:
        """Lets go of what it holds under a name, if anything."""
        if (group := self._held.pop(key, None)) is not None:
            self._content.remove(group)

    def keep(self, keys: set[Any]) -> None:
        """Lets go of everything else."""
        for key in self.keys - keys:
            self.drop(key)


class Painted(Layer):
    """A layer with a colour and a width of its own."""

    def __init__(self) -> None:
        self._colour, self._width = Color(), ChangeState(u_half=1.0)
        super().__init__(self._colour, self._width)

    def dress(self, colour: Colour, pixels: float) -> None:
        """Sets the colour, and the width of its lines."""
        self._colour.rgba = colour
        self._width.changes = half(pixels)


def half(pixels: float) -> dict[str, float]:
    """The state of a line so wide. Thinner than a pixel it would flicker."""
    return {"u_half": max(0.5, float(pixels) / 2)}


class Ground:
    """Areas and lines."""

    def __init__(self) -> None:
        self.context = _context(_GROUND_VERTEX, _GROUND_FRAGMENT)
        self._colours = {name: Color() for name in GROUND_ORDER}
        self._widths = {name: ChangeState(u_half=1.0) for name in GROUND_ORDER}
        self.layers = {name: Layer(self._colours[name], self._widths[name]) for name in GROUND_ORDER}
        self.slots = {slot: InstructionGroup() for slot in SLOTS.values()}
        for name, layer in self.layers.items():
            self.context.add(layer.group)
            if name in SLOTS:
                self.context.add(self.slots[SLOTS[name]])

    def paint(self, name: str, colour: Colour) -> None:
        """Sets a layer's colour."""
        self._colours[name].rgba = colour

    def widen(self, name: str, pixels: float) -> None:
        """Sets the width of a layer's lines."""
        self._widths[name].changes = half(pixels)

    def move(self, frame: Frame) -> None:
        """Sets the matrix."""
        self.context["u_origin"] = (float(frame.x), float(frame.y))
        self.context["u_scale"] = float(frame.scale)


class Sprites:
    """Words and marks, which keep their size."""

    def __init__(self) -> None:
        self.context = _context(_SPRITE_VERTEX, _SPRITE_FRAGMENT)
        self._rims = {name: ChangeState(u_rim=(1.0, 1.0, 1.0, 1.0)) for name in SPRITE_ORDER}
        self.layers = {name: Layer(self._rims[name]) for name in SPRITE_ORDER}
        for layer in self.layers.values():
            self.context.add(layer.group)

    def dress(self, style: MapStyle) -> None:
        """Sets the colour of rims and halos."""
        for name, state in self._rims.items():
            colour = style.halo if name == "words" else style.rim
            state.changes = {"u_rim": tuple(float(part) for part in colour)}

    def move(self, frame: Frame) -> None:
        """Sets the matrix."""
        self.context["u_origin"] = (float(frame.x), float(frame.y))
        self.context["u_scale"] = float(frame.scale)


def ground_drawings(mesh: vector.Mesh | None) -> list[Drawing]:
    """A ground mesh for the graphics chip. Main thread only, as all that follows."""
    parts: Sequence[Any] = mesh.parts if mesh else ()
    return [Drawing(fmt=vector.FORMAT, vertices=v, indices=i, mode="triangles") for v, i in parts]


def sprite_drawings(squares: mapmarkers.Squares, texture: Any) -> list[Drawing]:
    """Textured squares for the graphics chip."""
    return [
        Drawing(fmt=mapmarkers.FORMAT, vertices=v, indices=i, mode="triangles", texture=texture)
        for v, i in squares.parts
    ]
