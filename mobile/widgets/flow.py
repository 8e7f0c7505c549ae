"""A screen that leads through steps: one at a time, back by one, and a question before what was begun is left."""

from collections.abc import Mapping
from typing import Any, ClassVar

from kivy.properties import ObjectProperty

from mobile.core.nav import Screen


class FlowScreen(Screen):
    """Shows the step that its model is at in `holder`.

    A step is made with the flow and the model, and told to `close` when another takes its place. The model has `step`,
    `back` (whether there was a step before) and `discard`.
    """

    STEPS: ClassVar[Mapping[str, type]]
    HOME: ClassVar[str]
    """Where one is after it."""
    LEAVE: ClassVar[Any]
    """The sheet that asks what becomes of what was begun."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self._step: Any = None
        super().__init__(**kwargs)

    @property
    def untouched(self) -> bool:
        """Nothing was said yet: nothing is asked on leaving."""
        raise NotImplementedError

    def take_back(self) -> bool:
        """Back is a step back; from the first step it leaves."""
        if not self.model.back():
            self.leave()
        return True

    def leave(self) -> None:
        """Leave, after asking what becomes of what was entered."""
        if self.untouched:
            self.nav.go(self.HOME)
            return
        sheet = self.LEAVE()
        sheet.bind(on_answer=lambda _, keep: self._leave(keep=keep))
        sheet.open()

    def _leave(self, *, keep: bool) -> None:
        if not keep:
            self.model.discard()
        self.nav.go(self.HOME)

    def _show(self, *_: object) -> None:
        if self._step is not None and isinstance(self._step, self.STEPS[self.model.step]):
            return
        self._put_away()
        self._step = self.STEPS[self.model.step](flow=self, model=self.model)
        self.ids.holder.add_widget(self._step)

    def _put_away(self) -> None:
        if self._step is not None:
            self._step.close()
            self.ids.holder.clear_widgets()
            self._step = None
