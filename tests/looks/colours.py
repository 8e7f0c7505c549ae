"""Which colours really meet on a screen: words and icons, and what is painted below them."""

from kivy.graphics import Color, Ellipse, Rectangle, RoundedRectangle, StencilPush, StencilUse
from kivy.graphics.instructions import InstructionGroup
from kivy.metrics import sp
from kivy.uix.label import Label
from kivy.uix.textinput import TextInput

from mobile.widgets.contrast import luminance
from tests.looks.faults import ancestors, pane, seen

LARGE, LARGE_BOLD = sp(24), sp(18.66)
"""From here on text is large to WCAG 2.2 (18 and 14 points): 3 : 1 is enough, as it is for icons."""
PHOTO = "photo"


def pairs(robot):
    """All (ink, paper, least contrast, where) of what is drawn and enabled, as "#rrggbb"."""
    found = set()
    for widget in seen(robot):
        if widget.disabled or any(above.opacity < 1 for above in (widget, *ancestors(widget))):
            continue
        if isinstance(widget, TextInput):
            ink, words = widget.foreground_color, widget.text
        elif isinstance(widget, Label):
            ink, words = widget.color, widget.text
        else:
            continue
        if not words:
            continue
        paper = ground(widget, robot.win)
        if paper is not PHOTO:
            found.add((code(ink), code(paper), least(widget), type(widget).__name__))
    return found


def least(widget):
    """What WCAG asks of it."""
    if widget.font_name == "icons":
        return 3.0
    return 3.0 if widget.font_size >= (LARGE_BOLD if getattr(widget, "bold", False) else LARGE) else 4.5


def ground(widget, window):
    """The colour that its middle stands on: the paint of all that holds it, from the outermost on."""
    paper = tuple(window.clearcolor)
    middle = widget.to_window(*widget.center)
    held = pane(
        widget
    )  # what is scrolled out of its pane stands, once it is scrolled in, on what the pane stands on
    beyond = set() if held is None else {held, *ancestors(held)}
    for above in [*reversed(list(ancestors(widget))), widget]:
        at = held.to_window(*held.center) if above in beyond else middle
        inner = above.to_widget(*at) if above is not widget else widget.center
        canvases = [above.canvas.before] if above is widget else [above.canvas.before, above.canvas]
        for paint in (layer for canvas in canvases for layer in layers(canvas, *inner)):
            if paint is PHOTO:
                paper = PHOTO
            elif paper is not PHOTO or paint[3] == 1:
                paper = over(paint, paper)
    return paper


def layers(canvas, x, y):
    """The colours that this canvas paints at a point, one after the other."""
    colour, masking, plain = (1, 1, 1, 1), False, Rectangle().texture
    for instruction in canvas.children:
        if isinstance(instruction, (StencilPush, StencilUse)):
            masking = isinstance(instruction, StencilPush)  # between the two a mask is drawn, not paint
        elif masking:
            continue
        elif isinstance(instruction, Color):
            colour = tuple(instruction.rgba)
        elif isinstance(instruction, (Rectangle, RoundedRectangle, Ellipse)):
            left, low = instruction.pos
            wide, high = instruction.size
            if left <= x <= left + wide and low <= y <= low + high and colour[3] > 0:
                yield colour if instruction.texture in (None, plain) else PHOTO
        elif isinstance(instruction, InstructionGroup) and type(instruction) is InstructionGroup:
            yield from layers(instruction, x, y)


def over(paint, paper):
    """One colour laid over another."""
    alpha = paint[3]
    return (*(alpha * p + (1 - alpha) * q for p, q in zip(paint[:3], paper[:3], strict=True)), 1)


def code(colour):
    return "#" + "".join(f"{round(part * 255):02X}" for part in colour[:3])


def poor(found):
    """Those that read worse than they must, with their ratio."""
    told = []
    for ink, paper, must, where in found:
        dark, light = sorted((luminance(ink), luminance(paper)))
        ratio = (light + 0.05) / (dark + 0.05)
        if ratio < must - 0.005:
            told.append((where, ink, paper, round(ratio, 2), must))
    return sorted(told)
