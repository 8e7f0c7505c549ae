"""What waits to be sent, and what was not accepted."""

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core import strings
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.identity.waiting_model import WaitingList
from mobile.widgets import appbar, badge, banner, button, card, empty, page
from mobile.widgets.sheet import confirm

__all__ = ["WaitingScreen", "appbar", "badge", "banner", "button", "card", "empty", "page"]

load_kv(__file__)


class WaitingCard(BoxLayout):
    """One change: what it is, what was written, why it was not accepted, and what to do."""

    __events__ = ("on_put_away", "on_again")

    key = StringProperty()
    title = StringProperty()
    words = StringProperty()
    time = StringProperty()
    refused = BooleanProperty(False)
    reason = StringProperty()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not self.refused:  # it leaves by itself
            self.ids.ways.remove_widget(self.ids.again)

    def on_put_away(self) -> None:
        """It is not wanted any more."""

    def on_again(self) -> None:
        """It is to be tried once more."""


class WaitingScreen(Screen):
    """Everything that the city has not taken yet."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = WaitingList()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts
        self.model.bind(rows=self._fill)

    def on_enter(self, **_args: Any) -> None:
        """Show what waits now."""
        self.reload()

    def reload(self) -> None:
        """Show what waits now."""
        self.model.load()

    def _fill(self, *_: object) -> None:
        self.ids.cards.clear_widgets()
        for row in self.model.rows:
            made = WaitingCard(**row)
            made.bind(on_put_away=self.ask, on_again=lambda card_: self.model.again(card_.key))
            self.ids.cards.add_widget(made)

    def ask(self, made: WaitingCard) -> None:
        """Ask before anything that was written is gone."""
        way = "put_away" if made.refused else "take_back"
        confirm(
            strings.t(f"waiting.{way}_ask"),
            strings.t(f"waiting.{way}_text"),
            strings.t(f"waiting.{way}"),
            lambda: self.model.put_away(made.key),
            danger=True,
        )
