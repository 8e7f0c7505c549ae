"""Drives the real app, or one widget, inside the test's own process: finds, taps, types, swipes, waits, looks.

Importing this sets Kivy's environment and no more, so do it before anything imports Kivy. The window itself is made
by `choose_window`, once in a process: with GL where the machine has it (a display, or SDL's offscreen driver on
EGL), else on the mock back end, where all works but pixels.
"""

import ctypes
import importlib
import logging
import os
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

PHONE = (412, 892)  # dp
QUIET = {
    "KIVY_NO_ARGS": "1",  # the arguments are pytest's
    "KIVY_NO_CONFIG": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_LOG_MODE": "PYTHON",  # leave stderr and the root logger alone
    "KIVY_CLIPBOARD": "dummy",
    "KIVY_METRICS_FONTSCALE": "1",
    "KIVY_HOME": str(Path(tempfile.gettempdir()) / f"kivy-{os.getuid()}"),
}
for _name, _value in QUIET.items():
    os.environ.setdefault(_name, _value)
os.environ.setdefault("KIVY_METRICS_DENSITY", "1")
os.makedirs(os.environ["KIVY_HOME"], exist_ok=True)  # noqa: PTH103 - one line less than pathlib here

_chosen = {}


def has_gl():
    """Is there a GL library that a window without a monitor can use?"""
    try:
        ctypes.CDLL("libGL.so.1")
        if not os.environ.get("DISPLAY"):
            ctypes.CDLL("libEGL.so.1")
    except OSError:
        return False
    return os.environ.get("KIVY_GL_BACKEND") != "mock"


def is_a_fault(record):
    """Is it? That Linux has no mtdev and no X clipboard, Kivy tells with tracebacks although nothing needs them."""
    return not record.getMessage().startswith(("Input: MTDev is not supported", "Cutbuffer: Unable to find"))


def choose_window(size=PHONE, density=1):
    """Make this process's window, or keep the one that it has; returns "gl" or "mock"."""
    if _chosen:
        return _chosen["kind"]
    os.environ["KIVY_METRICS_DENSITY"] = str(density)
    kind = _chosen["kind"] = "gl" if has_gl() else "mock"
    pixels = tuple(int(side * density) for side in size)
    if kind == "mock":
        os.environ.update(KIVY_GL_BACKEND="mock", SDL_VIDEODRIVER="dummy")
    elif not os.environ.get("DISPLAY"):
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    logging.getLogger("kivy").addFilter(is_a_fault)
    from kivy.config import Config

    wanted = {
        "width": pixels[0],
        "height": pixels[1],
        "maxfps": 0,
        "vsync": 0,
        "multisamples": 0,
        "resizable": 0,
    }
    for name, value in wanted.items():
        Config.set("graphics", name, value)
    for name, _ in list(Config.items("input")):
        Config.remove_option("input", name)
    Config.set("kivy", "keyboard_mode", "")
    if kind == "mock":
        from tests import headless

        headless.install(pixels)
    from kivy.base import runTouchApp
    from kivy.core.window import Window  # the import makes it

    if tuple(Window.size) != pixels:  # a module that imports widgets was there first, and Kivy made its own
        Window.size = pixels
    runTouchApp(embedded=True)
    return kind


def load_app():
    """Load the app with all its screens: modules only, nothing is shown."""
    choose_window()
    from mobile.app import SCREENS

    for where in SCREENS.values():
        importlib.import_module(where.partition(":")[0])


def widgets():
    """Return all of the kit by name, as one namespace; makes the window if there is none."""
    choose_window()
    import mobile.widgets

    folder = Path(mobile.widgets.__file__).parent
    found = {}
    for rules in sorted(folder.glob("*.kv")):
        found |= vars(importlib.import_module(f"mobile.widgets.{rules.stem}"))
    from mobile.widgets import banner, keys, palette, theme, words

    own = {"KINDS_OF_BANNER": banner.KINDS, "Keys": keys.Keys, "TONES": palette.TONES}
    return SimpleNamespace(**found | own | {"theme": theme.theme, "words": words.words})


class Robot:
    """A person at the window. Takes an App, or a widget to fill the window with."""

    def __init__(self, shown):
        choose_window()
        from kivy.app import App
        from kivy.base import EventLoop
        from kivy.core.window import Window

        self.loop, self.win = EventLoop, Window
        self.size = tuple(Window.size)
        self.app = shown if isinstance(shown, App) else None
        if self.app:
            self.app._run_prepare()
        else:
            Window.add_widget(shown)
        self.frames(3)

    def close(self):
        """Leave the window empty for the next test."""
        from kivy.animation import Animation
        from kivy.app import App

        if self.app:
            self.app.dispatch("on_stop")
            App._running_app = None
        for child in self.win.children[:]:
            self.win.remove_widget(child)
            Animation.cancel_all(child)
        self._let_go()
        if tuple(self.win.size) != self.size:
            self.resize(*self.size)

    def _let_go(self):
        """No finger is down, and nobody has the keyboard: neither is handed on to the next test."""
        from kivy.uix.behaviors import FocusBehavior

        self.loop.touches.clear()
        self.win.release_all_keyboards()
        FocusBehavior.ignored_touch.clear()

    # -- time -----------------------------------------------------------------

    def frames(self, count=1):
        for _ in range(count):
            self.loop.idle()

    def until(self, check, timeout=5):
        """Draw frames until `check` is true, and return what it said."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if answer := check():
                return answer
            self.frames()
            time.sleep(0.002)
        raise AssertionError(f"not reached within {timeout} s: {check}; texts: {self.texts()[:40]}")

    def settle(self, timeout=2):
        """Draw frames until no movement is under way (but what nobody waits for) and sizes rest."""
        from kivy.animation import Animation

        end = time.monotonic() + timeout
        self.frames(4)
        while time.monotonic() < end and any(not _idle(moving) for moving in Animation._instances):
            self.frames()
        self.frames(4)

    # -- finding --------------------------------------------------------------

    def all(self, id=None, text=None, cls=None, under=None):
        """Return the widgets with this kv id, these words (text, label or title) and this class, by reading order."""
        return [w for w in self._walk(under) if _is(w, id, text, cls) and self.visible(w)]

    def find(self, **wanted):
        """Return the first visible widget that fits; fails with what can be read instead."""
        self.frames()
        found = self.all(**wanted)
        assert found, f"no visible widget {wanted}; texts: {self.texts()[:60]}"
        return found[0]

    def visible(self, widget, beyond=False):
        """Is its middle inside the window (or `beyond` it, where one can scroll to), and nothing above transparent?"""
        if widget.get_root_window() is None or 0 in widget.size:
            return False
        if any(above.opacity == 0 for above in _ancestors(widget)):
            return False
        if beyond:
            return True
        x, y = self.center(widget)
        return 0 <= x <= self.win.width and 0 <= y <= self.win.height

    def texts(self):
        """Return all words that can be read now."""
        words = (getattr(w, "text", "") for w in self._walk() if self.visible(w))
        return [text for text in words if isinstance(text, str) and len(text) > 1]

    def center(self, widget):
        return widget.to_window(*widget.center)

    def _walk(self, under=None):
        for root in [under] if under else reversed(self.win.children):
            yield from root.walk(restrict=True)

    # -- acting ---------------------------------------------------------------

    def tap(self, widget=None, **wanted):
        """Tap this widget, or the one found; a label is tapped through to what holds it."""
        widget = widget or self.find(**wanted)
        self.tap_at(*self.center(widget))
        return widget

    def tap_at(self, x, y):
        touch = _touch(x, y)
        touch.touch_down()
        self.frames(2)
        touch.touch_up()
        self.frames(3)

    def swipe(self, x0, y0, x1, y1, steps=12):
        touch = _touch(x0, y0)
        touch.touch_down()
        self.frames()
        for step in range(1, steps + 1):
            touch.touch_move(x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps)
            self.frames()
        touch.touch_up()
        self.frames(2)

    def type(self, text, **wanted):
        """Type into what has the keyboard, or into the input found."""
        if wanted:
            self.tap(**wanted)
        for letter in text:
            self.win.dispatch("on_textinput", letter)
        self.frames(2)

    def key(self, key, *modifiers):
        """Press a key by its number (Tab 9, Enter 13, Space 32) and let it go."""
        self.win.dispatch("on_key_down", key, 0, None, list(modifiers))
        self.win.dispatch("on_key_up", key, 0)
        self.frames(2)

    def back(self):
        """Press Escape, which is what Android's back becomes."""
        self.win.dispatch("on_keyboard", 27, 41, "", [])
        self.frames(3)

    def resize(self, width, height):
        self.win.size = (width, height)
        self.frames(4)

    # -- looking --------------------------------------------------------------

    def shot(self, path):
        """Write the window's picture (GL only) and return its path.

        It is drawn into a buffer of our own: an offscreen window that has grown draws within its first size only.
        """
        from kivy.graphics import ClearBuffers, ClearColor, Fbo
        from PIL import Image

        self.frames(2)
        size = tuple(int(side) for side in self.win.size)
        fbo = Fbo(size=size, with_stencilbuffer=True)
        with fbo:
            ClearColor(*self.win.clearcolor)
            ClearBuffers()
        for child in reversed(self.win.children):
            fbo.add(child.canvas)
        fbo.draw()
        picture = Image.frombytes("RGBA", size, fbo.pixels).convert("RGB")
        for child in self.win.children:
            fbo.remove(child.canvas)
        picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(path)
        return path

    def clipped(self, beyond=False):
        """Return the words that can't be read whole: larger than their box, or sticking out of what holds them."""
        from kivy.uix.label import Label

        from mobile.widgets.printed import Printed

        words = (
            w
            for w in self._walk()
            if isinstance(w, Label | Printed) and len(w.text) > 2 and self.visible(w, beyond)
        )
        return [label.text for label in words if self._cut(label)]

    def _cut(self, label, slack=2):
        width, height = label.texture_size
        if width > label.width + slack or height > label.height + slack:
            return True
        from kivy.uix.scrollview import ScrollView

        pane = next((above for above in _ancestors(label.parent) if isinstance(above, ScrollView)), None)
        sideways = pane is not None and pane.do_scroll_x
        x, y = label.to_window(label.x, label.y)
        x, y = x + (label.width - width) / 2, y + (label.height - height) / 2
        if not sideways and (x < -slack or x + width > self.win.width + slack):
            return True
        for above in _ancestors(label.parent):
            if isinstance(above, ScrollView):
                return False
            left, low = above.to_window(above.x, above.y) if above.parent is not self.win else above.pos
            if y < low - slack or y + height > low + above.height + slack:
                return True
            if x < left - slack or x + width > left + above.width + slack:
                return True
        return False

    def small_targets(self, beyond=False):
        """Return the labels of what can be tapped but is smaller than 48 dp on a side."""
        from kivy.metrics import dp

        from mobile.widgets.control import Control

        least = dp(48) - 0.5
        taps = (
            w for w in self._walk() if isinstance(w, Control) and not w.disabled and self.visible(w, beyond)
        )
        return [w.label or type(w).__name__ for w in taps if w.width < least or w.height < least]

    def nameless(self, beyond=False):
        """Return what can be tapped but has no words for a screen reader."""
        from mobile.widgets.control import Control

        taps = (w for w in self._walk() if isinstance(w, Control) and self.visible(w, beyond))
        return [type(w).__name__ for w in taps if not w.label]


def differs(first, second, tolerance=24, block=8):
    """Return the share of 8 x 8 blocks whose mean colour differs: fonts and drivers may move a pixel or so."""
    from PIL import Image, ImageChops

    one, two = (Image.open(path).convert("RGB") for path in (first, second))
    if one.size != two.size:
        return 1.0
    size = (one.width // block, one.height // block)
    difference = ImageChops.difference(*(side.resize(size, Image.Resampling.BOX) for side in (one, two)))
    return sum(difference.convert("L").histogram()[tolerance:]) / (size[0] * size[1])


def _touch(x, y):
    from kivy.tests.common import UnitTestTouch

    return UnitTestTouch(x, y)


def _idle(moving):
    """What turns or breathes while something is under way, or a scroll bar that fades, is nothing to wait for."""
    return not moving.animated_properties.keys().isdisjoint({"turn", "glow", "_bar_color"})


def _ancestors(widget):
    while widget is not None and widget.parent is not widget:
        yield widget
        widget = widget.parent


def _is(widget, id, text, cls):
    if cls and not (type(widget).__name__ == cls or (isinstance(cls, type) and isinstance(widget, cls))):
        return False
    if text is not None and text not in (getattr(widget, name, None) for name in ("text", "label", "title")):
        return False
    return id is None or any(
        getattr(above, "ids", {}).get(id) == widget.proxy_ref for above in _ancestors(widget)
    )
