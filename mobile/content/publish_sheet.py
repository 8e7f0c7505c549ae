"""The sheet that publishes an alert: whom it would reach, and who may."""

from collections.abc import Callable
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import follow, load_kv
from mobile.widgets import banner, button, card, skeleton, toggle, when
from mobile.widgets.card import KeyValue
from mobile.widgets.sheet import Sheet, confirm
from mobile.widgets.words import words

__all__ = ["PublishSheet", "banner", "button", "card", "skeleton", "toggle", "when"]

load_kv(__file__)


class PublishSheet(Sheet):
    """Whoever wrote it can't publish it here, but in an emergency: that is a choice of its own, and is written down."""

    model = ObjectProperty(rebind=True)
    emergency = BooleanProperty(False)

    def __init__(self, done: Callable[[], object], **kwargs: Any) -> None:
        self._done = done
        super().__init__(**kwargs)
        self.model.bind(reach=self._fill)
        follow(words, self._say, "t")
        self._fill()

    def on_dismiss(self) -> None:
        """Hear no more of it."""
        self.model.unbind(reach=self._fill)
        words.unbind(t=self._say)

    def _say(self, *_: object) -> None:
        self.model.tell_reach()

    def _fill(self, *_: object) -> None:
        box: BoxLayout = self.ids.reach
        box.clear_widgets()
        for row in self.model.reach:
            box.add_widget(KeyValue(key=row["key"], value=row["value"]))

    def publish(self) -> None:
        """Send it; in an emergency ask once more."""
        if not self.emergency:
            self.model.publish(self._out)
            return
        confirm(
            words.t("alert_work.emergency.ask"),
            words.t("alert_work.emergency.text"),
            words.t("alert_work.emergency.yes"),
            lambda: self.model.publish(self._out, emergency=True),
            danger=True,
        )

    def _out(self) -> None:
        self.dismiss()
        self._done()
