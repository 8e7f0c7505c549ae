"""How an alert goes out, live."""

from typing import Any
from uuid import UUID

from kivy.clock import Clock
from kivy.properties import ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.content.progress_model import Progress
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, banner, button, card, empty, page, room, skeleton, when

__all__ = [
    "ProgressScreen",
    "appbar",
    "banner",
    "button",
    "card",
    "empty",
    "page",
    "room",
    "skeleton",
    "when",
]

load_kv(__file__)

EVERY_S = 2.0


class Bar(BoxLayout):
    """A count with its name, and how much of the whole it is."""

    name = StringProperty()
    count = NumericProperty(0)
    share = NumericProperty(0)
    tone = StringProperty("neutral")


class ChannelCard(BoxLayout):
    """One channel with its counts."""

    name = StringProperty()
    total = StringProperty()
    held = StringProperty()  # why it waits, if it does
    counts = ListProperty()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(counts=self._fill)
        self._fill()

    def _fill(self, *_: object) -> None:
        bars = list(reversed(self.ids.bars.children))
        if len(bars) != len(self.counts):
            self.ids.bars.clear_widgets()
            bars = [Bar() for _ in self.counts]
            for bar in bars:
                self.ids.bars.add_widget(bar)
        for bar, told in zip(bars, self.counts, strict=True):
            for name, value in told.items():
                setattr(bar, name, value)


class ProgressScreen(Screen):
    """Asks every two seconds while it is open."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Progress()
        self._clock: Any = None
        super().__init__(**kwargs)
        self.model.bind(channels=self._fill)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Begin to follow."""
        self.model.open(UUID(str(id)) if id else None)
        self._stop()
        self._clock = Clock.schedule_interval(lambda _: self.model.ask(), EVERY_S)

    def on_leave(self) -> None:
        """Ask no more."""
        self._stop()

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def reload(self) -> None:
        """It shows nothing of the store."""

    def _fill(self, *_: object) -> None:
        box = self.ids.channels
        cards = list(reversed(box.children))
        if len(cards) != len(self.model.channels):
            box.clear_widgets()
            cards = [ChannelCard() for _ in self.model.channels]
            for card_ in cards:
                box.add_widget(card_)
        for card_, told in zip(cards, self.model.channels, strict=True):
            for name, value in told.items():
                setattr(card_, name, value)
