"""What can roll now, at a glance."""

from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.checks.watching import WatchingScreen
from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.widgets import appbar, chip, empty, page, room, rowlist
from mobile.widgets.picksheet import PickSheet
from mobile.widgets.words import words

__all__ = ["BoardScreen", "Count", "appbar", "chip", "empty", "page", "room", "rowlist"]

load_kv(__file__)

WALL = 1200
"""dp from which a window may hang on a wall."""


class Count(BoxLayout):
    """How many units are at one level: a number with its sign and its word."""

    number = NumericProperty(0)
    text = StringProperty()
    icon = StringProperty()
    tone = StringProperty("ok")
    ink = ColorProperty()


class BoardScreen(WatchingScreen):
    """Counts on top, reds first; a unit beside it where the window is wide."""

    can_hang = BooleanProperty(False)
    roomy = BooleanProperty(True)  # else the counts stand in the list

    def on_roomy(self, _: object, roomy: bool) -> None:
        """Put them there, or take them out."""
        self.model.counted = not roomy

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once; and watch how much room there is."""
        super().prepare(parts)
        self.nav.bind(on_move=lambda *_: self._mark(), width=self._measure)
        self._measure()

    def _measure(self, *_: object) -> None:
        self.can_hang = self.nav.width >= dp(WALL)

    def pick_department(self) -> None:
        """Ask whose units to show."""
        sheet = PickSheet(
            title=words.t("checks.board.department"),
            options=self.model.departments,
            value=self.model.department,
        )
        sheet.bind(on_pick=lambda _, key: setattr(self.model, "department", key))
        sheet.open()

    def pick(self, key: str) -> None:
        """A row was tapped."""
        if key:
            self.nav.go("unit", id=key)

    def _mark(self) -> None:
        shown = (pane.args.get("id", "") for pane in self.nav.children if pane.name == "unit")
        self.model.chosen = str(next(shown, "")) if self.nav.wide else ""
