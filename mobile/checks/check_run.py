"""The check of a unit: its frame, and the way from step to step."""

from typing import Any, ClassVar
from uuid import UUID

from mobile.checks.leave_sheet import LeaveCheckSheet
from mobile.checks.run_audit import AuditStep
from mobile.checks.run_model import CheckRun
from mobile.checks.run_sign import SignStep
from mobile.checks.run_thing import ThingStep
from mobile.core.kv import load_kv
from mobile.core.parts import Parts
from mobile.widgets import appbar, empty, page, room
from mobile.widgets.flow import FlowScreen
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = ["CheckRunScreen", "appbar", "empty", "page", "room"]

load_kv(__file__)


class CheckRunScreen(FlowScreen):
    """One step at a time. Each tap is on disk before it shows, so leaving loses nothing."""

    STEPS: ClassVar = {"audit": AuditStep, "thing": ThingStep, "sign": SignStep}
    HOME = "due"
    LEAVE = LeaveCheckSheet

    def __init__(self, **kwargs: Any) -> None:
        self.model = CheckRun()
        self._entered = False
        super().__init__(**kwargs)
        self.model.bind(step=self._show, on_done=self._done, on_no_room=self._no_room)
        self.model.bind(thing_title=lambda *_: self._to_top())
        words.bind(language=self._say_again)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.parts = parts

    def on_enter(self, kit: object = None, asset: object = None, **_: Any) -> None:
        """Go on with what was begun of this unit, or begin."""
        self._entered = True
        self.model.begin(UUID(str(kit)) if kit else None, UUID(str(asset)) if asset else None)
        self._show()

    def on_leave(self) -> None:
        """All of it is on disk."""
        self._entered = False
        self._put_away()

    def reload(self) -> None:
        """A unit that was not here may have come; what is being answered stays as it is."""
        if self._entered and self.model.gone:
            self.on_enter(**self.args)

    def _say_again(self, *_: object) -> None:
        if self._entered and not self.model.gone:
            self.model.show()

    def take_back(self) -> bool:
        """Back is a step back; from the first step it leaves."""
        return not self.model.gone and super().take_back()

    @property
    def untouched(self) -> bool:
        """Nothing was said, or there is nothing to say."""
        return bool(self.model.gone or self.model.run.empty)

    def _show(self, *_: object) -> None:
        if self.model.gone or not self._entered:
            self._put_away()
        else:
            super()._show()

    def _to_top(self) -> None:
        if isinstance(self._step, ThingStep):
            self._step.ids.page.scroll_y = 1

    def _no_room(self, _: object) -> None:
        snack(words.t("checks.no_room"))

    def _done(self, _: Any, waits: bool) -> None:
        self.nav.go("due")
        snack(words.t("checks.done_waits" if waits else "checks.done_now"))
