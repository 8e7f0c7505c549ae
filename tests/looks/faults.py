"""What a demanding eye finds on a screen, without pixels: words cut or broken, things that overlap, poor contrast."""

from itertools import combinations

from kivy.core.text import Label as Measure
from kivy.metrics import dp
from kivy.uix.label import Label
from kivy.uix.scrollview import ScrollView
from kivy.uix.textinput import TextInput

from mobile.widgets.control import Control

SLACK = 2
LETTERS_OF_A_WORD = 22
"""What is longer (an e-mail, an address of a page) may break anywhere."""


def seen(robot):
    """What is drawn and can be read or touched now, or once one has scrolled to it: under a sheet nothing can."""
    roots = list(robot.win.children)
    top = next((root for root in roots if getattr(root, "modal", False)), None)
    return [
        widget
        for root in ([top] if top else reversed(roots))
        for widget in root.walk(restrict=True)
        if robot.visible(widget, beyond=True)
    ]


def ancestors(widget):
    above = widget.parent
    while above is not None and above.parent is not above:
        yield above
        above = above.parent


def box(widget):
    """(left, bottom, right, top) in the window; of a label, of its words."""
    x, y = widget.to_window(widget.x, widget.y)
    if not isinstance(widget, Label) or isinstance(widget, Control):
        return x, y, x + widget.width, y + widget.height
    width, height = widget.texture_size
    left = x + (widget.width - width) / 2
    if widget.halign in ("left", "auto", "justify"):
        left = x
    return left, y + (widget.height - height) / 2, left + width, y + (widget.height + height) / 2


def shares(one, two):
    """Width and height of what two boxes have in common."""
    return min(one[2], two[2]) - max(one[0], two[0]), min(one[3], two[3]) - max(one[1], two[1])


def pane(widget):
    """What the widget scrolls in, or None."""
    return next((above for above in ancestors(widget) if isinstance(above, ScrollView)), None)


def faults(robot):
    """All of them, each as (what, where)."""
    drawn = seen(robot)
    labels = [w for w in drawn if isinstance(w, Label) and w.text]
    found = []
    for label in labels:
        found += [(what, label.text[:50]) for what in _cut(label, robot.win)]
    for line in (w for w in drawn if isinstance(w, TextInput)):
        found += [("cut hint", line.label)] if line.hint_text else []
    controls = [w for w in drawn if isinstance(w, Control) and not w.disabled]
    found += [("small", _name(c)) for c in controls if min(c.size) < dp(48) - 0.5]
    found += [("nameless", type(c).__name__) for c in controls if not c.label]
    found += _crossing(controls)
    found += _piled(labels)
    found += _squeezed(drawn, robot.win)
    return found


def _name(control):
    return f"{type(control).__name__} {control.label[:40]}"


def _cut(label, window):
    width, height = label.texture_size
    if width > label.width + SLACK or height > label.height + SLACK:
        yield "larger than its box"
    if getattr(label, "is_shortened", False):
        yield "shortened"
    if label.font_name != "icons" and label.text_size[0]:
        measure = Measure(font_size=label.font_size, bold=label.bold, font_name=label.font_name)
        words = [word for word in label.text.split() if len(word) <= LETTERS_OF_A_WORD and "@" not in word]
        if any(measure.get_extents(word)[0] > label.width + SLACK for word in words):
            yield "broken within a word"
    left, low, right, high = box(label)
    sideways = False
    for above in ancestors(label):
        edge = box(above)
        if isinstance(above, ScrollView):
            if above.do_scroll_x:
                sideways = True
            elif left < edge[0] - SLACK or right > edge[2] + SLACK:
                yield "beside its pane"
            break
        if left < edge[0] - SLACK or right > edge[2] + SLACK:
            yield f"beside {type(above).__name__}"
            break
        if low < edge[1] - SLACK or high > edge[3] + SLACK:
            yield f"above or below {type(above).__name__}"
            break
    if not sideways and (left < -SLACK or right > window.width + SLACK):
        yield "beside the window"


def _crossing(controls):
    """Touch areas that cross: no point may belong to two."""
    boxes = {id(control): box(control) for control in controls}
    for one, two in combinations(controls, 2):
        first, second = boxes[id(one)], boxes[id(two)]
        wide, high = shares(first, second)
        if (
            wide <= 1
            or high <= 1
            or pane(one) is not pane(two)
            or one in ancestors(two)
            or two in ancestors(one)
        ):
            continue
        left, low = max(first[0], second[0]), max(first[1], second[1])
        points = [(left + wide * x, low + high * y) for x in (0.1, 0.5, 0.9) for y in (0.1, 0.5, 0.9)]
        if any(_takes(one, *point) and _takes(two, *point) for point in points):
            yield ("touch areas cross", f"{_name(one)} / {_name(two)}")


def _takes(control, x, y):
    return control.collide_point(*control.parent.to_widget(x, y))


def _piled(labels):
    """Words over words; a count on a tab's icon is meant to be."""
    words = [label for label in labels if len(label.text) > 1]
    boxes = {id(label): box(label) for label in words}
    for one, two in combinations(words, 2):
        wide, high = shares(boxes[id(one)], boxes[id(two)])
        if wide > SLACK and high > 4 and pane(one) is pane(two):
            yield ("words over words", f"{one.text[:30]} / {two.text[:30]}")


def _squeezed(drawn, window):
    """Bodies that scroll but have next to no height, and maps that nobody could tap."""
    for widget in drawn:
        name = type(widget).__name__
        if name in ("ScrollPage", "RowList") and widget.height < dp(120):
            yield ("squeezed", f"{name} {widget.height:.0f}")
        if name == "CityMap" and widget.height < dp(150):
            yield ("squeezed", f"{name} {widget.height:.0f}")
