"""The screen that swaps something for a spare."""

from typing import Any
from uuid import UUID

from kivy.properties import ObjectProperty

from mobile.assets import hand
from mobile.assets.swap_model import Swapping
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, button, card, choice, empty, field, page, scanfield, signpad, when
from mobile.widgets.snackbar import snack

__all__ = [
    "SwapScreen", "appbar", "button", "card", "choice", "empty", "field", "hand", "page", "scanfield", "signpad", "when",
]  # fmt: skip

load_kv(__file__)


class SwapScreen(Screen):
    """What goes, the spares that could come, a signature."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Swapping()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.ids.scan.scanner = parts.scanner

    def on_enter(self, id: Any = "", fault: Any = "", **_: Any) -> None:
        """Swap this thing."""
        self.ids.page.scroll_y = 1
        self.ids.sign.clear()
        self.ids.why.text = ""
        self.model.begin(UUID(str(id)), UUID(str(fault)) if fault else None)

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def do(self) -> None:
        """Sign, and be done."""
        said = self.model.do()
        if not said:
            hand.reveal(self, self.model.errors, {"spare": "scan", "why": "why", "sign": "sign"})
        if said:
            snack(said)
            self.nav.back()
