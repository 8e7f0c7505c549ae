"""How I am told: per kind and way, quiet hours, where I live, mail."""

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.notifications.mail_model import MailForm
from mobile.notifications.settings_model import Wanted
from mobile.widgets import appbar, banner, button, card, field, menu, page, skeleton, toggle, when
from mobile.widgets.sheet import confirm
from mobile.widgets.words import words

__all__ = [
    "NotifyScreen",
    "appbar",
    "banner",
    "button",
    "card",
    "field",
    "menu",
    "page",
    "skeleton",
    "toggle",
    "when",
]

load_kv(__file__)


class KindCard(BoxLayout):
    """One kind of news: what it is, and a switch for each way."""

    screen = ObjectProperty()
    key = StringProperty()
    title = StringProperty()
    text = StringProperty()
    push = BooleanProperty(True)
    mail = BooleanProperty(True)
    has_mail = BooleanProperty(False)


class TimeStepper(BoxLayout):
    """A time of day that goes half an hour back or forth: `on_shift(way)`."""

    __events__ = ("on_shift",)

    title = StringProperty()
    value = StringProperty()

    def on_shift(self, way: int) -> None:
        """Earlier (-1) or later (1)."""


class OtherPlace(BoxLayout):
    """A place that the city keeps and that is not this phone's home: `on_forget`."""

    __events__ = ("on_forget",)

    title = StringProperty()

    def on_forget(self) -> None:
        """The city shall forget it."""


class NotifyScreen(Screen):
    """What the person is told of, on what, when not, and about what place."""

    model = ObjectProperty(rebind=True)
    mail = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model, self.mail = Wanted(), MailForm()
        super().__init__(**kwargs)
        self.model.bind(kinds=self._fill, others=self._fill_places)
        self.mail.bind(state=self._fill)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)
        self.mail.parts = parts

    def on_enter(self, **_: Any) -> None:
        """Show what holds, and ask whether it is still so."""
        self.mail.clear()
        self.ids.code.text = ""
        self.reload()
        self.mail.look()
        self.model.parts.sync.refresh_me()
        self.model.parts.sync_now()

    def reload(self) -> None:
        """Show what holds now."""
        self.model.load()
        self.mail.load()

    def _fill(self, *_: object) -> None:
        box = self.ids.kinds
        there = {made.key: made for made in box.children}
        if [made.key for made in reversed(box.children)] != [kind["key"] for kind in self.model.kinds]:
            box.clear_widgets()
            there = {}
        for kind in self.model.kinds:
            made = there.get(kind["key"])
            if made is None:
                made = KindCard(screen=self, **kind)
                box.add_widget(made)
            for name, value in kind.items():
                setattr(made, name, value)
            made.has_mail = self.mail.state == "on"

    def _fill_places(self, *_: object) -> None:
        self.ids.places.clear_widgets()
        for other in self.model.others:
            made = OtherPlace(title=other["title"])
            made.bind(on_forget=lambda _, at=other["key"]: self.model.forget_place(at))
            self.ids.places.add_widget(made)

    def turn_off_mail(self) -> None:
        """Ask first: turning it on again wants a new code."""
        confirm(
            words.t("notify.mail.off_ask"),
            words.t("notify.mail.closing_text"),
            words.t("notify.mail.off"),
            self.mail.turn_off,
        )
