"""Was it fixed? Two large buttons, as plain as the question."""

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import button
from mobile.widgets.control import Control
from mobile.widgets.text import text_width
from mobile.widgets.theme import theme

__all__ = ["Verdict", "VerdictButton", "button"]

load_kv(__file__)


class VerdictButton(Control, BoxLayout):
    """One of the two answers."""

    text = StringProperty()
    icon = StringProperty()
    tone = StringProperty("ok")
    on = BooleanProperty(False)
    natural_width = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        theme.bind(body=self.on_text)

    def on_text(self, *_: object) -> None:
        """Say how much room the word wants."""
        self.natural_width = text_width(self.text, theme.body, True) + 2 * theme.m


class Verdict(BoxLayout):
    """A question with the answers *fixed* and *not fixed*: `value` is "", "fixed" or "not_fixed"; `on_answer(value)`."""

    __events__ = ("on_answer",)

    question = StringProperty()
    words = StringProperty()
    value = OptionProperty("", options=["", "fixed", "not_fixed"])

    def answer(self, value: str) -> None:
        """Take this answer."""
        self.value = value
        self.dispatch("on_answer", value)

    def on_answer(self, value: str) -> None:
        """This was answered."""
