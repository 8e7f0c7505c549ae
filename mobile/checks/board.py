"""What can roll now, at a glance."""

from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.checks.board_model import Board
from mobile.checks.whose_sheet import WhoseSheet
from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.widgets import appbar, chip, empty, page, room, rowlist
from mobile.widgets.words import words

__all__ = ["BoardScreen", "Count", "appbar", "chip", "empty", "page", "room", "rowlist"]

load_kv(__file__)

WALL = 1200
"""dp from which a window may hang on a wall."""
TICK_S = 1.0


class Count(BoxLayout):
    """How many units are at one level: a number with its sign and its word."""

    number = NumericProperty(0)
    text = StringProperty()
    icon = StringProperty()
    tone = StringProperty("ok")
    ink = ColorProperty()


class BoardScreen(Screen):
    """Counts on top, reds first; a unit beside it where the window is wide."""

    model = ObjectProperty(rebind=True)
    can_hang = BooleanProperty(False)
    roomy = BooleanProperty(True)  # else the counts stand in the list

    def on_roomy(self, _: object, roomy: bool) -> None:
        """Put them there, or take them out."""
        self.model.counted = not roomy

    def __init__(self, **kwargs: Any) -> None:
        self.model = Board()
        self._clock: Any = None
        super().__init__(**kwargs)
        words.bind(language=self._say_again)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts
        self.nav.bind(on_move=lambda *_: self._mark(), width=self._measure)
        self._measure()

    def _measure(self, *_: object) -> None:
        self.can_hang = self.nav.width >= dp(WALL)

    def on_enter(self, **_: Any) -> None:
        """Show what is on the phone, and watch how old it is."""
        self.model.load()
        self._clock = self._clock or Clock.schedule_interval(lambda _: self.model.tick(), TICK_S)

    def on_leave(self) -> None:
        """Nobody looks."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def reload(self) -> None:
        """Something in the store may be new."""
        self.model.load()

    def _say_again(self, *_: object) -> None:
        if self.model.loaded:
            self.model.load()

    def pick_department(self) -> None:
        """Ask whose units to show."""
        sheet = WhoseSheet(
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
