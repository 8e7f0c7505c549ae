"""The home screen: my requests, and the way to report something."""

from collections.abc import Sequence
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty

from mobile.core.kv import load_kv
from mobile.core.lazy import and_first, and_last
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.service_requests.model import RequestList
from mobile.widgets import appbar, button, empty, page, room, rowlist, skeleton

__all__ = ["RequestListScreen", "appbar", "button", "empty", "page", "room", "rowlist", "skeleton"]

load_kv(__file__)


class RequestListScreen(Screen):
    """What I reported, what became of it, and a button to report more."""

    model = ObjectProperty(rebind=True)
    roomy = BooleanProperty(True)  # else the line about emergencies stands in the list, not below it

    def __init__(self, **kwargs: Any) -> None:
        self.model = RequestList()
        super().__init__(**kwargs)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)
        self.nav.bind(on_move=lambda *_: self._mark())

    def on_enter(self, **_: Any) -> None:
        """Show what is on the phone."""
        self.model.look_again()
        self.reload()

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()
        self.model.tell_seen()

    def lines(
        self,
        alerts: Sequence[dict[str, Any]],
        rows: Sequence[dict[str, Any]],
        roomy: bool,
        emergency: str,
    ) -> Sequence[dict[str, Any]]:
        """Alerts, then the rows of the list; where there is little room the line about emergencies at their end."""
        rows = and_first(alerts, rows)
        return rows if roomy else and_last(rows, {"heading": True, "title": emergency})

    def report(self) -> None:
        """Begin a report, or go on with the one that was begun."""
        self.nav.go("report")

    def pick(self, key: Any) -> None:
        """A row was tapped."""
        if isinstance(key, tuple):
            self.nav.go("alert", id=key[1])
        else:
            self.nav.go("request", id=key)

    def _mark(self) -> None:
        shown = (pane.args.get("id", "") for pane in self.nav.children if pane.name == "request")
        self.model.chosen = str(next(shown, "")) if self.nav.wide else ""
