"""One unit: can it roll, and if not, why?"""

from typing import Any
from uuid import UUID

from kivy.properties import ObjectProperty

from mobile.checks import complaint, rows
from mobile.checks.unit_model import UnitView
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, button, card, empty, page, plot, room, when
from mobile.widgets.words import words

__all__ = [
    "UnitScreen",
    "appbar",
    "button",
    "card",
    "complaint",
    "empty",
    "page",
    "plot",
    "room",
    "rows",
    "when",
]

load_kv(__file__)


class UnitScreen(Screen):
    """Reasons first, then what belongs in it, its faults, its last checks, and how its batteries fare."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = UnitView()
        self._entered = False
        super().__init__(**kwargs)
        words.bind(language=lambda *_: self.reload())

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts

    def on_enter(self, id: object = None, **_: Any) -> None:
        """Show what is on the phone."""
        self._entered = True
        self.model.show(UUID(str(id)))

    def reload(self) -> None:
        """Something in the store may be new."""
        if self._entered:
            self.model.load()
