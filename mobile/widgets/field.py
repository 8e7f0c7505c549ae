"""A line or a box to write in, with its label, a hint, what is wrong with it, and how much room is left."""

from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.textinput import TextInput

from mobile.core.kv import follow, load_kv
from mobile.widgets import button, text
from mobile.widgets.text import text_width
from mobile.widgets.theme import theme

__all__ = ["Field", "SearchField", "WritingLine", "button", "text"]

load_kv(__file__)

# What the phone's keyboard should offer: kind → (Kivy's input_type, suggestions).
# Suggestions scramble long texts on some Android keyboards (kivy#9167), so only prose has them.
KINDS = {
    "text": ("text", True),
    "name": ("text", False),
    "email": ("mail", False),
    "password": ("text", False),
    "phone": ("tel", False),
    "number": ("number", False),
    "code": ("text", False),
}
PAUSE = 0.25  # seconds without a key until a search starts


LARGE_TEXT = 1.3  # beyond this text scale a hint is a little smaller than what is written


class WritingLine(TextInput):
    """The input itself: no look of its own, Tab leaves it.

    Its hint is never cut: it wraps, and large text is made a little smaller for it.
    """

    role = StringProperty("text")
    label = StringProperty()
    hint = StringProperty()
    hint_size = NumericProperty(0)
    hint_height = NumericProperty(0)  # what the hint wants; nothing once something is written

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        follow(theme, self._fit, "body")
        self.bind(hint=self._fit, width=self._fit, padding=self._fit)
        self._fit()

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Take the hint; an input clears its own canvas with each letter."""
        super().add_widget(widget, *args, canvas="after", **kwargs)

    def _fit(self, *_: object) -> None:
        # TextInput's own hint stands on one line and is cut where it ends; and one long word, an e-mail, can't wrap.
        room = self.width - self.padding[0] - self.padding[2]
        widest = max((text_width(word, theme.body) for word in self.hint.split()), default=0)
        longest = theme.body * room / widest if widest > room > 0 else theme.body
        self.hint_size = max(
            dp(12), min(longest, theme.small if theme.text_scale > LARGE_TEXT else theme.body)
        )


class Field(BoxLayout):
    """A labelled input. `text` is what was written, `error` what is wrong; `on_submit` at Enter on a single line."""

    __events__ = ("on_submit",)

    label = StringProperty()
    hint = StringProperty()
    help = StringProperty()  # below the input, while there is no error
    error = StringProperty()
    text = StringProperty()
    kind = OptionProperty("text", options=list(KINDS))
    multiline = BooleanProperty(False)
    most = NumericProperty(0)  # letters that it takes at most; 0 is no limit
    readonly = BooleanProperty(False)
    shown = BooleanProperty(False)  # a password in plain view
    writing = BooleanProperty(False)  # it has the keyboard
    left = NumericProperty(0)  # letters still free
    input_type = StringProperty("text")
    suggestions = BooleanProperty(True)

    def on_kind(self, _: object, kind: str) -> None:
        """Take the keyboard for this kind."""
        self.input_type, self.suggestions = KINDS[kind]

    def on_text(self, _: object, text: str) -> None:
        """Keep to the limit, and take back the complaint: it was about other words."""
        if self.most and len(text) > self.most:
            self.text = text[: int(self.most)]
        self.left = self.most - len(self.text)
        self.error = ""

    def on_most(self, *_: object) -> None:
        """Count what is left."""
        self.left = self.most - len(self.text)

    def take_focus(self) -> None:
        """Start writing here."""
        self.ids.line.focus = True

    def on_submit(self) -> None:
        """Enter was pressed on a single line."""


class SearchField(BoxLayout):
    """A search line. `text` follows each key; `query`, and `on_search(query)`, once the person pauses."""

    __events__ = ("on_search",)

    text = StringProperty()
    query = StringProperty()
    hint = StringProperty()
    writing = BooleanProperty(False)  # it has the keyboard

    def __init__(self, **kwargs: Any) -> None:
        self._pause = Clock.create_trigger(lambda _seconds: self._paused(), PAUSE)
        super().__init__(**kwargs)

    def on_text(self, *_: object) -> None:
        """Wait for a pause; an emptied line needs none."""
        self._pause.cancel()
        if self.text.strip():
            self._pause()
        else:
            self.search()

    def _paused(self) -> None:
        if self.get_root_window() is not None:  # else it was left within the pause, and what it says is past
            self.search()

    def search(self) -> None:
        """Search now (Enter was pressed)."""
        self._pause.cancel()
        wanted = self.text.strip()
        if wanted != self.query:
            self.query = wanted
            self.dispatch("on_search", wanted)

    def on_search(self, query: str) -> None:
        """These words are wanted now; empty for all."""
