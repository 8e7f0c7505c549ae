"""The tab "You": the account, the choices, what waits, and what the app is."""

from typing import Any

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core import strings
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.identity.model import You
from mobile.widgets import appbar, banner, button, card, choice, field, menu, page, sheet, toggle, when
from mobile.widgets.sheet import Sheet, confirm
from mobile.widgets.snackbar import snack
from mobile.widgets.theme import theme
from mobile.widgets.words import words

__all__ = [
    "MoreScreen",
    "appbar",
    "banner",
    "button",
    "card",
    "choice",
    "field",
    "menu",
    "page",
    "sheet",
    "toggle",
    "when",
]

load_kv(__file__)


class GuestPart(BoxLayout):
    """For a phone without an account: what one is good for, and the ways to one."""

    model = ObjectProperty(rebind=True)
    screen = ObjectProperty()


class AccountPart(BoxLayout):
    """For an account: who it is, and what can be done with it."""

    model = ObjectProperty(rebind=True)
    screen = ObjectProperty()


class NameSheet(Sheet):
    """Asks what the person wants to be called."""

    model = ObjectProperty(rebind=True)

    def save(self, name: str) -> None:
        """Take the name."""
        self.model.rename(name)
        self.dismiss()


class MoreScreen(Screen):
    """The account, the choices, and what the app says of itself."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = You()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take what the model works with."""
        self.model.parts = parts

    def on_enter(self, **_args: Any) -> None:
        """Show who the person is now."""
        self.reload()

    def reload(self) -> None:
        """Show who the person is now."""
        self.model.load()
        wanted = AccountPart if self.model.named else GuestPart
        if not any(type(part) is wanted for part in self.ids.who.children):
            self.ids.who.clear_widgets()
            self.ids.who.add_widget(wanted(model=self.model, screen=self))

    def choose(self, **choices: Any) -> None:
        """Wear the choice at once, and keep it."""
        self.model.choose(**choices)
        for name, value in choices.items():
            if name == "language":
                words.language = value
            else:
                setattr(theme, {"look": "mode"}.get(name, name), value)
        self.model.load()

    def edit_name(self) -> None:
        """Ask for another name."""
        NameSheet(title=strings.t("you.edit_name"), model=self.model).open()

    def sign_out(self) -> None:
        """Ask first, and say what would be lost."""
        loses = self.model.loses()
        confirm(
            strings.t("you.sign_out_ask"),
            loses or strings.t("you.sign_out_text"),
            strings.t("you.sign_out_lose" if loses else "you.sign_out"),
            lambda: self.model.sign_out(lambda: snack(strings.t("you.signed_out"))),
            no=strings.t("you.stay") if loses else "",
            danger=bool(loses),
        )
