"""Answers for hands in gloves: OK, fault or not here; and a percentage."""

from typing import Any

from kivy.properties import (
    BooleanProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import follow, load_kv
from mobile.widgets import button, field
from mobile.widgets.control import Control
from mobile.widgets.text import text_width
from mobile.widgets.theme import theme
from mobile.widgets.words import words

__all__ = ["BigAnswer", "BigChoice", "PercentPad", "QuickPercent", "StepButton", "button", "field"]

load_kv(__file__)

LOOKS = {"pass": ("ok", "check"), "fail": ("bad", "close"), "na": ("neutral", "minus")}
"""Answer → (tone, icon)."""
QUICK = (100, 90, 80, 50)
"""Percentages with a button of their own."""
LOW = 30
"""What is lower has one button, that asks how much it is."""


class BigAnswer(Control, BoxLayout):
    """One answer: a tone, an icon and a word, each of which says it alone."""

    key = StringProperty()
    text = StringProperty()
    icon = StringProperty()
    tone = StringProperty("ok")
    on = BooleanProperty(False)
    natural_width = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        follow(theme, self.on_text, "body")

    def on_text(self, *_: object) -> None:
        """Say how much room the word wants."""
        self.natural_width = text_width(self.text, theme.body, True) + 2 * theme.s


class BigChoice(BoxLayout):
    """A line of a check: `value` is "", "pass", "fail" or "na"; `on_answer(value)` after a tap.

    Without `allows_na` there are two answers. `label` is the line's own words, told to who does not see them.
    """

    __events__ = ("on_answer",)

    label = StringProperty()
    value = OptionProperty("", options=["", *LOOKS])
    allows_na = BooleanProperty(True)
    stacked = BooleanProperty(False)  # below one another: side by side the words would break

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        follow(theme, self._arrange, "body")
        self.bind(width=self._arrange, value=self._mark, allows_na=self._fill, label=self._fill)
        self.bind(disabled=self._mark)
        follow(words, self._fill, "language")
        self._fill()

    def answer(self, value: str) -> None:
        """Take this answer."""
        self.value = value
        self.dispatch("on_answer", value)

    def on_answer(self, value: str) -> None:
        """This was answered."""

    def _fill(self, *_: object) -> None:
        self.clear_widgets()
        for key, (tone, icon) in LOOKS.items():
            if key == "na" and not self.allows_na:
                continue
            word = words.t(f"hands.choice.{key}")
            label = f"{self.label}: {word}" if self.label else word
            made = BigAnswer(key=key, text=word, tone=tone, icon=icon, label=label)
            made.bind(on_release=lambda pressed: self.answer(pressed.key))
            self.add_widget(made)
        self._mark()
        self._arrange()

    def _mark(self, *_: object) -> None:
        for made in self.children:
            made.on, made.disabled = made.key == self.value, self.disabled

    def _arrange(self, *_: object) -> None:
        widest = max((made.natural_width for made in self.children), default=0)
        self.stacked = widest * len(self.children) + theme.s * (len(self.children) - 1) > max(1, self.width)


class QuickPercent(Control, BoxLayout):
    """One percentage to tap."""

    text = StringProperty()
    value = NumericProperty(0)
    on = BooleanProperty(False)
    tone = StringProperty("neutral")


class StepButton(Control, AnchorLayout):
    """One less, or one more."""

    icon = StringProperty()


class PercentPad(BoxLayout):
    """A percentage: `value` is None or 0 to 100; quick values, one more, one less, or typed. `on_percent(value)`.

    `least` is what passes (None: anything) and `critical` what is worse still: the value is shown in their tone.
    """

    __events__ = ("on_percent",)

    label = StringProperty()
    value = ObjectProperty(None, allownone=True)
    least = ObjectProperty(None, allownone=True)
    critical = ObjectProperty(None, allownone=True)
    shown = StringProperty()
    tone = OptionProperty("neutral", options=["neutral", "ok", "warn", "bad"])
    typing = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(value=self._show, least=self._show, critical=self._show)
        follow(words, self._fill, "language")

    def on_kv_post(self, _: Any) -> None:
        """Show the quick values: within another rule its own parts come after it."""
        self._fill()

    def choose(self, value: int) -> None:
        """Take this percentage."""
        self.value = min(100, max(0, value))
        self.dispatch("on_percent", self.value)

    def step(self, by: int) -> None:
        """One more or one less; from nothing to the highest or the lowest."""
        self.choose((100 if by < 0 else 0) if self.value is None else self.value + by)

    def typed(self, text: str) -> None:
        """Take what was typed, if it is a percentage."""
        digits = text.strip().rstrip("%").strip()
        if digits.isdecimal() and int(digits) <= 100:  # noqa: PLR2004 - per cent
            if int(digits) != self.value:
                self.choose(int(digits))
        elif digits:
            self.ids.number.error = words.t("hands.percent.wrong")

    def ask(self) -> None:
        """It is low: ask how much it is, in an empty field. No number is taken that nobody read."""
        self.ids.number.text = ""
        self.ids.number.take_focus()

    def on_percent(self, value: int) -> None:
        """This was answered."""

    def tone_of(self, value: int) -> str:
        """The tone that a value would have."""
        if self.critical is not None and value < self.critical:
            return "bad"
        if self.least is not None:
            return "ok" if value >= self.least else "warn"
        return "neutral"

    def _fill(self, *_: object) -> None:
        self.ids.quick.clear_widgets()
        for value in QUICK:
            made = self._quick(words.t("hands.percent.value", value=value), value)
            made.bind(on_release=lambda pressed: self.choose(int(pressed.value)))
        self._quick(words.t("hands.percent.below", value=LOW), LOW - 1).bind(on_release=lambda *_: self.ask())
        self._show()

    def _quick(self, text: str, value: int) -> QuickPercent:
        made = QuickPercent(text=text, value=value, label=f"{self.label}: {text}" if self.label else text)
        self.ids.quick.add_widget(made)
        return made

    def _show(self, *_: object) -> None:
        self.shown = "" if self.value is None else words.t("hands.percent.value", value=self.value)
        self.tone = "neutral" if self.value is None else self.tone_of(self.value)
        for made in self.ids.quick.children:
            low = made.value < LOW and self.value is not None and self.value < LOW
            made.on = low or made.value == self.value
            made.tone = self.tone_of(int(made.value))
