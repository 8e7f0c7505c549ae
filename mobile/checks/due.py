"""What is due now, and the scan that begins a check."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.checks import complaint
from mobile.checks.due_model import DueList
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, empty, page, room, rowlist, scanfield
from mobile.widgets.words import words

__all__ = ["DueScreen", "appbar", "complaint", "empty", "page", "room", "rowlist", "scanfield"]

load_kv(__file__)


class DueScreen(Screen):
    """Scan, or tap: its check begins at once, or goes on where it was."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = DueList()
        super().__init__(**kwargs)
        words.bind(language=self._say_again)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.ids.scan.scanner = parts.scanner

    def on_enter(self, **_: Any) -> None:
        """Show what is on the phone."""
        self.model.complaint = ""
        self.model.load()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def _say_again(self, *_: object) -> None:
        if self.model.loaded:
            self.model.load()

    def scan(self, code: str) -> None:
        """Begin the check of what was scanned."""
        key = self.model.found(code)
        if key:
            self.pick(key)

    def pick(self, key: str) -> None:
        """Begin this check, or go on with it."""
        sort, _, id_ = key.partition(":")
        if sort == "check":
            self.nav.go("check", id=id_)
        elif self.model.may_do and sort:
            self.nav.go("check_run", **{sort: id_})
        elif sort == "kit":
            self.nav.go("unit", id=id_)
