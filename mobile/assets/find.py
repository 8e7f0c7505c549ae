"""The screen for whoever finds something of the city's, or sees that it is broken; with no account."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.assets.find_model import Finding
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, button, card, choice, empty, field, menu, page, photopart, scanfield, when

__all__ = [
    "FindScreen",
    "appbar",
    "button",
    "card",
    "choice",
    "empty",
    "field",
    "menu",
    "page",
    "photopart",
    "scanfield",
    "when",
]  # fmt: skip

load_kv(__file__)


class FindScreen(Screen):
    """A label, what it hangs on, found or broken, and how to reach the finder if they want that."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Finding()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.ids.scan.scanner = parts.scanner

    def on_enter(self, tag: str = "", **_: Any) -> None:
        """Begin."""
        self.ids.page.scroll_y = 1
        self.ids.shots.begin(self.model.parts, sealed=True)
        for name in ("written", "contact", "scan"):
            self.ids[name].text = ""
        self.model.begin(tag)

    def reload(self) -> None:
        """What is being written stays as it is."""
        self.model.load()

    def do(self) -> None:
        """Send it."""
        if self.model.do(self.ids.shots.model.files):
            self.ids.page.scroll_y = 1

    def call(self) -> None:
        """Call the city."""
        self.model.parts.dial(self.model.telephone)
