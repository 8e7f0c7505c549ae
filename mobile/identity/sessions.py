"""Where the person is signed in."""

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core import strings
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.identity.elsewhere_model import Sessions
from mobile.widgets import appbar, banner, button, card, page, skeleton
from mobile.widgets.sheet import confirm

__all__ = ["SessionsScreen", "appbar", "banner", "button", "card", "page", "skeleton"]

load_kv(__file__)


class SessionCard(BoxLayout):
    """One place where the person is signed in."""

    __events__ = ("on_end",)

    key = StringProperty()
    title = StringProperty()
    used = StringProperty()
    this_one = BooleanProperty(False)

    def on_end(self) -> None:
        """The person wants to be signed out there."""


class SessionsScreen(Screen):
    """Each place with when it was used last, and a way to end it."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Sessions()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts
        self.model.bind(rows=self._fill)

    def on_enter(self, **_args: Any) -> None:
        """Ask where."""
        self.model.load()

    def reload(self) -> None:
        """It shows nothing of the store."""

    def _fill(self, *_: object) -> None:
        self.ids.cards.clear_widgets()
        for row in self.model.rows:
            made = SessionCard(**row)
            made.bind(on_end=self.ask)
            self.ids.cards.add_widget(made)

    def ask(self, made: SessionCard) -> None:
        """Ask before ending it."""
        confirm(
            strings.t("sessions.end_ask", device=made.title),
            strings.t("sessions.end_text"),
            strings.t("sessions.end"),
            lambda: self.model.end(made.key),
        )
