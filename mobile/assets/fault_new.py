"""The screen that says that a thing is broken."""

from typing import Any
from uuid import UUID

from kivy.properties import ObjectProperty

from mobile.assets import hand
from mobile.assets.fault_new_model import NewFault
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, button, card, choice, empty, field, page, photopart, scanfield, when
from mobile.widgets.sheet import confirm
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = [
    "NewFaultScreen",
    "appbar",
    "button",
    "card",
    "choice",
    "empty",
    "field",
    "hand",
    "page",
    "photopart",
    "scanfield",
    "when",
]  # fmt: skip

load_kv(__file__)


class NewFaultScreen(Screen):
    """How bad it is, what it does, a photo; then whether to swap it now."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = NewFault()
        super().__init__(**kwargs)
        words.bind(language=lambda *_: self.model.say_severities())

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.ids.scan.scanner = parts.scanner

    def on_enter(self, id: Any = "", **_: Any) -> None:
        """Begin."""
        self.ids.page.scroll_y = 1
        self.ids.written.text = ""
        self.ids.shots.begin(self.model.parts, sealed=True)
        self.model.begin(UUID(str(id)) if id else None)

    def reload(self) -> None:
        """What is being written stays as it is."""

    def do(self) -> None:
        """Report it, then ask whether to swap."""
        model = self.model
        fault = model.do(self.ids.shots.model.files)
        if fault is None:
            places = {"thing": "scan", "severity": "severity", "words": "written", "photo": "shots"}
            hand.reveal(self, model.errors, places)
            return
        thing = str(model.thing.id)
        snack(words.t("fault_new.done"))
        swaps = model.can_swap
        self.nav.back()
        if swaps:
            confirm(
                words.t("fault_new.swap_title"),
                words.t("fault_new.swap_words"),
                words.t("fault_new.swap_yes"),
                lambda: self.nav.go("swap", id=thing, fault=str(fault)),
                no=words.t("fault_new.swap_no"),
            )
