"""The screen of one thing."""

from typing import Any
from uuid import UUID

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.assets import refused_part
from mobile.assets.code_sheet import CodeSheet
from mobile.assets.rules import Deed
from mobile.assets.thing_model import Thing
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, badge, button, card, chip, empty, mapsnippet, menu, page, skeleton, when
from mobile.widgets.sheet import confirm
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = [
    "BadgesPart", "ThingScreen", "appbar", "badge", "button", "card", "chip", "empty", "mapsnippet", "menu", "page",
    "refused_part", "skeleton", "when",
]  # fmt: skip

load_kv(__file__)


class BadgesPart(chip.Chips):
    """Badges side by side, from dicts of text, tone and icon."""

    badges = ListProperty()

    def on_badges(self, *_: object) -> None:
        """Show them."""
        self.clear_widgets()
        for one in self.badges:
            made = badge.Badge(**one)
            self.bind(width=made.setter("most"))
            made.most = max(self.width, 1)
            self.add_widget(made)


class LinesPart(BoxLayout):
    """Lines that lead on, from dicts of key, icon, tone, title, subtitle: `on_pick(key)`."""

    __events__ = ("on_pick",)

    lines = ListProperty()

    def on_lines(self, *_: object) -> None:
        """Show them."""
        self.clear_widgets()
        for one in self.lines:
            made = menu.MenuRow(**{name: text for name, text in one.items() if name != "key"})
            made.bind(on_release=lambda _, key=one["key"]: self.dispatch("on_pick", key))
            self.add_widget(made)

    def on_pick(self, key: str) -> None:
        """This one was tapped."""


class ThingScreen(Screen):
    """What is known of a thing, where it is, what is broken, and what can be done with it."""

    model = ObjectProperty(rebind=True)
    missing = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Thing()
        super().__init__(**kwargs)
        self.model.bind(state=lambda _, state: setattr(self, "missing", state in {"gone", "offline"}))

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Show this thing."""
        self.ids.page.scroll_y = 1
        self.ids.map.illustration_text = words.t("report.place.illustration")
        self.ids.map.begin(self.model.parts.pack)
        self.model.show(UUID(str(id)))

    def on_leave(self) -> None:
        """Let go of the map."""
        self.ids.map.end()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def again(self) -> None:
        """Ask the server once more."""
        self.model.show(self.model.id)

    def do(self, key: str) -> None:
        """Begin this deed."""
        id_, deed = str(self.model.id), Deed(key)
        if deed is Deed.SWAP:
            self.nav.go("swap", id=id_)
        elif deed is Deed.RESERVE:
            self.nav.go("reserve", id=id_)
        elif deed is Deed.REPORT:
            self.nav.go("fault_new", id=id_)
        elif deed is Deed.ATTEST:
            self.nav.go("attest")
        else:
            self.nav.go("hand", id=id_, mode=deed.value)

    def end_promise(self, key: str) -> None:
        """Ask before a promise is ended; of others' it is only told."""
        if not self.model.may_end(key):
            snack(words.t("reservations.not_yours"))
            return
        confirm(
            words.t("reservations.end_title"),
            words.t("reservations.end_words"),
            words.t("reservations.end"),
            lambda: self.model.end_promise(key),
        )

    def show_code(self) -> None:
        """Show its label on the screen, for another phone to scan."""
        CodeSheet(title=self.model.tag, code=self.model.tag).open()
