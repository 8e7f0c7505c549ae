"""Screens that tell what can roll now: they look at the clock while they are shown."""

from typing import Any

from kivy.clock import Clock

from mobile.checks.board_model import Board
from mobile.widgets.modelscreen import ModelScreen

TICK_S = 1.0


class WatchingScreen(ModelScreen):
    """Says each second how old what it shows is."""

    MODEL = Board

    def __init__(self, **kwargs: Any) -> None:
        self._clock: Any = None
        super().__init__(**kwargs)

    def on_enter(self, **args: Any) -> None:
        """Show what is on the phone, and watch how old it is."""
        super().on_enter(**args)
        self._clock = self._clock or Clock.schedule_interval(lambda _: self.model.tick(), TICK_S)

    def on_leave(self) -> None:
        """Nobody looks."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
