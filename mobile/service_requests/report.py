"""The flow that reports something: its frame, and the way from step to step."""

from typing import Any

from kivy.properties import ObjectProperty

from mobile.core.kv import load_kv
from mobile.core.nav import Screen
from mobile.core.parts import Parts
from mobile.service_requests.report_leave import LeaveSheet
from mobile.service_requests.report_model import Report
from mobile.service_requests.report_photo import PhotoStep
from mobile.service_requests.report_place import PlaceStep
from mobile.service_requests.report_review import ReviewStep
from mobile.service_requests.report_type import TypeStep
from mobile.service_requests.report_words import WordsStep
from mobile.widgets import appbar
from mobile.widgets.sheet import confirm
from mobile.widgets.snackbar import snack
from mobile.widgets.words import words

__all__ = ["ReportScreen", "appbar"]

load_kv(__file__)

STEPS = {"photo": PhotoStep, "place": PlaceStep, "type": TypeStep, "words": WordsStep, "review": ReviewStep}


class ReportScreen(Screen):
    """One step at a time. Back goes to the step before and keeps everything; leaving asks."""

    model = ObjectProperty(rebind=True)

    def __init__(self, **kwargs: Any) -> None:
        self.model = Report()
        self._step: Any = None
        super().__init__(**kwargs)
        self.model.bind(step=self._show, on_sent=self._sent, on_no_room=self._no_room)
        words.bind(language=self._say_again)

    def prepare(self, parts: Parts) -> None:
        """Take the app's parts, once."""
        self.model.prepare(parts)

    def on_enter(self, type: str = "", **_: Any) -> None:
        """Go on with what was begun, or begin."""
        self.model.begin(type)
        self._show()

    def on_leave(self) -> None:
        """Keep what was entered."""
        self.model.save()
        self._put_away()

    def reload(self) -> None:
        """Nothing here comes from the server."""

    def _say_again(self, *_: object) -> None:
        if self.get_root_window() is not None:
            self.model.retell()

    def take_back(self) -> bool:
        """Back is a step back; from the first step it leaves."""
        if not self.model.back():
            self.leave()
        return True

    def leave(self) -> None:
        """Leave, after asking what becomes of what was entered."""
        if self.model.draft.empty:
            self.nav.go("requests")
            return
        sheet = LeaveSheet()
        sheet.bind(on_answer=lambda _, keep: self._leave(keep=keep))
        sheet.open()

    def _leave(self, *, keep: bool) -> None:
        if not keep:
            self.model.discard()
        self.nav.go("requests")

    def _show(self, *_: object) -> None:
        if self._step is not None and isinstance(self._step, STEPS[self.model.step]):
            return
        self._put_away()
        self._step = STEPS[self.model.step](flow=self, model=self.model)
        self.ids.holder.add_widget(self._step)

    def _put_away(self) -> None:
        if self._step is not None:
            self._step.close()
            self.ids.holder.clear_widgets()
            self._step = None

    def _no_room(self, _: object) -> None:
        snack(words.t("report.no_room"))

    def _sent(self, _: Any, waits: bool) -> None:
        self.nav.go("requests")
        snack(words.t("report.sent.waits" if waits else "report.sent.now"))
        if self.model.may_ask_for_push:
            sheet = confirm(
                words.t("report.push.title"),
                words.t("report.push.words"),
                words.t("report.push.yes"),
                lambda: self.model.answer_push(wanted=True),
                no=words.t("report.push.no"),
            )
            sheet.bind(on_dismiss=lambda *_: self.model.answer_push(wanted=False))
