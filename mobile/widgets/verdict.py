"""Was it fixed? Two large buttons, as plain as the question."""

from kivy.properties import OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import button
from mobile.widgets.bigchoice import BigAnswer

__all__ = ["Verdict", "VerdictButton", "button"]

load_kv(__file__)


class VerdictButton(BigAnswer):
    """One of the two answers."""


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
