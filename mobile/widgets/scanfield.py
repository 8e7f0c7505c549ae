"""A field for codes: by the camera, by a keyboard scanner, or typed."""

from typing import Any

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import FocusBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.textinput import TextInput

from mobile.core.device.wedge import Wedge
from mobile.core.kv import load_kv
from mobile.widgets import button, field
from mobile.widgets.control import Control
from mobile.widgets.keys import overlay

__all__ = ["ScanButton", "ScanField", "button", "field"]

load_kv(__file__)

ENTERS = (13, 271)
SHIFTS = frozenset({303, 304, 301})  # and caps lock: no letters themselves, and no end of any


class ScanButton(Control, BoxLayout):
    """The camera, as large as a glove wants it."""

    text = StringProperty()


class ScanField(BoxLayout):
    """A line and a camera. `on_code(code)` once a code is read, or Enter ends what was typed; `text` follows each key.

    `scanner` is the phone's (`parts.scanner`); without a camera its button is not there. A keyboard scanner is heard
    while this field is in front, whatever has the focus: what it wrote into another line is taken out there again.
    What somebody types is left alone.
    """

    __events__ = ("on_code", "on_nothing")

    label = StringProperty()
    hint = StringProperty()
    error = StringProperty()
    text = StringProperty()
    scanner = ObjectProperty(None, allownone=True)
    reads = BooleanProperty(False)
    keeps = BooleanProperty(False)
    """The code stays in the line, to be looked at; else the line is free for the next one."""
    writing = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self.wedge = Wedge()
        super().__init__(**kwargs)
        # Kivy holds bound methods weakly, so a field that is gone hears nothing. The newest is asked first.
        EventLoop.window.bind(on_key_down=self._key, on_textinput=self._letters)

    def on_scanner(self, *_: object) -> None:
        """Show the camera where there is one."""
        self.reads = self.scanner is not None and self.scanner.reads

    def on_text(self, *_: object) -> None:
        """Take back the complaint: it was about another code."""
        self.error = ""

    def on_code(self, code: str) -> None:
        """This was scanned, or typed."""

    def on_nothing(self) -> None:
        """The camera was put away without a code."""

    def take_focus(self) -> None:
        """Start typing here."""
        self.ids.line.focus = True

    def read(self) -> None:
        """Open the camera."""
        if self.reads:
            self.scanner.scan(lambda code: Clock.schedule_once(lambda _: self._read(code)))

    def submit(self) -> None:
        """Enter was pressed in the line."""
        code = self.text.strip()
        if code:
            self._tell(code)

    def _read(self, code: str | None) -> None:
        if self.get_root_window() is None:
            return  # its screen was left meanwhile
        if code and code.strip():
            self._tell(code.strip())
        else:
            self.dispatch("on_nothing")

    def _tell(self, code: str) -> None:
        self.text = code if self.keeps else ""
        self.dispatch("on_code", code)

    # ── a keyboard scanner ───────────────────────────────────────────────────────────────────────────────

    @property
    def in_front(self) -> bool:
        """Whether it is on the screen, with no sheet over it."""
        if self.disabled or self.get_root_window() is None:
            return False
        top = overlay()
        return top is None or any(widget is self for widget in top.walk())

    def _key(self, _window: Any, key: int, _scan: int, letter: str | None, modifiers: list[str]) -> bool:
        if key in SHIFTS or not self.in_front:
            return False
        if key in ENTERS:
            code = self.wedge.enter()
            return bool(code) and self._scanned(code)
        if "ctrl" in modifiers or "alt" in modifiers or "meta" in modifiers or not 32 <= key < 127:  # noqa: PLR2004 - ASCII
            self.wedge.stop()
        else:
            self.wedge.key(chr(key), shift="shift" in modifiers)
        return False

    def _letters(self, _window: Any, text: str) -> bool:
        if self.in_front:
            self.wedge.text(text)
        return False

    def _scanned(self, code: str) -> bool:
        line = _written_in()
        if line is not None:
            before = line.text[: line.cursor_index()]
            if not before.endswith(code):
                return False  # it went elsewhere, and may mean something there: a menu's letters, a password
            for _ in code:
                line.do_backspace()
        code = code.strip()
        if code:
            self._tell(code)
        return True


def _written_in() -> Any:
    """The line that has the keyboard, or None."""
    for keyboard in FocusBehavior._keyboards.values():  # noqa: SLF001 - Kivy tells nobody else
        if isinstance(keyboard, TextInput):
            return keyboard
    return None
