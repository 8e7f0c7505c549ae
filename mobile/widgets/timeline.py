"""What happened to a thing, one entry below the other."""

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.widgets import text
from mobile.widgets.palette import TONES

__all__ = ["Timeline", "TimelineEntry", "text"]

load_kv(__file__)


class TimelineEntry(BoxLayout):
    """A dot on the line, a title, words and the time. `waiting` draws the dot hollow: not confirmed yet."""

    title = StringProperty()
    words = StringProperty()
    time = StringProperty()
    tone = OptionProperty("info", options=list(TONES))
    waiting = BooleanProperty(False)
    first = BooleanProperty(True)
    last = BooleanProperty(True)


class Timeline(BoxLayout):
    """Entries from `entries`: dicts of `TimelineEntry`'s properties but `first` and `last`."""

    entries = ListProperty()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(entries=self._fill)
        self._fill()

    def _fill(self, *_: object) -> None:
        self.clear_widgets()
        for place, entry in enumerate(self.entries):
            self.add_widget(TimelineEntry(first=place == 0, last=place == len(self.entries) - 1, **entry))
